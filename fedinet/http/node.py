"""The node's own row, kept for a second: every page shows its name and colour."""

import asyncio
from time import monotonic

from fedinet.db.query import Pool
from fedinet.node.store import Node, get_node

_FRESH_S = 1.0


class CurrentNode:
    """One per process. Other processes' changes show within a second."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._node: Node | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def get(self) -> Node:
        """The node as it is, at most a second ago.

        Raises:
            NotFound: nothing has been started on this database.
        """
        if self._node is None or monotonic() - self._read_at > _FRESH_S:
            async with self._reading:
                if self._node is None or monotonic() - self._read_at > _FRESH_S:
                    async with self._pool.acquire() as conn:
                        self._node = await get_node(conn)
                    self._read_at = monotonic()
        return self._node

    def forget(self) -> None:
        """Read the row again at the next ``get``: it was changed by this process."""
        self._read_at = 0.0
        self._node = None

    @property
    def last_known(self) -> Node | None:
        """What was read last, however old: for error pages while the database is away."""
        return self._node
