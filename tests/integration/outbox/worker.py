"""The outbox of one process, for tests that kill it: python worker.py DATABASE_URL."""

import asyncio
import sys
from ipaddress import ip_network

from fedinet.db.pool import open_pool
from fedinet.net.fetch import Fetcher
from fedinet.outbox.run import run_outbox
from tests.integration.outbox.peers import OneKey
from tests.integration.people import URIS


async def main(url: str) -> None:
    fetcher = Fetcher(user_agent="test", allow_private_networks=[ip_network("127.0.0.0/8")])
    async with open_pool(url, size=5) as pool, fetcher:
        await run_outbox(pool, URIS, fetcher, OneKey(), asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
