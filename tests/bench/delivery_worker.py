"""The outbox of one worker process, assembled as the node assembles it."""

import asyncio
import signal
import sys
from ipaddress import ip_network
from pathlib import Path

import uvloop

from fedinet.actors.keys import Signer
from fedinet.db.listen import Listener
from fedinet.db.pool import open_pool
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.net.fetch import Fetcher
from fedinet.node.secrets import open_box
from fedinet.outbox.enqueue import OUTGOING_CHANNEL
from fedinet.outbox.hosts_store import DELIVERIES_CHANNEL
from fedinet.outbox.run import run_outbox


async def main(url: str, data: Path, origin: str) -> None:
    uris = NodeUris(origin_of(origin))
    stop, written, fanned_out = asyncio.Event(), asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    fetcher = Fetcher(
        user_agent="fedinet/bench", allow_private_networks=[ip_network("127.0.0.0/8")]
    )
    async with open_pool(url, size=10) as pool, Listener(url) as listener, fetcher:
        listener.on(OUTGOING_CHANNEL, lambda _: written.set())
        listener.on(DELIVERIES_CHANNEL, lambda _: fanned_out.set())
        keys = Signer(pool, uris, open_box(data))
        print("ready", flush=True)
        await run_outbox(
            pool,
            uris,
            fetcher,
            keys,
            stop,
            written=written,
            fanned_out=fanned_out,
            proof_keys=keys,
        )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
