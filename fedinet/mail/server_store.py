"""The rows of ``mail_server`` and ``mail_proof``. SQL of both lives here only."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

import asyncpg

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.mail.model import Trouble
from fedinet.node.resealing import sealed_column

_SERVER: Final = "host, port, security, username, password_sealed, mail_from"
_READ = query("mail.read_server", f"SELECT {_SERVER} FROM mail_server")

_WRITE = query(
    "mail.write_server",
    """
    INSERT INTO mail_server (host, port, security, username, password_sealed, mail_from)
    VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (is_one) DO UPDATE
       SET host = excluded.host, port = excluded.port, security = excluded.security,
           username = excluded.username, password_sealed = excluded.password_sealed,
           mail_from = excluded.mail_from, changed_at = now()
""",
)

_DELETE = query("mail.delete_server", "DELETE FROM mail_server RETURNING true")

_ASK = query(
    "mail.ask_proof",
    """
    INSERT INTO mail_proof (way, code_tag, expires_at)
    VALUES ($1, $2, $3)
        ON CONFLICT (is_one) DO UPDATE
       SET way = excluded.way, code_tag = excluded.code_tag, expires_at = excluded.expires_at,
           tries = 0, refused_way = NULL, refused_at = NULL, refused_trouble = NULL,
           refused_said = NULL
""",
)

_NOTE_REFUSAL = query(
    "mail.note_refusal",
    """
    INSERT INTO mail_proof (refused_way, refused_at, refused_trouble, refused_said)
    VALUES ($1, $2, $3, $4)
        ON CONFLICT (is_one) DO UPDATE
       SET refused_way = excluded.refused_way, refused_at = excluded.refused_at,
           refused_trouble = excluded.refused_trouble, refused_said = excluded.refused_said
""",
)

_TRY = query(
    "mail.try_proof",
    """
    UPDATE mail_proof
       SET tries = tries + 1
     WHERE way = $1 AND expires_at > $2 AND tries < $3
 RETURNING code_tag
""",
)

_PROVE = query(
    "mail.prove",
    """
    UPDATE mail_proof
       SET proven_way = way, proven_at = $2, way = NULL, code_tag = NULL, expires_at = NULL
     WHERE way = $1
""",
)

_PROVEN: Final = """proven_way, proven_at,
           CASE WHEN expires_at > $1 THEN way END AS asked_way,
           refused_way, refused_at, refused_trouble, refused_said"""
_READ_PROOF = query("mail.read_proof", f"SELECT {_PROVEN} FROM mail_proof")

_READ_BOTH = query(
    "mail.read_server_and_proof",
    f"""
    SELECT {_SERVER}, {_PROVEN}
      FROM mail_server FULL JOIN mail_proof ON true
""",
)

SEALED: Final = sealed_column("mail", "mail_server", "password_sealed", key="is_one", of="boolean")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptServer:
    """A mail server as a steward entered it."""

    host: str
    port: int
    security: str
    username: str | None
    password_sealed: bytes | None = field(repr=False)
    mail_from: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server did not take a code. ``said``: its words, without addresses."""

    at: datetime
    trouble: Trouble
    said: str


@dataclass(frozen=True, slots=True)
class Proof:
    """``proven_at``: when a code came back that was sent this way. ``is_asked``: one is out.
    ``refusal``: of the last one that was to go this way.
    """

    proven_at: datetime | None
    is_asked: bool
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was proven, and which way a code is out, whatever the way is now."""

    proven_way: str | None = None
    proven_at: datetime | None = None
    asked_way: str | None = None
    refused_way: str | None = None
    refusal: Refusal | None = None

    def of(self, way: str) -> Proof:
        return Proof(
            self.proven_at if self.proven_way == way else None,
            is_asked=self.asked_way == way,
            refusal=self.refusal if self.refused_way == way else None,
        )


async def read_server(conn: Conn | Pool) -> KeptServer | None:
    row = await conn.fetchrow(_READ)
    return None if row is None else KeptServer(**dict(row))


async def read_server_and_proofs(
    conn: Conn | Pool, *, now: datetime
) -> tuple[KeptServer | None, Proofs]:
    row = await conn.fetchrow(_READ_BOTH, now)
    if row is None:
        return None, Proofs()
    server = {field.name: row[field.name] for field in fields(KeptServer)}
    return None if row["host"] is None else KeptServer(**server), _proofs(row)


async def write_server(tx: Tx, server: KeptServer) -> None:
    await tx.execute(
        _WRITE, server.host, server.port, server.security, server.username,
        server.password_sealed, server.mail_from,
    )  # fmt: skip


async def delete_server(tx: Tx) -> bool:
    return await tx.fetchval(_DELETE) is not None


async def ask_proof(tx: Tx, way: str, code_tag: str, *, expires_at: datetime) -> None:
    """A new code is out; the one before is void."""
    await tx.execute(_ASK, way, code_tag, expires_at)


async def note_refusal(tx: Tx, way: str, refusal: Refusal) -> None:
    """Remember it, until a code is taken."""
    await tx.execute(_NOTE_REFUSAL, way, refusal.at, refusal.trouble, refusal.said)


async def try_proof(tx: Tx, way: str, *, now: datetime, most: int) -> str | None:
    """Count a guess and return the tag of the code; None: no code of this way can be entered."""
    return await tx.fetchval(_TRY, way, now, most)


async def prove(tx: Tx, way: str, *, now: datetime) -> None:
    await tx.execute(_PROVE, way, now)


async def read_proof(conn: Conn | Pool, way: str, *, now: datetime) -> Proof:
    row = await conn.fetchrow(_READ_PROOF, now)
    return (Proofs() if row is None else _proofs(row)).of(way)


def _proofs(row: asyncpg.Record) -> Proofs:
    refusal = None
    if row["refused_at"] is not None:
        trouble = Trouble(row["refused_trouble"])
        refusal = Refusal(row["refused_at"], trouble, row["refused_said"])
    return Proofs(
        proven_way=row["proven_way"],
        proven_at=row["proven_at"],
        asked_way=row["asked_way"],
        refused_way=row["refused_way"],
        refusal=refusal,
    )
