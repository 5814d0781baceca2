"""``fedinet admin lockdown start --rotate secret``: another key, and nothing is lost by it."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from fedinet.accounts.resets import ask_for_reset
from fedinet.backups.journal import Erased, Erasure, Journal
from fedinet.db.pool import open_pool, transaction
from fedinet.db.query import Pool
from fedinet.kernel.ids import AccountId
from fedinet.lockdown.new_secret import SEALED
from fedinet.mail.model import Topic
from fedinet.mail.stopping import may_write, stop_writing
from fedinet.node.push_keys import PushKeys
from fedinet.node.secrets import SecretBox, WrongSecretKey, open_box
from fedinet.security.store import replace_recovery_codes, use_recovery_code
from tests.integration.shell import Shell
from tests.integration.test_commands import folder, given_account

__all__ = ["folder"]
GONE = ("push_subscriptions", "token_sealed")
"""Its token ended, and took it along."""
WAY = ("admin", "lockdown", "start", "--rotate", "secret")
NOW = datetime.now(UTC)
ERASED = Erasure(NOW, Erased.POST, "17")


def test_another_secret_key_loses_nothing_and_the_old_one_opens_nothing(folder: Shell) -> None:
    given_account(folder, "olga", role="owner")
    server = ("admin", "mail", "server", "--host", "127.0.0.1", "--port", "1", "--security", "none")
    folder.facts(*server, "--user", "birds", stdin="a password\n")
    before = open_box(folder.data)
    Journal(folder.data / "journal", before).append([ERASED])
    asyncio.run(given_secrets(folder.database_url, before))
    old = asyncio.run(sealed(folder.database_url))
    assert all(old.values()), "a column without a row proves nothing: give it one here"

    refused = asyncio.run(beside_a_worker(folder))
    assert "while the node is stopped" in refused and "Nothing was done" in refused
    assert asyncio.run(sealed(folder.database_url)) == old
    assert folder.facts(*WAY)["rotated"] == ["secret"]

    new, box = asyncio.run(sealed(folder.database_url)), open_box(folder.data, create=False)
    for name, rows in old.items():
        assert len(new[name]) == len(rows) and not new[name] & rows, name
    asyncio.run(look(folder.database_url, before, box))
    assert Journal(folder.data / "journal", box).read() == ([ERASED], 0)
    assert "keys" not in problems(folder.run("check").output)
    assert folder.run(*WAY).exit_code == 0, "and another one after that"


def problems(text: str) -> str:
    return "".join(
        line for line in text.splitlines() if "secret.key" in line and "opens" not in line
    )


async def beside_a_worker(folder: Shell) -> str:
    settings = {"application_name": "fedinet worker"}
    conn = await asyncpg.connect(folder.database_url, server_settings=settings)
    try:
        done = await asyncio.to_thread(folder.run, *WAY)
    finally:
        await conn.close()
    assert done.exit_code == 1
    return done.output


async def sealed(url: str) -> dict[str, set[bytes]]:
    """What stands in each sealed column, whatever it is called."""
    async with open_pool(url, size=1) as pool:
        columns = await pool.fetch(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND data_type = 'bytea'"
            " AND (column_name LIKE '%sealed' OR (table_name, column_name) = ('totp', 'secret'))"
        )
        found: dict[str, set[bytes]] = {}
        for table, column in {(row[0], row[1]) for row in columns} - {GONE}:
            sql = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
            found[f"{table}.{column}"] = {row[0] for row in await pool.fetch(sql)}
    assert len(found) == len(SEALED)
    return found


async def given_secrets(url: str, box: SecretBox) -> None:
    """A row for each table that holds something sealed; a stop, a recovery code, a wish."""
    async with open_pool(url, size=2) as pool, transaction(pool) as tx:
        olga = AccountId(await tx.fetchval("SELECT id FROM accounts"))
        await PushKeys(pool, box).get()
        await tx.execute(
            "INSERT INTO totp (account_id, secret, created_at) VALUES ($1, $2, now())",
            olga, box.seal(b"totp", row=f"totp:{olga}"),
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO mails (id, account_id, recipient, kind, language, facts, link_sealed,"
            " expires_at) VALUES (7, $1, 'a@b.example', 'x', 'en', '{}', $2, $3)",
            olga, box.seal(b"/link", row="mails 7"), NOW + timedelta(hours=1),
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO inbound_held (id, received_at, domain, lane, signer_uri, actor_uri,"
            " activity_type, object_type, reason, body_sealed)"
            " VALUES (8, now(), 'b.example', 1, 'x', 'x', 'Create', 'Note', 'x', $1)",
            box.seal(b"{}", row="inbound_held:8"),
        )
        mailed = b"m" * 32
        await tx.execute(
            "INSERT INTO invited_people (created_by, name, email, role, language, greeting,"
            " secret_sealed, mailed_hash, copied_hash, created_at, expires_at)"
            " VALUES ($1, 'Hal', 'hal@b.example', 'member', 'en', '', $2, $3, 'c', now(), $4)",
            olga, box.seal(b"hal", row=f"invited_people {mailed.hex()}"), mailed,
            NOW + timedelta(days=9),
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO join_requests (id, key_hash, key_sealed, name, email, language, answers,"
            " standing, is_vouched, asked_at, invitation_hash, invitation_sealed, invited_until)"
            " VALUES (9, 'k', $1, 'Gus', 'g@b.example', 'en', '[]', 'invited', false, now(), 'i',"
            " $2, $3)",
            box.seal(b"key", row="join_requests 9"), box.seal(b"in", row="join_requests 9"),
            NOW + timedelta(days=9),
        )  # fmt: skip
        await replace_recovery_codes(tx, olga, ["abcd-efgh-jkmn"], box=box)
        await stop_writing(tx, box, "fay@b.example")
        await ask_for_reset(tx, "olga", box=box)


async def look(url: str, before: SecretBox, box: SecretBox) -> None:
    async with open_pool(url, size=1) as pool:
        for column, row_of in SEALED:
            for key, text in await pool.fetch(column.read):
                assert box.open(text, row=row_of(key))
                with pytest.raises(WrongSecretKey):
                    before.open(text, row=row_of(key))
        assert not await may_write(pool, box, "fay@b.example", Topic.INVITATIONS)
        assert await pool.fetchval("SELECT count(*) FROM jobs WHERE payload ? 'sealed'") == 0
        await takes_a_code(pool, box)


async def takes_a_code(pool: Pool, box: SecretBox) -> None:
    olga = AccountId(await pool.fetchval("SELECT id FROM accounts"))
    async with transaction(pool) as tx:
        assert await use_recovery_code(tx, olga, "abcd-efgh-jkmn", box=box)
