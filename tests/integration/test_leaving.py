"""A member takes everything along, leaves, thinks again, and is gone: here and elsewhere."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import FormData

from fedinet.actors.store import set_suspended
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.leaving.csv_files import lines
from tests import made_files as made
from tests.integration.apps import App, given_app
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.members import Member, accepts, follows, given_member_of
from tests.integration.nodes import RunningNode

HERE = "/settings/leaving"
AP = {"Accept": "application/activity+json"}
WAS_WARNED = """
      WITH made AS (
    INSERT INTO reports (target_id, category, comment) VALUES ($1, 'other', '') RETURNING id)
    INSERT INTO account_acts (target_id, act, by_whom, report_id)
    SELECT $1, 'warn', '@olga', made.id FROM made
"""
MARK = "quokka"
"""A word that stands in everything that Ada writes; nowhere once she is gone."""


async def test_a_member_takes_everything_along_and_goes(start_node: StartNode) -> None:
    node, other = await start_node(), await start_node()
    await given_account(node, "olga", role="owner")
    ada = await given_app(node, "ada", scopes="read write follow push")
    cleo, bo = await given_member_of(node, "cleo"), await given_member_of(other, "bo")
    me = Member(node, ada.account_id, ada.id)
    await follows(bo, me)
    await follows(me, cleo)
    await accepts(cleo, me)
    posts = await furnish(ada, cleo)
    await node.drain()
    await other.drain()
    assert await found(other.pool, MARK) and await found(node.pool, MARK)
    await node.pool.execute(WAS_WARNED, ada.id)

    async with browser(node) as page:
        await page.sign_in("ada")
        refused = await archive(page, "not the password")
        assert refused.status == 422 and b"present password" in await refused.read()
        taken = await archive(page, PASSWORD)
        look_at(taken, await taken.read(), posts)

        assert "as it stands above" in (await leave(page, name="cleo")).text
        assert "present password" in (await leave(page, password="wrong")).text
        asked = await leave(page)
        assert asked.status == 200 and "Your account ends on" in asked.text
        assert await ada.status("GET", "/v1/accounts/verify_credentials") == 401
        stayed = await page.fill(HERE, HERE, {"do": "stay"})
        assert "Leave in seven days" in stayed.text
        await let_time_pass(node)
        await node.drain()
        assert (await page.open("/settings")).status == 200
        await leave(page, name="@Ada")
        await is_kept_while_suspended(node, ada)
        await let_time_pass(node)
        await node.drain()
        assert (await page.open("/settings")).path.startswith("/sign-in")
        assert (await page.sign_in("ada")).status == 422
    await other.drain()
    await is_gone(node, other, posts)


async def test_the_last_owner_stays(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    async with browser(node) as page:
        await page.sign_in("ada")
        refused = await leave(page)
        assert refused.status == 422 and "Make somebody else owner first" in refused.text
    assert await node.pool.fetchval("SELECT count(*) FROM departures") == 0


def test_no_cell_is_a_formula() -> None:
    assert lines([("=HYPERLINK(1)", 'a "b", c'), ("@x", "")]) == (
        b'\'=HYPERLINK(1),"a ""b"", c"\n\'@x,\n'
    )


async def furnish(ada: App, cleo: Member) -> dict[str, str]:
    """Give Ada something in every room. Returns the addresses of her posts by audience."""
    data = FormData({"description": f"{MARK} picture"})
    data.add_field("file", io.BytesIO(made.photograph((64, 64))), filename="a.jpg")
    picture = await ada.post("/v2/media", data=data)
    await ada.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={"display_name": f"Ada {MARK}", "note": f"{MARK} fan"},
    )
    posts = {
        word: (await ada.publish(f"{MARK} for {word}", **fields))["uri"]
        for word, fields in {
            "everyone": {"visibility": "public", "media_ids": [picture["id"]]},
            "followers": {"visibility": "private"},
            "community": {"visibility": "public", "local_only": "true"},
            "mentioned": {"visibility": "direct"},
        }.items()
    }
    who = str(cleo.actor_id)
    await ada.post(f"/v1/accounts/{who}/note", json={"comment": f"{MARK} friend"})
    await ada.post("/v1/domain_blocks", json={"domain": f"{MARK}.example"})
    await ada.post("/v1/featured_tags", json={"name": MARK})
    await ada.post(
        "/v2/filters",
        json={"title": MARK, "context": ["home"], "keywords_attributes": [{"keyword": MARK}]},
    )
    own = await ada.post("/v1/lists", json={"title": f"{MARK} list"})
    await ada.post(f"/v1/lists/{own['id']}/accounts", json={"account_ids": [who]})
    hers = (await ada.get("/v1/timelines/home"))[0]["id"]
    for act in ("favourite", "bookmark"):
        await ada.post(f"/v1/statuses/{hers}/{act}")
    return posts


def look_at(answer: aiohttp.ClientResponse, body: bytes, posts: dict[str, str]) -> None:
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="ada-')
    with zipfile.ZipFile(io.BytesIO(body)) as files:
        assert files.testzip() is None
        names = {name.partition("/")[2]: name for name in files.namelist()}

        def read(name: str) -> str:
            return files.read(names[name]).decode()

        sent = json.loads(read("outbox.json"))["orderedItems"]
        assert {one["visibility"]: one["object"]["id"] for one in sent} == posts
        [place] = [file["url"] for one in sent for file in one["object"]["attachment"]]
        assert files.read(names[place])[:2] == b"\xff\xd8"
        assert len(json.loads(read("likes.json"))["orderedItems"]) == 1
        settings = json.loads(read("settings.json"))
        assert settings["filters"][0]["keywords"][0]["keyword"] == MARK
        assert list(settings["notes"].values()) == [f"{MARK} friend"]
        [titles, people] = [
            list(csv.reader(read(name).splitlines()))
            for name in ("lists.csv", "following_accounts.csv")
        ]
        assert titles[0][0] == f"{MARK} list"
        assert people[1][0].startswith("cleo@") and people[0][0] == "Account address"
        assert read("followers.csv").count("bo@") == 1
        assert read("blocked_domains.csv") == f"{MARK}.example\n"
        assert read("bookmarks.csv").strip() in posts.values()
        assert json.loads(read("actor.json"))["preferredUsername"] == "ada"
        assert "outbox.json" in read("README.txt")


async def is_kept_while_suspended(node: RunningNode, ada: App) -> None:
    async with transaction(node.pool) as tx:
        await set_suspended(tx, ada.id, suspended=True)
    await let_time_pass(node)
    await node.drain()
    due_at = await node.pool.fetchval("SELECT due_at FROM departures WHERE actor_id = $1", ada.id)
    assert due_at > datetime.now(UTC) + timedelta(days=6)
    async with transaction(node.pool) as tx:
        await set_suspended(tx, ada.id, suspended=False)


async def is_gone(node: RunningNode, other: RunningNode, posts: dict[str, str]) -> None:
    for path in ("/users/ada", "/.well-known/webfinger?resource=acct:ada@" + node.domain):
        async with node.http.get(path, headers=AP) as answer:
            assert answer.status == 410, path
    async with node.http.get(posts["everyone"], headers=AP) as answer:
        assert answer.status == 410
    assert await found(node.pool, MARK) == {}
    # What came in is logged for some days, by addresses: here that of a hashtag.
    logged = {"inbound_log", "inbound_log_default", "activities"}
    assert set(await found(other.pool, MARK)) <= logged
    assert not await node.pool.fetchval("SELECT count(*) FROM media")
    assert await node.pool.fetchval("SELECT count(*) FROM follows") == 0
    gone = await node.pool.fetchval("SELECT count(*) FROM actors WHERE username LIKE 'left-%'")
    assert gone == 0
    assert await node.pool.fetchval("SELECT count(*) FROM account_acts") == 0
    async with browser(other) as page:
        await page.sign_in("bo")
        assert MARK not in (await page.open(f"/search?q=@ada@{node.domain}")).text


async def found(pool: Pool, word: str) -> dict[str, int]:
    """Count the rows in which a word stands, by table; tables without any are missing."""
    tables = await pool.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    hits: dict[str, int] = {}
    for row in tables:
        name = row["table_name"]
        sql = f'SELECT count(*) FROM "{name}" t WHERE t::text ILIKE ANY ($1)'  # noqa: S608  # names of our tables
        count = await pool.fetchval(sql, [f"%{word}%", f"%{word.encode().hex()}%"])
        if count:
            hits[name] = count
    return hits


async def leave(page: Browser, name: str = "ada", password: str = PASSWORD) -> SeenPage:
    return await page.fill(HERE, HERE, {"do": "leave", "name": name, "password": password})


async def archive(page: Browser, password: str) -> aiohttp.ClientResponse:
    form = (await page.open(HERE)).form(f"{HERE}/archive")
    fields = {"csrf": form.fields["csrf"], "archive_password": password}
    return await page.http.post(f"{HERE}/archive", data=fields)


async def let_time_pass(node: RunningNode) -> None:
    await node.pool.execute("UPDATE jobs SET due_at = now() WHERE kind = 'leaving.close_account'")
    await node.pool.execute("UPDATE departures SET due_at = now()")
