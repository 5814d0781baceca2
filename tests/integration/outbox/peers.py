"""Other servers as the outbox meets them: they remember what came, and answer as told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.db.query import Pool, Tx
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import main_key, new_activity_uri
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.outbox.fanout import fan_out_once
from fedinet.signing.keys import SigningKey
from fedinet.signing.message import SignedMessage, headers_of
from tests.integration.foreign_server import rsa_key
from tests.integration.people import URIS, given_member

TO_FOLLOWERS = Audience(followers=True)


@dataclass(frozen=True)
class Received:
    """One POST."""

    path: str
    body: bytes
    headers: dict[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        return json.loads(self.body)["name"]

    def as_signed(self, origin: str) -> SignedMessage:
        scheme, _, authority = origin.partition("://")
        return SignedMessage(
            method="POST",
            target=self.path,
            authority=authority,
            scheme=scheme,
            headers=self.headers,
            body=self.body,
        )


Answer = Callable[[Received], Awaitable[web.StreamResponse]]


@dataclass
class Peer:
    """``answer`` may be replaced at any time; at first everything is accepted."""

    origin: str = ""
    received: list[Received] = field(default_factory=list[Received])
    answer: Answer = field(default_factory=lambda: answering(202))
    at_once: int = 0
    most_at_once: int = 0
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def domain(self) -> str:
        return self.origin.removeprefix("http://")

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.received]

    async def arrived(self, count: int, *, distinct: bool = False) -> None:
        """Wait until so many POSTs have come."""

        def enough() -> bool:
            return len({*self.names} if distinct else self.received) >= count

        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(enough)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        headers = headers_of(request.headers.items())
        received = Received(request.path_qs, await request.read(), headers)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
        try:
            return await self.answer(received)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def peer_server(address: str = "127.0.0.2") -> AsyncIterator[Peer]:
    peer = Peer()
    app = web.Application()
    app.router.add_post("/{path:.*}", peer._serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, address, 0).start()
    peer.origin = f"http://{address}:{runner.addresses[0][1]}"
    try:
        yield peer
    finally:
        await runner.cleanup()


def answering(status: int, **headers: str) -> Answer:
    """Answer everything alike; ``Retry_After`` stands for ``Retry-After``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: Received) -> web.StreamResponse:
        return web.Response(status=status, headers=named, text="because")

    return answer


def in_turn(*statuses: int) -> Answer:
    """Answer the first POST with the first status and so on; the last one stays."""
    left = list(statuses)

    async def answer(_: Received) -> web.StreamResponse:
        return web.Response(status=left.pop(0) if len(left) > 1 else left[0])

    return answer


class OneKey:
    """Everybody signs with the same key, under a name of their own."""

    async def signing_key(self, actor_id: ActorId) -> SigningKey:
        return SigningKey(main_key(URIS.actor(f"member{actor_id}")), rsa_key())


async def given_follower(
    tx: Tx, target: Actor, origin: str, name: str = "bo", *, shares_inbox: bool = True
) -> ActorId:
    """Somebody at ``origin`` who follows one of ours."""
    follower = await given_inbox(tx, origin, name, shares_inbox=shares_inbox)
    await tx.execute(
        "INSERT INTO follows (follower_id, target_id, state, uri) VALUES ($1, $2, 'accepted', '')",
        follower,
        target.id,
    )
    return follower


async def given_inbox(
    tx: Tx, origin: str, name: str = "bo", *, shares_inbox: bool = True
) -> ActorId:
    uri = f"{origin}/users/{name}"
    return ActorId(
        await tx.fetchval(
            """
            INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url,
                                inbox_url, shared_inbox_url)
            VALUES ($1, $2, $3, $2, false, 'Person', $1, $1 || '/inbox', $4)
            RETURNING id
            """,
            uri,
            origin,
            name,
            f"{origin}/inbox" if shares_inbox else None,
        )
    )


async def given_author(pool: Pool, *peers: Peer, name: str = "ada") -> Actor:
    """A member with one follower on each of these servers."""
    async with pool.acquire() as tx, tx.transaction():
        author = await given_member(tx, name)
        for peer in peers:
            await given_follower(tx, author, peer.origin, f"bo-of-{name}")
        return author


async def given_sent(
    pool: Pool, sender: Actor, *names: str, audience: Audience = TO_FOLLOWERS
) -> None:
    """Activities that are fanned out, and not delivered yet."""
    for name in names:
        await given_enqueued(pool, sender, name, audience=audience)
    while await fan_out_once(pool, URIS):
        pass


async def given_enqueued(
    pool: Pool, sender: Actor, name: str = "hello", *, audience: Audience = TO_FOLLOWERS
) -> str:
    uri = new_activity_uri(sender.uri)
    async with pool.acquire() as tx, tx.transaction():
        document = {"id": uri, "type": "Create", "actor": sender.uri, "name": name}
        await enqueue(tx, sender.id, audience, document)
    return uri


async def given_all_due(pool: Pool) -> None:
    """Time has passed: whatever waits is due."""
    await pool.execute("UPDATE outbound_hosts SET due_at = now() WHERE due_at IS NOT NULL")
    await pool.execute("UPDATE deliveries SET due_at = now()")
