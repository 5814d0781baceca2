"""The margin of a list: hours on the reader's clock, under days that begin when theirs do."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fedinet.db.pool import transaction
from fedinet.http.context import NODE
from fedinet.kernel.ids import first_id_at
from fedinet.node.store import describe
from tests.integration.apps import given_app
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode

NEPAL, JAPAN = ("Asia/Kathmandu", "Kathmandu, Nepal"), ("Asia/Tokyo", "Tokyo, Japan")


async def test_posts_stand_under_the_days_and_hours_of_their_reader(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    zone, place = where_no_day_ends()
    after_midnight = datetime.now(zone).replace(hour=0, minute=20) - timedelta(days=1)
    late = after_midnight - timedelta(minutes=40)
    for text, at in (("Late", late), ("Early", after_midnight)):
        said = await bob.publish(text)
        await node.pool.execute(
            "UPDATE posts SET id = $2, published_at = $3 WHERE id = $1",
            *(int(said["id"]), first_id_at(at), at),
        )
    async with browser(node) as reader:
        await reader.sign_in("ada")
        unknown = await reader.open("/community")
        assert "ago" in times(unknown)[0], "nobody said on whose clock"

        async with transaction(node.pool) as tx:
            brussels = "Europe/Brussels"
            await describe(tx, name="G", purpose="", language="en", hue=200, time_zone=brussels)
        node.app[NODE].forget()
        assert "ago" not in times(await reader.open("/community"))[0]
        own = (await reader.open("/welcome")).html
        assert "on the clock of Brussels, Belgium" in own
        page = await reader.fill("/welcome", "/welcome", {"do": "zone"})
        there = "/settings/time-zone?next=/welcome"
        form = page.form(there)
        refused = await reader.post(there, {**form.fields, "time_zone": "Moon/Sea"})
        assert refused.status == 422
        welcome = await reader.post(there, {**form.fields, "time_zone": zone.key})
        assert (welcome.path, f"on the clock of {place}" in welcome.text) == ("/welcome", True)
        page = await reader.open("/community")
        assert times(page) == ["00:20", "23:40"]
        yesterday, before = (
            page.text.index(head) for head in ("Yesterday", f"{late:%A} {late.day}")
        )
        early, evening = page.text.index("Early"), page.text.index("Late")
        assert yesterday < early < before < evening
        assert f'title="{after_midnight.day} {after_midnight:%B %Y}, 00:20 ({place}' in page.html
        assert f"{late:%a} 23:40" in times(await reader.open("/@bob"))

        await written(node, "Early", after_midnight - timedelta(minutes=15))
        await written(node, "Late", late - timedelta(days=2))
        page = await reader.open("/community")
        sent = late - timedelta(days=2)
        assert times(page) == ["00:05", f"{sent:%a} 23:40"], "the second came on another day"
    await bob.post(f"/v1/statuses/{first_id_at(late)}/reblog")
    async with browser(node) as reader:
        await reader.sign_in("ada")
        shared = (await reader.open("/@bob")).text
        assert shared.index("Shared by Bob") < shared.index("Written") < shared.index("Late")
        await _the_desk_keeps_to_it(reader, zone, place)
        about = {"account_id": str(bob.id), "status_ids": [str(first_id_at(late))]}
        made = await ada.post("/v1/reports", json=about)
        await _whom_it_is_told_reads_the_clock_of_the_house(reader, f"/admin/reports/{made['id']}")


async def _the_desk_keeps_to_it(steward: Browser, zone: ZoneInfo, place: str) -> None:
    """What is told to the minute, what was long ago, and what is announced from when to when."""
    await steward.node.pool.execute("UPDATE accounts SET role = 'owner'")
    due = (datetime.now(zone) + timedelta(days=2)).replace(hour=0, minute=20)
    await steward.node.pool.execute(
        "INSERT INTO outbound_hosts (host, failures, due_at) VALUES ('mute.example', 9, $1)", due
    )
    said = f"{due.day} {due:%B %Y}, 00:20 ({place})"
    assert said in (await steward.open("/admin/deliveries")).text
    form = "/admin/announcements"
    await steward.fill(form, form, {"text": "Bread", "begins": f"{due:%Y-%m-%dT%H:%M}"})
    assert said in (await steward.open(form)).text
    for path in (form, "/admin/deliveries", "/admin/health", "/admin/decisions", "/admin"):
        page = await steward.open(path)
        assert page.status == 200 and "UTC" not in page.html, path


async def _whom_it_is_told_reads_the_clock_of_the_house(steward: Browser, report: str) -> None:
    """Bob said nothing of his own clock; the house chose Brussels, the machine is on UTC."""
    form = [one for one in (await steward.open(report)).forms if one.action == report][-1].fields
    asked = {**form, "do": "preview", "act": "remove", "reason": "No"}
    assert "(Brussels, Belgium)" in (await steward.post(report, asked)).text


def where_no_day_ends() -> tuple[ZoneInfo, str]:
    """A zone and its place, in which it does not become tomorrow within the hour."""
    is_late = datetime.now(ZoneInfo(NEPAL[0])).hour == 23
    key, place = JAPAN if is_late else NEPAL
    return ZoneInfo(key), place


async def written(node: RunningNode, text: str, at: datetime) -> None:
    change = "UPDATE posts SET published_at = $2 WHERE strpos(html, $1) > 0"
    await node.pool.execute(change, text, at)


def times(page: SeenPage) -> list[str]:
    """What the margin says, from the top."""
    return re.findall(r'class="post-time"[^>]*><time[^>]*>([^<]*)<', page.html)
