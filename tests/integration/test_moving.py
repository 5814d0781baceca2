"""A member moves from one node to another, by the pages, and back."""

import json
from itertools import count

from aiohttp import web

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows import commands
from fedinet.follows.model import FollowState
from tests.integration.apps import given_token
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, peer_actor
from tests.integration.members import Member, accepts, follows, given_member_of
from tests.integration.nodes import RunningNode

HERE = "/settings/moving"


async def handle(member: Member) -> str:
    return f"@{(await get_actor(member.node.pool, member.actor_id)).full_handle}"


async def move(page: Browser, target: str, password: str = PASSWORD) -> SeenPage:
    form = (await page.open(HERE)).form(f"{HERE}/aliases")
    token = {"csrf": form.fields["csrf"]}
    return await page.post(HERE, {**token, "do": "away", "target": target, "password": password})


async def name_as_mine(page: Browser, other: str) -> SeenPage:
    return await page.fill(HERE, f"{HERE}/aliases", {"do": "add", "alias": other})


async def test_a_member_moves_from_node_to_node_and_followers_come_along(
    start_node: StartNode,
) -> None:
    one, two = await start_node(), await start_node()
    ada, cleo = await given_member_of(one, "ada"), await given_member_of(one, "cleo")
    new, bo = await given_member_of(two, "ada_new"), await given_member_of(two, "bo")
    for follower in (cleo, bo):
        await follows(follower, ada)
        await accepts(ada, follower)
    async with browser(one) as old_page, browser(two) as new_page:
        await old_page.sign_in("ada")
        await new_page.sign_in("ada_new")

        refused = await move(old_page, await handle(new))
        assert refused.status == 422 and "does not name this one" in refused.text
        assert (await name_as_mine(new_page, "@nobody@127.0.0.1:1")).status == 422
        named = await name_as_mine(new_page, await handle(ada))
        assert named.status == 200 and await handle(ada) in named.text
        wrong = await move(old_page, await handle(new), "not the password")
        assert wrong.status == 422 and "present password" in wrong.text
        before = await old_page.open(HERE)
        assert "2 people follow you, and are asked" in before.text
        assert "You moved a short while ago" not in before.text
        moved = await move(old_page, await handle(new))
        assert moved.status == 200 and "You have moved" in moved.text
        await one.drain()

        assert (await cleo.stands_to(new)).requested and not (await cleo.stands_to(ada)).following
        assert (await bo.stands_to(new)).following and not (await bo.stands_to(ada)).following
        assert not (await ada.stands_to(bo)).followed_by
        await refuses_to_act(one, old_page, ada, bo)
        await shows_where_to(one, two, ada, new, cleo)

        back = await old_page.fill(HERE, HERE, {"do": "back"})
        assert "You have moved" not in back.text
        assert "To another account than then you can move from" in back.text
        assert (await move(old_page, await handle(bo))).status == 422  # within the week
        await one.drain()
        assert (await bo.sees(ada)).moved_to is None
        await follows(bo, ada)
        assert (await bo.stands_to(ada)).requested


async def refuses_to_act(node: RunningNode, page: Browser, ada: Member, bo: Member) -> None:
    """Who has moved away writes nothing, and is followed by nobody."""
    app = {"Authorization": f"Bearer {await given_token(node, ada.account_id, 'read write')}"}
    async with node.http.post("/api/v1/statuses", json={"status": "hello"}, headers=app) as answer:
        assert answer.status == 403 and "moved away" in (await answer.json())["error"]
    written = await page.fill("/write", "/write", {"text": "hello"})
    assert written.status == 403 and "moved away" in written.text
    them = await bo.sees(ada)
    await bo.node.pool.execute("UPDATE actors SET moved_to = NULL WHERE id = $1", them.id)
    async with transaction(bo.node.pool) as tx:
        me = await get_actor(tx, bo.actor_id)
        asked = await commands.follow(tx, me, await get_actor(tx, them.id), now=them.joined_at)
    assert asked.state is FollowState.PENDING
    await node.drain()  # answered by a Reject
    assert not (await bo.stands_to(ada)).requested


async def shows_where_to(
    one: RunningNode, two: RunningNode, ada: Member, new: Member, cleo: Member
) -> None:
    """The document, the page and the API say where the account is now."""
    new_uri = (await get_actor(two.pool, new.actor_id)).uri
    async with one.http.get("/users/ada", headers={"Accept": "application/activity+json"}) as got:
        assert (await got.json(content_type=None))["movedTo"] == new_uri
    async with two.http.get(
        "/users/ada_new", headers={"Accept": "application/activity+json"}
    ) as got:
        assert (await got.json(content_type=None))["alsoKnownAs"] == [f"{one.origin}/users/ada"]
    async with browser(one) as page:
        await page.sign_in("cleo")
        assert "Ada has moved." in (await page.open("/@ada")).text
    app = {"Authorization": f"Bearer {await given_token(one, cleo.account_id, 'read')}"}
    async with one.http.get(f"/api/v1/accounts/{ada.actor_id}", headers=app) as got:
        account = await got.json()
    assert account["moved"]["uri"] == new_uri and "moved" not in account["moved"]


async def test_a_move_between_two_other_servers_takes_a_member_along_once(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with foreign_server() as old_server, foreign_server() as new_server:
        came = {server.origin: inbox_of(server) for server in (old_server, new_server)}
        old = peer_actor(old_server, "bob")
        new = new_server.actor("bob")
        bob = await node.services.actors.get(old.uri)
        await node.pool.execute(
            """
            INSERT INTO follows (follower_id, target_id, state, uri)
            VALUES ($1, $2, 'accepted', 'https://x.example/1')
            """,
            ada.actor_id,
            bob.id,
        )

        assert (await deliver(node, old, move_to(old, new))).status == 202
        await node.drain()
        assert came == {old_server.origin: [], new_server.origin: []}  # no alias yet

        new_server.actor("bob", alsoKnownAs=[old.uri])
        for _ in range(2):
            assert (await deliver(node, old, move_to(old, new))).status == 202
            await node.drain()
        assert came == {old_server.origin: ["Undo"], new_server.origin: ["Follow"]}
        reasons = await node.pool.fetch("SELECT reason FROM inbound_log ORDER BY id")
        assert [row["reason"] for row in reasons] == ["not_listed_back", "", "no_change"]


def move_to(old: PeerActor, new: str) -> dict[str, object]:
    """As Mastodon sends it, under a new id each time."""
    number = next(_NUMBERS)
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{old.uri}#moves/{number}",
        "type": "Move",
        "actor": old.uri,
        "object": old.uri,
        "target": new,
    }


_NUMBERS = count(1)


def inbox_of(server: ForeignServer) -> list[str]:
    """The types of what comes to bob there."""
    types: list[str] = []

    async def inbox(request: web.Request) -> web.StreamResponse:
        types.append(json.loads(await request.read())["type"])
        return web.Response(status=202)

    server.answers["/users/bob/inbox"] = inbox
    return types
