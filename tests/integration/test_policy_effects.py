"""Every effect does something at every door that it names, and nothing where no rule asks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows.freezing import settle_follows
from fedinet.kernel.errors import Forbidden
from fedinet.kernel.ids import Domain
from fedinet.policy import commands
from fedinet.policy.model import Scope
from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.members import Member, given_member_of, publishes
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_member, given_remote
from tests.integration.test_policy_enforced import ADA, mention, put

PICTURE = {"type": "Image", "mediaType": "image/png", "url": "https://c.example/a.png"}


async def test_who_is_quiet_notifies_only_those_who_follow_them(start_node: StartNode) -> None:
    """Likes, shares, emoji, follows, mentions, edits: each would notify without the rule."""
    node = await start_node()
    ada = await given_member_of(node, "ada")
    post = await publishes(ada, "hello")
    async with foreign_server() as quiet, foreign_server() as loud:
        await put(node, domains=[quiet.domain], effects=["no_notification"])
        bob, ben, cleo = (peer_actor(quiet, "bob"), peer_actor(quiet, "ben"),
                          peer_actor(loud, "cleo"))  # fmt: skip
        them = await node.services.actors.get(ben.uri)
        async with transaction(node.pool) as tx:
            await given_follow(tx, await get_actor(tx, ada.actor_id), them)
        everything = ["boost", "follow_request", "like", "mention", "reaction"]
        for person, told in ((bob, []), (ben, everything), (cleo, everything)):
            await node.pool.execute("DELETE FROM notifications")
            await does_everything(node, person, ada, post.uri)
            assert sorted(set(await ada.told())) == told, person.uri
        await node.pool.execute("DELETE FROM notifications")
        await deliver(node, bob, edit(bob, ada))
        await node.drain()
        assert await ada.told() == []


async def does_everything(node: RunningNode, person: PeerActor, to: Member, uri: str) -> None:
    me = f"{to.node.origin}/users/ada"
    for number, activity in enumerate(
        (
            {"type": "Like", "object": uri},
            {"type": "Announce", "object": uri, "to": [PUBLIC]},
            {"type": "EmojiReact", "object": uri, "content": "🎉"},
            {"type": "Follow", "object": me},
        ),
        start=20,
    ):
        assert (await deliver(node, person, like(person, number, **activity))).status == 202
    await deliver(node, person, mention(person, to, 1))
    await node.drain()


def edit(person: PeerActor, to: Member) -> dict[str, Any]:
    """Change a post, so that it mentions somebody it did not mention before."""
    create = mention(person, to, 1, content="changed")
    note = {**create["object"], "updated": datetime.now(UTC).isoformat()}
    return {**create, "type": "Update", "id": f"{person.uri}/updates/1", "object": note}


async def test_what_comes_is_made_harmless_and_stewards_are_told(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    await node.pool.execute("UPDATE actors SET approves_followers = false WHERE is_local")
    me = f"{node.origin}/users/ada"
    async with foreign_server() as ruled, foreign_server() as free:
        await put(
            node, domains=[ruled.domain], key="ruled",
            effects=["remove_links", "strip_media", "reject_reports", "notify_moderators",
                     "require_approval"],
        )  # fmt: skip
        bob, cleo = peer_actor(ruled, "bob"), peer_actor(free, "cleo")
        for person in (bob, cleo):
            create = mention(person, ada, 1, content='look <a href="https://x.example/">here</a>')
            create["object"]["attachment"] = [PICTURE]
            await deliver(node, person, create)
            await deliver(node, person, like(person, 2, type="Flag", object=[me], content="bad"))
            await deliver(node, person, like(person, 3, type="Follow", object=me))
        await node.drain()

        rows = await node.pool.fetch(
            """SELECT a.uri, p.html, p.attachments <> '[]' AS has_files, f.state,
                      (SELECT count(*) FROM reports r WHERE r.reporter_id = a.id) AS reports
                 FROM posts p JOIN actors a ON a.id = p.author_id
                 JOIN follows f ON f.follower_id = a.id"""
        )
        found = {row["uri"]: tuple(row.values())[1:] for row in rows}
        assert found[bob.uri] == ("<p>look here</p>", False, "pending", 0)
        assert "<a href" in found[cleo.uri][0] and found[cleo.uri][1:] == (True, "accepted", 1)
        matters = await node.pool.fetch(
            "SELECT name, href, times FROM matters WHERE kind='watched'"
        )
        assert [row["name"] for row in matters] == [f"ruled, {ruled.domain}"]
        assert matters[0]["times"] == 3 and "address=http%3A" in matters[0]["href"]
        with pytest.raises(Forbidden):
            await node.services.policy.permit(Scope.MEDIA, Domain(ruled.domain))
        await node.services.policy.permit(Scope.MEDIA, Domain(free.domain))


async def test_follows_end_for_good_or_by_what_a_server_runs(start_node: StartNode) -> None:
    node = await start_node()
    async with transaction(node.pool) as tx:
        ada = await given_member(tx, "ada")
        for host in ("cut.example", "gone.example", "kept.example"):
            other = await given_remote(tx, "bo", host)
            await given_follow(tx, ada, other)
            await given_follow(tx, other, ada)
        await tx.execute(
            "INSERT INTO policy_servers (domain, software) VALUES ('gone.example', 'gab')"
        )
    await put(node, key="cut", domains=["cut.example"], verdict="reject", effects=["sever_follows"])
    await put(node, key="gab", software=["Gab"], verdict="drop", effects=["freeze_follows"])
    await settle_follows(node.pool, node.services.policy.current, {})
    assert await standing(node) == {"kept.example": 2, "put aside gone.example": 2}

    async with transaction(node.pool) as tx:
        await commands.remove_rules(tx, ["cut", "gab"], by=ADA)
    for _ in range(2):
        await settle_follows(node.pool, node.services.policy.current, {})
    assert await standing(node) == {"kept.example": 2, "gone.example": 2}


async def standing(node: RunningNode) -> dict[str, int]:
    rows = await node.pool.fetch(
        """SELECT a.domain AS name, count(*) AS count FROM follows f
             JOIN actors a ON a.id IN (f.follower_id, f.target_id) AND NOT a.is_local GROUP BY 1
            UNION ALL
           SELECT 'put aside ' || split_part(origin, '/', 3), count(*)
             FROM frozen_follows GROUP BY 1"""
    )
    return {row["name"]: row["count"] for row in rows}
