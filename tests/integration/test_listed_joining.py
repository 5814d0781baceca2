"""Who was invited from a list joins by a link of their own, once; every end is told plainly."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.accounts.model import Role
from fedinet.db.pool import transaction
from fedinet.invitations.listed import commands
from fedinet.invitations.listed.commands import Inviting
from fedinet.invitations.listed.links import Links, open_links
from fedinet.invitations.listed.model import Guest
from fedinet.invitations.listed.sending import send_once
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import AccountId
from fedinet.node.secrets import SecretBox
from tests.integration.browser import PASSWORD, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

NOON = datetime.now(UTC)


async def test_a_personal_link_lets_its_one_guest_in(start_node: StartNode) -> None:
    node = await start_node()
    owner, _ = await given_account(node, "joris", role="owner")
    squatter, _ = await given_account(node, "squatter", email="Bea@home.example")
    bea = await given_invited(node, owner, "bea", greeting="See you on Monday.")
    async with browser(node) as one, browser(node) as two:
        page = await one.open(f"/join?code={bea.mailed}")
        assert "Joris invites you to Test community" in page.text
        assert "See you on Monday." in page.text
        form = page.form("/join").fields
        assert (form["your_name"], form["email"]) == ("Bea B.", "bea@home.example")
        bad = await two.fill(f"/join?code={bea.mailed}", "/join", {"username": "x", "password": ""})
        assert (bad.status, bad.form("/join").fields["email"]) == (422, "bea@home.example")
        typed = {**form, "username": "bea", "password": PASSWORD}
        other = {**bad.form("/join").fields, "username": "eve", "password": "x" + PASSWORD}
        pages = await asyncio.gather(one.post("/join", typed), two.post("/join", other))
        assert sorted(page.status for page in pages) == [200, 410]
    async with browser(node) as late:
        told = await late.open(f"/join?code={bea.copied}")
        assert told.status == 410 and "somebody has joined by it" in told.text
    rows = await node.pool.fetch(
        "SELECT a.email, a.email_confirmed_at IS NOT NULL AS read, a.invited_by, a.role"
        " FROM accounts a JOIN actors r ON r.id = a.actor_id WHERE r.username IN ('bea', 'eve')"
    )
    assert [tuple(row) for row in rows] == [("bea@home.example", True, owner, "member")]
    assert (
        await node.pool.fetchval("SELECT count(*) FROM mails WHERE account_id <> $1", squatter) == 0
    )
    row = await node.pool.fetchrow("SELECT email, name, account_id FROM invited_people")
    assert row is not None and (row["email"], row["name"]) == (None, "") and row["account_id"]


async def test_a_promised_role_is_given_if_it_still_may_be(start_node: StartNode) -> None:
    node = await start_node()
    owner, _ = await given_account(node, "joris", role="owner")
    admin, _ = await given_account(node, "ada", role="admin")
    first = await given_invited(node, admin, "moira", role="moderator")
    late = await given_invited(node, admin, "late", role="moderator")
    with pytest.raises(Unprocessable, match="more than they may"):
        await given_invited(node, admin, "peer", role="admin", giver="admin")
    await join(node, first.copied, "moira")
    await node.pool.execute("UPDATE accounts SET role = 'member' WHERE id = $1", admin)
    await join(node, late.mailed, "late")
    rows = await node.pool.fetch(
        "SELECT r.username, a.role, a.email_confirmed_at IS NOT NULL AS read FROM accounts a"
        " JOIN actors r ON r.id = a.actor_id WHERE r.username IN ('moira', 'late') ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [("late", "member", True), ("moira", "moderator", False)]
    acts = await node.pool.fetch("SELECT act, detail, by_whom FROM account_acts")
    assert [tuple(row) for row in acts] == [("role", "moderator", "@ada")]

    await given_invited(node, owner, "chief", role="owner")
    chief = await node.pool.fetchval("SELECT max(id) FROM invited_people")
    async with transaction(node.pool) as tx:
        with pytest.raises(Forbidden):  # or a moderator would join by it
            await commands.hand_over(tx, chief, role="moderator", box=box(node), now=NOON)


async def test_who_comes_by_another_door_has_joined_once_the_address_is_confirmed(
    start_node: StartNode,
) -> None:
    node = await start_node()
    owner, _ = await given_account(node, "joris", role="owner")
    links = {
        name: await given_invited(node, owner, name, role="moderator")
        for name in ("moira", "late", "squatter", "chief")
    }
    for name in ("moira", "late", "squatter"):
        await given_account(node, name, email=f"{name.upper()}@home.example")
    await given_account(node, "chief", email="chief@home.example", role="admin")
    confirm = "UPDATE accounts SET email_confirmed_at = now() WHERE email <> $1"
    await node.pool.execute(confirm, "SQUATTER@home.example")
    lapse = "UPDATE invited_people SET expires_at = $1 WHERE email = 'late@home.example'"
    await node.pool.execute(lapse, NOON - timedelta(minutes=1))
    await send_once(await node.services.post_office(), hourly=0, now=NOON)
    await node.drain()
    rows = await node.pool.fetch(
        "SELECT r.username, a.role, p.joined_at IS NOT NULL AND p.email IS NULL AS joined"
        "  FROM accounts a JOIN actors r ON r.id = a.actor_id"
        "  LEFT JOIN invited_people p ON p.account_id = a.id WHERE a.id <> $1 ORDER BY 1",
        owner,
    )
    assert [tuple(row) for row in rows] == [
        ("chief", "admin", True), ("late", "member", True), ("moira", "moderator", True),
        ("squatter", "member", False),
    ]  # fmt: skip
    async with browser(node) as other:
        assert (await other.open(f"/join?code={links['moira'].copied}")).status == 410
        assert (await other.open(f"/join?code={links['squatter'].copied}")).status == 200


async def test_links_that_ended_say_why_and_others_say_nothing(start_node: StartNode) -> None:
    node = await start_node()
    owner, _ = await given_account(node, "joris", role="owner")
    cas = await given_invited(node, owner, "cas")
    person = await node.pool.fetchval("SELECT id FROM invited_people")
    async with browser(node) as visitor:
        await node.pool.execute("UPDATE invited_people SET expires_at = now() - interval '1 day'")
        lapsed = await visitor.open(f"/join?code={cas.mailed}")
        assert lapsed.status == 410 and "Ask Joris to send it again" in lapsed.text
        async with transaction(node.pool) as tx:
            given = await commands.hand_over(tx, person, role="owner", box=box(node), now=NOON)
        assert given.token == cas.copied
        page = await visitor.open(f"/join?code={cas.copied}")
        form = page.form("/join").fields
        async with transaction(node.pool) as tx:
            await commands.withdraw(tx, person, now=NOON)
            await commands.withdraw(tx, person, now=NOON)
            with pytest.raises(Unprocessable, match="withdrawn"):
                await commands.send_again(tx, person, box=box(node), now=NOON)
        taken = await visitor.post("/join", {**form, "username": "cas", "password": PASSWORD})
        assert taken.status == 410 and "It was taken back" in taken.text
        await given_invited(node, owner, "cas")  # who was taken back can be asked again
        guessed = await visitor.open("/join?code=guessed")
        assert guessed.status == 410 and "It was used, has expired" in guessed.text
        again = await given_links(node, "cas@home.example")
        await node.pool.execute("UPDATE accounts SET frozen_at = now()")
        frozen = await visitor.open(f"/join?code={again.mailed}")
        assert (frozen.status, frozen.text) == (410, guessed.text)
    assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 1


async def join(node: RunningNode, token: str, name: str) -> None:
    async with browser(node) as guest:
        typed = {"username": name, "password": PASSWORD}
        page = await guest.fill(f"/join?code={token}", "/join", typed)
        assert page.path == "/welcome", page.text
    await node.drain()


async def given_invited(
    node: RunningNode,
    by: AccountId,
    name: str,
    *,
    role: Role = "member",
    giver: Role = "owner",
    greeting: str = "",
) -> Links:
    """``giver``: the role that who invites has, or had."""
    guest = Guest(line=1, name=f"{name.title()} B.", address=f"{name}@home.example", role=role)
    how = Inviting(by=by, role=giver, now=NOON - timedelta(hours=1), greeting=greeting)
    async with transaction(node.pool) as tx:
        assert await commands.invite_listed(tx, [guest], how, box=box(node)) == 1
        assert await commands.invite_listed(tx, [guest], how, box=box(node)) == 0
    return await given_links(node, guest.address)


async def given_links(node: RunningNode, address: str) -> Links:
    row = await node.pool.fetchrow(
        "SELECT secret_sealed, mailed_hash FROM invited_people"
        " WHERE email = $1 AND withdrawn_at IS NULL",
        address,
    )
    assert row is not None
    return open_links(box(node), row["secret_sealed"], row["mailed_hash"])


def box(node: RunningNode) -> SecretBox:
    return node.services.box
