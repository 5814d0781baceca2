"""What is looked at in a database that was read back. SQL is here only."""

from dataclasses import dataclass

from fedinet.db.query import Conn, query

_CONTENT = query(
    "backups.read_content",
    """
    SELECT (SELECT origin FROM node) AS origin,
           (SELECT count(*) FROM accounts) AS members,
           (SELECT count(*) FROM posts) AS posts,
           (SELECT length(uri) FROM posts ORDER BY id DESC LIMIT 1) AS newest
""",
)

_SEALED_KEY = query(
    "backups.find_sealed_key",
    """
    SELECT k.id, k.private_sealed
      FROM actor_keys k
     WHERE k.private_sealed IS NOT NULL
     LIMIT 1
""",
)

_FILES = query(
    "backups.list_files",
    """
    SELECT file AS name FROM media
     UNION ALL
    SELECT preview_file FROM media WHERE preview_file IS NOT NULL
""",
)


@dataclass(frozen=True, slots=True)
class Content:
    origin: str
    members: int
    posts: int


async def read_content(conn: Conn) -> Content:
    """Count what is in it; the newest post is read."""
    row = await conn.fetchrow(_CONTENT)
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return Content(row["origin"], row["members"], row["posts"])


async def find_sealed_key(conn: Conn) -> tuple[str, bytes] | None:
    """A private key that ``secret.key`` must open: its id, and the bytes."""
    row = await conn.fetchrow(_SEALED_KEY)
    return None if row is None else (row["id"], row["private_sealed"])


async def list_files(conn: Conn) -> list[str]:
    """All files of members that the database names."""
    return [row["name"] for row in await conn.fetch(_FILES)]
