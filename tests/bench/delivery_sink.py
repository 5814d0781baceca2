"""A thousand other servers in one process: every 127.x.y.z at one port, raw HTTP/1.1.

Addresses 127.1.0.0/16 and 127.2.0.0/16 answer 202 after 100 ms; 127.9.0.0/16
accept, read and never answer. Talks to the benchmark in lines on stdin and
stdout: ``expect N`` -> ``done T`` (monotonic clock) when N answers were given.
"""

import asyncio
import sys
from time import monotonic
from typing import cast

import uvloop

ANSWER_AFTER_S = 0.1
_KEEP = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
_CLOSE = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Tally:
    """Counts answers until the benchmark has what it waits for."""

    def __init__(self) -> None:
        self.given = 0
        self.expected = 0
        self.silent = 0

    def expect(self, count: int) -> None:
        self.given, self.expected, self.silent = 0, count, 0

    def answered(self) -> None:
        self.given += 1
        if self.given == self.expected:
            print(f"done {monotonic()} {self.silent}", flush=True)


class Peer(asyncio.Protocol):
    """One connection."""

    def __init__(self, tally: Tally, *, closes: bool) -> None:
        self._tally = tally
        self._closes = closes
        self._received = b""
        self._silent = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self._silent = transport.get_extra_info("sockname")[0].startswith("127.9.")

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._received = body[length:]
        if self._silent:
            self._tally.silent += 1
        else:
            asyncio.get_running_loop().call_later(ANSWER_AFTER_S, self._answer)

    def _answer(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(_CLOSE if self._closes else _KEEP)
        if self._closes:
            self._transport.close()
        self._tally.answered()


async def main(*, closes: bool) -> None:
    loop = asyncio.get_running_loop()
    tally = Tally()
    everywhere = "0.0.0.0"  # noqa: S104  # all of 127.0.0.0/8 at one port
    server = await loop.create_server(
        lambda: Peer(tally, closes=closes), everywhere, 0, backlog=4096
    )
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        tally.expect(int(line.split()[1]))
        print("ready", flush=True)


if __name__ == "__main__":
    uvloop.run(main(closes="--closes" in sys.argv))
