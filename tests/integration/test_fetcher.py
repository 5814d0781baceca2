"""Requests against peers that misbehave: raw sockets on loopback."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fedinet.kernel.errors import Malformed, RemoteUnavailable
from fedinet.net.connector import guarded_connector
from fedinet.net.errors import Blocked, TooLarge
from fedinet.net.fetch import Fetcher

LOOPBACK = (ip_network("127.0.0.0/8"),)
Peer: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(user_agent="test", allow_private_networks=LOOPBACK) as fetcher:
        yield fetcher


async def test_a_document_comes_with_its_final_url_and_headers(fetcher: Fetcher) -> None:
    async with peer(answer(b"Content-Type: text/plain\r\nContent-Length: 2\r\n", b"hi")) as url:
        response = await fetcher.get(f"{url}/x#part", accept="text/plain")
    assert (response.status, response.url, response.body) == (200, f"{url}/x", b"hi")
    assert response.headers["content-type"] == "text/plain"


async def test_a_certificate_that_nobody_vouches_for_is_trouble_that_may_pass(
    fetcher: Fetcher, tmp_path: Path
) -> None:
    server = await asyncio.start_server(_hang_up, "127.0.0.1", 0, ssl=_own_word(tmp_path))
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        with pytest.raises(RemoteUnavailable):
            await fetcher.get(url, accept="*/*")
        with pytest.raises(RemoteUnavailable):
            await fetcher.post(url, b"", {})


def _own_word(folder: Path) -> ssl.SSLContext:
    """TLS with a certificate that its server has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    ).sign(key, SHA256())
    path = folder / "own.pem"
    path.write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_what_is_sent_is_what_was_signed_byte_for_byte(fetcher: Fetcher) -> None:
    lines: list[bytes] = []
    signed: list[str] = []

    async def remember(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines.extend(head.split(b"\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def headers_for(url: str) -> dict[str, str]:
        signed.append(url)
        return {"Signature": "s"}

    async with peer(remember) as url:
        target = "/a%40b/%7Ex/../y?q=%40&r=å"
        await fetcher.get(url + target, accept="*/*", headers_for=headers_for)
    assert lines[0] == b"GET /a%40b/%7Ex/../y?q=%40&r=%C3%A5 HTTP/1.1"
    assert b"Signature: s" in lines
    assert signed == [f"{url}/a%40b/%7Ex/../y?q=%40&r=%C3%A5"]


async def test_each_hop_is_signed_anew_and_no_signature_travels_on(fetcher: Fetcher) -> None:
    seen: list[tuple[str, str]] = []

    async def first(request: web.Request) -> web.Response:
        seen.append((request.host, request.headers["Signature"]))
        raise web.HTTPFound(f"{second_url}/there")

    async def second(request: web.Request) -> web.Response:
        seen.append((request.host, request.headers["Signature"]))
        return web.Response(text="here")

    async with site(second) as second_url, site(first) as first_url:
        answer = await fetcher.get(
            f"{first_url}/", accept="*/*", headers_for=lambda url: {"Signature": f"for {url}"}
        )
    assert answer.url == f"{second_url}/there"
    assert [signature for _, signature in seen] == [
        f"for {first_url}/",
        f"for {second_url}/there",
    ]


async def test_a_redirect_loop_ends_after_three_hops(fetcher: Fetcher) -> None:
    asked = 0

    async def again(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        raise web.HTTPFound("/again")

    async with site(again) as url:
        with pytest.raises(Malformed, match="redirects"):
            await fetcher.get(f"{url}/", accept="*/*")
    assert asked == 4


async def test_a_redirect_to_a_private_address_is_refused() -> None:
    async def inward(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")

    async with (
        site(inward) as url,
        Fetcher(user_agent="test", allow_private_networks=LOOPBACK) as fetcher,
    ):
        with pytest.raises(Blocked):
            await fetcher.get(f"{url}/", accept="*/*")


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.0.0.1", id="literal"),
        pytest.param("①②⑦.⓪.⓪.①", id="unicode digits"),
        pytest.param("127.1", id="short form"),
        pytest.param("2130706433", id="one number"),
        pytest.param("0x7f.0.0.1", id="hexadecimal"),
        pytest.param("localhost", id="name"),
        pytest.param("[::1]", id="IPv6"),
        pytest.param("[::ffff:127.0.0.1]", id="mapped"),
        pytest.param("[64:ff9b::7f00:1]", id="NAT64"),
        pytest.param("[2002:7f00:1::]", id="6to4"),
        pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104
    ],
)
async def test_no_spelling_of_loopback_is_reached(host: str) -> None:
    asked = 0

    async def never(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1

    async with peer(never) as url, Fetcher(user_agent="test") as strict:
        port = url.rpartition(":")[2]
        with pytest.raises((Malformed, RemoteUnavailable)):
            await strict.get(f"https://{host}:{port}/", accept="*/*", timeout_s=3)
        with pytest.raises((Malformed, RemoteUnavailable)):
            await strict.post(f"https://{host}:{port}/", b"{}", {}, timeout_s=3)
    assert asked == 0


async def test_plain_http_is_refused_outside_development() -> None:
    async with Fetcher(user_agent="test") as strict:
        with pytest.raises(Blocked, match="plain http"):
            await strict.get("http://b.example/", accept="*/*")
        with pytest.raises(Blocked, match="plain http"):
            await strict.post("http://b.example/", b"", {})


async def test_a_name_that_changes_its_address_after_the_check_is_still_refused() -> None:
    class Rebinding(AbstractResolver):
        """Answers with a public address to whoever asks first, and with loopback after."""

        asked = 0

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            self.asked += 1
            address = "93.184.216.34" if self.asked == 1 else "127.0.0.1"
            return [
                ResolveResult(
                    hostname=host, host=address, port=port, family=family, proto=0, flags=0
                )
            ]

        async def close(self) -> None:
            pass

    connector = guarded_connector(())
    rebinding = Rebinding()
    await connector._resolver.close()  # pyright: ignore[reportPrivateUsage]
    connector._resolver = rebinding  # pyright: ignore[reportPrivateUsage]
    async with Fetcher(user_agent="test", connector=connector) as strict:
        assert (await rebinding.resolve("rebinding.example"))[0]["host"] == "93.184.216.34"
        with pytest.raises(Blocked):
            await strict.get("https://rebinding.example/", accept="*/*")
    assert rebinding.asked == 2


async def test_a_peer_that_never_answers_is_given_up_in_time(fetcher: Fetcher) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with peer(silent) as url:
        with pytest.raises(RemoteUnavailable):
            await fetcher.get(url, accept="*/*", timeout_s=0.2)
        with pytest.raises(RemoteUnavailable):
            await fetcher.post(url, b"{}", {}, timeout_s=0.2)


async def test_a_peer_that_drips_bytes_is_given_up_in_time(fetcher: Fetcher) -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with peer(dripping) as url:
        with pytest.raises(RemoteUnavailable, match="within"):
            await fetcher.get(url, accept="*/*", timeout_s=0.3)


async def test_a_peer_that_drips_header_bytes_is_given_up_in_time(fetcher: Fetcher) -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with peer(dripping) as url:
        with pytest.raises(RemoteUnavailable):
            await fetcher.get(url, accept="*/*", timeout_s=0.3)


@pytest.mark.parametrize("declared", [True, False])
async def test_five_gigabytes_are_cut_off_at_the_limit(fetcher: Fetcher, declared: bool) -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        length = b"Content-Length: 5368709120\r\n" if declared else b""
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + length + b"\r\n")
        while not writer.is_closing() and sent < 100_000_000:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    async with peer(endless) as url:
        with pytest.raises(TooLarge):
            await fetcher.get(url, accept="*/*", max_bytes=1_000_000)
        answered = await fetcher.post(url, b"{}", {})
    assert answered.status == 200
    assert len(answered.body) == 4096
    assert sent < 30_000_000


async def test_a_compressed_bomb_is_cut_off_at_its_real_size(fetcher: Fetcher) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    headers = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(bomb)
    async with peer(answer(headers, bomb)) as url:
        with pytest.raises(TooLarge):
            await fetcher.get(url, accept="*/*", max_bytes=1_000_000)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="closes at once"),
        pytest.param(b"SSH-2.0-OpenSSH_9.7\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", id="negative length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", id="cut short"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", id="huge header"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            id="not gzip",
        ),
    ],
)
async def test_an_answer_that_is_no_http_is_a_remote_trouble(fetcher: Fetcher, raw: bytes) -> None:
    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)

    async with peer(broken) as url:
        with pytest.raises(RemoteUnavailable):
            await fetcher.get(url, accept="*/*", timeout_s=3)


async def test_a_delivery_that_was_accepted_counts_even_if_the_body_never_ends(
    fetcher: Fetcher,
) -> None:
    async def accepting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nok")
        await reader.read()

    async with peer(accepting) as url:
        answered = await fetcher.post(url, b"{}", {"Signature": "x"}, timeout_s=2)
    assert (answered.status, answered.body) == (202, b"ok")


async def test_a_post_follows_no_redirect_and_keeps_no_cookie(fetcher: Fetcher) -> None:
    seen: list[str | None] = []

    async def moved(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        return web.Response(
            status=308, headers={"Location": "/elsewhere", "Set-Cookie": "a=b; Path=/"}
        )

    async with site(moved) as url:
        for _ in range(2):
            assert (await fetcher.post(f"{url}/inbox", b"{}", {})).status == 308
    assert seen == [None, None]


async def test_a_kept_connection_that_the_peer_closed_loses_no_delivery(fetcher: Fetcher) -> None:
    connections = 0
    posts = 0

    async def one_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, posts
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2)
        posts += 1
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")  # the next request on this connection: hang up

    async with peer(one_each) as url:
        for _ in range(2):
            assert (await fetcher.post(url, b"{}", {})).status == 202
    assert (connections, posts) == (2, 2)


async def test_a_peer_that_only_hangs_up_is_asked_twice_and_no_more(fetcher: Fetcher) -> None:
    connections = 0

    async def rude(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2)

    async with peer(rude) as url:
        with pytest.raises(RemoteUnavailable):
            await fetcher.post(url, b"{}", {})
    assert connections == 2


async def test_an_unresolvable_name_is_a_remote_trouble(fetcher: Fetcher) -> None:
    with pytest.raises(RemoteUnavailable):
        await fetcher.get("https://does-not-exist.invalid/", accept="*/*", timeout_s=5)


def answer(headers: bytes, body: bytes) -> Peer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n" + body)

    return serve


@asynccontextmanager
async def peer(serve: Peer) -> AsyncIterator[str]:
    """A raw TCP server on loopback; the connection ends when ``serve`` returns."""
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def site(handler: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """An HTTP server on loopback that gives every request to ``handler``."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
