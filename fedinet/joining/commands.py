"""Asking to join, and what stewards make of it. Never the network.

``lock_room`` comes before the lock of any request: so nobody waits for one another in a ring.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from fedinet.accounts.store import find_mailbox, find_sign_in
from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards
from fedinet.invitations.commands import exchange
from fedinet.joining import places, readings_store, store, ways_store
from fedinet.joining.letters import Post
from fedinet.joining.model import (
    CONFIRM_WITHIN,
    MAX_NOTE,
    MAX_OPEN,
    MAX_REASON,
    Asking,
    Reading,
    Request,
    Says,
    Standing,
    Voucher,
    decided,
    reason_of,
)
from fedinet.kernel.errors import Gone, NotFound, TooManyRequests, Unprocessable
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Invalid, Problem

logger = logging.getLogger(__name__)

_DAY_S = 86_400
_DECIDED = N_("This is decided already")


class DeadKey(Gone):
    """A private link that opens no request: it was withdrawn, forgotten, or never was."""


async def ask(
    tx: Tx,
    asking: Asking,
    *,
    key: str,
    voucher: Voucher | None,
    by_mail: bool,
    post: Post,
    now: datetime,
) -> None:
    """Take a request. ``by_mail``: the address is asked first, and nobody reads it before.

    The same answer for everybody: a member is told by mail that they are one, and who was written
    to within a day is not written to again. ``voucher``: whose link they hold.

    Raises:
        TooManyRequests: so many wait that nobody could read another.
    """
    await store.lock_asking(tx)
    if by_mail and await store.was_written_to(tx, asking.email, since=now - CONFIRM_WITHIN):
        logger.info("joining.written_to_before")
        return
    if await store.count_open(tx, most=MAX_OPEN) >= MAX_OPEN:
        raise TooManyRequests(f"{MAX_OPEN} requests wait", retry_after_s=_DAY_S)
    request_id = await store.new_request_id(tx)
    is_new = await store.insert_request(
        tx,
        request_id,
        asking,
        key=key,
        key_sealed=post.seal(key, request_id),
        standing=Standing.ASKED if by_mail else Standing.WAITING,
        voucher=voucher,
        now=now,
    )
    if not is_new:
        return
    if not by_mail:
        await _open(tx, await _get(tx, request_id), post=post, now=now)
        return
    found = await find_sign_in(tx, asking.email)
    mailbox = None if found is None else await find_mailbox(tx, found.account.id)
    if mailbox is not None:
        await post.tell_member(tx, mailbox, now=now)
    else:
        await post.ask_to_confirm(tx, asking, key, now=now)


async def confirm(tx: Tx, key: str, *, post: Post, now: datetime) -> None:
    """Who asks says that the address is theirs: from now on stewards read it. Idempotent.

    Who asks again finds the request that goes on already.

    Raises:
        DeadKey: it opens nothing, or was opened too late.
    """
    await ways_store.lock_room(tx)
    request = await _lock_by_key(tx, key)
    if request.standing is not Standing.ASKED:
        return
    if not request.is_unopened(now):
        raise DeadKey(f"request {request.id} was confirmed too late")
    earlier = await store.lock_earlier(tx, request)
    if earlier is not None:
        sealed = post.seal(key, earlier.id)
        await store.take_key(tx, earlier.id, later=request.id, key_sealed=sealed)
        return
    await store.prove_request(tx, request.id, now=now)
    await _open(tx, await _get(tx, request.id), post=post, now=now)


async def withdraw(tx: Tx, key: str, *, post: Post) -> None:
    """Forget a request whose private link somebody has; its invitation ends too.

    Raises:
        DeadKey: it opens nothing.
    """
    await ways_store.lock_room(tx)
    request = await _lock_by_key(tx, key)
    await places.revoke(tx, request, post=post)
    await erase(tx, [request.id])
    logger.info("joining.withdrawn request=%d", request.id)


async def erase(tx: Tx, request_ids: Collection[int]) -> int:
    """Delete requests, and take them off the desk. Returns how many there were. Idempotent."""
    deleted = await store.delete_requests(tx, request_ids)
    await settle_matter(tx, MatterKind.JOIN_REQUEST, *map(str, deleted))
    return len(deleted)


async def read(tx: Tx, request_id: int, reading: Reading, *, post: Post) -> None:
    """Note what a steward says, and decide once as many as it takes say the same.

    Raises:
        NotFound: there is no such request, or nobody is to read it yet.
        Invalid: a text is too long. Unprocessable: it is decided.
    """
    _check_words(reading.note, reading.reason)
    await ways_store.lock_room(tx)
    request = await _lock_waiting(tx, request_id)
    await readings_store.upsert_reading(tx, request_id, reading)
    said_by_all = await readings_store.list_readings(tx, request_id)
    readings = [one for one in said_by_all if one.counts]
    readers, stewards = await ways_store.read_readers(tx)
    said = decided((one.says for one in readings), readers=readers, stewards=stewards)
    if said is not None:
        reason = reason_of(readings, said)
        await _decide(
            tx, request, said, reason, by=reading.account_id, post=post, now=reading.read_at
        )


async def decide_alone(
    tx: Tx, request_id: int, says: Says, reason: str, *, post: Post, now: datetime
) -> None:
    """Decide by the command line, which needs nobody else.

    Raises:
        NotFound, Invalid, Unprocessable: as ``read``.
    """
    _check_words("", reason)
    await ways_store.lock_room(tx)
    request = await _lock_waiting(tx, request_id)
    await _decide(tx, request, says, reason, by=None, post=post, now=now)


async def invite_anew(tx: Tx, request_id: int, *, by: AccountId, post: Post, now: datetime) -> None:
    """Make another personal invitation for who was invited: the former is lost, or its time over.

    Raises:
        NotFound: there is no such request. Unprocessable: it is not one that was said yes to.
    """
    await ways_store.lock_room(tx)
    request = await store.lock_request(tx, request_id)
    if request is None:
        raise NotFound(f"no request {request_id}")
    if request.standing not in (Standing.INVITED, Standing.LAPSED):
        raise Unprocessable(f"request {request_id} is {request.standing}", public=_DECIDED)
    await places.revoke(tx, request, post=post)
    await places.let_in(tx, request, host=by, reason=request.reason, post=post, now=now)


async def _open(tx: Tx, request: Request, *, post: Post, now: datetime) -> None:
    """Put it where it belongs: before the stewards, or in the line where a member vouches.

    A link vouches for as many as it lets in: whom it has no place for is read as others are.
    """
    if request.link_hash is not None:
        await ways_store.lock_room(tx)
        host = await exchange(tx, request.link_hash, now=now)
        if host is not None:
            await places.let_in(tx, request, host=host, reason="", post=post, now=now)
            return
    href = f"/admin/joining/{request.id}"
    await tell_stewards(tx, MatterKind.JOIN_REQUEST, str(request.id), name=request.name, href=href)
    logger.info("joining.asked request=%d proven=%s", request.id, request.is_proven)


async def _decide(
    tx: Tx,
    request: Request,
    says: Says,
    reason: str,
    *,
    by: AccountId | None,
    post: Post,
    now: datetime,
) -> None:
    if says is Says.YES:
        await places.let_in(tx, request, host=by, reason=reason, post=post, now=now)
    else:
        await store.decline_request(tx, request.id, reason=reason, now=now)
        await post.decline(tx, request, reason, now=now)
    await settle_matter(tx, MatterKind.JOIN_REQUEST, str(request.id))
    logger.info("joining.decided request=%d says=%s", request.id, says)


async def _lock_waiting(tx: Tx, request_id: int) -> Request:
    request = await store.lock_request(tx, request_id)
    if request is None or request.standing is Standing.ASKED:
        raise NotFound(f"no request {request_id} to read")
    if request.standing is not Standing.WAITING:
        raise Unprocessable(f"request {request_id} is {request.standing}", public=_DECIDED)
    return request


async def _lock_by_key(tx: Tx, key: str) -> Request:
    found = await store.find_by_key(tx, key)
    request = None if found is None else await store.lock_request(tx, found.id)
    if request is None:
        raise DeadKey("a key that opens no request")
    return request


async def _get(tx: Tx, request_id: int) -> Request:
    request = await store.find_request(tx, request_id)
    if request is None:
        raise NotFound(f"no request {request_id}")
    return request


def _check_words(note: str, reason: str) -> None:
    said = N_("This has more than %(most)d characters.")
    problems = [
        Problem(field, said, {"most": most})
        for field, text, most in (("note", note, MAX_NOTE), ("reason", reason, MAX_REASON))
        if len(text) > most
    ]
    if problems:
        raise Invalid(*problems)
