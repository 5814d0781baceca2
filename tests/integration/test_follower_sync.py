"""Two servers that remember different followers come together again (FEP-8fcf)."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.claim import Scheme
from fedinet.signing.keys import SigningKey
from fedinet.signing.message import Outgoing, sha256_of
from fedinet.signing.rfc9421 import sign_rfc9421
from fedinet.vocab.synchronisation import HEADER, Synchronisation, digest_of
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import PeerActor, encoded, like, peer_actor
from tests.integration.members import Member, accepts, follows, given_member_of, publishes
from tests.integration.nodes import RunningNode


async def test_a_lost_undo_and_a_lost_reject_are_made_good_by_the_next_post(
    start_node: StartNode,
) -> None:
    here, there = await start_node(), await start_node()
    bo = await given_member_of(there, "bo")
    ada, cleo, dan = [await given_member_of(here, name) for name in ("ada", "cleo", "dan")]
    for one in (ada, cleo, dan):
        await follows(one, bo)
        if one is not dan:
            await accepts(bo, one)
    await loses_follow(here, ada)  # its Undo never arrived
    await loses_follow(there, await seen(there, cleo))  # so did this Reject
    await there.pool.execute(
        "UPDATE follows SET state = 'accepted', accepted_at = now()"
    )  # dan's yes

    await publishes(bo, "For those who follow", Visibility.FOLLOWERS)

    assert not (await ada.stands_to(bo)).following and not (await bo.stands_to(ada)).followed_by
    assert not (await cleo.stands_to(bo)).following and not (await bo.stands_to(cleo)).followed_by
    assert (await dan.stands_to(bo)).following and (await bo.stands_to(dan)).followed_by
    assert await dan.told() == ["follow_accepted"]  # as by the Accept that was lost

    await publishes(bo, "Again")
    assert await here.pool.fetchval("SELECT count(*) FROM jobs") == 0


async def loses_follow(node: RunningNode, who: Member) -> None:
    await node.pool.execute("DELETE FROM follows WHERE follower_id = $1", who.actor_id)


async def seen(node: RunningNode, who: Member) -> Member:
    """Somebody of another node, as this one knows them."""
    actor = await node.services.actors.get((await get_actor(who.node.pool, who.actor_id)).uri)
    return Member(node, who.account_id, actor.id)


class Peer:
    """A Mastodon whose bob two people here follow, and one of them in vain."""

    def __init__(self, node: RunningNode, server: ForeignServer, bob: PeerActor) -> None:
        self.node, self.server, self.bob = node, server, bob
        self.members: dict[str, ActorId] = {}
        self.listed: list[str] = []
        self.sent = 0

    @property
    def url(self) -> str:
        return f"{self.bob.uri}/followers_synchronization"

    def uri(self, name: str) -> str:
        return f"{self.node.origin}/users/{name}"

    def says(self, *names: str, **changes: str) -> Synchronisation:
        """Serve this list of ours, and say so."""
        self.listed = [self.uri(name) for name in names]
        self.server.serve(
            "/users/bob/followers_synchronization",
            {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": self.url,
                "type": "OrderedCollection",
                "orderedItems": self.listed,
            },
        )
        return Synchronisation(
            changes.get("collection", f"{self.bob.uri}/followers"),
            changes.get("url", self.url),
            changes.get("digest", digest_of(self.listed)),
        )

    async def delivers(
        self, said: Synchronisation, *, scheme: Scheme = Scheme.CAVAGE, covered: bool = True
    ) -> None:
        self.sent += 1
        url = f"{self.node.origin}/inbox"
        body = encoded(like(self.bob, self.sent))
        fields = ((HEADER, str(said)),)
        request = Outgoing("POST", url, sha256_of(body), fields if covered else ())
        sign = sign_cavage if scheme is Scheme.CAVAGE else sign_rfc9421
        headers = sign(self.bob.key, request, now=datetime.now(UTC)) | dict(fields)
        headers["Content-Type"] = "application/activity+json"
        answer = await self.node.http.post("/inbox", data=body, headers=headers)
        assert answer.status == 202, await answer.text()
        await self.node.drain()

    async def followers(self) -> list[str]:
        rows = await self.node.pool.fetch(
            """
            SELECT a.username FROM follows f JOIN actors a ON a.id = f.follower_id
             WHERE f.state = 'accepted' ORDER BY 1
            """
        )
        return [row["username"] for row in rows]

    @property
    def asked(self) -> int:
        return self.server.count("/users/bob/followers_synchronization")

    async def may_be_asked_again(self) -> None:
        await self.node.pool.execute("UPDATE follower_checks SET again_at = now()")


@pytest.fixture
async def peer(start_node: StartNode) -> AsyncIterator[Peer]:
    node = await start_node()
    async with foreign_server() as server:
        bob = peer_actor(server, "bob", followers=f"{server.origin}/users/bob/followers")
        town = Peer(node, server, bob)
        actor = await node.services.actors.get(bob.uri)
        for name in ("ada", "cleo"):
            town.members[name] = (await given_account(node, name))[1]
            await node.pool.execute(
                """
                INSERT INTO follows (follower_id, target_id, state, uri, accepted_at)
                VALUES ($1, $2, 'accepted', $3, now() - interval '1 day')
                """,
                town.members[name],
                actor.id,
                f"{node.origin}/activities/{name}",
            )
        yield town


async def test_a_list_that_agrees_is_not_asked_for(peer: Peer) -> None:
    for scheme in Scheme:
        await peer.delivers(peer.says("cleo", "ada"), scheme=scheme)
    assert peer.asked == 0 and await peer.followers() == ["ada", "cleo"]


async def test_who_is_missing_there_stops_following_here_and_one_is_asked_rarely(
    peer: Peer,
) -> None:
    await peer.delivers(peer.says("ada"), scheme=Scheme.RFC9421)
    assert await peer.followers() == ["ada"] and peer.asked == 1
    assert "signature" in peer.server.requests[-1]

    await peer.delivers(peer.says())
    assert await peer.followers() == ["ada"] and peer.asked == 1  # not within ten minutes

    await peer.may_be_asked_again()
    await peer.delivers(peer.says())
    assert await peer.followers() == [] and peer.asked == 2


async def test_who_is_listed_there_and_follows_nobody_sends_an_undo(peer: Peer) -> None:
    await given_account(peer.node, "dan")
    came: list[dict[str, object]] = []

    async def inbox(request: web.Request) -> web.StreamResponse:
        came.append(json.loads(await request.read()))
        return web.Response(status=202)

    peer.server.answers["/users/bob/inbox"] = inbox
    await peer.delivers(peer.says("ada", "cleo", "dan", "nobody"))

    assert await peer.followers() == ["ada", "cleo"]
    [undo] = came
    assert undo["type"] == "Undo" and undo["actor"] == peer.uri("dan")
    follow = undo["object"]
    assert isinstance(follow, dict)
    assert (follow["type"], follow["object"]) == ("Follow", peer.bob.uri)


@pytest.mark.parametrize(
    "why",
    ["unsigned", "another origin", "another collection", "another digest", "too many", "gone"],
)
async def test_nothing_is_dropped_for_what_cannot_be_relied_on(peer: Peer, why: str) -> None:
    async with foreign_server() as elsewhere:
        lie = elsewhere.serve(
            "/list", {"id": f"{elsewhere.origin}/list", "type": "OrderedCollection"}
        )
        match why:
            case "unsigned":
                await peer.delivers(peer.says(), covered=False)
            case "another origin":
                await peer.delivers(peer.says(url=lie))
            case "another collection":
                await peer.delivers(peer.says(collection=f"{peer.bob.uri}/following"))
            case "another digest":
                await peer.delivers(peer.says(digest=digest_of([peer.uri("ada")])))
            case "too many":
                await peer.delivers(peer.says(*(f"bot{n}" for n in range(5001))))
            case _:
                said = peer.says()
                peer.server.serve("/users/bob/followers_synchronization", {}, status=410)
                await peer.delivers(said)
        assert await peer.followers() == ["ada", "cleo"]
        assert elsewhere.asked == []


async def test_a_list_in_pages_is_read_to_its_end(peer: Peer) -> None:
    said = peer.says("ada", "cleo", "dan")
    pages = {"?page=1": [peer.uri("ada")], "?page=2": [peer.uri("cleo"), peer.uri("dan")]}
    collection = {"id": peer.url, "type": "OrderedCollection", "first": f"{peer.url}?page=1"}
    peer.server.serve("/users/bob/followers_synchronization", collection)
    for query, items in pages.items():
        page = {"id": f"{peer.url}{query}", "type": "OrderedCollectionPage", "orderedItems": items}
        more = {"next": f"{peer.url}?page=2"} if query == "?page=1" else {}
        peer.server.serve(f"/users/bob/followers_synchronization{query}", page | more)
    await peer.node.pool.execute("DELETE FROM follows WHERE follower_id = $1", peer.members["cleo"])
    await peer.delivers(said)
    assert peer.asked == 3
    undone = await peer.node.pool.fetchval("SELECT count(*) FROM outgoing")
    assert undone == 1  # cleo; dan has no account here


async def test_a_list_whose_pages_never_end_is_given_up(peer: Peer) -> None:
    said = peer.says()
    loop = {"id": peer.url, "type": "OrderedCollectionPage", "next": peer.url, "orderedItems": []}
    peer.server.serve("/users/bob/followers_synchronization", loop)
    await peer.delivers(said)
    assert peer.asked <= 12 and await peer.followers() == ["ada", "cleo"]


async def test_the_list_is_shown_to_signed_requests_of_its_origin_alone(
    start_node: StartNode,
) -> None:
    here, there = await start_node(), await start_node()
    ada, bo = await given_member_of(here, "ada"), await given_member_of(there, "bo")
    await follows(bo, ada)
    await accepts(ada, bo)
    url = f"{here.origin}/users/ada/followers_synchronization"
    bo_uri = (await get_actor(there.pool, bo.actor_id)).uri

    assert (await here.http.get(url)).status == 401
    node_key = await there.services.signer.node_key()
    assert (await asked(here, url, node_key))["orderedItems"] == [bo_uri]
    async with foreign_server() as stranger:
        eve = peer_actor(stranger, "eve")
        assert (await asked(here, url, eve.key))["orderedItems"] == []
        await here.pool.execute("UPDATE actors SET suspended_at = now() WHERE uri = $1", eve.uri)
        here.services.verifier.forget("")
        headers = sign_cavage(eve.key, Outgoing("GET", url), now=datetime.now(UTC))
        assert (await here.http.get(url, headers=headers)).status == 403


async def asked(node: RunningNode, url: str, key: SigningKey) -> dict[str, object]:
    headers = sign_cavage(key, Outgoing("GET", url), now=datetime.now(UTC))
    answer = await node.http.get(url, headers=headers)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "private, no-store"
    return await answer.json()
