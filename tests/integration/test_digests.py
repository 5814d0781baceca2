"""Mail of a day, of a week and at once: once, in time, and without what is not for all."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from fedinet.announcements import store as announcements_store
from fedinet.announcements.model import Wish
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.digests import gather, jobs, plans_store
from fedinet.digests.jobs import promise_letters, write_planned
from fedinet.kernel.ids import AccountId
from fedinet.kernel.zones import zone_names
from fedinet.mail.model import StopReason, Topic
from fedinet.mail.stopping import stop_writing
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.mail_server import MailServer, mail_server
from tests.integration.nodes import RunningNode
from tests.integration.test_last_owner import is_waiting
from tests.integration.test_mail_stops import ONE_CLICK
from tests.integration.test_quiet_hours import WHEN, chosen, quiet_now
from tests.unit.mail.test_compose import bodies

Claim = Callable[..., Awaitable[list[AccountId]]]
QUOTED: Final = {Visibility.EVERYONE, Visibility.QUIET, Visibility.COMMUNITY}
"""Of posts for these a mail says a few words; of all others only who wrote, and for whom."""

TOLD_UNTIL_NOW: Final = "UPDATE letters_told SET until = now()"


async def test_one_mail_a_day_in_each_zone_and_no_words_of_what_is_not_for_all(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        early, late = zone_before_eight(3), zone_before_eight(6)
        ada, cy = await given_reader(node, "ada"), await given_reader(node, "cy")
        bob = await given_app(node, "bob")
        async with browser(node) as one, browser(node) as two, browser(node) as writer:
            for who, name, zone in ((one, "ada", early), (two, "cy", late)):
                await who.sign_in(name)
                await who.live_in(zone)
                await chosen(who, mail_newcomers="never")
            await writer.sign_in("bob")
            for audience in Visibility:
                await wrote(writer, f"@ada @cy secret-{audience}", audience)
            await node.drain()

            morning = at_eight(early)
            await planned(node, ada, morning - timedelta(minutes=1))
            assert server.got == []

            def die(*_: object, **__: object) -> None:
                raise RuntimeError("the process died")

            with monkeypatch.context() as broken:
                broken.setattr(jobs, "write_mail", die)
                with pytest.raises(RuntimeError):
                    await planned(node, ada, morning)
            for _ in range(2):  # upkeep runs twice
                await planned(node, ada, morning)
                await planned(node, ada, morning - timedelta(hours=3))  # the clock goes back
            [mail] = server.got
            assert (mail["To"], mail["Subject"]) == (
                "ada@home.example",
                "Your day at Test community",
            )
            for body in bodies(mail):
                told = set(re.findall(r"secret-(\w+)", body))
                assert told == {audience.value for audience in QUOTED}
                assert body.index("Bob wrote to you (Only people mentioned)") < body.index("secret")
                assert "Bob mentioned you (Followers)" not in body, "Ada does not follow Bob"
            await planned(node, cy, at_eight(late) - timedelta(minutes=1))
            assert len(server.got) == 1
            await planned(node, cy, at_eight(late))
            assert [one["To"] for one in server.got] == ["ada@home.example", "cy@home.example"]
            await planned(node, ada, morning + timedelta(days=1))
            assert len(server.got) == 2, "nothing new, no mail"

            in_two_days = morning + timedelta(days=2)
            await as_it_is_when_sent(node, server, ada, bob, writer, in_two_days, ZoneInfo(early))
            await unread_only(node, server, ada, (one, two, writer), morning + timedelta(days=5))
            await at_once(node, server, one, bob, monkeypatch)


async def as_it_is_when_sent(
    node: RunningNode,
    server: MailServer,
    ada: App,
    bob: App,
    writer: Browser,
    at: datetime,
    zone: ZoneInfo,
) -> None:
    """A message may wait for hours: it says nothing that is gone, hidden or not hers any more."""
    words = ("kept", "deleted", "narrowed", "muted", "hidden", "folded")
    pool = node.pool

    async def chosen_before(now: datetime, *texts: str) -> dict[str, int]:
        await pool.execute(TOLD_UNTIL_NOW)
        posts = {word: await wrote(writer, f"@ada {word}", Visibility.EVERYONE) for word in texts}
        await node.drain()
        await write_planned(node.services.digests, {"account_id": ada.account_id}, now)
        waits = await pool.fetchval("SELECT facts::text FROM mails WHERE ended_at IS NULL")
        assert waits is not None and not any(word in waits for word in texts)
        return posts

    posts = await chosen_before(at, *words)
    await pool.execute("DELETE FROM posts WHERE id = $1", posts["deleted"])
    await pool.execute("UPDATE posts SET visibility = 'followers' WHERE id = $1", posts["narrowed"])
    mute = (
        "INSERT INTO muted_threads (actor_id, root_id) SELECT $1, root_id FROM posts WHERE id = $2"
    )
    await pool.execute(mute, ada.id, posts["muted"])
    for does, word in (("hide", "hidden"), ("warn", "folded")):
        wish = {"title": f"My {does}", "context": ["notifications"], "filter_action": does}
        keywords = [{"keyword": word, "whole_word": True}]
        await ada.post("/v2/filters", json={**wish, "keywords_attributes": keywords})
    local, sent = datetime.now(UTC).astimezone(zone), len(server.got)
    minute = local.hour * 60 + local.minute
    quiet = "UPDATE rhythms SET quiet_from = $1, quiet_until = $2"
    await pool.execute(quiet, (minute - 60) % 1440, (minute + 60) % 1440)
    await node.drain()
    promised = await pool.fetch("SELECT due_at FROM jobs WHERE unique_key LIKE '%.quiet.%'")
    assert [row["due_at"] > datetime.now(UTC) + timedelta(minutes=50) for row in promised] == [True]
    assert len(server.got) == sent, "it was late, and is quiet now"
    await pool.execute(quiet, None, None)
    await pool.execute("UPDATE jobs SET due_at = now() WHERE unique_key LIKE '%.quiet.%'")
    await node.drain()
    text = bodies(server.got[-1])[0]
    assert "Bob mentioned you (You filter “My warn”)" in text
    assert [word for word in words if word in text] == ["kept"]

    sent = len(server.got)
    for days, change, undo in (
        (1, "INSERT INTO mutes (actor_id, target_id) VALUES ($1, $2)", "DELETE FROM mutes"),
        (
            2,
            "UPDATE accounts SET email = 'new@home.example' WHERE actor_id = $1 AND actor_id <> $2",
            "UPDATE accounts SET email = replace(email, 'new@', 'ada@')",
        ),
    ):
        await chosen_before(at + timedelta(days=days), f"later-{days}")
        await pool.execute(change, ada.id, bob.id)
        await node.drain()
        await pool.execute(undo)
        assert len(server.got) == sent
        told = await pool.fetch("SELECT outcome FROM mails WHERE kind = 'daily'")
        assert [row["outcome"] for row in told] == ["sent"] * sent, "and nothing failed"


async def unread_only(
    node: RunningNode,
    server: MailServer,
    ada: App,
    at_windows: tuple[Browser, Browser, Browser],
    at: datetime,
) -> None:
    """What was seen or deleted is not told; nor anything once the reader said stop."""
    reader, other, writer = at_windows
    await node.pool.execute(TOLD_UNTIL_NOW)
    await wrote(writer, "@ada seen", Visibility.EVERYONE)
    await node.drain()
    page = await reader.open("/notifications")
    await reader.post("/notifications", {**page.form("/notifications").fields, "do": "seen"})
    await wrote(writer, "@ada fresh", Visibility.EVERYONE)
    gone = await wrote(writer, "@ada gone", Visibility.EVERYONE)
    await node.drain()
    await node.pool.execute("DELETE FROM posts WHERE id = $1", gone)
    await planned(node, ada, at)
    text = bodies(server.got[-1])[0]
    assert "fresh" in text and "seen" not in text and "gone" not in text

    link = server.got[-1]["List-Unsubscribe"].strip("<>").removeprefix(node.origin)
    ended = "You wanted no more of this: The overview of a day."
    assert ended not in (await reader.open(WHEN)).text
    await writer.post(link, ONE_CLICK)
    async with transaction(node.pool) as tx:
        await stop_writing(tx, node.services.box, "ada@home.example", Topic.INVITATIONS)
        await stop_writing(tx, node.services.box, "cy@home.example", reason=StopReason.BOUNCED)
    back = await reader.fill(WHEN, "/settings/email", {"do": "resume"})
    assert back.path == WHEN and ended not in back.text
    await writer.post(link, ONE_CLICK)
    shown = (await reader.open(WHEN)).text
    assert ended in shown and "of this: Invitations" not in shown and "came back" not in shown
    dead = (await other.open(WHEN)).text
    assert "Messages to your address came back" in dead and "give another" in dead
    assert "came back" not in (await other.fill(WHEN, "/settings/email", {"do": "revive"})).text
    await node.pool.execute(TOLD_UNTIL_NOW)
    await wrote(writer, "@ada later", Visibility.EVERYONE)
    await node.drain()
    sent = len(server.got)
    await planned(node, ada, at + timedelta(days=1))
    assert len(server.got) == sent


async def at_once(
    node: RunningNode, server: MailServer, ada: Browser, bob: App, patch: pytest.MonkeyPatch
) -> None:
    """Another kind: the way out of the daily mail has not ended it."""
    patch.setattr(jobs, "_SETTLES", timedelta(0))
    await ada.live_in("Asia/Kathmandu")
    await chosen(ada, mail_waiting="at_once", **quiet_now())
    await node.pool.execute("UPDATE letter_plans SET looked_until = now(), at_once_after = now()")

    async def look() -> list[str]:
        before = len(server.got)
        await promise_letters(node.services.digests, datetime.now(UTC))
        await node.drain()
        return [bodies(one)[0] for one in server.got[before:]]

    await bob.publish("@ada in the night", visibility="direct")
    await node.drain()
    assert await look() == [], "it is quiet"
    await chosen(ada, quiet_from="", quiet_until="")
    await node.pool.execute("UPDATE letter_plans SET at_once_after = now()")
    [mail] = await look()
    assert "Bob wrote to you (Only people mentioned)" in mail and "in the night" not in mail
    await bob.publish("@ada and more", visibility="direct")
    await node.drain()
    assert await look() == [], "one in ten minutes"
    await node.pool.execute("UPDATE letter_plans SET at_once_after = now()")
    assert len(await look()) == 1
    assert await look() == []
    await bob.publish("@ada by a wrong clock", visibility="direct")
    await node.drain()
    await node.pool.execute(
        "UPDATE letter_plans SET at_once_after = now(), looked_until = now() + interval '1 year'"
    )
    assert len(await look()) == 1

    rubrics = ("waiting", "mentions", "newcomers", "community")
    await chosen(ada, **{f"mail_{rubric}": "at_once" for rubric in rubrics})
    await node.pool.execute("UPDATE letter_plans SET at_once_after = now(), looked_until = now()")
    await node.pool.execute("DELETE FROM letters_told")
    await given_app(node, "dora")
    async with transaction(node.pool) as tx:
        await announcements_store.insert(tx, Wish("Bread"), "<p>Bread</p>", [], bob.id)
    await bob.publish("@ada before all")
    await node.drain()
    [mail] = await look()
    for words in ("wrote to you", "before all", "Dora has joined", "Bread"):
        assert words in mail, "whatever can be chosen comes"


async def test_a_week_has_an_end_by_mail_and_on_its_page(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        ada, bob = await given_reader(node, "ada"), await given_app(node, "bob")
        async with browser(node) as reader:
            await reader.sign_in("ada")
            assert "A quiet week" not in (await reader.open("/week")).text, "Bob is new"
            day = at_eight(zone := zone_before_eight(3))
            weekly = {f"mail_{rubric}": "weekly" for rubric in ("newcomers", "community")}
            tomorrow = day.astimezone(ZoneInfo(zone)).isoweekday() % 7 + 1
            await reader.live_in(zone)
            await chosen(reader, **weekly, weekday=str(tomorrow))
            async with transaction(node.pool) as tx:
                await announcements_store.insert(
                    tx, Wish("Bread at six"), "<p>Bread at six</p>", [], ada.id
                )
            await bob.publish("@ada for you alone", visibility="direct")
            await bob.publish("@ada for all")
            await node.drain()
            for _ in range(2):  # as many as are read at a time stand before who waits
                await bob.publish("@ada once more")
            await node.drain()
            monkeypatch.setattr(gather, "_MOST_READ", 2)
            page = await reader.open("/week")
            for words in ("for you alone", "for all", "Bread at six", "Bob has joined", "the week"):
                assert words in page.text
            assert "Waiting on you: Bob That was" in page.text
            assert "caught up" not in page.text
            await planned(node, ada, day - timedelta(hours=1))
            assert server.got == [], "the hour of the day before is not made up for"
            await planned(node, ada, day)
            await planned(node, ada, day + timedelta(days=1))
            assert [one["Subject"] for one in server.got] == [
                "Your day at Test community",
                "Your week at Test community",
            ]
            text = bodies(server.got[1])[0]
            for words in ("Bob wrote to you (", "Bread at six", "Bob has joined", "That was the"):
                assert words in text
            assert "for you alone" not in text and "for all" not in text, "told the day before"
            link = server.got[1]["List-Unsubscribe"].strip("<>").removeprefix(node.origin)
            await reader.post(link, ONE_CLICK)
            await node.pool.execute(TOLD_UNTIL_NOW)
            await node.pool.execute("UPDATE letter_plans SET told_day = told_day - 1")
            await bob.publish("@ada without a week")
            await node.drain()
            await planned(node, ada, day + timedelta(days=1))
            assert server.got[2]["Subject"] == "Your day at Test community", "only the week ended"
            await node.pool.execute(TOLD_UNTIL_NOW)
            await bob.publish("@ada again")
            await node.drain()
            await claimed_once(node, ada, day + timedelta(days=2))
            for nobody in (
                "UPDATE actors SET suspended_at = now() WHERE username = 'ada'",
                "UPDATE accounts SET email_confirmed_at = NULL",
            ):
                await node.pool.execute(nobody)
                await write_planned(
                    node.services.digests, {"account_id": ada.account_id}, day + timedelta(days=2)
                )
                await node.drain()
                await node.pool.execute("UPDATE actors SET suspended_at = NULL")
            assert len(server.got) == 3
            assert "no address that is confirmed" in (await reader.open(WHEN)).text


async def claimed_once(node: RunningNode, reader: App, now: datetime) -> None:
    """Two processes look at the same moment: one of them gets the member."""
    await node.pool.execute("UPDATE rhythms SET mail_mentions = 'at_once'")
    await node.pool.execute(
        "UPDATE letter_plans SET at_once_after = now(), looked_until = now() - interval '1 h'"
    )
    for claim in (plans_store.claim_due, plans_store.claim_at_once):

        async def other(claim: Claim = claim) -> list[AccountId]:
            async with transaction(node.pool) as tx:
                return await claim(tx, now, most=10)

        async with transaction(node.pool) as tx:
            assert await claim(tx, now, most=10) == [reader.account_id]
            late = asyncio.create_task(other())
            async with asyncio.timeout(20):
                await is_waiting(node.pool, late)
        assert await late == []
    await node.pool.execute("UPDATE rhythms SET mail_mentions = 'daily'")


async def given_reader(node: RunningNode, name: str) -> App:
    reader = await given_app(node, name)
    await node.pool.execute(
        "UPDATE accounts SET email = $2, email_confirmed_at = now() WHERE id = $1",
        reader.account_id,
        f"{name}@home.example",
    )
    return reader


async def wrote(writer: Browser, text: str, audience: Visibility) -> int:
    page = await writer.fill("/write", "/write", {"text": text, "audience": audience})
    if "will not get it" in page.text:
        page = await writer.post("/write", page.form("/write").fields)
    assert page.path.startswith("/@"), page.text
    return int(page.path.rpartition("/")[2])


async def planned(node: RunningNode, reader: App, now: datetime) -> None:
    """As upkeep and the worker do at a moment."""
    async with transaction(node.pool) as tx:
        await plans_store.claim_due(tx, now, most=10)
    await write_planned(node.services.digests, {"account_id": AccountId(reader.account_id)}, now)
    await node.drain()


def zone_before_eight(hours: int) -> str:
    """Where it will be eight in so many hours, less some minutes: what comes now is of that day."""
    return next(name for name in zone_names() if datetime.now(ZoneInfo(name)).hour == 8 - hours)


def at_eight(zone: str) -> datetime:
    """The next time that it is eight there."""
    local = datetime.now(UTC).astimezone(ZoneInfo(zone))
    eight = local.replace(hour=8, minute=0, second=0, microsecond=0)
    return (eight if eight > local else eight + timedelta(days=1)).astimezone(UTC)
