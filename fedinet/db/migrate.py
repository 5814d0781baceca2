"""Bring a database to this release's schema: plain SQL files, forward only, in order.

One transaction per file, one migrator at a time (advisory lock), and the
SHA-256 of each file recorded. A file that starts with ``-- no-transaction``
runs outside one, for what PostgreSQL does not do inside. Migrations that this
release does not know are left alone: the previous release runs on the new
schema during a rolling upgrade.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import asyncpg

from fedinet.db.query import Conn, query
from fedinet.kernel.errors import FedinetError, Overloaded

_LOCK: Final = 0x66656469  # "fedi"

_CREATE: Final = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name       text        PRIMARY KEY,
        sha256     text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""

_APPLIED = query(
    "db.list_migrations",
    """
    SELECT name, sha256
      FROM schema_migrations
     ORDER BY name
     LIMIT 10000
""",
)

_RECORD = query(
    "db.insert_migration",
    """
    INSERT INTO schema_migrations (name, sha256)
    VALUES ($1, $2)
""",
)


class BadMigration(FedinetError):
    """The files and the database disagree about the past."""


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return sha256(self.sql.encode()).hexdigest()

    @property
    def wants_no_transaction(self) -> bool:
        return self.sql.startswith("-- no-transaction")


def schemas_folder() -> Path:
    """Where the contracts are: in the source tree, or beside the code in an installed wheel."""
    package = Path(__file__).parents[1]
    source = package.parent / "schemas"
    return source if (source / "sql").is_dir() else package / "_schemas"


async def migrate(url: str, folder: Path | None = None) -> tuple[str, ...]:
    """Apply what is missing; returns the names applied now, in order.

    Raises:
        BadMigration: an applied file has changed since.
        Overloaded: the database does not answer.
    """
    migrations = _read(folder or schemas_folder() / "sql")
    try:
        conn = await asyncpg.connect(url, timeout=10, server_settings={"lock_timeout": "60s"})
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Overloaded(f"the database does not answer: {error}") from error
    try:
        await conn.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await conn.execute(_CREATE)
        missing = _missing(migrations, await _applied(conn))
        for migration in missing:
            await _apply(conn, migration)
        return tuple(migration.name for migration in missing)
    finally:
        await conn.close()


async def pending(conn: Conn, folder: Path | None = None) -> tuple[str, ...]:
    """Name what ``migrate`` would apply. An empty database lacks everything."""
    migrations = _read(folder or schemas_folder() / "sql")
    known = await conn.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
    applied: Mapping[str, str] = await _applied(conn) if known else {}
    return tuple(migration.name for migration in _missing(migrations, applied))


def _read(folder: Path) -> list[Migration]:
    migrations = [Migration(path.stem, path.read_text()) for path in sorted(folder.glob("*.sql"))]
    if not migrations:
        raise BadMigration(f"no migrations in {folder}", public=f"There is no schema in {folder}.")
    return migrations


async def _applied(conn: Conn) -> Mapping[str, str]:
    return {row["name"]: row["sha256"] for row in await conn.fetch(_APPLIED)}


def _missing(migrations: list[Migration], applied: Mapping[str, str]) -> list[Migration]:
    for migration in migrations:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            text = (
                f"The migration {migration.name} has changed since it was applied here: this data "
                "was made by another version. Run that one, or start in another data folder."
            )
            raise BadMigration(text, public=text)
    return [migration for migration in migrations if migration.name not in applied]


async def _apply(conn: Conn, migration: Migration) -> None:
    if migration.wants_no_transaction:
        await conn.execute(migration.sql)
        await conn.execute(_RECORD, migration.name, migration.sha256)
        return
    async with conn.transaction():
        await conn.execute(migration.sql)
        await conn.execute(_RECORD, migration.name, migration.sha256)
