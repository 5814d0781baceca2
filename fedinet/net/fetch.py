"""Requests to other servers: guarded, bounded, signed hop by hop.

Every byte that comes back is hostile: size and time are limited whatever the
headers promise, redirects are followed here and nowhere else, cookies and
proxies of the environment do not exist.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Final, Literal, Self, TypeAlias

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.client_exceptions import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ServerDisconnectedError,
)
from yarl import URL

from fedinet.kernel.errors import Malformed, RemoteUnavailable
from fedinet.kernel.ids import Domain
from fedinet.net.addresses import IpNetwork, is_address, is_allowed
from fedinet.net.clocks import PeerClocks
from fedinet.net.connector import AddressRefused, guarded_connector
from fedinet.net.errors import Blocked, TooLarge
from fedinet.net.pace import DomainPace
from fedinet.net.urls import WireUrl, next_hop, wire_url

MAX_DOCUMENT_BYTES: Final = 1024 * 1024
MAX_REDIRECTS: Final = 3
CONNECT_TIMEOUT_S: Final = 5.0
_FLUSH_BYTES: Final = 512 * 1024
_ANSWER_BYTES: Final = 4096
_ANSWER_PATIENCE_S: Final = 2.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Use: TypeAlias = Literal["document", "media", "delivery"]
Permit: TypeAlias = Callable[[Use, Domain], Awaitable[object]]
"""Raises ``Forbidden`` where a host may not be asked, or not be sent to; told of every hop."""
HeadersFor: TypeAlias = Callable[[str], Mapping[str, str]]
"""Makes the headers of one hop, signature included, from its exact URL."""


Take: TypeAlias = Callable[[ClientResponse, WireUrl], Awaitable[bytes]]
"""Reads the body of an answer, within its limits."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. ``url`` is the one that was finally asked; header names in any case."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer said to a POST. ``body`` is its beginning, for the log."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetcher:
    """One per process; its connections serve deliveries too. An async context manager."""

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private_networks: Sequence[IpNetwork] = (),
        connector: TCPConnector | None = None,
        permit: Permit | None = None,
    ) -> None:
        """``connector`` replaces the guarded one in tests of the guard itself."""
        self.clocks = PeerClocks()
        """What answers to ``post`` say of the time: no cache stands before them."""
        self._permit = permit
        self._user_agent = user_agent
        self._allowed = tuple(allow_private_networks)
        self._connector = connector
        self._open: ClientSession | None = None
        self._paces: Mapping[Use, DomainPace] = {"document": DomainPace(), "media": DomainPace()}

    async def __aenter__(self) -> Self:
        self._open = ClientSession(
            connector=self._connector or guarded_connector(self._allowed),
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip"},
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int = MAX_DOCUMENT_BYTES,
        timeout_s: float = 10.0,
        headers_for: HeadersFor | None = None,
        only_beginning: bool = False,
    ) -> Response:
        """Fetch, following at most three redirects; any status is an answer.

        ``timeout_s`` is for everything together, redirects included. Each hop
        is guarded, and its headers are made, anew. ``max_bytes`` counts after
        decompression. ``only_beginning``: what is beyond it is not read, and no error.

        Raises:
            Forbidden: a hop leads to a server that ``permit`` refuses.
            Blocked: a hop leads to an address, or by a scheme, that is not allowed.
            TooLarge: more than ``max_bytes``.
            Malformed: not a URL, too many redirects, or no HTTP.
            RemoteUnavailable: no answer, or not in time; ``Paced``: its domain was asked a lot.
        """

        async def take(response: ClientResponse, hop: WireUrl) -> bytes:
            return await _whole(response, max_bytes, hop, cut=only_beginning)

        return await self._follow(
            url, accept, timeout_s, take, headers_for=headers_for, use="document"
        )

    async def download(
        self, url: str, into: IO[bytes], *, accept: str, max_bytes: int, timeout_s: float
    ) -> Response:
        """Fetch like ``get``, unsigned, into a file; the body of the answer is empty.

        Only what comes with status 200 is written. The file is closed by whoever opened it.

        Raises:
            Blocked, TooLarge, Malformed, RemoteUnavailable: as for ``get``.
        """

        async def take(response: ClientResponse, hop: WireUrl) -> bytes:
            if response.status == 200:
                await _into(into, response, max_bytes, hop)
            else:
                response.close()
            return b""

        return await self._follow(url, accept, timeout_s, take, headers_for=None, use="media")

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float = 10.0
    ) -> Answer:
        """Send bytes that are signed already. A redirect is an answer, and not followed.

        A peer that has said its status and then stalls has answered. One that
        hangs up without a word is asked once more, on a new connection.

        Raises:
            Forbidden: ``permit`` refuses the server.
            Blocked: the address or scheme is not allowed.
            Malformed: not a URL, or no HTTP.
            RemoteUnavailable: no answer, or not in time.
        """
        hop = self._checked(wire_url(url))
        await self.check_permitted("delivery", hop.origin.domain)
        timeout = ClientTimeout(total=timeout_s, sock_connect=CONNECT_TIMEOUT_S)
        try:
            return await self._post_once(hop, body, headers, timeout)
        except ServerDisconnectedError:
            pass  # a kept connection that the peer had closed meanwhile; receivers know our ids
        except (ClientError, OSError, ValueError) as error:
            raise _explained(error, hop) from error
        try:
            return await self._post_once(hop, body, headers, timeout)
        except (ClientError, OSError, ValueError) as error:
            raise _explained(error, hop) from error

    async def check_permitted(self, use: Use, host: Domain) -> None:
        """Ask ``permit`` about a host from which nothing is fetched now, e.g. for what is kept.

        Raises:
            Forbidden: it is refused.
        """
        if self._permit is not None:
            await self._permit(use, host)

    def may_use_plain_http(self, host: str) -> bool:
        """Tell whether a host named in a handle can be a development server without TLS.

        Only where private networks are open: an address in them, or a name
        without a dot, which no public server has.
        """
        if not self._allowed:
            return False
        if is_address(host):
            return is_allowed(host, self._allowed) and not is_allowed(host)
        return "." not in host or host.endswith(".localhost")

    def may_lead_outside(self, host: str) -> bool:
        """Tell whether a host can be asked at all, as far as its spelling says; no look-up.

        An address has to be public or in ``allow_private_networks``, a name to have a dot:
        what it means is judged when it is connected to.
        """
        if is_address(host):
            return is_allowed(host, self._allowed)
        return ("." in host and not host.endswith(".localhost")) or bool(self._allowed)

    @property
    def _session(self) -> ClientSession:
        if self._open is None:
            raise RuntimeError("a Fetcher is used inside `async with`")
        return self._open

    def _checked(self, hop: WireUrl) -> WireUrl:
        """Plain http is for development and intranets: anyone on the way may rewrite it."""
        if hop.origin.scheme != "https" and not self._allowed:
            raise Blocked(f"plain http is not allowed: {hop}")
        return hop

    async def _post_once(
        self, hop: WireUrl, body: bytes, headers: Mapping[str, str], timeout: ClientTimeout
    ) -> Answer:
        async with self._session.post(
            URL(str(hop), encoded=True),
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=timeout,
        ) as response:
            self.clocks.note(hop.origin.domain, response.headers.get("Date"))
            return Answer(response.status, response.headers, await _beginning(response))

    async def _follow(
        self,
        url: str,
        accept: str,
        timeout_s: float,
        take: Take,
        *,
        headers_for: HeadersFor | None,
        use: Use,
    ) -> Response:
        hop = self._checked(wire_url(url))
        try:
            async with asyncio.timeout(timeout_s):
                for _ in range(MAX_REDIRECTS + 1):
                    await self.check_permitted(use, hop.origin.domain)
                    self._paces[use].take(hop.origin.domain)
                    headers = {"Accept": accept}
                    if headers_for is not None:
                        headers.update(headers_for(str(hop)))
                    answer = await self._get_once(hop, headers, take)
                    if isinstance(answer, Response):
                        return answer
                    hop = self._checked(answer)
        except TimeoutError as error:
            raise RemoteUnavailable(f"no answer within {timeout_s} s: {url}") from error
        raise Malformed(f"more than {MAX_REDIRECTS} redirects: {url}")

    async def _get_once(
        self, hop: WireUrl, headers: Mapping[str, str], take: Take
    ) -> Response | WireUrl:
        try:
            async with self._session.get(
                URL(str(hop), encoded=True),
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
            ) as response:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location is not None:
                    return next_hop(hop, location)
                body = await take(response, hop)
                return Response(response.status, str(hop), response.headers, body)
        except (ClientError, OSError, ValueError) as error:
            raise _explained(error, hop) from error


async def _whole(
    response: ClientResponse, max_bytes: int, hop: WireUrl, *, cut: bool = False
) -> bytes:
    """Read to the end, or stop at the first byte too many and drop the connection."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            response.close()
            if cut:
                return bytes(body[:max_bytes])
            raise TooLarge(f"more than {max_bytes} bytes: {hop}")
    return bytes(body)


async def _into(file: IO[bytes], response: ClientResponse, max_bytes: int, hop: WireUrl) -> None:
    """Write to the end, or stop at the first byte too many and drop the connection."""
    waiting, size = bytearray(), 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        waiting += chunk
        if size > max_bytes:
            response.close()
            raise TooLarge(f"more than {max_bytes} bytes: {hop}")
        if len(waiting) >= _FLUSH_BYTES:
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(file.write, bytes(waiting))


async def _beginning(response: ClientResponse) -> bytes:
    """Read a few kilobytes if they come at once; anything else costs the peer its connection."""
    if response.content.is_eof():  # nearly always: a short answer comes in one piece
        return response.content.read_nowait(_ANSWER_BYTES)
    body = bytearray()
    try:
        async with asyncio.timeout(_ANSWER_PATIENCE_S):
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _ANSWER_BYTES:
                    response.close()
                    break
    except (ClientError, OSError):  # a TimeoutError is an OSError
        response.close()
    return bytes(body[:_ANSWER_BYTES])


def _explained(error: Exception, hop: WireUrl) -> Malformed | RemoteUnavailable:
    """Say in our words what a failed request means for whoever waits for it."""
    if isinstance(error, ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return Blocked(f"address not allowed: {hop}")
    if isinstance(error, ClientConnectorCertificateError):  # a ValueError, too; it may be renewed
        return RemoteUnavailable(f"{hop}: bad certificate: {error}")
    if isinstance(error, ValueError):
        return Malformed(f"cannot be asked: {hop}: {error}")
    return RemoteUnavailable(f"{hop}: {type(error).__name__}: {error}")
