"""Lists that are walked by key: one statement for each direction, and a page of it.

A list has three places of its own, one after the other: "older than", "newer
than" and the limit (``kernel.paging.Page`` says which). They begin at ``at``,
mostly ``$3``: what comes before, such as the viewer of the one gate (``$1`` and
``$2``), and what comes after is the caller's.
"""

from dataclasses import dataclass
from typing import Final

import asyncpg

from fedinet.db.query import Conn, query
from fedinet.kernel.paging import Page

_LAST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Paged:
    """A list as two statements: its newest rows first, and those nearest to "newer than" first."""

    newest: str
    nearest: str
    at: int = 3


def between(key: str, *, at: int = 3) -> str:
    """Condition on the key of a row, a number that is not negative, to stand in the list's WHERE.

    Without "IS NULL OR": that can only be a condition on the index once the values are known, so
    PostgreSQL would plan the list anew for each reader, or read it from its beginning.
    """
    older, newer = f"coalesce(${at}::bigint, {_LAST})", f"coalesce(${at + 1}::bigint, -1)"
    return f" AND {key} < {older} AND {key} > {newer} "


def paged(name: str, sql: str, *, by: str, at: int = 3) -> Paged:
    """Register a list, without its order and limit, both ways: ``name`` and ``name_up``."""
    return Paged(
        query(name, f"{sql} ORDER BY {by} DESC LIMIT ${at + 2}"),
        query(f"{name}_up", f"{sql} ORDER BY {by} LIMIT ${at + 2}"),
        at,
    )


async def read_page(conn: Conn, of: Paged, page: Page, *places: object) -> list[asyncpg.Record]:
    """Read a page, newest first. ``places``: all but those of the page, in their order."""
    rows = await conn.fetch(
        of.nearest if page.is_ascending else of.newest,
        *places[: of.at - 1],
        page.max_id,
        page.newer_than,
        page.limit,
        *places[of.at - 1 :],
    )
    return page.newest_first(rows)
