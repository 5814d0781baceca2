"""A rule that was saved holds at every door: inbox, fetches, deliveries, documents."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import msgspec
import pytest

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool
from fedinet.follows import commands as follow_commands
from fedinet.inbox import held, held_store
from fedinet.inbox.held_store import count_held_by_rule
from fedinet.inbox.receive import DOOR
from fedinet.kernel.errors import Forbidden
from fedinet.kernel.ids import Domain
from fedinet.policy import commands
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.masking import digest
from fedinet.policy.model import Mode
from fedinet.policy.publishing import ShownTo, show_to
from fedinet.posts import commands as posts
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from fedinet.vocab.activity import PUBLIC
from fedinet.vocab.context import ACTIVITYSTREAMS
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import deliver, like, peer_actor
from tests.integration.members import (
    Member,
    accepts,
    follows,
    given_member_of,
    publishes,
)
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow

ADA = Steward(name="@ada", now=datetime.now(UTC))
DOCUMENT = {"Accept": "application/activity+json"}


async def test_a_refused_server_is_told_so_and_nothing_is_fetched_from_it(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await put(node, domains=[peer.domain], verdict="reject", reason="Spam wave")

        answer = await deliver(node, bob, like(bob))
        problem = await answer.json()

        assert (answer.status, answer.content_type) == (403, "application/problem+json")
        assert problem["policy"] == f"{node.origin}/policy"
        assert "Spam wave" in problem["title"] and peer.asked == []
        with pytest.raises(Forbidden):
            await node.services.actors.get(bob.uri)
        assert peer.asked == []


async def test_a_dropped_server_hears_nothing_of_it(start_node: StartNode) -> None:
    node = await start_node()
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await put(node, domains=[peer.domain], verdict="drop")
        assert (await deliver(node, bob, like(bob))).status == 202
        assert peer.asked == []
        assert await node.pool.fetchval("SELECT count(*) FROM inbound_queue") == 0
        await node.app[DOOR].refusals.flush(node.pool, datetime.now(UTC).date())
        counted = await node.pool.fetchrow("SELECT host, reason, count FROM inbound_refusals")
        assert tuple(counted) == (peer.domain, "dropped_by_policy", 1)


async def test_a_rule_cuts_both_ways_and_lifting_it_mends_both(start_node: StartNode) -> None:
    ada, bo = await two_friends(start_node)
    await put(ada.node, domains=[bo.node.domain], verdict="reject", key="bo")

    await publishes(ada, "not for bo's server")
    await publishes(bo, "not taken in")
    assert await bo.home() == ["not taken in"] and await ada.home() == ["not for bo's server"]

    async with transaction(ada.node.pool) as tx:
        await commands.remove_rules(tx, ["bo"], by=ADA)
    ada.node.services.policy.current.forget("")
    await publishes(bo, "taken in again")
    assert "<p>taken in again</p>" in await ada.home()


async def test_what_was_said_is_taken_back_under_every_rule(start_node: StartNode) -> None:
    ada, bo = await two_friends(start_node)
    post = await publishes(bo, "I regret this")
    assert "<p>I regret this</p>" in await ada.home()
    await put(ada.node, domains=[bo.node.domain], verdict="reject")

    await bo.does(lambda tx, me: posts.delete(tx, me, post.id))

    assert await ada.home() == []


async def test_documents_are_for_signed_requests_of_servers_in_good_standing(
    start_node: StartNode,
) -> None:
    ada, bo = await two_friends(start_node)
    post = await publishes(ada, "for everyone")
    assert await status(ada.node, post.uri, DOCUMENT) == 200

    await put(ada.node, domains=["elsewhere.example"], verdict="reject")
    assert await status(ada.node, post.uri, DOCUMENT) == 401
    assert await status(ada.node, post.uri, await signed(bo, post.uri)) == 200
    assert await status(ada.node, f"{ada.node.origin}/actor", DOCUMENT) == 200
    assert await status(ada.node, post.page_url, {"Accept": "text/html"}) == 200
    await pages_lead_no_machine_in_circles(ada.node, post.page_url)

    await put(ada.node, key="bo", domains=[bo.node.domain], verdict="reject")
    for address in (
        post.uri,
        f"{ada.node.origin}/users/ada",
        f"{ada.node.origin}/users/ada/outbox",
    ):
        assert await status(ada.node, address, await signed(bo, address)) == 403


async def test_strangers_who_speak_are_held_until_they_are_let_in(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await switch(node, Mode.CAUTIOUS)
        await deliver(node, bob, mention(bob, ada, 1))
        await deliver(node, bob, like(bob, 2, type="Follow", object=f"{node.origin}/users/ada"))
        await node.drain()

        assert await ada.told() == ["follow_request"]
        async with transaction(node.pool) as tx:
            [item] = await held_store.list_held(tx)
            assert (item.domain, item.activity_type, item.reason) == (
                peer.domain, "Create", "first_contact",
            )  # fmt: skip
            logged = "SELECT outcome FROM inbound_log WHERE activity_type = 'Create'"
            assert await tx.fetchval(logged) == "held"
            assert await kept(tx, "Create") == {
                "by": "first_contact", "verdict": "hold",
                "outside": {"audience": "mentioned", "reaches_out": True, "mentions": 1},
            }  # fmt: skip
            assert (await kept(tx, "Follow"))["by"] == "mode_cautious"
            sealed = await tx.fetchval("SELECT body_sealed FROM inbound_held")
            assert b"hello ada" not in sealed
            await held.release(tx, node.services.box, [item.id])
        await node.drain()
        assert await ada.told() == ["mention", "follow_request"]
        assert await kept(node.pool, "Create") == {"by": "released"}

        await deliver(node, bob, mention(bob, ada, 3))
        await node.drain()
        assert len(await ada.told()) == 2
        assert await held.welcome(node.pool, node.services.box, Domain(peer.domain), by=ADA) == 1
        await node.drain()
        assert await ada.told() == ["mention", "mention", "follow_request"]


async def test_who_was_met_since_is_let_in(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await switch(node, Mode.CAUTIOUS)
        await deliver(node, bob, mention(bob, ada, 1))
        await node.drain()
        assert await held.release_met(node.pool, node.services.box, scheme="http") == 0

        them = await node.services.actors.get(bob.uri)
        await ada.does(lambda tx, me: follow_commands.follow(tx, me, them, now=datetime.now(UTC)))
        assert await held.release_met(node.pool, node.services.box, scheme="http") == 1
        await node.drain()
        assert await ada.told() == ["mention"]


async def test_what_a_rule_holds_of_a_met_server_waits_for_a_steward(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        them = await node.services.actors.get(bob.uri)
        await ada.does(lambda tx, me: follow_commands.follow(tx, me, them, now=datetime.now(UTC)))
        await put(node, domains=[peer.domain], verdict="hold")
        await deliver(node, bob, mention(bob, ada, 1))
        await node.drain()

        assert await held.release_met(node.pool, node.services.box, scheme="http") == 0
        await node.drain()
        assert await ada.told() == []
        async with node.pool.acquire() as conn:
            [(key, count)] = await count_held_by_rule(conn)
        assert await held.release_rule(node.pool, node.services.box, "another") == 0
        released = await held.release_rule(node.pool, node.services.box, key)
        await node.drain()
        assert (count, released, await ada.told()) == (1, 1, ["mention"])


async def test_content_rules_hold_whoever_says_it(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await put(node, key="words", words=["hello ada"], relations=["stranger"], verdict="hold")
        await deliver(node, bob, mention(bob, ada, 1))
        await deliver(node, bob, mention(bob, ada, 2, content="good morning"))
        await node.drain()
        assert await ada.told() == ["mention"]
        async with transaction(node.pool) as tx:
            assert [item.reason for item in await held_store.list_held(tx)] == ["policy"]


async def test_follows_are_frozen_and_come_back_as_they_were(start_node: StartNode) -> None:
    ada, bo = await two_friends(start_node)
    await put(
        ada.node, domains=[bo.node.domain], verdict="reject", effects=["freeze_follows"], key="bo"
    )
    await ada.node.drain()
    assert not (await ada.stands_to(bo)).following
    await publishes(bo, "while it was frozen")

    async with transaction(ada.node.pool) as tx:
        await commands.remove_rules(tx, ["bo"], by=ADA)
    await ada.node.drain()

    here, there = await ada.stands_to(bo), await bo.stands_to(ada)
    assert (here.following, here.followed_by) == (True, True)
    assert (there.following, there.followed_by) == (True, True)
    await publishes(bo, "and after")
    assert await ada.home() == ["<p>and after</p>"]


async def test_effects_soften_what_comes(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as peer:
        bob = peer_actor(peer, "bob")
        await put(node, domains=[peer.domain], effects=["limit", "mark_sensitive"])
        loud = mention(bob, ada, 1)
        loud["object"] = {**loud["object"], "to": [PUBLIC, *loud["to"]]}
        await deliver(node, bob, {**loud, "to": [PUBLIC, *loud["to"]]})
        await node.drain()
        row = await node.pool.fetchrow("SELECT visibility, sensitive FROM posts")
        assert row is not None and (row["visibility"], row["sensitive"]) == ("quiet", True)
        assert await ada.told() == []


async def test_a_rule_about_somebody_holds_whoever_brings_what_they_say(
    start_node: StartNode,
) -> None:
    """By a group of their server, by one elsewhere, or because we fetch it ourselves."""
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as near, foreign_server() as far:
        eve, cleo = peer_actor(near, "eve"), peer_actor(near, "cleo")
        groups = [peer_actor(one, "group", type="Group") for one in (near, far)]
        for group in groups:
            actor = await node.services.actors.get(group.uri)
            async with transaction(node.pool) as tx:
                await given_follow(tx, await get_actor(tx, ada.actor_id), actor)
        await put(node, actors=[eve.uri], verdict="drop")
        await put(node, key="loud", actors=[cleo.uri], effects=["unlist"])
        for number, (author, group) in enumerate(product((eve, cleo), groups)):
            note = public_note(author.uri, number)
            near.serve(str(note["id"]).removeprefix(near.origin), note)
            said = dict(like(author, number, type="Create", object=note, to=[PUBLIC]))
            announce = like(group, number, type="Announce", object=said, to=[PUBLIC])
            assert (await deliver(node, group, announce)).status == 202
        await node.drain()
        for number, author in enumerate((eve, cleo), start=10):
            note = public_note(author.uri, number)
            near.serve(str(note["id"]).removeprefix(near.origin), note)
            await node.services.posts.find(str(note["id"]))

        rows = await node.pool.fetch("SELECT uri, visibility FROM posts ORDER BY uri")
        assert [(row["uri"], row["visibility"]) for row in rows] == [
            (f"{cleo.uri}/notes/{number}", "quiet") for number in (11, 2, 3)
        ]


async def test_everybody_can_read_the_rules_and_their_reasons(start_node: StartNode) -> None:
    node = await start_node()
    await put(node, domains=["evil.example"], verdict="reject",
              reason="<script>spam</script>", note="told by Ada")  # fmt: skip
    await put(node, key="draft", domains=["draft.example"], verdict="reject", draft=True)
    await put(node, key="vile.example", domains=["vile.example"], verdict="drop", obfuscate=True)
    async with node.http.get("/policy?before=a%00b") as answer:
        assert answer.status == 200
    async with node.http.get("/policy") as answer:
        page = await answer.text()
    assert answer.status == 200 and "evil.example" in page and "Refused" in page
    assert "<script>spam" not in page and "&lt;script&gt;spam" in page
    assert "told by Ada" not in page and "draft.example" not in page
    assert "vile.example" not in page and "vile.****ple" in page
    for shown_to, status, is_on_page in (
        ("page", 404, True), ("everybody", 200, True), ("members", 404, False),
        ("nobody", 404, False),
    ):  # fmt: skip
        async with transaction(node.pool) as tx:
            await show_to(tx, ShownTo(shown_to), by=ADA)
        async with node.http.get("/policy") as answer:
            assert ("evil.example" in await answer.text()) is is_on_page
        async with node.http.get("/api/v1/instance/domain_blocks") as answer:
            assert answer.status == status
            listed = await answer.json()
        if status == 200:
            assert [(one["domain"], one["severity"], one["comment"]) for one in listed] == [
                ("vile.****ple", "suspend", ""),
                ("evil.example", "suspend", "<script>spam</script>"),
            ]
            assert listed[0]["digest"] == digest("vile.example")


async def two_friends(start_node: StartNode) -> tuple[Member, Member]:
    """Ada and Bo on two nodes, who follow each other."""
    ada = await given_member_of(await start_node(), "ada")
    bo = await given_member_of(await start_node(), "bo")
    for one, other in ((ada, bo), (bo, ada)):
        await follows(one, other)
        await accepts(other, one)
    return ada, bo


async def put(node: RunningNode, **fields: Any) -> None:
    document = msgspec.convert({"key": "rule", **fields}, RuleDocument)
    async with transaction(node.pool) as tx:
        await commands.put_rules(tx, [document], ours=[Domain(node.domain)], by=ADA)
    node.services.policy.current.forget("")


async def switch(node: RunningNode, mode: Mode) -> None:
    async with transaction(node.pool) as tx:
        await commands.switch_mode(tx, mode, by=ADA)
    node.services.policy.current.forget("")


def public_note(author: str, number: int) -> dict[str, Any]:
    return {
        "@context": ACTIVITYSTREAMS,
        "id": f"{author}/notes/{number}",
        "type": "Note",
        "attributedTo": author,
        "content": "<p>Hello everybody</p>",
        "to": [PUBLIC],
    }


def mention(sender: Any, to: Member, number: int, *, content: str = "hello ada") -> dict[str, Any]:
    address = f"{to.node.origin}/users/ada"
    note = {
        "id": f"{sender.uri}/notes/{number}",
        "type": "Note",
        "attributedTo": sender.uri,
        "content": f"<p>{content}</p>",
        "to": [address],
        "published": datetime.now(UTC).isoformat(),
        "tag": [{"type": "Mention", "href": address, "name": "@ada"}],
    }
    return dict(like(sender, number, type="Create", object=note, to=[address]))


async def kept(conn: Conn | Pool, kind: str) -> dict[str, Any]:
    """What the log keeps of the newest activity of a kind; moments and facts are left out."""
    stored = await conn.fetchval(
        "SELECT seen FROM inbound_log WHERE activity_type = $1"
        " ORDER BY received_at DESC, finished_at DESC, id DESC LIMIT 1",
        kind,
    )
    found: dict[str, Any] = msgspec.json.decode(stored)
    found.pop("version", None)
    if "facts" in found:
        assert found.pop("facts")["actor_kind"] == "Person"
        for moving in ("published", "signature"):
            found["outside"].pop(moving, None)
    return found


async def pages_lead_no_machine_in_circles(node: RunningNode, post_page: str) -> None:
    """An address of people answers whoever asks, or leads to a document that must be signed for."""
    answers = {
        "/": 200, "/sign-in": 200, "/about": 200, "/policy": 200, "/@ada.rss": 200, "/nope": 404,
        "/@ada": 401, "/settings": 401, post_page.removeprefix(node.origin): 401,
    }  # fmt: skip
    for accept, path in product(("application/activity+json", "application/json"), answers):
        async with node.http.get(f"{node.origin}{path}", headers={"Accept": accept}) as answer:
            assert answer.status == answers[path], (accept, path)
            assert (answer.content_type == "application/problem+json") is (answer.status == 401)
    assert await status(node, f"{node.origin}/settings", {"Accept": "text/html,*/*"}) == 303


async def signed(member: Member, url: str) -> dict[str, str]:
    key = await member.node.services.signer.signing_key(member.actor_id)
    return {**sign_cavage(key, Outgoing("GET", url), now=datetime.now(UTC)), **DOCUMENT}


async def status(node: RunningNode, url: str, headers: dict[str, str]) -> int:
    async with node.http.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status
