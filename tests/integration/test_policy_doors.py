"""No door forgets to ask: what a refused server can read, and what is asked of it."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.follows.store import list_locally_followed
from fedinet.http.surfaces import Surface, surface_of
from fedinet.kernel.errors import FedinetError
from fedinet.media.context import COPIES
from fedinet.moves.jobs import carry_over
from fedinet.policy.servers.asking import Asker
from fedinet.search.find import FINDER, find
from fedinet.search.model import Search
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.members import given_member_of, publishes
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_remote
from tests.integration.test_every_door import filled, paths
from tests.integration.test_policy_enforced import put

ACCEPTS: Final = ("application/activity+json", "*/*", "text/html")
OPEN: Final = ("/actor", "/nodeinfo", "/.well-known/")
"""Everybody may read these: the node's key, its numbers, and what WebFinger says."""


async def test_a_refused_server_reads_nothing_about_members(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    posts = {Visibility.EVERYONE: await publishes(ada, "hello everybody")}
    async with foreign_server() as far:
        eve = peer_actor(far, "eve")
        await deliver(node, eve, like(eve))  # so that we know her key
        await put(node, domains=[far.domain], verdict="reject")
        doors = [
            address
            for path in paths(node)
            if surface_of(path) in (Surface.FEDERATION, Surface.PAGE)
            for address in (await filled(node, path, ada, posts))[:1]
        ]
        assert len([door for door in doors if surface_of(door) is Surface.FEDERATION]) >= 15
        for door in doors:
            for accept in ACCEPTS if surface_of(door) is Surface.FEDERATION else ACCEPTS[:1]:
                for headers in (signed(node, eve, door), {}):
                    await reads_nothing(node, door, {**headers, "Accept": accept})

        finger = f"/.well-known/webfinger?resource=acct:ada@{node.domain}"
        async with node.http.get(finger, headers=signed(node, eve, finger)) as answer:
            assert answer.status == 403
        async with node.http.get(finger) as answer:
            assert answer.status == 200
        told = set[tuple[int, str]]()
        for name in ("ada", "nobody"):
            for number, activity in enumerate(({"type": "Like"}, {"type": "Delete"})):
                path = f"/users/{name}/inbox"
                answer = await deliver(node, eve, like(eve, number + 5, **activity), path=path)
                told.add((answer.status, str(activity["type"])))
        assert len(told) == 2  # of each kind the same, whether there is somebody or not


async def reads_nothing(node: RunningNode, door: str, headers: Mapping[str, str]) -> None:
    async with node.http.get(door, headers=headers, allow_redirects=False) as answer:
        if answer.status >= 300 or door.startswith(OPEN):
            return
        kind = answer.content_type
        assert "json" not in kind or surface_of(door) is not Surface.FEDERATION, (door, headers)
        assert "activity+json" not in kind and "ld+json" not in kind, (door, headers)


async def test_nothing_is_asked_of_a_refused_server_by_any_way(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    services = node.services
    async with foreign_server() as far:
        eve, bea = peer_actor(far, "eve"), peer_actor(far, "bea")
        await deliver(node, eve, like(eve))
        await put(node, domains=[far.domain], verdict="reject")
        asked = list(far.asked)
        note, picture = f"{far.origin}/notes/1", f"{far.origin}/a.png"
        handle = f"@bea@{far.domain}"
        asker = Asker(node.pool, services.fetcher, scheme="http")
        ways: dict[str, Awaitable[object]] = {
            "an actor": services.actors.get(bea.uri),
            "an actor again": services.actors.refresh(eve.uri),
            "an actor of long ago": services.actors.get(eve.uri, as_of=datetime.now(UTC)),
            "a handle": services.actors.resolve_handle(handle),
            "a document": services.actors.document(note),
            "a page of a list": services.actors.part(f"{eve.uri}/followers"),
            "a post": services.posts.find(note),
            "a face": node.app[COPIES].get(picture, "avatar"),
            "a picture": node.app[COPIES].get(picture, "attachment"),
            "a delivery": services.fetcher.post(f"{eve.uri}/inbox", b"{}", {}),
            "an address typed in": find(
                node.app[FINDER], ada.viewer, Search(text=note, resolve=True)
            ),
            "what it runs": asker.ask_once(datetime.now(UTC) + timedelta(hours=1)),
        }
        for way in ways.values():
            try:
                await way
            except FedinetError:
                continue  # refused, as it should be
        assert far.asked == asked


async def test_nobody_follows_on_to_a_refused_server(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with transaction(node.pool) as tx:
        old, new = await given_remote(tx, "bob"), await given_remote(tx, "bob", "far.example")
        await given_follow(tx, await get_actor(tx, ada.actor_id), old)
        await tx.execute("UPDATE actors SET moved_to = $1 WHERE id = $2", new.uri, old.id)
    payload = {"old_id": old.id, "new_id": new.id}
    await put(node, domains=["far.example"], verdict="reject")
    await carry_over(node.pool, payload, policy=node.services.policy)
    async with transaction(node.pool) as tx:
        assert await list_locally_followed(tx, [old.id, new.id]) == {old.id}
    await put(node, domains=["far.example"], effects=["unlist"])
    await carry_over(node.pool, payload, policy=node.services.policy)
    assert await node.pool.fetchval("SELECT target_id FROM follows") == new.id


def signed(node: RunningNode, person: PeerActor, path: str) -> dict[str, str]:
    return sign_cavage(person.key, Outgoing("GET", f"{node.origin}{path}"), now=datetime.now(UTC))
