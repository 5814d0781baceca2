"""The door: POST /inbox and POST /users/NAME/inbox.

In this order: headers, body, JSON, signature, shape, origins, and one commit.
202 means that the activity is durable and its sender proven, or that it is
none of our business; nothing is said of what will become of it. Everything
else is a refusal with a reason word, counted.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TypeAlias

from aiohttp import web

from fedinet.actors.verify import Verified, Verifier
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.inbox import metrics, store
from fedinet.inbox.answers import Headers, as_refused, claimed_host, refusal
from fedinet.inbox.limits import MAX_BODY, check_headers, too_large
from fedinet.inbox.model import Arrival, Refused, is_by_request, seen_hash
from fedinet.inbox.record import Recorder
from fedinet.inbox.refusals import Refusals
from fedinet.kernel.errors import FedinetError, NotFound, Overloaded
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.names import NodeUris
from fedinet.policy.ask import Policy, RefusedByPolicy
from fedinet.policy.envelope import TAKES_BACK
from fedinet.policy.model import Verdict
from fedinet.signing.message import SignedMessage, headers_of
from fedinet.signing.refusals import BadSignature
from fedinet.signing.verify import check_claim, read_claim
from fedinet.vocab.activity import Activity, Document, parse_activity, type_of, uri_of
from fedinet.vocab.json import decode
from fedinet.vocab.normalise import is_usual, normalise

logger = logging.getLogger(__name__)

BODY_TIMEOUT_S = 20.0
MAX_OPEN = 500
"""Requests inside the door at once: with bodies of 1 MB, half a gigabyte."""
DROPPED = "dropped_by_policy"
"""Counted like a refusal, and answered 202."""
_MEMBER_KEPT_S = 60.0
_MAX_MEMBERS_KEPT = 10_000


Listener: TypeAlias = Callable[[Verified, SignedMessage], Awaitable[None]]
"""Hears of every delivery that was taken in, before its sender does. Must be quick."""


@dataclass(slots=True, kw_only=True)
class Door:
    """Everything a POST to an inbox needs. One per web process; ``open_door`` makes it."""

    pool: Pool
    uris: NodeUris
    verifier: Verifier
    policy: Policy
    recorder: Recorder
    refusals: Refusals
    listener: Listener
    body_timeout_s: float = BODY_TIMEOUT_S
    open_requests: int = 0
    members: dict[str, float] = field(default_factory=dict[str, float])
    """Names known to be members', and until when (monotonic) that needs no other look."""


DOOR = web.AppKey("inbox_door", Door)


async def _unheard(_sender: Verified, _message: SignedMessage) -> None:
    """Nobody listens."""


@asynccontextmanager
async def open_door(
    pool: Pool,
    uris: NodeUris,
    verifier: Verifier,
    policy: Policy,
    *,
    listener: Listener = _unheard,
) -> AsyncGenerator[Door]:
    """Start the recorder and the counting; on leaving, the counts are written."""
    refusals = Refusals()
    stop = asyncio.Event()
    async with Recorder(pool) as recorder:
        counting = asyncio.create_task(refusals.keep_flushing(pool, stop))
        try:
            yield Door(
                pool=pool,
                uris=uris,
                verifier=verifier,
                policy=policy,
                recorder=recorder,
                refusals=refusals,
                listener=listener,
            )
        finally:
            stop.set()
            await counting
            with suppress(FedinetError):
                await refusals.flush(pool, datetime.now(UTC).date())


def routes() -> list[web.RouteDef]:
    """The addresses of this room. The application keeps a ``Door`` under ``DOOR``."""
    return [
        web.post("/inbox", post_inbox),
        web.post("/users/{name}/inbox", post_inbox),
    ]


async def post_inbox(request: web.Request) -> web.Response:
    door = request.app[DOOR]
    headers = headers_of(request.headers.items())
    door.open_requests += 1
    try:
        word = await _take_in(door, request, headers)
    except Exception as error:
        refused = as_refused(error)
        if refused is None:
            raise
        return _refuse(door, headers, refused)
    finally:
        door.open_requests -= 1
    metrics.ANSWERED.labels("202", word).inc()
    return web.Response(status=202)


async def _take_in(door: Door, request: web.Request, headers: Headers) -> str:
    """Do all of it, dearest steps last. Returns the word to count the 202 under."""
    check_headers(
        request.headers.get("Content-Type"),
        request.headers.get("Content-Encoding"),
        request.content_length,
    )
    if "signature" not in headers:
        raise BadSignature("no_signature")
    await _check_place(door, request.match_info.get("name"), headers)
    message = SignedMessage(
        method=request.method,
        target=request.raw_path,
        authority=door.uris.origin.domain,
        scheme=door.uris.origin.scheme,
        headers=headers,
        body=await _read_body(request, door.body_timeout_s),
    )
    document = decode(message.body)
    now = datetime.now(UTC)
    if not await _is_let_in(door, document, headers):
        return DROPPED
    if await _is_farewell_of_a_stranger(door, document, message, now):
        return "unknown_actor"
    sender = await door.verifier.verify(message, now=now)
    if not is_usual(document):
        document = await asyncio.to_thread(normalise, document)
    activity = parse_activity(document)
    if door.uris.is_ours(activity.actor):
        return "our_own"
    await door.policy.check_rates(activity, now=now, size_bytes=len(message.body))
    inbox = request.match_info.get("name")
    inbox_of = None if inbox is None else door.uris.actor(inbox)
    await door.recorder.record(_arrival(activity, sender, message, inbox_of))
    await door.listener(sender, message)
    return "accepted"


async def _check_place(door: Door, name: str | None, headers: Headers) -> None:
    """Refuse where there is no room, or nobody of that name.

    Whom policy refuses is not told which names exist: they meet the same answers everywhere.

    Raises:
        Refused: 404 or 503.
    """
    if door.open_requests > MAX_OPEN:
        raise Overloaded(f"{MAX_OPEN} requests are open")
    if name is None or await _is_member(door, name):
        return
    if not await _is_refused(door, headers):
        raise NotFound("no such inbox", public="There is no such inbox here")


async def _is_refused(door: Door, headers: Headers) -> bool:
    host = claimed_host(headers)
    if not host:
        return False
    decision = await door.policy.at_door(Domain(host), is_shrinking=False)
    return decision.verdict in (Verdict.REJECT, Verdict.DROP)


async def _is_member(door: Door, name: str) -> bool:
    now = monotonic()
    if door.members.get(name, 0.0) > now:
        return True
    async with transaction(door.pool) as tx:
        found = await store.has_member(tx, name)
    if len(door.members) >= _MAX_MEMBERS_KEPT:
        door.members.clear()
    if found:
        door.members[name] = now + _MEMBER_KEPT_S
    return found


async def _read_body(request: web.Request, timeout_s: float) -> bytes:
    """Read what is sent, and stop reading at the limit.

    Raises:
        Refused: 408 when it takes too long, 413 when it does not end in time.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout_s):
            while part := await request.content.readany():
                parts.append(part)
                size += len(part)
                if size > MAX_BODY:
                    raise too_large()
    except TimeoutError:
        raise Refused(408, "slow_body", f"The body did not arrive in {timeout_s:g} s") from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _is_let_in(door: Door, document: Document, headers: Headers) -> bool:
    """Ask the policy about the host that the request claims, before anything is fetched from it.

    What only takes back passes: its sender is proven afterwards, with the key that we have.

    Raises:
        RefusedByPolicy: a rule, or the mode, says no aloud. Silently: the answer is False.
    """
    host = claimed_host(headers)
    if not host:
        return True
    takes_back = type_of(document) in TAKES_BACK
    decision = await door.policy.at_door(Domain(host), is_shrinking=takes_back)
    if decision.verdict is Verdict.REJECT:
        raise RefusedByPolicy(Domain(host), decision)
    if decision.verdict is Verdict.DROP:
        door.refusals.count(host, DROPPED)
        return False
    return True


async def _is_farewell_of_a_stranger(
    door: Door, document: Document, message: SignedMessage, now: datetime
) -> bool:
    """Tell whether an actor we never met says that it was deleted or changed.

    Servers tell everybody they know of, and the key is gone already: fetching
    it would only fail (TRAPS 21). Nothing is believed, nothing is recorded.
    """
    if document.get("type") not in ("Delete", "Update"):
        return False
    actor = uri_of(document.get("actor"))
    if actor is None or uri_of(document.get("object")) != actor:
        return False
    check_claim(message, read_claim(message), now=now)
    async with transaction(door.pool) as tx:
        return not await store.is_known(tx, ActorUri(actor))


def _arrival(
    activity: Activity, sender: Verified, message: SignedMessage, inbox_of: ActorUri | None
) -> Arrival:
    claim = read_claim(message)
    proof = claim.signature if is_by_request(activity.type) else b""
    return Arrival(
        origin=sender.origin,
        seen_hash=seen_hash(activity.id, activity.type, body=message.body, proof=proof),
        signer=sender.actor_uri,
        actor=activity.actor,
        activity_id=activity.id,
        activity_type=activity.type,
        body=message.body,
        inbox_of=inbox_of,
        signature=claim.scheme.value,
    )


def _refuse(door: Door, headers: Headers, refused: Refused) -> web.Response:
    host = claimed_host(headers)
    door.refusals.count(host, refused.reason)
    metrics.ANSWERED.labels(str(refused.status), refused.reason).inc()
    logger.info(
        "inbox.refused status=%d reason=%s host=%s detail=%s",
        refused.status,
        refused.reason,
        host or "-",
        refused.__cause__ or refused,
    )
    return refusal(refused, origin=str(door.uris.origin))
