"""Every registered statement prepares against the migrated schema."""

import importlib
import pkgutil

import pytest

import fedinet
from fedinet.db.query import QUERIES, Conn

for _module in pkgutil.walk_packages(fedinet.__path__, "fedinet."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)


@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_query_prepares_against_the_schema(tx: Conn, name: str) -> None:
    await tx.prepare(QUERIES[name])
