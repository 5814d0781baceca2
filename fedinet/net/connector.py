"""Connections of our requests: own DNS threads, and the guard on the connected address.

The guard sits where the socket for one resolved address is made, immediately
before it connects: it sees IP literals, every kind of odd number, and names
whose answer changed since somebody looked.
"""

import asyncio
import errno
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Final, TypeAlias

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from fedinet.net.addresses import IpNetwork, is_allowed

DNS_THREADS: Final = 64
DNS_TIMEOUT_S: Final = 5.0
_DNS_CACHE_S: Final = 300
_PER_HOST: Final = 16
_AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]


class AddressRefused(OSError):
    """Raised into the connection attempt; ``Fetcher`` makes it ``Blocked``."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "address not allowed")


class ThreadResolver(AbstractResolver):
    """getaddrinfo in threads of its own: silent name servers never take the loop's threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        lookup = loop.run_in_executor(self._threads, _lookup, host, port, family)
        try:
            return await asyncio.wait_for(lookup, DNS_TIMEOUT_S)
        except TimeoutError as error:
            raise OSError(errno.ETIMEDOUT, f"no answer from DNS for {host}") from error

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def guarded_connector(allowed: Sequence[IpNetwork]) -> TCPConnector:
    """Make a connector that refuses private addresses outside ``allowed``.

    No limit in total: the outbox has hundreds of hosts open at once and bounds
    itself; a limit here would let silent hosts hold up the others.
    """

    @lru_cache(maxsize=10_000)  # a decision takes longer than a socket
    def may_reach(address: str) -> bool:
        return is_allowed(address, allowed)

    def guarded_socket(info: _AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not may_reach(str(address[0])):
            raise AddressRefused
        return socket.socket(family=family, type=kind, proto=protocol)

    return TCPConnector(
        resolver=ThreadResolver(),
        socket_factory=guarded_socket,
        limit=0,
        limit_per_host=_PER_HOST,
        ttl_dns_cache=_DNS_CACHE_S,
        keepalive_timeout=30,
    )


def _lookup(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    infos = socket.getaddrinfo(
        host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [
        ResolveResult(
            hostname=host,
            host=_numeric(address),
            port=port,
            family=found,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for found, _, protocol, _, address in infos
    ]


def _numeric(address: Sequence[str | int | bytes]) -> str:
    """Spell an address with its scope, without which link-local ones lead elsewhere."""
    host = str(address[0])
    if len(address) > 3 and address[3] and "%" not in host:
        return f"{host}%{address[3]}"
    return host
