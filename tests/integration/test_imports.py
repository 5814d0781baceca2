"""A member brings along what they had on another node, by the files that that node gives out."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from aiohttp import FormData

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.query import Tx
from fedinet.follows import blocking, domain_blocking
from fedinet.follows.commands import change_terms
from fedinet.follows.model import Terms
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId, Domain
from fedinet.lists import commands as lists
from fedinet.reactions.commands import save
from fedinet.transfers import commands, store
from fedinet.transfers.model import MAX_KEPT, Counts, Kind, State
from fedinet.transfers.reading import read_import
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.members import Member, accepts, follows, given_member_of, publishes
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member

HERE = "/settings/import"
FILES = ("following_accounts", "lists", "blocked_accounts", "muted_accounts", "blocked_domains",
         "bookmarks")  # fmt: skip


async def test_everything_goes_from_node_to_node_by_files(start_node: StartNode) -> None:
    old, new = await start_node(), await start_node()
    ada, there = await given_member_of(old, "ada"), await given_member_of(new, "ada")
    cleo, bo, dan, eve = [await given_member_of(old, name) for name in ("cleo", "bo", "dan", "eve")]
    fay = await given_member_of(new, "fay")
    post = await publishes(cleo, "Keep this.")
    await furnish(ada, cleo, fay, blocked=bo, muted=dan, post_id=post.id)
    await follows(there, eve)
    async with browser(old) as before, browser(new) as after:
        await before.sign_in("ada")
        await after.sign_in("ada")
        for name in FILES:
            mode = "overwrite" if name == "following_accounts" else "merge"
            file = await download(before, f"{HERE}/export/{name}.csv")
            page = await upload(after, file, f"{name}.csv")
            assert page.status == 200 and "understood" in page.text, (name, page.text)
            began = await after.post(
                page.path, {**page.form(page.path).fields, "do": "begin", "mode": mode}
            )
            assert "at work" in began.text
            await finish(new)
            done = await after.open(page.path)
            assert "done:" in done.text and "did not work" not in done.text, (name, done.text)
            if name == "following_accounts":
                await accepts(cleo, there)
                await accepts(fay, there)
            again = await download(after, f"{HERE}/export/{name}.csv")
            assert sorted(again.splitlines()) == sorted(file.splitlines()), name
    assert (await there.stands_to(fay)).following and not (await there.stands_to(eve)).following
    stands = await there.stands_to(cleo)
    assert (
        stands.following and stands.notifying and not stands.boosts and stands.languages == ("nl",)
    )
    assert (await there.stands_to(bo)).blocking and (await there.stands_to(dan)).muting


async def test_what_cannot_be_brought_says_why_and_stopping_is_heard(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo = await given_member_of(node, "ada"), await given_member_of(node, "bo")
    await bo.does(lambda tx, me: _block(tx, me.id, ada.actor_id))
    file = (
        "Account address,Show boosts,Notify on new posts,Languages\n"
        f"bo@{node.domain},true,false,\n"
        f"nobody@{node.domain},true,false,\n"
        "=HYPERLINK(1),true,false,\n"
        "cleo@127.0.0.1:1,true,false,\n"
    ).encode("utf-16")
    async with browser(node) as page, browser(node) as other:
        await page.sign_in("ada")
        await other.sign_in("bo")
        assert "Choose a file" in (await upload(page, b"", "")).text
        assert "Followers cannot" in (await upload(page, b"a@b.example", "followers.csv")).text
        unknown = await upload(page, b"a@b.example\n", "x.csv")
        assert unknown.status == 422 and "Choose it" in unknown.text
        seen = await upload(page, file, "x.csv")
        assert "3 lines are understood" in seen.text and "One line cannot be used" in seen.text
        assert (await other.open(seen.path)).status == 404
        assert (await other.open(f"{seen.path}/failed.csv")).status == 404
        form = seen.form(seen.path).fields
        await page.post(seen.path, {**form, "do": "begin"})
        await finish(node, rounds=1)
        stopped = await page.post(seen.path, {**form, "do": "stop"})
        assert "stopped: 0 of 4" in stopped.text and "has blocked the other" in stopped.text
        await finish(node)
        assert "stopped: 0 of 4, 3 failed" in (await page.open(seen.path)).text
        await page.post(seen.path, {**form, "do": "begin"})
        await finish(node, rounds=4)
        done = await page.open(seen.path)
        assert "done: 0 of 4, 4 failed" in done.text and "three times" in done.text
        failed = (await download(page, f"{seen.path}/failed.csv")).decode()
        assert failed.count("\n") == 5 and "'=HYPERLINK(1),true" in failed
        again = await page.post(seen.path, {**form, "do": "throw-away"})
        assert again.path == HERE and (await page.open(seen.path)).status == 404
        assert (await page.post(HERE + "/9", {**form, "do": "begin"})).status == 404
    assert not (await ada.stands_to(bo)).following


async def test_only_a_few_imports_are_kept_and_only_ones_own(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_member(tx, "bo")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    reading = read_import("bad.example\nx\n", kind=Kind.SERVERS, ours=(), username="ada")
    first = await commands.prepare(tx, ada.id, reading, now=now)
    with pytest.raises(NotFound):
        await commands.begin(tx, bo.id, first.id, now=now)
    await commands.throw_away(tx, bo.id, first.id)
    for _ in range(MAX_KEPT):
        made = await commands.prepare(tx, ada.id, reading, now=now)
        begun = await commands.begin(tx, ada.id, made.id, now=now)
        assert begun.state is State.WORKING
        assert await commands.begin(tx, ada.id, made.id, now=now) == begun
    assert await store.find_import(tx, ada.id, first.id) is None  # was only looked at
    assert await store.count_rows(tx, made.id) == Counts(waiting=2)
    with pytest.raises(Unprocessable):
        await commands.prepare(tx, ada.id, reading, now=now)
    await commands.stop(tx, ada.id, made.id, now=now)
    await commands.prepare(tx, ada.id, reading, now=now)
    assert await store.find_import(tx, ada.id, made.id) is None
    bad = read_import("no server\n", kind=Kind.SERVERS, ours=(), username="bo")
    empty = await commands.prepare(tx, bo.id, bad, now=now)
    with pytest.raises(Unprocessable):
        await commands.begin(tx, bo.id, empty.id, now=now)


async def furnish(
    ada: Member, cleo: Member, fay: Member, *, blocked: Member, muted: Member, post_id: int
) -> None:
    """Give somebody a bit of everything that the files hold."""
    for other in (fay, cleo):
        await follows(ada, other)
        await accepts(other, ada)

    async def act(tx: Tx, mine: Actor) -> None:
        terms = Terms(notify=True, boosts=False, languages=("nl",))
        await change_terms(tx, mine, await get_actor(tx, cleo.actor_id), terms)
        us = await lists.create(tx, mine.id, "=Us, and friends")
        await lists.add(tx, us, [cleo.actor_id])
        await blocking.block(tx, mine, await get_actor(tx, blocked.actor_id))
        await blocking.mute(tx, mine, await get_actor(tx, muted.actor_id))
        await domain_blocking.keep_away(tx, mine, Domain("bad.example"), ours=frozenset())
        await save(tx, mine, post_id)  # pyright: ignore[reportArgumentType]

    await ada.does(act)


async def _block(tx: Tx, who: ActorId, whom: ActorId) -> None:
    await blocking.block(tx, await get_actor(tx, who), await get_actor(tx, whom))


async def upload(page: Browser, file: bytes, name: str, kind: str = "") -> SeenPage:
    token = (await page.open(HERE)).form(HERE).fields["csrf"]
    form = FormData({"csrf": token, "kind": kind})
    form.add_field("file", BytesIO(file), filename=name, content_type="text/csv")
    return await page.post(HERE, form)  # pyright: ignore[reportArgumentType]


async def download(page: Browser, path: str) -> bytes:
    async with page.http.get(path) as answer:
        assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
        return await answer.read()


async def finish(node: RunningNode, *, rounds: int = 3) -> None:
    """Let the seconds between two turns, and the rests of silent servers, pass at once."""
    for _ in range(rounds):
        await node.drain()
        now = datetime.now(UTC) - timedelta(seconds=1)
        await node.pool.execute("UPDATE import_rows SET due_at = $1", now)
        await node.pool.execute("UPDATE import_turns SET ask_at = $1", now)
        await node.pool.execute("UPDATE jobs SET due_at = $1 WHERE kind = 'transfers.bring'", now)
