"""Other servers in one process: sends requests that were signed beforehand, over 64 connections.

``go FILE`` on stdin -> ``done SECONDS ACCEPTED`` on stdout. A file holds
requests as they go on the wire, each with its length in four bytes before it.
"""

import asyncio
import sys
from collections import deque
from pathlib import Path
from time import monotonic

import uvloop

CONNECTIONS = 64


async def send_all(host: str, port: int, requests: deque[bytes]) -> int:
    """Send each request when the answer to the last on its connection is there."""
    accepted = 0

    async def one_connection() -> None:
        nonlocal accepted
        reader, writer = await asyncio.open_connection(host, port)
        while requests:
            writer.write(requests.popleft())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            await reader.readexactly(length)
            accepted += head.startswith(b"HTTP/1.1 202")
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    return accepted


def read_requests(path: Path) -> deque[bytes]:
    data, start, found = path.read_bytes(), 0, deque[bytes]()
    while start < len(data):
        size = int.from_bytes(data[start : start + 4])
        found.append(data[start + 4 : start + 4 + size])
        start += 4 + size
    return found


def main() -> None:
    for line in sys.stdin:
        port, path = line.split()[1:]
        requests = read_requests(Path(path))
        begun = monotonic()
        accepted = uvloop.run(send_all("127.0.0.1", int(port), requests))
        print(f"done {monotonic() - begun} {accepted}", flush=True)


if __name__ == "__main__":
    main()
