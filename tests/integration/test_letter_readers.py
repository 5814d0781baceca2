"""A letter whose text names more people than its page showed: asked about, before they read it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from fedinet.db.query import Tx
from fedinet.kernel.outcomes import Applied
from fedinet.posts import mentions
from fedinet.posts.store import list_revisions
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member, given_remote, seen_by
from tests.integration.social import NOW, deliver_note, receive

BEGUN = "/write?text=@bo%20&audience=mentioned"
"""Where "Write to them" of Bo's page leads."""


@dataclass
class House:
    node: RunningNode
    ada: Browser
    bo: Browser
    cy: Browser
    dee: Browser


@pytest.fixture
async def house(start_node: StartNode) -> AsyncGenerator[House]:
    node = await start_node()
    async with AsyncExitStack() as stack:
        people: dict[str, Browser] = {}
        for name in ("ada", "bo", "cy", "dee"):
            await given_account(node, name)
            people[name] = await stack.enter_async_context(browser(node))
            await people[name].sign_in(name)
        yield House(node, **people)


async def test_who_is_named_beyond_what_the_page_said_is_asked_about_once(house: House) -> None:
    page = await house.ada.open(BEGUN)
    assert "You and Bo will see this." in page.text
    asked = await says(house.ada, page, "@bo What of the manner of @cy?")
    assert "Cy ( @cy ) will read this too. Write “cy” without" in asked.text, asked.text
    assert await posts(house) == 0
    sent = await house.ada.post("/write", asked.form("/write").fields)
    assert (await house.bo.open(sent.path)).status == 200
    assert (await house.cy.open(sent.path)).status == 200, "asked about, and sent as it is"


async def test_a_name_is_taken_out_and_its_owner_reads_nothing(house: House) -> None:
    page = await house.ada.open(BEGUN)
    asked = await says(house.ada, page, "@bo What of @Cy’s manner? (@cy!)")
    assert 'value="put  cy"' in asked.html
    fields = asked.form("/write").fields
    without = await house.ada.post("/write", fields | {"do": "put  cy"})
    fields = without.form("/write").fields
    assert fields["text"] == "@bo What of Cy’s manner? (cy!)"
    assert "will read this too" not in without.text
    sent = await house.ada.post("/write", fields)
    assert (await house.bo.open(sent.path)).status == 200
    assert (await house.cy.open(sent.path)).status == 404


async def test_what_is_asked_once_is_asked_of_the_next_name_too(house: House) -> None:
    page = await house.ada.open(BEGUN)
    asked = await says(house.ada, page, "@bo and @cy")
    again = await says(house.ada, asked, "@bo and @cy and @dee")
    assert "Dee ( @dee ) will read this too" in again.text and "Cy ( @cy ) will" not in again.text


@pytest.mark.parametrize("way", ["listed", "looked at", "first", "alone", "to all"])
async def test_nothing_is_asked_where_it_was_plain(house: House, way: str) -> None:
    text, do, audience = "@bo and @cy, a word", "", "mentioned"
    page = await house.ada.open(BEGUN if way != "first" else "/write")
    match way:
        case "listed":
            page = await house.ada.open("/write?text=@cy%20@bo&audience=mentioned")
        case "looked at":
            do = "preview"
        case "first":
            text = "@bo @cy, a word"
        case "alone":
            text = "A word, @bo"
        case _:
            audience = "everyone"
    fields = page.form("/write").fields | {"text": text, "audience": audience, "do": do}
    sent = await house.ada.post("/write", fields)
    if do:
        fields = sent.form("/write").fields
        sent = await house.ada.post("/write", fields)
    assert sent.path.startswith("/@ada/"), sent.text


async def test_a_reply_to_a_letter_reaches_nobody_new_unasked(house: House) -> None:
    page = await house.ada.open("/write?text=@bo%20@cy%20&audience=mentioned")
    letter = await says(house.ada, page, "@bo @cy Who brings the keys?")
    there = await house.bo.open(letter.path)
    assert "Before anybody new reads it, you are asked." in there.text
    fields = there.form("/write").fields
    among = await house.bo.post("/write", fields | {"text": "@ada I do. @cy, or you?"})
    assert among.path.startswith("/@bo/"), "those in the conversation are no news"

    there = await house.bo.open(letter.path)
    asked = await says(house.bo, there, "@ada I do. Ask @dee as well.")
    assert "Dee ( @dee ) will read your reply too, but not what it answers." in asked.text
    assert "Dee" not in there.text and await posts(house) == 2
    sent = await house.bo.post("/write", asked.form("/write").fields)
    assert (await house.dee.open(sent.path)).status == 200
    assert (await house.dee.open(letter.path)).status == 404


async def test_a_change_of_a_letter_shows_it_to_nobody_new_unasked(house: House) -> None:
    letter = await says(house.ada, await house.ada.open(BEGUN), "@bo The keys are here")
    path = f"{letter.path}/edit"
    form = (await house.ada.open(path)).form(path).fields
    asked = await house.ada.post(path, form | {"text": "@bo The keys of @cy are here"})
    assert "Cy ( @cy ) will read this too." in asked.text
    assert (await house.cy.open(letter.path)).status == 404
    fields = asked.form(path).fields
    without = await house.ada.post(path, fields | {"do": "put  cy"})
    assert without.form(path).fields["text"] == "@bo The keys of cy are here"
    saved = await house.ada.post(path, fields)
    assert saved.path == letter.path, "asked about, and saved as it is"
    assert (await house.cy.open(letter.path)).status == 200
    history = f"{letter.path}/history"
    for who in (house.ada, house.bo):
        assert "The keys are here" in (await who.open(history)).text
    later = (await house.cy.open(history)).text
    assert "The keys of" in later
    assert "The keys are here" not in later, "she was let in later"
    page = await house.ada.open(path)
    said = page.text.partition("Who reads this letter:")[2].partition("Whom you take out")[0]
    assert ("Bo" in said, "Cy" in said, "Dee" in said) == (True, True, False)
    page = await house.ada.post(path, page.form(path).fields | {"text": "@bo The keys are gone"})
    readers = page.text.partition("Who reads this letter")[2]
    assert [name in readers for name in ("Ada", "Bo", "Cy", "Dee")] == [True, True, True, False]
    assert "goes on reading it" in page.text
    assert "Who reads this letter" in (await house.cy.open(letter.path)).text


async def test_whom_a_letter_to_nobody_names_later_reads_nothing_older(house: House) -> None:
    form = (await house.ada.open("/write?audience=mentioned")).form("/write").fields
    asked = await house.ada.post("/write", form | {"text": "Dear diary"})
    kept = await house.ada.post("/write", asked.form("/write").fields)
    path = f"{kept.path}/edit"
    form = (await house.ada.open(path)).form(path).fields
    asked = await house.ada.post(path, form | {"text": "@bo Hello"})
    assert (await house.ada.post(path, asked.form(path).fields)).path == kept.path
    assert "Dear diary" in (await house.ada.open(f"{kept.path}/history")).text
    await house.node.drain()
    letters = (await house.bo.open("/conversations")).text
    assert "Waiting on you" in letters and "Hello" in letters
    talk = await house.node.pool.fetchval("DELETE FROM conversations WHERE unread RETURNING id")
    again = {**(await house.ada.open(path)).form(path).fields, "text": "@bo Hello there"}
    assert talk and (await house.ada.post(path, again)).path == kept.path
    await house.node.drain()
    assert "No letters yet" in (await house.bo.open("/conversations")).text, "he took it out"
    seen = await house.bo.open(f"{kept.path}/history")
    assert seen.status == 200 and "Dear diary" not in seen.text


async def test_nobody_is_said_to_be_told_who_has_closed_the_door(house: House) -> None:
    await house.bo.fill("/@ada", "/@ada/acts", {"do": "block"})
    page = await house.ada.open(BEGUN)
    assert "Bo will not get it: they have closed the door to you." in page.text
    asked = await says(house.ada, page, "@bo Are you there?")
    assert "Bo will not get it" in asked.text and await posts(house) == 0
    sent = await house.ada.post("/write", asked.form("/write").fields)
    readers = sent.text.partition("Who reads this letter")[2]
    assert "Ada" in readers and "Bo" not in readers, "named, and kept out"
    change = await house.ada.open(f"{sent.path}/edit")
    assert change.status == 200 and "Who reads this letter" not in change.text


async def test_whoever_a_letter_from_elsewhere_names_later_reads_nothing_older(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    bo = await given_remote(tx, "bo")
    letter = await deliver_note(tx, bo, to=[ada.uri], mentions=[ada])
    for before in ("audience_members SET since = since", "posts SET published_at = published_at"):
        await tx.execute(f"UPDATE {before} - interval '1 hour'")  # all is one transaction here
    note = {
        "id": letter.uri,
        "type": "Note",
        "attributedTo": bo.uri,
        "content": "<p>Another word</p>",
        "to": [ada.uri, cleo.uri],
        "published": (NOW - timedelta(hours=1)).isoformat(),
        "updated": (NOW - timedelta(minutes=1)).isoformat(),
        "tag": [{"type": "Mention", "href": one.uri, "name": one.handle} for one in (ada, cleo)],
    }
    update = {"id": f"{letter.uri}#u", "type": "Update", "actor": bo.uri, "object": note}
    outcome = await receive(tx, bo, update | {"to": [ada.uri, cleo.uri]})
    assert isinstance(outcome, Applied), outcome
    seen = [len(await list_revisions(tx, seen_by(one), letter.id)) for one in (ada, cleo)]
    assert seen == [2, 1]


async def test_a_server_that_is_silent_is_waited_for_once_and_said_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "TIME_LIMIT_S", 0.5)
    asked: list[object] = []

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(writer)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        there = f"@greta@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        page = await house.ada.open("/write")
        told = await says(house.ada, page, f"Good morning {there} and @nobody")
        assert f"Their server does not answer at the moment, so they will not be told: {there}" in (
            told.text
        )
        assert "lead to nobody, so they will not be told: @nobody Their server" in told.text
        assert len(asked) == 1, "the page does not wait for it once more"
        sent = await house.ada.post("/write", told.form("/write").fields)
    assert sent.path.startswith("/@ada/")


async def says(writer: Browser, page: SeenPage, text: str) -> SeenPage:
    return await writer.post("/write", page.form("/write").fields | {"text": text})


async def posts(house: House) -> int:
    count: int = await house.node.pool.fetchval("SELECT count(*) FROM posts")
    return count
