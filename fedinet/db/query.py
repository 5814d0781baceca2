"""SQL statements as named, registered constants, and the types they run on.

Registration buys one test that PREPAREs every statement against the migrated
schema (tests/integration/test_sql.py): a renamed column fails in seconds and
names the query.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Conn: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Conn = asyncpg.Connection

Tx: TypeAlias = Conn
"""A connection inside an open transaction. Whoever opened it commits it."""

_queries: dict[str, str] = {}
QUERIES: Mapping[str, str] = MappingProxyType(_queries)


def query(name: str, sql: str) -> str:
    """Register a statement as ``slice.verb_noun`` and return it, labelled.

    The label is a SQL comment: pg_stat_activity and the slow-query log then
    say which function is waiting. A plain ``str``: asyncpg refuses subclasses.
    """
    if name in _queries:
        raise ValueError(f"two queries named {name}")
    _queries[name] = f"/* {name} */ {sql}"
    return _queries[name]
