"""A community with room for so many: the last place, the line, and whose turn it is."""

import asyncio
from datetime import UTC, datetime, timedelta

from fedinet.db.pool import transaction
from fedinet.invitations.listed.sending import send_once
from fedinet.joining import commands
from fedinet.joining.model import Asking, Says, Voucher
from fedinet.joining.store import find_by_key, hash_of
from fedinet.joining.upkeep import keep_once
from fedinet.kernel.ids import AccountId
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode
from tests.integration.test_invitation_pages import given_link
from tests.integration.test_joining import ask_the, found, given_house
from tests.integration.test_listed_joining import given_invited


async def test_the_last_place_is_taken_once_and_others_stand_in_line(start_node: StartNode) -> None:
    node = await given_house(start_node, bo=False)
    async with browser(node) as ada, browser(node) as one, browser(node) as two:
        await ada.sign_in("ada")
        link = await given_link(ada, max_uses="5")
        await ask_the(ada, most_members="2")
        # Both hold the form before either sends it.
        forms = [(await who.open(link)).form("/join") for who in (one, two)]
        pages = await asyncio.gather(
            one.post("/join", {**forms[0].fields, **typed("one")}),
            two.post("/join", {**forms[1].fields, **typed("two")}),
        )
        assert sorted(page.path for page in pages) == ["/join/ask", "/welcome"]
        assert await members(node) == 2
        assert await node.pool.fetchval("SELECT uses FROM invitations") == 1

        async with browser(node) as eve, browser(node) as cy:
            first = await stands_in_line(eve, link, "eve")
            second = await stands_in_line(cy, link, "cy")
            assert "number 1 in line" in (await eve.open(first)).text
            assert "number 2 in line" in (await cy.open(second)).text
            assert "3 of 5 came in" in (await ada.open("/invitations")).text
            await ask_the(ada, most_members="3")
            await node.drain()
            page = await eve.open(first)
            assert "A place is kept for you" in page.text
            assert "number 1 in line" in (await cy.open(second)).text
            assert (await cy.open(link)).path == "/join/ask"  # that place is Eve's
            hers = found(r"/join\?code=[\w-]+", page.html)
            assert (await joins(eve, hers, "eve")).path == "/welcome"
            assert await members(node) == 3
            await keep(node)
            assert "number 1 in line" in (await cy.open(second)).text
            await node.pool.execute(
                "DELETE FROM accounts WHERE actor_id ="
                " (SELECT id FROM actors WHERE username = 'eve')"
            )  # she has left
            await keep(node)
            await keep(node)
            assert "A place is kept for you" in (await cy.open(second)).text
            assert await node.pool.fetchval("SELECT count(*) FROM join_requests") == 1
            await keep(node, timedelta(days=15))
            assert "Your invitation is over" in (await cy.open(second)).text
            assert (await cy.open(link)).path == "/join"  # the place is free again

            single = await given_link(ada, max_uses="1")
            assert await standings_of_two_who_hold(node, single) == ["invited", "waiting"]


async def test_who_stands_in_line_by_a_link_of_a_list_keeps_the_promised_role(
    start_node: StartNode,
) -> None:
    node = await given_house(start_node, bo=False)
    host = AccountId(await node.pool.fetchval("SELECT id FROM accounts WHERE role = 'owner'"))
    links = await given_invited(node, host, "moira", role="moderator")
    link = f"/join?code={links.mailed}"
    async with browser(node) as ada, browser(node) as moira:
        await ada.sign_in("ada")
        await ask_the(ada, most_members="1")
        mine = await stands_in_line(moira, link, "moira")
        dead = await moira.open(link)
        assert dead.status == 410 and "Somebody stands in line by it" in dead.text
        assert "welcome, waits for room: 1" in (await ada.open("/admin/invitations")).text
        await ask_the(ada, most_members="2")
        await node.drain()
        hers = found(r"/join\?code=[\w-]+", (await moira.open(mine)).html)
        guest = {"your_name": "Moira", "username": "moira", "email": "moira@home.example"}
        page = await moira.fill(hers, "/join", {**guest, "password": PASSWORD})
        assert page.path == "/welcome", page.text
        assert await role_after_a_minute(node) == "member"  # anybody could have typed the address
        await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
        assert await role_after_a_minute(node) == "moderator"
        assert "joined: 1" in (await ada.open("/admin/invitations")).text


async def test_a_link_that_stewards_see_proves_no_mailbox_that_is_promised_a_role(
    start_node: StartNode,
) -> None:
    node = await given_house(start_node, bo=False)
    host = AccountId(await node.pool.fetchval("SELECT id FROM accounts WHERE role = 'owner'"))
    await given_invited(node, host, "moira", role="admin")
    now, post = datetime.now(UTC), node.services.joining_post
    for name in ("moira", "eve"):
        asking = Asking(name=name, email=f"{name}@home.example", language="en", answers=())
        async with transaction(node.pool) as tx:
            await commands.ask(
                tx, asking, key=name, voucher=None, by_mail=False, post=post, now=now
            )
            await tx.execute("UPDATE join_requests SET proven_at = now()")
            request = await find_by_key(tx, name)
            assert request is not None
            await commands.decide_alone(tx, request.id, Says.YES, "", post=post, now=now)
            request = await find_by_key(tx, name)
            assert request is not None and request.invitation_sealed is not None
        code = post.open(request.invitation_sealed, request.id)  # as any moderator reads it
        async with browser(node) as somebody:
            page = await joins(somebody, f"/join?code={code}", name, email=asking.email)
            assert page.path == "/welcome", page.text
    assert await role_after_a_minute(node) == "member"
    proven = await node.pool.fetch("SELECT email FROM accounts WHERE email_confirmed_at > $1", now)
    assert [row["email"] for row in proven] == ["eve@home.example"]


async def role_after_a_minute(node: RunningNode) -> str:
    await send_once(await node.services.post_office(), hourly=0, now=datetime.now(UTC))
    await node.drain()
    return str(
        await node.pool.fetchval(
            "SELECT role FROM accounts a JOIN actors r ON r.id = a.actor_id"
            " WHERE r.username = 'moira'"
        )
    )


async def standings_of_two_who_hold(node: RunningNode, link: str) -> list[str]:
    """Both ask by the link before either has opened what was sent; one is read as others are."""
    now, post = datetime.now(UTC), node.services.joining_post
    host = AccountId(await node.pool.fetchval("SELECT id FROM accounts WHERE role = 'owner'"))
    voucher = Voucher(host, hash_of(link.partition("=")[2]))
    async with transaction(node.pool) as tx:
        for name in ("dan", "don"):
            email = f"{name}@home.example"
            asking = Asking(name=name, email=email, language="en", answers=())
            await commands.ask(
                tx, asking, key=name, voucher=voucher, by_mail=True, post=post, now=now
            )
    async with transaction(node.pool) as tx:
        await commands.confirm(tx, "dan", post=post, now=now)
        await commands.confirm(tx, "don", post=post, now=now)
    rows = await node.pool.fetch(
        "SELECT standing FROM join_requests WHERE name LIKE 'd_n' ORDER BY id"
    )
    return [row["standing"] for row in rows]


async def joins(who: Browser, link: str, name: str, *, email: str = "") -> SeenPage:
    return await who.fill(link, "/join", {**typed(name), "email": email})


def typed(name: str) -> dict[str, str]:
    return {"your_name": name, "username": name, "password": f"{name} {PASSWORD}"}


async def stands_in_line(who: Browser, link: str, name: str) -> str:
    """Opens a member's link, finds no room, and gets a private page."""
    asking = {"your_name": name, "email": f"{name}@home.example"}
    page = await who.fill(link, "/join/ask", asking)
    assert page.path == "/join/request", page.text
    return found(r"/join/request\?key=[0-9a-f]+", page.html)


async def members(node: RunningNode) -> int:
    return int(await node.pool.fetchval("SELECT count(*) FROM accounts"))


async def keep(node: RunningNode, later: timedelta = timedelta()) -> None:
    await keep_once(node.pool, node.services.joining_post, datetime.now(UTC) + later)
