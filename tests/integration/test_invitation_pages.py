"""Inviting and joining by link."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from fedinet.db.pool import transaction
from fedinet.policy import commands
from fedinet.policy.document import RuleDocument
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

GUEST = {
    "your_name": "Bea Wójcik",
    "username": "bea",
    "email": "bea@work.example",
    "password": PASSWORD,
}


async def test_a_member_invites_and_the_guest_joins(start_node: StartNode) -> None:
    node = await start_node()
    ada_account, _ = await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as bea:
        await ada.sign_in("ada")
        link = await given_link(ada, note="Bea, from the course")
        page = await bea.open(link)
        assert "Ada invites you to Test community" in page.text
        await given_rule(node, domains=["trash.example"], scopes=["signup"], reason="Throw-away")
        form = {**page.form("/join").fields, **GUEST}
        page = await bea.post("/join", {**form, "email": "bea@Mail.Trash.Example"})
        assert page.status == 422 and "Nobody joins here with an address at mail.trash" in page.text
        assert "Throw-away" in page.text
        page = await bea.post("/join", form)
        assert (page.status, page.path) == (200, "/welcome")
        assert bea.cookie("session") is not None
        assert "1 of 1 came in" in (mine := await ada.open("/invitations")).text
        assert "Who came in by you" in mine.text and "Bea Wójcik" in mine.text
        for path in ("/@bea", "/people"):
            assert "Invited by Ada" in (await ada.open(path)).text
    async with browser(node) as visitor:
        assert "Invited by" not in (await visitor.open("/@bea")).text
    row = await node.pool.fetchrow(
        "SELECT a.role, a.invited_by, r.name, r.discoverable, r.approves_followers"
        " FROM accounts a JOIN actors r ON r.id = a.actor_id WHERE r.username = 'bea'"
    )
    assert row is not None
    assert (row["role"], row["invited_by"], row["name"]) == ("member", ada_account, "Bea Wójcik")
    assert (row["discoverable"], row["approves_followers"]) == (False, True)


async def test_only_the_hash_of_a_link_is_kept_and_the_link_shown_once(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        link = await given_link(ada)
        code = link.partition("code=")[2]
        assert code not in (await ada.open("/invitations")).html
    assert code not in str(await node.pool.fetch("SELECT * FROM invitations"))


async def test_the_same_form_twice_is_one_invitation(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        form = (await ada.open("/invitations")).form("/invitations").fields
        pages = await asyncio.gather(ada.post("/invitations", form), ada.post("/invitations", form))
        assert link_of(pages[0]) == link_of(pages[1])
    assert await node.pool.fetchval("SELECT count(*) FROM invitations") == 1


async def test_used_expired_revoked_and_guessed_links_get_one_answer(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        used, expired, revoked = [await given_link(ada, note=note) for note in "uer"]
        await node.pool.execute("UPDATE invitations SET uses = 1 WHERE note = 'u'")
        await node.pool.execute("UPDATE invitations SET expires_at = now() WHERE note = 'e'")
        row = await node.pool.fetchval("SELECT id FROM invitations WHERE note = 'r'")
        form = (await ada.open("/invitations")).form("/invitations/revoke").fields
        await ada.post("/invitations/revoke", {**form, "id": str(row)})
        pages = [
            await visitor.open(link) for link in (used, expired, revoked, "/join?code=guessed")
        ]
        assert {(page.status, page.text) for page in pages} == {(410, pages[0].text)}
        live = await given_link(ada)
        form = (await visitor.open(live)).form("/join").fields
        page = await visitor.post("/join", {**form, **GUEST, "code": used.partition("code=")[2]})
        assert (page.status, page.text) == (410, pages[0].text)
        await node.pool.execute("UPDATE accounts SET frozen_at = now()")  # who changes nothing
        page = await visitor.post("/join", {**form, **GUEST})
        assert (page.status, page.text) == (410, pages[0].text)
        assert (await visitor.open(live)).status == 410
    assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 1


async def test_the_last_place_is_taken_once(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as one, browser(node) as two:
        await ada.sign_in("ada")
        link = await given_link(ada)
        # both hold the form before either sends it: a page opened after the last place is 410
        forms = [(await guest.open(link)).form("/join").fields for guest in (one, two)]
        guest = {**GUEST, "email": ""}
        pages = await asyncio.gather(
            one.post("/join", {**forms[0], **guest, "username": "one", "password": "1" + PASSWORD}),
            two.post("/join", {**forms[1], **guest, "username": "two", "password": "2" + PASSWORD}),
        )
    assert sorted(page.status for page in pages) == [200, 410]
    assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 2
    assert await node.pool.fetchval("SELECT uses FROM invitations") == 1


async def test_the_join_form_sent_twice_joins_once(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as bea:
        await ada.sign_in("ada")
        form = (await bea.open(await given_link(ada))).form("/join").fields
        pages = await asyncio.gather(
            bea.post("/join", {**form, **GUEST}), bea.post("/join", {**form, **GUEST})
        )
        assert [page.path for page in pages] == ["/welcome", "/welcome"]
        assert (await bea.open("/settings")).status == 200
    assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 2


async def test_a_taken_name_is_said_and_the_place_kept(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", email="ada@work.example")
    async with browser(node) as ada, browser(node) as bea:
        await ada.sign_in("ada")
        link = await given_link(ada)
        page = await bea.fill(
            link, "/join", {**GUEST, "username": "Ada", "password": "x" + PASSWORD}
        )
        assert page.status == 422
        assert "This name is taken" in page.text
        assert page.form("/join").fields["your_name"] == GUEST["your_name"]
        page = await bea.fill(link, "/join", {**GUEST, "email": "ADA@work.example"})
        assert (page.status, 'href="#email"' in page.html) == (422, True)
        assert await node.pool.fetchval("SELECT uses FROM invitations") == 0
        assert (await bea.fill(link, "/join", GUEST)).path == "/welcome"


async def test_guessing_links_is_stopped_and_opening_a_good_one_uses_nothing_up(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as eve:
        await ada.sign_in("ada")
        link = await given_link(ada)
        for n in range(30):
            assert (await eve.open(f"/join?code=guess{n}")).status == 410
        assert (await eve.open("/join?code=guess30")).status == 429
        await node.pool.execute("DELETE FROM attempts")
        for _ in range(35):
            assert (await eve.open(link)).status == 200


async def test_a_member_invites_a_few_at_a_time(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "joris", role="owner")
    async with browser(node) as ada, browser(node) as joris:
        await ada.sign_in("ada")
        page = await ada.fill("/invitations", "/invitations", {"max_uses": "6"})
        assert (page.status, 'href="#max_uses"' in page.html) == (422, True)
        page = await ada.fill("/invitations", "/invitations", {"max_uses": "many"})
        assert page.status == 422
        page = await ada.fill("/invitations", "/invitations", {"lifetime": "ever", "note": "N" * 9})
        assert (page.status, page.form("/invitations").fields["note"]) == (422, "N" * 9)
        for _ in range(5):
            await given_link(ada)
        page = await ada.fill("/invitations", "/invitations", {})
        assert page.status == 422 and "may make in 30 days" in page.text
        undo = page.form("/invitations/revoke").fields
        await ada.post("/invitations/revoke", undo)
        assert "one more in 30 days" in (await ada.open("/invitations")).text
        await given_link(ada)
        await joris.sign_in("joris")
        page = await joris.fill("/invitations", "/invitations", {"max_uses": "50"})
        assert page.status == 200


async def test_nobody_revokes_anothers_invitation(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "eve")
    async with browser(node) as ada, browser(node) as eve:
        await ada.sign_in("ada")
        await eve.sign_in("eve")
        await given_link(ada)
        await given_link(eve)
        ours = await node.pool.fetchval("SELECT min(id) FROM invitations")
        form = (await eve.open("/invitations")).form("/invitations/revoke").fields
        await eve.post("/invitations/revoke", {**form, "id": str(ours)})
    assert (
        await node.pool.fetchval("SELECT count(*) FROM invitations WHERE revoked_at IS NULL") == 2
    )


async def given_link(member: Browser, **fields: str) -> str:
    page = await member.fill("/invitations", "/invitations", fields)
    assert page.status == 200, page.text
    return link_of(page)


def link_of(page: SeenPage) -> str:
    found = next(part for part in page.html.split('"') if "/join?code=" in part)
    parts = urlsplit(found)
    return f"{parts.path}?{parts.query}"


async def given_rule(node: RunningNode, **fields: Any) -> None:
    document = RuleDocument(key="rule", verdict="reject", **fields)
    async with transaction(node.pool) as tx:
        by = commands.Steward(name="@ada", now=datetime.now(UTC))
        await commands.put_rules(tx, [document], ours=[], by=by)
    node.services.policy.current.forget("")
