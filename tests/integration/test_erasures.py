"""What is erased stays erased: backup, erase, restore."""

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from aiohttp import FormData

from fedinet.accounts.links_store import Purpose, insert_link_unless_one_works
from fedinet.accounts.resets import replace_password
from fedinet.accounts.store import get_account, renew_hash, update_email
from fedinet.backups import store
from fedinet.backups.journal import files_of
from fedinet.backups.model import RunKind
from fedinet.backups.passphrase import read_passphrase
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool, Tx
from fedinet.invitations.listed.commands import Inviting, invite_listed
from fedinet.invitations.listed.model import Guest
from fedinet.invitations.store import insert_invitation
from fedinet.joining.commands import erase as erase_requests
from fedinet.joining.model import Asking, Standing
from fedinet.joining.store import insert_request, new_request_id
from fedinet.kernel.ids import AccountId
from fedinet.leaving.commands import ask_to_leave, close_account, stay
from fedinet.mail.model import Topic
from fedinet.mail.stopping import address_tag, stop_writing, write_again
from fedinet.node.secrets import SecretBox
from fedinet.security.pending_store import insert_pending
from tests import made_files as made
from tests.conftest import with_database
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_backups import work_off

MARK = "quokka"
LEAVE = (
    "SELECT username, due_at FROM departures d JOIN actors r ON r.id = d.actor_id ORDER BY username"
)
STOPS = "SELECT address_tag, topic, reason FROM mail_stops"
SIGNS_IN = (
    "UPDATE accounts SET email = 'cleo@same.example', email_confirmed_at = now()"
    " WHERE actor_id = (SELECT id FROM actors WHERE username = 'cleo')",
    "INSERT INTO passkeys (account_id, credential_id, public_key, sign_count, name, created_at)"
    " SELECT id, c::bytea, c::bytea, 0, c, now() FROM accounts, unnest('{kept,stolen}'::text[]) c"
    " WHERE email = 'cleo@same.example'",
    "INSERT INTO recovery_codes SELECT id, unnest('{used,unused}'::text[]) FROM accounts"
    " WHERE email = 'olga@old.example'",
    "INSERT INTO departures SELECT actor_id, now() - interval '9 days', now() - interval '2 days'"
    " FROM accounts a JOIN actors r ON r.id = a.actor_id WHERE username IN ('cleo', 'hal')",
    "INSERT INTO totp (account_id, secret, created_at, confirmed_at)"
    " SELECT id, 'x', now(), now() FROM accounts WHERE email = 'cleo@same.example'",
)
"""Cleo and Olga sign in by more than a password, before the backup is made."""


async def test_nothing_that_was_erased_comes_back(
    start_node: StartNode, server_url: str, tmp_path: Path
) -> None:
    node = await start_node()
    await given_account(node, "olga", role="owner", email="olga@old.example")
    ada, cleo, *_ = [await given_app(node, name) for name in ("ada", "cleo", "gus", "hal")]
    await ada.publish(f"A {MARK} of Ada", media_ids=[await picture(ada)])
    deleted = await cleo.publish(f"A {MARK} of Cleo")
    kept = await cleo.publish("Bread for all", media_ids=[await picture(cleo), await picture(cleo)])
    gone, stays = (one["url"].rpartition("/")[2] for one in kept["media_attachments"])
    await node.drain()
    settings = node.services.settings
    request_id = await given_ways_in(node, cleo.account_id)
    await given_sign_ins(node.pool)
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
        await change_sign_ins(tx, cleo.account_id)
        await take_back(tx, request_id, node.services.box)
    await renew_hashes(node.pool, olga, cleo.account_id)
    await node.drain()
    [journal] = files_of(settings.data / "journal")
    written = journal.read_text()
    # a name alone may stand in a digest: ada is hexadecimal
    assert not any(word in written for word in ("quokka", "old.example", "/ada", "cleo"))
    assert await node.pool.fetchval("SELECT count(*) FROM erasures") == 0

    said = await restored(server_url, backup, tmp_path / "new", read_passphrase(settings.data))
    async with Database(server_url, said["database"]) as conn:
        assert said["erased"] == {
            "accounts": 1, "posts": 1, "files": 1, "addresses": 1, "tokens": 3,
            "requests": 1, "stops": 1, "passkeys": 1, "codes": 1,
        }  # fmt: skip
        await look_at_sign_ins(conn, said["choosing"])
        assert not [text for text in await everything(conn) if MARK in text]
        assert await conn.fetchval("SELECT count(*) FROM posts") == 1
        shown = json.loads(await conn.fetchval("SELECT attachments FROM posts"))
        assert [one["key"] for one in shown] == [stays] and gone != stays
        assert await conn.fetchval("SELECT count(*) FROM accounts") == 4
        assert await conn.fetchval("SELECT max(email) FROM accounts") == "cleo@same.example"
        assert await conn.fetchval("SELECT count(*) FROM node WHERE paused_at IS NOT NULL") == 1
        assert await conn.fetchval("SELECT count(*) FROM backup_runs WHERE ended_at IS NULL") == 0
        assert await conn.fetchval("SELECT count(*) FROM join_requests") == 0
        assert [tuple(one) for one in await conn.fetch(STOPS)] == [
            (address_tag(node.services.box, "dora@new.example"), "digest", "asked")
        ]
        assert await ways_in(conn) == 0
    names = {path.name for path in (tmp_path / "new" / "media").rglob("*") if path.is_file()}
    assert len(names) == 2, "the picture that stays, and its small twin"
    assert files_of(tmp_path / "new" / "journal"), "the next restore needs it too"

    alone = await restored(
        server_url, tmp_path / "other.fedinet", tmp_path / "two", read_passphrase(settings.data)
    )
    assert (alone["erased"], alone["journal"]) == ({}, [])
    async with Database(server_url, alone["database"]) as conn:
        assert await ways_in(conn) == 0, "the journal has nothing to do with it"


async def given_sign_ins(pool: Pool) -> None:
    for sql in SIGNS_IN:
        await pool.execute(sql)
    for row in await pool.fetch("SELECT id, password_hash FROM accounts WHERE email IS NOT NULL"):
        await renew_hash(pool, row["id"], row["password_hash"], "of that day")


async def change_sign_ins(tx: Tx, cleo: AccountId) -> None:
    """What Cleo does after the backup, and one code of Olga's is used."""
    await tx.execute("UPDATE access_tokens SET revoked_at = now()")
    await replace_password(tx, cleo, "another", now=datetime.now(UTC))
    await tx.execute("DELETE FROM passkeys WHERE name = 'stolen'")
    await tx.execute("DELETE FROM recovery_codes WHERE tag = 'used'")
    await stay(tx, (await get_account(tx, cleo)).actor_id)
    await ask_to_leave(tx, await get_account(tx, await gus(tx)), now=datetime.now(UTC))


async def renew_hashes(pool: Pool, olga: AccountId, cleo: AccountId) -> None:
    """As at a sign-in; Cleo's began before she had another password."""
    for account_id in (olga, cleo):
        await renew_hash(pool, account_id, "of that day", "made anew")
    hashes = await pool.fetch(
        "SELECT password_hash FROM accounts WHERE id = ANY ($1::bigint[]) ORDER BY 1", [olga, cleo]
    )
    assert [row["password_hash"] for row in hashes] == ["another", "made anew"]


async def gus(conn: Conn) -> AccountId:
    sql = "SELECT a.id FROM accounts a JOIN actors r ON r.id = a.actor_id WHERE username = 'gus'"
    return AccountId(await conn.fetchval(sql))


async def look_at_sign_ins(conn: "asyncpg.Connection[asyncpg.Record]", choosing: list[str]) -> None:
    """Of Cleo nothing opens but the passkey that she kept; of Olga it does."""
    assert choosing == ["cleo"]
    [told] = await conn.fetch("SELECT kind FROM mails WHERE ended_at IS NULL")
    assert told["kind"] == "password_ended"
    same = "SELECT count(*) FROM accounts WHERE password_hash = 'of that day'"
    assert await conn.fetchval(same) == 1
    left = await conn.fetch("SELECT name FROM passkeys UNION SELECT tag FROM recovery_codes")
    assert {one[0] for one in left} == {"kept", "unused"}
    assert await conn.fetchval("SELECT count(*) FROM totp") == 0
    leave = await conn.fetch(LEAVE)
    assert [row["username"] for row in leave] == ["gus", "hal"], "as each of them said last"
    assert all(row["due_at"] > datetime.now(UTC) + timedelta(days=6) for row in leave)


async def given_ways_in(node: RunningNode, host: AccountId) -> int:
    """Links of all kinds that are open, a request to join, and one stop; the request's number."""
    now, box = datetime.now(UTC), node.services.box
    later, asking = (
        now + timedelta(hours=1),
        Asking(name="Gus", email="gus@new.example", language="en", answers=()),
    )
    async with transaction(node.pool) as tx:
        await stop_writing(tx, box, "fay@new.example")
        await insert_invitation(tx, "a link", host, note="", max_uses=5, expires_at=later)
        await invite_listed(
            tx,
            [Guest(line=1, name=name, address=f"{name}@new.example") for name in ("hal", "ina")],
            Inviting(by=host, role="owner", now=now),
            box=box,
        )
        await tx.execute("UPDATE invited_people SET in_line_at = now() WHERE name = 'ina'")
        await insert_link_unless_one_works(
            tx, host, Purpose.RESET_PASSWORD, now=now, expires_at=later
        )
        await tx.execute(
            "INSERT INTO mailed_sign_ins VALUES ('a', 'b', $1, 'c', 'd', '/', $2)", host, later
        )
        await insert_pending(tx, host, stay=False, there="/", now=now)
        request_id = await new_request_id(tx)
        assert await insert_request(
            tx, request_id, asking, key="a key", key_sealed=b"x", standing=Standing.WAITING,
            voucher=None, now=now,
        )  # fmt: skip
        assert await ways_in(tx) >= 5
    return request_id


async def take_back(tx: Conn, request_id: int, box: SecretBox) -> None:
    """What people say after the backup: no request, no mail, and mail again."""
    assert await erase_requests(tx, [request_id]) == 1
    for address in ("dora@new.example", "emil@new.example"):
        await stop_writing(tx, box, address, Topic.DIGEST)
    await write_again(tx, box, "emil@new.example", Topic.DIGEST)
    await write_again(tx, box, "fay@new.example")


async def ways_in(conn: Conn | Pool) -> int:
    return await conn.fetchval("""
        SELECT (SELECT count(*) FROM invitations WHERE revoked_at IS NULL)
             + (SELECT count(*) FROM invited_people WHERE withdrawn_at IS NULL)
             + (SELECT count(*) FROM account_links) + (SELECT count(*) FROM mailed_sign_ins)
             + (SELECT count(*) FROM pending_sign_ins)
    """)


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
