"""What requests ask of the database: every statement, by the id of the request that asked."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from fedinet.kernel.log import work_id

_WAYS = ("fetch", "fetchrow", "fetchval", "execute", "executemany")
_NOT_COUNTED = (
    *("BEGIN", "COMMIT", "ROLLBACK"),
    *("/* node.get */", "/* policy.read */", "/* policy.list_allies */"),
    "/* policy.list_open_alerts */",
)
"""The node and its policy are kept for a second, for whoever asks then."""


@contextmanager
def statements() -> Iterator[dict[str, list[str]]]:
    """``asked[page.headers["X-Request-Id"]]``: names of the statements, in order."""
    asked: dict[str, list[str]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patch:
        for way in _WAYS:
            patch.setattr(asyncpg.Connection, way, _noted(way, asked))
        yield asked


def _noted(way: str, asked: dict[str, list[str]]) -> Any:
    real = getattr(asyncpg.Connection, way)

    async def noted(conn: Any, sql: str, *args: Any, **options: Any) -> Any:
        if not sql.startswith(_NOT_COUNTED):
            asked[work_id.get()].append(sql.partition("*/")[0].removeprefix("/* ").strip())
        return await real(conn, sql, *args, **options)

    return noted
