"""A member moves from one node to another, by the pages, and back."""

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows import commands
from fedinet.follows.model import FollowState
from tests.integration.apps import given_token
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
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
    assert account["moved"]["uri"] == new_uri and account["moved"]["moved"] is None
