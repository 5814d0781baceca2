"""The rows of ``mail_server`` and ``mail_proof``. SQL of both lives here only."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, Pool, Tx, query
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
           tries = 0
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
           CASE WHEN expires_at > $1 THEN way END AS asked_way"""
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
class Proof:
    """``proven_at``: when a code came back that was sent this way. ``is_asked``: one is out."""

    proven_at: datetime | None
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was proven, and which way a code is out, whatever the way is now."""

    proven_way: str | None = None
    proven_at: datetime | None = None
    asked_way: str | None = None

    def of(self, way: str) -> Proof:
        proven_at = self.proven_at if self.proven_way == way else None
        return Proof(proven_at, is_asked=self.asked_way == way)


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
    proofs = Proofs(row["proven_way"], row["proven_at"], row["asked_way"])
    return None if row["host"] is None else KeptServer(**server), proofs


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


async def try_proof(tx: Tx, way: str, *, now: datetime, most: int) -> str | None:
    """Count a guess and return the tag of the code; None: no code of this way can be entered."""
    return await tx.fetchval(_TRY, way, now, most)


async def prove(tx: Tx, way: str, *, now: datetime) -> None:
    await tx.execute(_PROVE, way, now)


async def read_proof(conn: Conn | Pool, way: str, *, now: datetime) -> Proof:
    row = await conn.fetchrow(_READ_PROOF, now)
    return (Proofs() if row is None else Proofs(**dict(row))).of(way)
