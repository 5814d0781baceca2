"""Backups without thinking: made by the clock, read back, told about, and shown."""

import asyncio
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fedinet.backups import store
from fedinet.backups.model import RunKind, file_name, is_backup_due
from fedinet.backups.passphrase import ensure_passphrase
from fedinet.backups.places import open_place
from fedinet.backups.upkeep import look_once, start_child
from fedinet.backups.work import Worker
from fedinet.cli.folder import configuration
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.desk.store import list_open
from fedinet.health.findings import is_backup_late
from fedinet.health.store import find_times
from fedinet.http.context import NODE
from fedinet.kernel.errors import NotFound
from fedinet.node.store import pause
from fedinet.settings import Settings
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

DAY = timedelta(days=1)
OLD_RUNS = """
    INSERT INTO backup_runs (kind, started_at, ended_at, outcome, members, posts, media_files)
    SELECT kind, $1, $1, 'done', 12, 34, 56 FROM unnest('{make,verify}'::text[]) AS kind
"""
"""A backup, and that it was read back."""


async def test_a_node_backs_itself_up_and_reads_it_back(start_node: StartNode) -> None:
    node = await start_node()
    settings, pool = node.services.settings, node.pool
    await given_account(node, "ada", role="owner")
    now = datetime.now(UTC)
    assert not await look_once(pool, settings, now), "before the first night"
    assert await look_once(pool, settings, now + DAY)
    assert not await desk(pool)
    await work_off(settings)
    [made] = await runs(node, RunKind.MAKE)
    assert (made.failed, made.why) == (False, "")
    assert made.file.startswith(settings.account_domain.replace(":", "_"))
    path = settings.data / "backups" / made.file
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, made.size)
    assert path.read_bytes().startswith(b"fedinet sealed")
    assert [one.name for one in path.parent.iterdir()] == [made.file]
    assert not await look_once(pool, settings, now), "once a night"

    await want(pool, RunKind.VERIFY)
    await work_off(settings)
    [drill] = await runs(node, RunKind.VERIFY)
    assert (drill.why, drill.file, drill.members) == ("", made.file, 1)
    assert not [
        one for one in settings.data.iterdir() if one.name.startswith((".drill", ".backup"))
    ]

    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    await want(pool, RunKind.VERIFY)
    await work_off(settings)
    [failed, _] = await runs(node, RunKind.VERIFY)
    assert (failed.failed, failed.file) == (True, made.file)
    assert "damaged" in failed.why
    assert (await find_times(pool)).made_at == (await store.read_standing(pool)).made_at
    await look_once(pool, settings, now)
    assert await desk(pool) == {"drill_failed"}
    await look_once(pool, settings, now + 3 * DAY)
    assert await desk(pool) == {"drill_failed", "backup_late"}


async def test_a_full_disk_and_a_killed_process_are_told_and_break_nothing(
    start_node: StartNode, tmp_path: Path
) -> None:
    node = await start_node(backup_store=str(tmp_path / "elsewhere"))
    pool, settings = node.pool, node.services.settings
    place = tmp_path / "elsewhere"
    place.mkdir()
    half = f".{file_name(settings.account_domain, datetime.now(UTC) - DAY)}.part"
    (place / half).write_bytes(b"half")
    foreign = f".{file_name('other.example', datetime.now(UTC))}.part"
    theirs = {"notes.txt", ".killed.part", foreign}
    for name in theirs:
        (place / name).write_text("of somebody else")
    left, fresh = settings.data / ".backup-left", settings.data / ".backup-fresh"
    for folder, age in ((left, 2), (fresh, 0)):
        (folder / "node").mkdir(parents=True)
        at = time.time() - age * 86400
        os.utime(folder, times=(at, at))

    old = file_name(settings.account_domain, datetime.now(UTC) - 90 * DAY)
    (place / old).write_bytes(b"an old one")
    await want(pool, RunKind.MAKE)
    async with transaction(pool) as tx:
        await store.begin_next(tx)
    full = replace(settings, min_free_bytes=1 << 60)
    await want(pool, RunKind.VERIFY)
    await work_off(full)
    [broken] = await runs(node, RunKind.MAKE)
    assert broken.failed and "interrupted" in broken.why
    await want(pool, RunKind.MAKE)
    await work_off(full)
    [no_room, _] = await runs(node, RunKind.MAKE)
    assert no_room.failed and "not enough room" in no_room.why
    assert {one.name for one in place.iterdir()} == {*theirs, old}
    assert (left.exists(), fresh.exists()) == (False, True)
    await look_once(pool, settings, datetime.now(UTC))
    assert "backup_failed" in await desk(pool)
    await want(pool, RunKind.MAKE)
    await work_off(settings)
    [made, *_] = await runs(node, RunKind.MAKE)
    assert {one.name for one in place.iterdir()} == {*theirs, made.file}, made.why
    await look_once(pool, settings, datetime.now(UTC))
    assert "backup_failed" not in await desk(pool)
    await want(pool, RunKind.MAKE)
    await work_off(full)
    await look_once(pool, settings, datetime.now(UTC))
    assert "backup_failed" in await desk(pool), "told again, on the same day"
    (place / made.file).unlink()
    with pytest.raises(NotFound), open_place(settings).open(made.file):
        raise AssertionError


async def test_the_worker_has_it_done_by_a_process_of_low_priority(start_node: StartNode) -> None:
    node = await start_node()
    await want(node.pool, RunKind.MAKE)
    child = await start_child(node.services.settings)
    assert await child.wait() == 0
    [made] = await runs(node, RunKind.MAKE)
    assert (made.why, made.failed) == ("", False)


async def test_the_page_makes_one_and_shows_the_passphrase_once(start_node: StartNode) -> None:
    node = await start_node()
    for name, role in (("ada", "owner"), ("mo", "moderator"), ("bo", "member")):
        await given_account(node, name, role=role)  # pyright: ignore[reportArgumentType]
    passphrase = ensure_passphrase(node.services.settings.data)
    page = "/admin/backups"
    async with browser(node) as ada, browser(node) as mo, browser(node) as bo:
        await bo.sign_in("bo")
        assert (await bo.open(page)).status == 403
        await mo.sign_in("mo")
        seen = await mo.open(page)
        assert "Make one now" not in seen.text and "Keep a copy of the passphrase" in seen.text
        token = (await mo.open("/write")).form("/write").fields
        for path in (page, f"{page}/passphrase"):
            assert (await mo.post(path, {**token, "do": "make"})).status == 403
        assert (await mo.open(f"{page}/passphrase")).status == 403
        await ada.sign_in("ada")
        await node.pool.execute(OLD_RUNS, datetime.now(UTC) - 3 * DAY)
        await look_once(node.pool, node.services.settings, datetime.now(UTC))
        assert "There has been no backup since" in (await mo.open("/admin")).text
        seen = await ada.open(page)
        assert "no backup for two days" in seen.text
        assert "12 members, 34 posts and 56 files, all there" in seen.text
        await node.pool.execute("DELETE FROM backup_runs")
        assert (await ada.fill(page, page, {"do": "dance"})).status == 422
        seen = await ada.fill(page, page, {"do": "make"})
        assert "starts soon" in seen.text
        seen = await ada.open(f"{page}/passphrase")
        assert passphrase in seen.text and "no-store" in seen.headers["Cache-Control"]
        seen = await ada.fill(f"{page}/passphrase", f"{page}/passphrase", {})
        assert "Keep a copy of the passphrase" not in seen.text
        seen = await ada.open(f"{page}/passphrase")
        assert passphrase not in seen.text and "@ada keeps a copy" in seen.text
        async with transaction(node.pool) as tx:
            await pause(tx)
        node.app[NODE].forget()
        assert "restored from a backup" in (await mo.open("/")).text
        assert (await mo.post(page, {**token, "do": "resume"})).status == 403
        seen = await ada.fill(page, page, {"do": "resume"})
        assert "restored from a backup" not in seen.text
        await node.pool.execute("UPDATE sessions SET verified_at = now() - interval '1 day'")
        assert "/settings/again" in (await ada.open(f"{page}/passphrase")).path


async def want(pool: Pool, kind: RunKind) -> None:
    async with transaction(pool) as tx:
        assert await store.want(tx, kind)


async def work_off(settings: Settings) -> None:
    await asyncio.to_thread(Worker(settings, configuration=configuration(settings)).work_off)


async def runs(node: RunningNode, kind: RunKind) -> list[store.Run]:
    async with node.pool.acquire() as conn:
        return [run for run in await store.list_runs(conn) if run.kind is kind]


async def desk(pool: Pool) -> set[str]:
    async with pool.acquire() as conn:
        return {one.kind.value for one in await list_open(conn)}


async def test_a_backup_from_the_future_does_not_end_backups_or_warnings(tx: Tx) -> None:
    """Made while the clock was a year ahead; it is right again."""
    await tx.execute(
        "INSERT INTO backup_runs (kind, started_at, ended_at, outcome)"
        " SELECT 'make', at, at, 'done' FROM unnest($1::timestamptz[]) AS at",
        [datetime.now(UTC) + 365 * DAY, datetime.now(UTC) - 3 * DAY],
    )
    now = datetime.now(UTC)
    standing = replace(await store.read_standing(tx), set_up_at=now - 9 * DAY)
    assert is_backup_late(standing.last_at, now) and is_backup_due(standing, now, hour=3, minute=0)
