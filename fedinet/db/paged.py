"""Lists that are walked by key: one statement for each direction, and a page of it.

In such a list ``$3`` is "older than", ``$4`` "newer than" and ``$5`` the limit
(``kernel.paging.Page`` says which); ``$1`` and ``$2`` are the caller's, mostly
the viewer of the one gate, and so is what comes from ``$6`` on.
"""

from dataclasses import dataclass

import asyncpg

from fedinet.db.query import Conn, query
from fedinet.kernel.paging import Page


@dataclass(frozen=True, slots=True)
class Paged:
    """A list as two statements: its newest rows first, and those nearest to ``$4`` first."""

    newest: str
    nearest: str


def between(key: str) -> str:
    """Condition on the key of a row, to stand in the list's WHERE."""
    return f" AND ($3::bigint IS NULL OR {key} < $3) AND ($4::bigint IS NULL OR {key} > $4) "


def paged(name: str, sql: str, *, by: str) -> Paged:
    """Register a list, without its order and limit, both ways: ``name`` and ``name_up``."""
    return Paged(
        query(name, f"{sql} ORDER BY {by} DESC LIMIT $5"),
        query(f"{name}_up", f"{sql} ORDER BY {by} LIMIT $5"),
    )


async def read_page(
    conn: Conn, of: Paged, page: Page, first: object, second: object, *more: object
) -> list[asyncpg.Record]:
    """Read a page, newest first: ``$1`` and ``$2``, the page, then ``$6`` and on."""
    rows = await conn.fetch(
        of.nearest if page.is_ascending else of.newest,
        first,
        second,
        page.max_id,
        page.newer_than,
        page.limit,
        *more,
    )
    return page.newest_first(rows)
