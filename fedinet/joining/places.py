"""Places: who comes in, who waits in the line, and whose turn it is. All under ``lock_room``."""

import logging
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from fedinet.db.query import Conn, Pool, Tx
from fedinet.invitations.context import NoRoom
from fedinet.invitations.store import insert_invitation, revoke_link
from fedinet.joining import places_store, readings_store, ways_store
from fedinet.joining.letters import Post
from fedinet.joining.model import INVITED_FOR, Request
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 50
"""So many are told in one transaction; the others some minutes later."""


async def take_place(tx: Tx, token: str, *, now: datetime) -> str:
    """Let in who joins by this invitation, or nobody: called in the transaction that joins.

    Their request, if they asked, is forgotten; returns the address that they confirmed for it, or
    nothing. Two at once count after one another.

    Raises:
        NoRoom: all places are taken, or kept for those who were promised one.
    """
    await ways_store.lock_room(tx)
    room = await ways_store.read_room(tx, now=now)
    promised, proven = await places_store.delete_joined(tx, token, now=now)
    if not room.has_place(promised=promised):
        raise NoRoom("a community that is full")
    return proven


async def is_open(conn: Conn | Pool, token: str, *, now: datetime) -> bool:
    """Tell whether there is a place for who holds this invitation, before they fill in a form."""
    room = await ways_store.read_room(conn, now=now)
    promised = await places_store.holds_place(conn, token, now=now)
    return room.has_place(promised=promised)


async def let_in(
    tx: Tx,
    request: Request,
    *,
    host: AccountId | None,
    reason: str,
    post: Post,
    now: datetime,
) -> None:
    """Invite who is welcome, where there is room and nobody was there before; else the line.

    Raises:
        Unprocessable: nobody could be their host.
    """
    found = await readings_store.find_host(tx, host)
    if found is None:
        said = N_("Nobody can invite them: there is no owner who can act")
        raise Unprocessable(f"no host for request {request.id}", public=said)
    room = await ways_store.read_room(tx, now=now)
    first = await places_store.lock_next_in_line(tx)
    holds = request.invited_until is not None and request.invited_until > now
    if room.has_place(promised=holds) and (first is None or holds):
        await _invite(tx, request, found, reason, post=post, now=now)
        return
    await places_store.put_in_line(tx, request.id, host_id=found, reason=reason, now=now)
    waiting = replace(request, in_line_at=now)
    place = await places_store.find_place(tx, waiting)
    await post.put_in_line(tx, request, place, reason, now=now)
    logger.info("joining.in_line request=%d place=%d", request.id, place)


async def fill_room(tx: Tx, *, post: Post, now: datetime) -> int:
    """Invite the first in the line while there is room; returns how many. Safe at any time."""
    await ways_store.lock_room(tx)
    await places_store.lapse(tx, now=now)
    for told in range(_AT_ONCE):
        room = await ways_store.read_room(tx, now=now)
        request = await places_store.lock_next_in_line(tx) if room.has_place() else None
        host = None if request is None else await readings_store.find_host(tx, request.host_id)
        if request is None or host is None:
            return told
        await _invite(tx, request, host, request.reason, post=post, now=now)
    return _AT_ONCE


async def revoke(tx: Tx, request: Request, *, post: Post) -> None:
    """End the personal invitation of a request, if it has one."""
    if request.invitation_sealed is not None:
        await revoke_link(tx, post.open(request.invitation_sealed, request.id))


async def _invite(
    tx: Tx, request: Request, host: AccountId, reason: str, *, post: Post, now: datetime
) -> None:
    token, until = secrets.token_urlsafe(18), now + INVITED_FOR
    # No note: their name is forgotten with the request, and not kept with the host's invitations.
    await insert_invitation(tx, token, host, note="", max_uses=1, expires_at=until)
    await places_store.invite_request(
        tx,
        request.id,
        host_id=host,
        reason=reason,
        token=token,
        token_sealed=post.seal(token, request.id),
        until=until,
        now=now,
    )
    await post.invite(tx, request, token, reason, now=now)
    logger.info("joining.invited request=%d", request.id)
