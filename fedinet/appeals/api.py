"""The door that stays open to refused servers: an appeal, signed by an actor of theirs.

It costs little: a short body, a few an hour of one address, one look at the key of
who signed, and of what is proven a few a day for each registered domain. It tells
nothing but what became of the appeal.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from aiohttp import web

from fedinet.appeals import commands, store
from fedinet.appeals.context import APPEAL_VERIFIER, PLACE, place_of, read_place
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.auth import is_signed, signed_message
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import POLICY, POOL, URIS
from fedinet.http.json import json_response, timestamp
from fedinet.http.limits import Limit, count_attempt
from fedinet.kernel.errors import Forbidden, Malformed, NotFound, Unauthenticated
from fedinet.kernel.uris import origin_of
from fedinet.net.domains import registrable

routes = web.RouteTableDef()

MAX_BODY: Final = 16_384
BY_CLIENT: Final = Limit("appeal-client", 20, timedelta(hours=1))
BY_OWNER: Final = Limit("appeal-owner", 20, timedelta(days=1))
OF_ALL: Final = Limit("appeal-all", 300, timedelta(hours=1))


class Body(msgspec.Struct, frozen=True):
    """What is sent; other members are read over."""

    text: str
    contact: str = ""


_decoder: Final = msgspec.json.Decoder(Body)


@routes.post("/actor/appeals")
async def receive_appeal(request: web.Request) -> web.Response:
    """Take an appeal of another server; whose it is, the signature says.

    Raises:
        Unauthenticated: no signature, or none that holds.
        TooManyRequests: too often, or too many are open.
    """
    if not is_signed(request):
        raise Unauthenticated("an appeal without a signature")
    if (request.content_length or 0) > MAX_BODY:
        raise Malformed("appeal over 16 KB", public="An appeal has at most 16 KB")
    now, pool = datetime.now(UTC), request.app[POOL]
    await count_attempt(pool, BY_CLIENT, limit_key(client_address(request)), now=now)
    raw = await request.read()
    if len(raw) > MAX_BODY:
        raise Malformed("appeal over 16 KB", public="An appeal has at most 16 KB")
    message = signed_message(request, raw)
    sender = await request.app[APPEAL_VERIFIER].verify(message, now=now)
    if sender.is_local:
        raise Forbidden("an appeal of one of ours, as another server")
    domain = origin_of(sender.actor_uri).domain
    # Counted once it is proven: else anybody could use up what others have.
    await count_attempt(pool, BY_OWNER, registrable(domain), now=now)
    await count_attempt(pool, OF_ALL, "", now=now)
    try:
        body = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("appeal that is not {text, contact}") from error
    decision = await request.app[POLICY].at_door(domain, is_shrinking=False)
    async with transaction(pool) as tx:
        appeal_id = await commands.appeal_of_server(
            tx,
            domain,
            body.text,
            rule_key=commands.deciding_rule(decision),
            now=now,
            signer_uri=sender.actor_uri,
            contact=body.contact,
        )
        document = await _document(request, tx, appeal_id)
    return json_response(document, status=202)


@routes.get(PLACE + ".json")
async def show_appeal(request: web.Request) -> web.Response:
    """What became of it, for a machine that has the address."""
    async with request.app[POOL].acquire() as conn:
        return json_response(await _document(request, conn, read_place(request)))


async def _document(request: web.Request, conn: Conn, appeal_id: int) -> dict[str, object]:
    appeal = await store.find_appeal(conn, appeal_id)
    if appeal is None:
        raise NotFound(f"no appeal {appeal_id}")
    place = f"{request.app[URIS].origin}{place_of(request.app, appeal_id)}"
    return {
        "url": place,
        "status": f"{place}.json",
        "server": appeal.domain,
        "verified": appeal.is_verified,
        "state": appeal.state,
        "created_at": timestamp(appeal.created_at),
        "answers": [
            {"text": one.words, "at": timestamp(one.said_at)}
            for one in await store.list_answers(conn, appeal_id)
            if one.by_steward
        ],
    }
