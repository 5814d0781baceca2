"""Posts for later: kept with their files, published once when due, else their author is told."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fedinet.db.pool import transaction
from fedinet.http.json import timestamp
from fedinet.kernel.errors import Unprocessable
from fedinet.media.store import delete_unused
from fedinet.media.upkeep import UNUSED_FOR
from fedinet.scheduled.commands import PUBLISH
from fedinet.scheduled.model import MAX_A_DAY, MAX_IN_ALL, check_due, check_room, read_moment
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.test_last_owner import is_waiting
from tests.integration.test_media_posts import uploaded

LIST = "/v1/scheduled_statuses"
BRUSSELS = ZoneInfo("Europe/Brussels")


def soon(**more: float) -> str:
    return timestamp(datetime.now(UTC) + timedelta(**(more or {"hours": 1})))


async def given_due(app: App) -> None:
    """An hour passes."""
    async with transaction(app.node.pool) as tx:
        await tx.execute("UPDATE scheduled_posts SET due_at = due_at - interval '1 hour'")
        await tx.execute(
            "UPDATE jobs SET due_at = due_at - interval '1 hour' WHERE kind = $1", PUBLISH
        )
    await app.node.drain()


async def texts(app: App) -> list[str]:
    return [status["content"] for status in await app.get("/v1/timelines/home")]


async def test_a_post_for_later_is_published_once_with_its_files(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    await bo.post(f"/v1/accounts/{ada.id}/follow")
    question = await bo.publish("Who bakes?", local_only=True)
    media = await uploaded(ada)
    fields: dict[str, Any] = {
        "status": "I do",
        "media_ids": [media["id"]],
        "visibility": "public",
        "in_reply_to_id": question["id"],
        "scheduled_at": soon(hours=1),
    }
    key = {"Idempotency-Key": "k"}
    one = await ada.post("/v1/statuses", json=fields, headers=key)
    assert one == await ada.post("/v1/statuses", json=fields, headers=key)
    assert [one] == await ada.get(LIST) and one == await ada.get(f"{LIST}/{one['id']}")
    assert one["params"] == {
        "text": "I do",
        "poll": None,
        "media_ids": [media["id"]],
        "sensitive": False,
        "spoiler_text": None,
        "visibility": "private",
        "local_only": True,
        "in_reply_to_id": question["id"],
        "language": "en",
        "application_id": 0,
        "scheduled_at": None,
        "idempotency": None,
        "with_rate_limit": False,
        "quoted_status_id": None,
        "quote_approval_policy": None,
    }, "an answer keeps the audience of what it answers"
    assert one["media_attachments"] == [media]
    for method in ("GET", "PUT", "DELETE"):
        path = f"/api{LIST}/{one['id']}"
        answer = await bo.call(method, path, json={"scheduled_at": soon()})
        assert (answer.status, answer.body) == (404, {"error": "Record not found"})
    assert await ada.status("PUT", f"{LIST}/{one['id']}", json={"scheduled_at": "now"}) == 422
    assert (
        await ada.status("PUT", f"{LIST}/{one['id']}", json={"scheduled_at": soon(minutes=4)})
        == 422
    )
    later = await ada.call(
        "PUT", f"/api{LIST}/{one['id']}", json={"scheduled_at": soon(minutes=90)}
    )
    assert later.body["scheduled_at"] > one["scheduled_at"]

    await node.pool.execute("UPDATE media SET created_at = now() - interval '9 days'")
    async with transaction(node.pool) as tx:
        assert await delete_unused(tx, UNUSED_FOR, limit=9) == 0, "promised to a post"
    await given_due(ada)
    assert [one["id"] for one in await ada.get(LIST)] == [one["id"]], "half an hour too early"
    await given_due(ada)
    assert await ada.get(LIST) == []
    [reply] = (await bo.get(f"/v1/statuses/{question['id']}/context"))["descendants"]
    assert (reply["content"], reply["local_only"]) == ("<p>I do</p>", True)
    assert [file["id"] for file in reply["media_attachments"]] == [media["id"]]
    assert await texts(bo) == ["<p>I do</p>", "<p>Who bakes?</p>"]
    assert (await ada.post("/v1/statuses", json=fields, headers=key))["id"] == reply["id"]
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 2
    at_once = await ada.publish("Yesterday", scheduled_at=soon(days=-1))
    assert at_once["content"] == "<p>Yesterday</p>", "what has passed is now"


async def test_what_cannot_be_published_is_kept_and_told(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    media, question = await uploaded(ada), await bo.publish("Who bakes?")
    poll = {"options": ["Yes", "No"], "expires_in": 600}
    made = [
        await ada.publish("file", scheduled_at=soon(), media_ids=[media["id"]]),
        await ada.publish("parent", scheduled_at=soon(), in_reply_to_id=question["id"]),
        await ada.publish("cancelled", scheduled_at=soon(), poll=poll),
        await bo.publish("suspended", scheduled_at=soon()),
        await bo.publish("too late", scheduled_at=soon()),
    ]
    assert made[2]["params"]["poll"] == poll | {"multiple": False, "hide_totals": False}
    assert await ada.status("DELETE", f"/v1/media/{media['id']}") == 200
    assert await bo.status("DELETE", f"/v1/statuses/{question['id']}") == 200
    async with browser(node) as page:
        await page.sign_in("ada")
        listed = await page.open("/scheduled")
        assert "cancelled" in listed.text and "suspended" not in listed.text
        forged = listed.form(f"/scheduled/{made[2]['id']}/publish").fields
        for step in ("cancel", "time"):
            assert (await page.open(f"/scheduled/{made[3]['id']}/{step}")).status == 404
        for step in ("cancel", "time", "publish"):
            answer = await page.post(f"/scheduled/{made[3]['id']}/{step}", forged)
            assert answer.status == 404, "of somebody else"
        assert (await page.open(f"/write?scheduled={made[3]['id']}")).path == "/scheduled"
        path = f"/scheduled/{made[2]['id']}/cancel"
        asked = (await page.open(path)).form(path).fields
        for _ in range(2):
            assert (await page.post(path, asked)).path == "/scheduled"
        await node.pool.execute(
            "UPDATE scheduled_posts SET due_at = due_at - interval '1 day' WHERE id = $1",
            int(made[4]["id"]),
        )
        await node.pool.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", bo.id)
        await given_due(ada)
        await node.pool.execute("UPDATE actors SET suspended_at = NULL WHERE id = $1", bo.id)
        rows = await node.pool.fetch("SELECT draft->>'text' AS text, problem FROM scheduled_posts")
        assert {row["text"]: row["problem"] for row in rows} == {
            "file": "One of these files is not there any more. Choose it again",
            "parent": "The post that it answers or quotes is not there any more",
            "suspended": "Your account was closed, suspended or frozen at that time",
            "too late": "This server was not running at that time, or something went wrong here",
        }
        told = await page.open("/notifications")
        assert "Your scheduled post was not published: parent" in told.text
        assert "The post that it answers" in (await page.open("/scheduled")).text
        assert await node.pool.fetchval("SELECT count(*) FROM posts WHERE is_local") == 0
        # Once more, at another time.
        again = await bo.call("PUT", f"/api{LIST}/{made[3]['id']}", json={"scheduled_at": soon()})
        assert again.status == 200, again.body
        await given_due(bo)
        assert await texts(bo) == ["<p>suspended</p>"]
        assert await bo.status("DELETE", f"{LIST}/{made[4]['id']}") == 200
        assert await ada.status("DELETE", f"{LIST}/{made[1]['id']}") == 200
        assert "parent" not in (await page.open("/notifications")).text


def on_any_clock() -> datetime:
    """Some hours from now, but not where clocks in Brussels may be put on or back."""
    moment = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=3)
    while moment.astimezone(BRUSSELS).hour in (1, 2, 3):
        moment += timedelta(hours=1)
    return moment


def typed(moment: datetime) -> dict[str, str]:
    """On a clock in Brussels."""
    local = moment.astimezone(BRUSSELS)
    return {"later_date": f"{local:%Y-%m-%d}", "later_time": f"{local:%H:%M}"}


async def test_members_without_an_app_publish_later_too(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    question = await bo.publish("Who bakes?", local_only=True)
    media = await uploaded(ada)
    due_at = on_any_clock()
    async with browser(node) as page:
        await page.sign_in("ada")
        await page.live_in("Europe/Brussels")
        fields = (await page.open(f"/write?reply={question['id']}")).form("/write").fields | {
            "text": "@bo I do",
            "content_note": "Flour",
            f"media[{media['id']}]": "A loaf",
            "option1": "Rye",
            "option2": "Wheat",
        }
        sent = fields | typed(due_at)
        await wrong_moments_come_back(page, ada, fields, f"media[{media['id']}]")
        for _ in range(2):
            listed = await page.post("/write", sent)
        assert listed.path == "/scheduled" and "It waits, and is published on" in listed.text
        [one] = await ada.get(LIST)
        params = one["params"]
        assert one["scheduled_at"] == timestamp(due_at), "apps see it too, and it is there once"
        assert (params["in_reply_to_id"], params["spoiler_text"]) == (question["id"], "Flour")

        await back_after_scheduling(page, ada, fields, sent)

        number = one["id"]
        when = f"/scheduled/{number}/time"
        assert (await page.fill(when, when, {"later_time": "2"})).status == 422
        later = due_at + timedelta(days=1)
        await page.fill(when, when, typed(later))
        assert [moved["scheduled_at"] for moved in await ada.get(LIST)] == [timestamp(later)]

        # Written anew: everything is back in the form, and a window that is behind is told.
        opened = (await page.open(f"/write?scheduled={number}")).form("/write").fields
        told = ("content_note", "audience", "option2", "later_time", "parent")
        before = fields | typed(later)
        assert {name: opened[name] for name in told} == {name: before[name] for name in told}
        assert opened[f"media[{media['id']}]"] == "A loaf"
        for _ in range(2):
            assert (await page.post("/write", opened | {"text": "@bo so do I"})).status == 200
        [one] = await ada.get(LIST)
        assert (one["id"], one["params"]["text"]) == (number, "@bo so do I")
        behind = await page.post("/write", opened | {"text": "Or not"})
        assert behind.status == 409 and "changed elsewhere" in behind.text
        assert "@bo so do I" in behind.text
        assert "Or not" in behind.form("/write").fields["text"]

        # Published now, once, whatever is pressed twice.
        now = behind.form("/write").fields | {"later_date": "", "later_time": ""}
        paths = {(await page.post("/write", now)).path for _ in range(2)}
        assert len(paths) == 1 and paths.pop().startswith("/@ada/")
        assert await ada.get(LIST) == []
        gone = await page.post("/write", opened | {"text": "Much later", "once": "another"})
        assert gone.status == 409 and "does not wait any more" in gone.text
        told = await page.post("/write", gone.form("/write").fields | {"sure": "1"})
        assert "“A loaf” is not taken. It is in a post of yours already" in told.text
        off = await page.post("/write", told.form("/write").fields | {"do": "leave-0"})
        anew = await page.post("/write", off.form("/write").fields)
        assert anew.path.startswith("/@ada/"), anew.text

        await from_the_list(page, ada)
        await without_what_it_answered(page, ada, bo, question["id"])


async def test_a_second_click_while_the_first_is_at_work_finds_nothing_to_do(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    async with browser(node) as page:
        await page.sign_in("ada")
        for step in ("publish", "cancel"):
            path = f"/scheduled/{(await ada.publish('Once', scheduled_at=soon()))['id']}/{step}"
            form = (await page.open("/scheduled" if step == "publish" else path)).form(path)
            async with transaction(node.pool) as tx:
                await tx.execute("DELETE FROM scheduled_posts")
                second = asyncio.create_task(page.post(path, form.fields))
                await is_waiting(node.pool, second)
            seen = await second
            assert (seen.status, seen.path) == (200, "/scheduled"), step
            assert "not there any more" not in seen.text


NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-11-29T09:00:00.000Z", NOW + timedelta(hours=1)),
        ("2026-11-29T10:00+01:00", NOW + timedelta(hours=1)),
        ("2026-11-29 09:00", NOW + timedelta(hours=1)),
        ("", None),
        ("tomorrow", None),
        ("0001-01-01T00:00+23:00", None),
    ],
)
def test_how_apps_write_the_moment(raw: str, moment: datetime | None) -> None:
    if moment is not None:
        assert read_moment(raw) == moment
        return
    with pytest.raises(Unprocessable):
        read_moment(raw)


def test_there_are_only_so_many_and_not_too_soon() -> None:
    check_room(MAX_IN_ALL - 1, MAX_A_DAY - 1)
    for in_all, that_day in ((MAX_IN_ALL, 0), (MAX_A_DAY, MAX_A_DAY)):
        with pytest.raises(Unprocessable):
            check_room(in_all, that_day)
    assert check_due(NOW + timedelta(minutes=6), NOW)
    for away in (timedelta(minutes=5), timedelta(days=4000)):
        with pytest.raises(Unprocessable):
            check_due(NOW + away, NOW)


async def wrong_moments_come_back(
    page: Browser, ada: App, fields: dict[str, str], file: str
) -> None:
    today = f"{datetime.now(BRUSSELS):%Y-%m-%d}"
    for day, at, field, why in (
        ("2026-03-29", "", "time", "Say the time, too."),
        ("", "02:30", "date", "Say the day, too."),
        ("29/3/2027", "02:30", "date", "Write the day as year-month-day"),
        ("2027-03-29", "half past two", "time", "Write the time as hours:minutes"),
        (f"{last_sunday(3)}", "02:30", "time", "the clocks go forward from 02:00 to 03:00."),
        (f"{last_sunday(10)}", "02:30", "which", "02:30 comes twice on that day"),
        ("2026-03-28", "02:30", "date", "has to be more than five minutes from now"),
        (today, "00:00", "time", "has to be more than five minutes from now"),
        ("2727-03-28", "02:30", "date", "is more than ten years away"),
    ):
        wrong = {"later_date": day, "later_time": at}
        refused = await page.post("/write", fields | wrong)
        assert (refused.status, why in refused.text) == (422, True), (day, at)
        assert "On the clock of Brussels, Belgium." in refused.text
        assert f'href="#later_{field}"' in refused.html, (day, at)
        kept = refused.form("/write").fields
        assert kept["text"].strip() == "@bo I do" and kept | wrong == kept
        assert (kept["option2"], kept[file]) == ("Wheat", "A loaf")
    await an_hour_that_comes_twice(page, ada, fields)


async def back_after_scheduling(
    page: Browser, ada: App, fields: dict[str, str], sent: dict[str, str]
) -> None:
    """The form is one post, which waits: what is written in it since is another one."""
    back = await page.open(f"/write?form={fields['once']}")
    assert "waits to be published" in back.text and 'href="/scheduled"' in back.html
    assert back.form("/write").fields["once"] != fields["once"]
    words = {name: value for name, value in fields.items() if "[" not in name}
    seen = await page.post("/write", words | {"text": "Something else", "do": "preview"})
    assert "it is another post" in seen.text and "waits to be" in seen.text
    assert seen.form("/write").fields["once"] != fields["once"], "so that one press publishes it"
    for other in ({"text": "Something else"}, {"text": "More", "later_date": ""}):
        other = words | other
        for when in ({}, {name: sent[name] for name in ("later_date", "later_time")}):
            asked = await page.post("/write", other | when | {"sure": "1"})
            assert (asked.method, asked.path) == ("GET", "/write"), asked.text
            assert "it is another post" in asked.text and "waits to be" in asked.text
            assert len(await ada.get(LIST)) == 1
            assert await ada.node.pool.fetchval("SELECT count(*) FROM posts") == 1
            fields_of_it = asked.form("/write").fields
            assert fields_of_it["text"] == other["text"] and not fields_of_it.get("scheduled")
    another = await page.post(
        "/write", asked.form("/write").fields | {"later_date": "", "later_time": ""}
    )
    assert another.path.startswith("/@ada/"), another.text
    assert another.path not in (await page.open("/write")).html
    # Were the key taken meanwhile, what waits is published all the same.
    await ada.node.pool.execute(
        "INSERT INTO idempotency_keys (account_id, key, post_id) VALUES ($1, $2, $3)",
        ada.account_id,
        fields["once"],
        int(another.path.rpartition("/")[2]),
    )
    await ada.node.pool.execute("DELETE FROM kept_drafts")


def last_sunday(month: int) -> date:
    """The next one that is still to come, of March or October: there the clocks are changed."""
    today = datetime.now(BRUSSELS).date()
    ends = (date(today.year + years, month, 31) for years in (0, 1))
    days = (end - timedelta(days=end.isoweekday() % 7) for end in ends)
    return next(day for day in days if day > today)


async def an_hour_that_comes_twice(page: Browser, ada: App, fields: dict[str, str]) -> None:
    """The page asks which one is meant, keeps it, and says it."""
    day = last_sunday(10)
    twice = {"later_date": f"{day}", "later_time": "02:30"}
    asked = await page.post("/write", fields | twice)
    assert "Central European Summer Time, UTC+02:00" in asked.text
    for which, utc, said in (
        ("first", "00:30", "Central European Summer Time, UTC+02:00"),
        ("second", "01:30", "Central European Standard Time, UTC+01:00"),
    ):
        sent = asked.form("/write").fields | {"later_which": which, "once": which}
        listed = await page.post("/write", sent)
        assert f"{day.day} October {day.year}, 02:30 ({said})" in listed.text
        [one] = await ada.get(LIST)
        assert one["scheduled_at"] == f"{day}T{utc}:00.000Z"
        when = f"/scheduled/{one['id']}/time"
        assert (await page.open(when)).form(when).fields["later_which"] == which
        assert await ada.status("DELETE", f"{LIST}/{one['id']}") == 200


async def from_the_list(page: Browser, ada: App) -> None:
    two = [await ada.publish(text, scheduled_at=soon()) for text in ("first", "bound to go")]
    await ada.status("PUT", f"{LIST}/{two[0]['id']}", json={"scheduled_at": soon(hours=9)})
    listed = await page.open("/scheduled")
    assert listed.text.index("bound to go") < listed.text.index("first")
    path = f"/scheduled/{two[1]['id']}/publish"
    form = listed.form(path).fields
    published = await page.post(path, form)
    assert published.path.startswith("/@ada/") and "bound to go" in published.text
    for address in (path, f"/scheduled/{two[1]['id']}/cancel"):
        again = await page.post(address, form)
        assert again.path == "/scheduled" and "That one is published already." in again.text
        key = {"Idempotency-Key": f"scheduled {two[1]['id']}"}
        theirs = await ada.post("/v1/statuses", json={"status": "Another"}, headers=key)
        assert theirs["content"] == "<p>Another</p>", "a key of an app is not one of ours"
        assert f'href="{published.path}"' in again.html
    cancel = f"/scheduled/{two[0]['id']}/cancel"
    assert (
        "It is deleted, and nobody else has seen it." in (await page.fill(cancel, cancel, {})).text
    )
    for address in (cancel, f"/scheduled/{two[0]['id']}/publish"):
        assert "does not wait any more: it was deleted" in (await page.post(address, form)).text
    for address in (cancel, f"/write?scheduled={two[0]['id']}"):
        assert "does not wait any more" in (await page.open(address)).text


async def without_what_it_answered(page: Browser, ada: App, bo: App, question: str) -> None:
    """It cannot be published as an answer any more; written anew it stands alone."""
    orphan = await ada.publish("orphan", scheduled_at=soon(), in_reply_to_id=question)
    await bo.status("DELETE", f"/v1/statuses/{question}")
    path = f"/scheduled/{orphan['id']}/publish"
    refused = await page.fill("/scheduled", path, {})
    assert refused.status == 422 and "The post that it answers or quotes" in refused.text
    alone = (await page.open(f"/write?scheduled={orphan['id']}")).form("/write").fields
    alone = {name: value for name, value in alone.items() if not name.startswith("later_")}
    assert (await page.post("/write", alone)).path.startswith("/@ada/")
