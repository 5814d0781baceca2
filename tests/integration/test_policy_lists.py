"""Lists of servers that a node subscribes to: read from real servers, as drafts, within limits."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.desk.model import MatterKind
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.policy import commands, store
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.facts_store import read_servers
from fedinet.policy.lists import commands as list_commands
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.document import Farewell, ListDocument
from fedinet.policy.lists.jobs import Read, promise_due, read_now
from fedinet.policy.lists.store import StoredList
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_member, given_remote

LISTS = "/admin/policy/lists"
EDIT = "/admin/policy/lists-edit"
TOGETHER = "/admin/policy/lists-together"
DRAFTS = "/admin/policy/drafts"
OURS: Sequence[Domain] = (Domain("community.example"),)


@dataclass
class ListServer:
    """A server with one list. ``marks``: what it was asked with."""

    text: str
    status: int = 200
    url: str = ""
    marks: list[str | None] = field(default_factory=list[str | None])

    async def answer(self, request: web.Request) -> web.Response:
        self.marks.append(request.headers.get("If-None-Match"))
        if self.status == 200 and request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        return web.Response(
            text=self.text, status=self.status, headers={"ETag": self.etag},
        )  # fmt: skip

    @property
    def etag(self) -> str:
        return f'"{hash(self.text)}"'


async def test_a_list_is_read_every_night_and_becomes_drafts(start_node: StartNode) -> None:
    node = await start_node()
    rows = "\n".join(f"d{n}.example,suspend" for n in range(40))
    async with transaction(node.pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo", "d7.example")
        await given_follow(tx, ada, bo)
    async with list_server(f"#domain,#severity\n{rows}\n{node.domain},suspend\n") as server:
        await subscribe(node, server.url)
        await node.drain()
        first = await stored(node)
        assert (first.entries, first.error, first.jump) == (41, "", None)
        drafts = await rules(node)
        assert len(drafts) == 40 and all(rule.draft for rule in drafts.values())
        assert drafts["list:worst:d7.example"].verdict is None  # limited: Ada follows Bo
        assert drafts["list:worst:d8.example"].verdict == "reject"
        assert await matters(node) == [(MatterKind.LIST_CHANGED, "worst")]

        # At night it is asked again, with the mark of last time; nothing is new.
        assert first.due_at > datetime.now(UTC)
        assert await promise_due(node.pool, datetime.now(UTC) + timedelta(days=2)) == 1
        await node.drain()
        assert server.marks == [None, server.etag] and await rules(node) == drafts

        # A steward does not want one of them: it does not come back.
        async with transaction(node.pool) as tx:
            await commands.remove_rules(tx, ["list:worst:d1.example"], by=steward())
        server.text = (
            server.text.replace("d2.example,suspend", "d2.example,silence") + "d99.example"
        )
        await node_reads(node)
        now = await rules(node)
        assert drafts.keys() - now.keys() == {"list:worst:d1.example"}
        assert now.keys() - drafts.keys() == {"list:worst:d99.example"}
        assert now["list:worst:d2.example"].verdict is None
        async with node.pool.acquire() as conn:
            asked = [Domain("a.d3.example"), Domain("notd3.example")]
            found = await read_servers(conn, {one: f"http://{one}" for one in asked})
        assert [found[one].lists for one in asked] == [{"worst"}, frozenset()]


async def test_a_list_that_fails_or_jumps_changes_nothing_and_says_so(
    start_node: StartNode,
) -> None:
    node = await start_node()
    whole = "\n".join(f"d{n}.example" for n in range(50))
    async with list_server(whole) as server:
        await subscribe(node, server.url)
        await node.drain()
        before = await rules(node)
        for text, status, told in (
            ("", 500, "Its server answers with the error 500"),
            ("<html>", 200, "This is a web page, and no list"),
            ("a.example\n" + "no server\n" * 9, 200, "9 of 10 lines cannot be read: this is not"
             " the list that was meant"),
            ("a" * 10_000_001, 200, "A list may have 10 MB"),
        ):  # fmt: skip
            server.text, server.status = text, status
            read = await node_reads(node)
            assert read.complaint is not None and read.complaint.english == told
            assert (await stored(node)).error and await rules(node) == before
        assert (MatterKind.LIST_FAILING, "worst") in await matters(node)

        server.text, server.status = "\n".join(f"x{n}.example" for n in range(50)), 200
        read = await node_reads(node)
        assert read.taken is not None and read.taken.jump is not None
        assert (read.taken.jump.added, read.taken.jump.removed) == (50, 50)
        assert (await stored(node)).jump == read.taken.jump and await rules(node) == before
        await node_reads(node, accept="of something else")
        assert await rules(node) == before
        await node_reads(node, accept=read.taken.jump.digest)
        assert {rule.domains[0][0] for rule in (await rules(node)).values()} == {"x"}
        assert (await stored(node)).jump is None

    nobody = ListDocument(name="inside", url="http://10.0.0.1/list.csv")
    async with transaction(node.pool) as tx:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(list_commands, "MOST_LISTS", 1)
            with pytest.raises(Unprocessable):
                await list_commands.put_seen_list(tx, nobody, seen=0, ours=OURS, by=steward())
        await list_commands.put_seen_list(tx, nobody, seen=0, ours=OURS, by=steward())
    read = await node_reads(node, "inside")
    assert read.complaint is not None and "not one that this node may ask" in read.complaint.english


async def test_a_list_goes_and_what_becomes_of_its_rules_is_asked(start_node: StartNode) -> None:
    node = await start_node()
    async with list_server("a.example\nb.example") as server:
        await subscribe(node, server.url)
        await node.drain()
        async with transaction(node.pool) as tx:
            one = msgspec.structs.replace((await rules(node))["list:worst:a.example"], draft=False)
            await commands.put_rules(tx, [one], ours=OURS, by=steward())
            await list_commands.end_list(tx, "worst", Farewell.KEEP, ours=OURS, by=steward())
        left = await rules(node)
        assert [(key, rule.source, rule.draft) for key, rule in left.items()] == [
            ("list:worst:a.example", "orphan:worst", False)
        ]
        async with transaction(node.pool) as tx:
            version = (await store.lock_policy(tx)).version
            await commands.undo_version(tx, version, ours=OURS, by=steward())
        assert (await stored(node)).document.url == server.url
        await node.drain()
        back = await rules(node)
        assert [(rule.source, rule.draft) for rule in back.values()] == [
            ("list:worst", False),
            ("list:worst", True),
        ]


async def test_a_steward_follows_a_list_in_a_browser(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    async with transaction(node.pool) as tx:
        ada = await get_actor(
            tx, await tx.fetchval("SELECT id FROM actors WHERE username = 'ada' AND is_local")
        )
        await given_follow(tx, ada, await given_remote(tx, "bo", "d7.example"))
    rows = "\n".join(f"d{n}.example,suspend,reason {n},spam" for n in range(130))
    text = f"#domain,#severity,#public_comment,#labels\n{rows}"
    async with list_server(text) as server, browser(node) as page:
        await page.sign_in("ada")
        wrong = await page.fill(EDIT, EDIT, {"name": "Worst!", "url": "x", "do": "test"})
        assert wrong.status == 422 and "small letters, digits and hyphens" in wrong.text
        typed = {"name": "worst", "url": server.url, "do": "test"}
        tried = await page.fill(EDIT, EDIT, typed)
        assert "The list names 130 servers." in tried.text and "Nothing was saved." in tried.text
        assert "because members follow people there: d7.example" in tried.text
        assert await node.pool.fetchval("SELECT count(*) FROM policy_lists") == 0
        seen = await page.post(EDIT, {**tried.form(EDIT).fields, "do": "preview"})
        assert "130 servers, of which 130 become drafts" in seen.text
        await page.post(EDIT, {**seen.form(EDIT).fields, "why": "Friends keep it", "do": "save"})
        await node.drain()
        shown = await page.open("/admin/policy/lists/worst")
        assert "It names 130 servers." in shown.text and "limited, because members" in shown.text
        assert "reason 100" in shown.text and "d99.example" not in shown.text
        assert (
            "d99.example" in (await page.open("/admin/policy/lists/worst?after=d98.example")).text
        )

        # One draft is put in force; later the list says something milder, and a steward agrees.
        drafts = await page.open(f"{DRAFTS}?source=list:worst")
        assert "reason 100" in drafts.text and "list:worst (130)" in drafts.text
        one = {**drafts.form(DRAFTS).fields, "key[]": "list:worst:d1.example", "as_listed": ""}
        seen = await page.post(DRAFTS, one)
        assert "Put the draft list:worst:d1.example in force" in seen.text
        await page.post(DRAFTS, {**seen.form(DRAFTS).fields, "why": "True", "do": "save"})
        assert not (await rules(node))["list:worst:d1.example"].draft
        server.text = text.replace("d1.example,suspend", "d1.example,silence")
        again = f"{LISTS}/worst/read"
        await page.post(again, shown.form(again).fields)
        shown = await page.open(f"{LISTS}/worst")
        assert "It asks to change one rule in force" in shown.text
        asks = f"{LISTS}/worst/proposals"
        seen = await page.post(asks, {**shown.form(asks).fields, "key[]": "", "do": "preview"})
        await page.post(asks, {**seen.form(asks).fields, "why": "Milder", "do": "save"})
        assert (await rules(node))["list:worst:d1.example"].verdict is None
        why = await page.open("/admin/policy/explain?address=a.d1.example")
        assert "Lists that name it" in why.text and ": limited, “ reason 1 ”" in why.text
        assert "list:worst:d1.example : adds to what happens" in why.text
        await _be_harder(node, page)
        await _end_it(node, page)


async def _be_harder(node: RunningNode, page: Browser) -> None:
    """Other settings of a list that changes rules by itself are previewed like a rule."""
    mild = (await rules(node))["list:worst:d7.example"]
    async with transaction(node.pool) as tx:
        await commands.put_rules(
            tx, [msgspec.structs.replace(mild, draft=False)], ours=OURS, by=steward()
        )
    harder = {"in_force": "1", "max_followed_severity": "suspend"}
    seen = await page.fill(f"{EDIT}?name=worst", EDIT, {**harder, "do": "preview"})
    assert "d7.example" in seen.text
    form = {**seen.form(EDIT).fields, "why": "Be hard", "do": "save"}
    told = await page.post(EDIT, form)
    assert told.status == 422 and "members lose something by this" in told.text
    assert (await stored(node)).document.drafts
    async with transaction(node.pool) as tx:
        await commands.put_rules(tx, [mild], ours=OURS, by=steward())


async def _end_it(node: RunningNode, page: Browser) -> None:
    """How many must agree; then the list goes, and its rules with it."""
    bad = await page.fill(LISTS, TOGETHER, {"threshold": "many"})
    assert bad.status == 422 and "a share in percent" in bad.text
    seen = await page.fill(LISTS, TOGETHER, {"threshold": "2", "excludes": "kind.example"})
    assert "129 drafts or rules go" in seen.text
    await page.post(TOGETHER, {**seen.form(TOGETHER).fields, "why": "Calm", "do": "save"})
    assert list(await rules(node)) == ["list:worst:d1.example"]
    end = f"{LISTS}/worst/end"
    form = (await page.open(f"{LISTS}/worst")).form(end).fields
    seen = await page.post(end, {**form, "rules": "remove"})
    await page.post(end, {**seen.form(end).fields, "why": "Stale", "do": "save"})
    assert await rules(node) == {}
    assert "You follow no list yet." in (await page.open(LISTS)).text


@asynccontextmanager
async def list_server(text: str) -> AsyncGenerator[ListServer]:
    """One on loopback, as long as the block runs."""
    made = ListServer(text)
    app = web.Application()
    app.router.add_get("/list.csv", made.answer)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/list.csv"))
        yield made


def steward() -> Steward:
    return Steward(name="@ada", now=datetime.now(UTC), reason="to be calm")


async def subscribe(node: RunningNode, url: str) -> None:
    document = ListDocument(name="worst", url=url)
    async with transaction(node.pool) as tx:
        await list_commands.put_seen_list(tx, document, seen=0, ours=OURS, by=steward())


async def node_reads(node: RunningNode, name: str = "worst", accept: str = "") -> Read:
    ours = (Domain(node.domain),)
    return await read_now(node.pool, node.services.fetcher, name, ours=ours, accept=accept)


async def rules(node: RunningNode) -> dict[str, RuleDocument]:
    async with node.pool.acquire() as conn:
        return {rule.key: rule.document for rule in await store.all_rules(conn)}


async def stored(node: RunningNode) -> StoredList:
    async with node.pool.acquire() as conn:
        found = await lists_store.find_list(conn, "worst")
    assert found is not None
    return found


async def matters(node: RunningNode) -> list[tuple[str, str]]:
    found = await node.pool.fetch("SELECT kind, subject FROM matters WHERE settled_at IS NULL")
    return [(row["kind"], row["subject"]) for row in found]
