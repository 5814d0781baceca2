"""What is erased stays erased: backup, erase, restore."""

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import asyncpg
from aiohttp import FormData

from fedinet.accounts.store import get_account, update_email
from fedinet.backups import store
from fedinet.backups.journal import files_of
from fedinet.backups.model import RunKind
from fedinet.backups.passphrase import read_passphrase
from fedinet.db.pool import transaction
from fedinet.leaving.commands import close_account
from tests import made_files as made
from tests.conftest import with_database
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_backups import work_off

MARK = "quokka"


async def test_nothing_that_was_erased_comes_back(
    start_node: StartNode, server_url: str, tmp_path: Path
) -> None:
    node = await start_node()
    await given_account(node, "olga", role="owner", email="olga@old.example")
    ada, cleo = await given_app(node, "ada"), await given_app(node, "cleo")
    await ada.publish(f"A {MARK} of Ada", media_ids=[await picture(ada)])
    deleted = await cleo.publish(f"A {MARK} of Cleo")
    kept = await cleo.publish("Bread for all", media_ids=[await picture(cleo), await picture(cleo)])
    gone, stays = (one["url"].rpartition("/")[2] for one in kept["media_attachments"])
    await node.drain()
    settings = node.services.settings
    await backed_up(node)
    [backup] = (settings.data / "backups").glob("*.fedinet")
    shutil.copy(backup, tmp_path / "other.fedinet")

    await cleo.call("DELETE", f"/api/v1/statuses/{deleted['id']}")
    await cleo.call(
        "PUT",
        f"/api/v1/statuses/{kept['id']}",
        json={"status": "Bread for all", "media_ids": [kept["media_attachments"][1]["id"]]},
    )
    async with transaction(node.pool) as tx:
        await close_account(tx, await get_account(tx, ada.account_id))
        olga = await tx.fetchval("SELECT id FROM accounts WHERE email = 'olga@old.example'")
        await update_email(tx, olga, "olga@new.example", now=await tx.fetchval("SELECT now()"))
        await tx.execute("UPDATE access_tokens SET revoked_at = now()")
    await node.drain()
    [journal] = files_of(settings.data / "journal")
    written = journal.read_text()
    # a name alone may stand in a digest: ada is hexadecimal
    assert not any(word in written for word in ("quokka", "old.example", "/ada", "cleo"))
    assert await node.pool.fetchval("SELECT count(*) FROM erasures") == 0

    said = await restored(server_url, backup, tmp_path / "new", read_passphrase(settings.data))
    async with Database(server_url, said["database"]) as conn:
        assert said["erased"] == {
            "accounts": 1, "posts": 1, "files": 1, "addresses": 1, "tokens": 1,
        }  # fmt: skip
        assert not [text for text in await everything(conn) if MARK in text]
        assert await conn.fetchval("SELECT count(*) FROM posts") == 1
        shown = json.loads(await conn.fetchval("SELECT attachments FROM posts"))
        assert [one["key"] for one in shown] == [stays] and gone != stays
        assert await conn.fetchval("SELECT count(*) FROM accounts") == 2
        assert await conn.fetchval("SELECT count(email) FROM accounts") == 0
        assert await conn.fetchval("SELECT count(*) FROM node WHERE paused_at IS NOT NULL") == 1
        assert await conn.fetchval("SELECT count(*) FROM backup_runs WHERE ended_at IS NULL") == 0
    names = {path.name for path in (tmp_path / "new" / "media").rglob("*") if path.is_file()}
    assert len(names) == 2, "the picture that stays, and its small twin"
    assert files_of(tmp_path / "new" / "journal"), "the next restore needs it too"

    alone = await restored(
        server_url, tmp_path / "other.fedinet", tmp_path / "two", read_passphrase(settings.data)
    )
    assert (alone["erased"], alone["journal"]) == ({}, [])
    async with Database(server_url, alone["database"]):
        pass


async def picture(app: App) -> str:
    data = FormData({"description": "A loaf"})
    data.add_field("file", io.BytesIO(made.photograph((1000, 600))), filename="a.jpg")
    return (await app.post("/v2/media", data=data))["id"]


async def backed_up(node: RunningNode) -> None:
    async with transaction(node.pool) as tx:
        await store.want(tx, RunKind.MAKE)
    await work_off(node.services.settings)


class Database:
    """A database of the test's server, dropped at the end."""

    def __init__(self, server_url: str, name: str) -> None:
        self.server_url, self.name = server_url, name

    async def __aenter__(self) -> "asyncpg.Connection[asyncpg.Record]":
        self.conn = await asyncpg.connect(with_database(self.server_url, self.name))
        return self.conn

    async def __aexit__(self, *_: object) -> None:
        await self.conn.close()
        admin = await asyncpg.connect(self.server_url)
        await admin.execute(f"DROP DATABASE {self.name} WITH (FORCE)")
        await admin.close()


async def restored(server_url: str, file: Path, data: Path, passphrase: str) -> dict[str, Any]:
    """Restore by the command line into a new database; what it said, and the database."""
    name = f"fedinet_restored_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    await admin.close()
    words = ["restore", str(file), "--data", str(data), "--passphrase-stdin"]
    environ = {**os.environ, "DATABASE_URL": with_database(server_url, name)}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "fedinet", *words, "--json"],
        input=passphrase,
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {**json.loads(done.stdout), "database": name}


async def everything(conn: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """All rows of all tables, as text."""
    tables = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found: list[str] = []
    for (table,) in tables:
        rows = await conn.fetch(f'SELECT t::text FROM "{table}" t')  # noqa: S608  # our own tables
        found += [row[0] for row in rows]
    return found
