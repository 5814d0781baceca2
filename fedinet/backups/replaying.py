"""After a restore: what was erased since the backup was made is erased again.

Members go as they went when they left, posts leave tombstones, files go from the disk.
Other servers were told then, and nothing of this is sent again but the Delete of a member,
which waits until the node is resumed. Links that were open are ended, with or without a
journal: some were used or taken back since. Who changed how they sign in chooses a new
password: the old one may be known to whom they shut out. Everything is safe to do twice.
"""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Final, TypeVar

from fedinet.accounts.notices import tell_member
from fedinet.accounts.passwords import Passwords
from fedinet.accounts.store import find_account_of, update_email, update_password
from fedinet.actors.store import get_actor, update_local_profile
from fedinet.backups import erasures_store, store
from fedinet.backups.journal import Erased, Erasure, Journal
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.http.sessions import end_all_sessions
from fedinet.http.tokens import revoke_by_id
from fedinet.invitations.commands import end_every_invitation
from fedinet.joining.commands import erase as erase_requests
from fedinet.kernel.ids import AccountId, ActorId, PostId
from fedinet.kernel.pictures import own_path
from fedinet.leaving.commands import LastOwner, ask_to_leave, end_account, put_off, stay
from fedinet.leaving.jobs import erase_member
from fedinet.leaving.store import list_departures
from fedinet.mail.model import MailKind, StopReason, Topic
from fedinet.mail.stops_store import delete_stop, insert_stop
from fedinet.media.faces import without_picture
from fedinet.media.store import delete_named
from fedinet.posts.commands import erase_posts
from fedinet.posts.local_store import forget_files
from fedinet.security.commands import end_what_signs_in
from fedinet.security.passkey_store import delete_by_number
from fedinet.security.store import delete_codes, delete_totp

Key = TypeVar("Key", int, str)

SLACK: Final = timedelta(hours=1)
"""Clocks differ, and what was not committed when the backup began was noted before."""
_AT_ONCE: Final = 500
_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)
_UNDONE: Final = (Erased.ADDRESS, Erased.CREDENTIALS)


@dataclass(frozen=True, slots=True)
class Replayed:
    """How much was erased again, by kind; and lines of the journal that could not be read."""

    counts: Mapping[str, int]
    damaged: int
    choosing: tuple[str, ...] = ()
    """Who has to choose a new password, by their names."""


async def replay(pool: Pool, journal: Journal, made_at: datetime) -> Replayed:
    """Erase again what was erased since a backup was made. Idempotent."""
    erasures, damaged = journal.read()
    done: Counter[str] = Counter()
    keys: dict[Erased, list[str]] = {}
    holding = still_hold(erasures, made_at, now=datetime.now(UTC))
    for one in holding:
        keys.setdefault(one.kind, []).append(one.key)
    for actor_id in _numbers(keys.get(Erased.ACCOUNT, [])):
        done["accounts"] += await _erase_account(pool, ActorId(actor_id))
    for some in _chunks(_numbers(keys.get(Erased.POST, []))):
        async with transaction(pool) as tx:
            done["posts"] += await erase_posts(tx, [PostId(one) for one in some])
    for some in _chunks(keys.get(Erased.FILE, [])):
        async with transaction(pool) as tx:
            done["files"] += await _remove_files(tx, some)
    async with transaction(pool) as tx:
        done["addresses"] = await _forget_addresses(tx, journal, keys.get(Erased.ADDRESS, []))
        done["tokens"] = await revoke_by_id(tx, _numbers(keys.get(Erased.TOKEN, [])))
        done["requests"] = await erase_requests(tx, _numbers(keys.get(Erased.REQUEST, [])))
        done["stops"] = await _stop_writing(tx, holding)
        done["passkeys"] = await delete_by_number(tx, _numbers(keys.get(Erased.PASSKEY, [])))
        done["codes"] = await delete_codes(tx, keys.get(Erased.CODE, []))
        await _renew_wishes(tx, holding, datetime.now(UTC))
        choosing = await _end_passwords(tx, _numbers(keys.get(Erased.CREDENTIALS, [])))
        await end_every_invitation(tx)
        await end_what_signs_in(tx)
        await end_all_sessions(tx)
        await erasures_store.forget_all(tx)
        await store.forget_open(tx)
    return Replayed({kind: count for kind, count in done.items() if count}, damaged, choosing)


def still_hold(erasures: Iterable[Erasure], made_at: datetime, *, now: datetime) -> list[Erasure]:
    """Leave out what may have been undone before a backup was made.

    Only what is of a person can be: an address is given up, and taken again. Numbers and names
    of files are never used twice, so that no clock is asked about them: it may have jumped back.
    A backup from the future was made while the clock was wrong: then nothing is left out.
    """
    since = made_at - SLACK if made_at <= now + SLACK else _NO_TIME
    return [one for one in erasures if one.kind not in _UNDONE or one.at >= since]


async def _end_passwords(tx: Tx, actor_ids: Sequence[int]) -> tuple[str, ...]:
    """Let no password of these members open anything, and tell them. Their passkeys go on.

    The second step ends too: what is in the backup may be that of a device they lost.
    """
    names: list[str] = []
    nobodys = await Passwords().hash(token_urlsafe(32))
    for actor_id in actor_ids:
        account = await find_account_of(tx, ActorId(actor_id))
        if account is not None:
            await update_password(tx, account.id, nobodys)
            await delete_totp(tx, account.id)
            await tell_member(tx, account.id, MailKind.PASSWORD_ENDED, now=datetime.now(UTC))
            names.append(account.username)
    return tuple(sorted(names))


async def _renew_wishes(tx: Tx, in_order: Iterable[Erasure], now: datetime) -> None:
    """Let members leave or stay as they said last, and all who leave think again for a week.

    Their days may be over, and since the backup they may have changed their mind.
    """
    last = {one.key: one.kind for one in in_order if one.kind in (Erased.LEAVE, Erased.STAY)}
    for actor_id in _numbers([key for key, kind in last.items() if kind is Erased.STAY]):
        await stay(tx, ActorId(actor_id))
    for actor_id in _numbers([key for key, kind in last.items() if kind is Erased.LEAVE]):
        account = await find_account_of(tx, ActorId(actor_id))
        if account is not None:
            with contextlib.suppress(LastOwner):  # who was owner besides may not have been then
                await ask_to_leave(tx, account, now=now)
    for departure in await list_departures(tx):
        await put_off(tx, departure, now=now)


async def _erase_account(pool: Pool, actor_id: ActorId) -> int:
    async with transaction(pool) as tx:
        account = await find_account_of(tx, actor_id)
        if account is None:
            return 0  # made after the backup, or closed before it
        uri = await end_account(tx, account)
    await erase_member(pool, {"actor_id": actor_id, "uri": uri})
    return 1


async def _remove_files(tx: Tx, files: Sequence[str]) -> int:
    """Delete files, and what posts and profiles say of them."""
    removed = await delete_named(tx, files)
    for one in removed:
        if one.post_id is not None:
            await forget_files(tx, one.post_id, [one.id])
        elif one.purpose in ("avatar", "header"):
            actor = await get_actor(tx, one.owner_id)
            shown = actor.avatar_url if one.purpose == "avatar" else actor.header_url
            if shown is not None and shown.endswith(own_path(one.key)):
                await update_local_profile(tx, one.owner_id, without_picture(one.purpose))
    return len(removed)


async def _forget_addresses(tx: Tx, journal: Journal, keys: Sequence[str]) -> int:
    """Take addresses away that members had given up. What they gave instead is not known here."""
    by_actor: dict[int, set[str]] = {}
    for key in keys:
        actor_id, _, mark = key.partition(":")
        if actor_id.isdecimal():
            by_actor.setdefault(int(actor_id), set()).add(mark)
    count = 0
    for account_id, actor_id, digest in await erasures_store.list_addresses(tx, by_actor):
        if journal.mark_of(digest) in by_actor[actor_id]:
            await update_email(tx, AccountId(account_id), None, now=datetime.now(UTC))
            count += 1
    return count


async def _stop_writing(tx: Tx, in_order: Iterable[Erasure]) -> int:
    """Let addresses be written to or not as their readers said last. Returns how many are not."""
    last: dict[tuple[str, str], Erasure] = {}
    for one in in_order:
        if one.kind in (Erased.STOP, Erased.UNSTOP):
            tag, topic, *_ = one.key.split(":")
            last[tag, topic] = one
    count = 0
    for (tag, word), one in last.items():
        topic = Topic(word) if word else None
        if one.kind is Erased.UNSTOP:
            await delete_stop(tx, tag, topic)
        else:
            why = StopReason(one.key.rpartition(":")[2])
            count += await insert_stop(tx, tag, topic, why, said="")
    return count


def _numbers(keys: Sequence[str]) -> list[int]:
    return list(dict.fromkeys(int(key) for key in keys if key.isdecimal() and len(key) < 19))


def _chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
