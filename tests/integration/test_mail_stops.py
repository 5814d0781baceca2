"""Who wants no more of it gets no more of it; programs that open links change nothing."""

from datetime import UTC, datetime

import pytest

from fedinet.db.pool import transaction
from fedinet.mail import commands, model, store
from fedinet.mail.model import MailKind, StopReason, Stranger, Topic
from fedinet.mail.stopping import leaving_path, may_write, stop_writing, stops_of, write_again
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import MailServer, mail_server
from tests.integration.nodes import RunningNode
from tests.unit.mail.test_compose import bodies

ADDRESS, OTHER = "bo@home.example", "cleo@home.example"
INVITED = MailKind.WARNED
"""Stands in for a kind that can be stopped."""


async def test_one_click_stops_one_kind_for_one_address(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = {**model.TOPICS, INVITED: Topic.INVITATIONS}
    monkeypatch.setattr("fedinet.mail.jobs.TOPICS", topics)
    async with mail_server() as server:
        node = await start_node(**server.settings)
        await given_account(node, "ada")
        await told(node, INVITED, to=ADDRESS)
        (message,) = server.got
        link = message["List-Unsubscribe"].strip("<>").removeprefix(node.origin)
        assert link in bodies(message)[0] and ADDRESS not in link
        async with browser(node) as reader:
            assert "No more messages" in (await reader.open(link)).text
            await told(node, INVITED, to=ADDRESS)
            assert len(server.got) == 2  # opening it changed nothing
            for bad in (f"{link}x", "/unsubscribe"):
                assert (await reader.post(bad, ONE_CLICK)).status == 404
            assert (await reader.post(link, {})).status == 422
            elsewhere = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
            assert (await reader.post(link, ONE_CLICK, headers=elsewhere)).status == 200
            assert "have ended" in (await reader.post(link, ONE_CLICK)).text
            assert "Send them again" in (await reader.open(link)).text

            withheld = await told(node, INVITED, to=ADDRESS.upper())
            await told(node, MailKind.RESET_PASSWORD, to=ADDRESS)
            await told(node, INVITED, to=OTHER)
            assert [one["To"] for one in server.got[2:]] == [ADDRESS, OTHER]
            async with node.pool.acquire() as conn:
                assert (await store.read_outcomes(conn, [withheld]))[withheld] == "withheld"
                assert ADDRESS not in str(await conn.fetch("SELECT * FROM mail_stops"))

            page = await reader.post(link, {"do": "again"})
            assert "sent again" in page.text
            await told(node, INVITED, to=ADDRESS)
            assert server.got[-1]["To"] == ADDRESS
            assert (await reader.post(link, {"do": "stop_all"})).status == 422, "nothing is like it"
            await reader.sign_in("ada")
            await overviews_end_apart_or_together(node, server, reader)


async def overviews_end_apart_or_together(
    node: RunningNode, server: MailServer, reader: Browser
) -> None:
    """The button of a mail program ends the one; the page offers both. Links are the address's,
    whoever is signed in."""

    async def come() -> list[MailKind]:
        kinds = {"Your day": MailKind.DAILY, "Your week": MailKind.WEEKLY, "News": MailKind.NEWS}
        before = len(server.got)
        for kind in kinds.values():
            await told(node, kind, to=ADDRESS)
        return [
            kinds[one["Subject"].split(" at ")[0].split(" for ")[0]] for one in server.got[before:]
        ]

    assert await come() == [MailKind.DAILY, MailKind.WEEKLY, MailKind.NEWS]
    daily, weekly = (
        one["List-Unsubscribe"].strip("<>").removeprefix(node.origin) for one in server.got[-3:-1]
    )
    shown = (await reader.open(daily)).text
    assert "The overview of a day" in shown and "End this one only" in shown
    widened = daily.replace(".daily.", ".digest.")
    for forged in (widened, daily.replace(".daily.", ".weekly."), weekly.replace("weekly", "")):
        assert (await reader.post(forged, {"do": "stop_all"})).status == 404
    for _ in range(2):  # programs press twice
        assert "The other one still comes" in (await reader.post(daily, ONE_CLICK)).text
    assert await come() == [MailKind.WEEKLY, MailKind.NEWS]
    both = "Overviews of a day or a week"
    shown = (await reader.post(weekly, ONE_CLICK)).text
    assert both in shown and "still comes" not in shown, "each on its own is both, too"
    await reader.post(weekly, {"do": "again"})
    assert both in (await reader.post(weekly, {"do": "stop_all"})).text
    assert "have ended" in (await reader.open(daily)).text
    assert await come() == [MailKind.NEWS]
    assert "sent again" in (await reader.post(weekly, {"do": "again"})).text
    assert await come() == [MailKind.WEEKLY, MailKind.NEWS], "the one that ended alone stays so"
    async with transaction(node.pool) as tx:  # by a link of an earlier release
        await stop_writing(tx, node.services.box, ADDRESS, Topic.DIGEST)
    assert await come() == [MailKind.NEWS]
    assert "sent again" in (await reader.post(daily, {"do": "again"})).text
    assert await come() == [MailKind.DAILY, MailKind.WEEKLY, MailKind.NEWS]


async def test_a_dead_address_gets_nothing_but_security(start_node: StartNode) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        box, pool = node.services.box, node.pool
        async with transaction(pool) as tx:
            await stop_writing(tx, box, ADDRESS, reason=StopReason.BOUNCED, said="550 no\0")
            await stop_writing(tx, box, ADDRESS, Topic.DIGEST)
        for topic in Topic:
            assert await may_write(pool, box, ADDRESS, topic) is (topic is Topic.SECURITY)
        await told(node, MailKind.WARNED, to=ADDRESS)
        await told(node, MailKind.NEW_SIGN_IN, to=ADDRESS)
        assert len(server.got) == 1
        assert [stop.said for stop in await stops_of(pool, box, ADDRESS)] == ["550 no", ""]
        async with transaction(pool) as tx:
            assert await write_again(tx, box, ADDRESS)
            assert not await write_again(tx, box, ADDRESS)
        assert await may_write(pool, box, ADDRESS, Topic.STANDING)
        assert not await may_write(pool, box, ADDRESS, Topic.DIGEST)
        assert leaving_path(box, ADDRESS, Topic.DIGEST) != leaving_path(box, OTHER, Topic.DIGEST)


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def told(node: RunningNode, kind: MailKind, *, to: str) -> int:
    async with transaction(node.pool) as tx:
        mail_id = await commands.write_mail(
            tx, Stranger(address=to, language="en"), kind, now=datetime.now(UTC)
        )
    await node.drain()
    return mail_id
