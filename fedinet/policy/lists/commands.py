"""What stewards do about lists, and what reading a list leads to. Never the network.

Whoever changes anything holds the policy's row first, then a list's.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

import msgspec

from fedinet.db.query import Conn, Tx
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.policy import commands, store
from fedinet.policy.commands import Stale, Steward
from fedinet.policy.impact.preview import Change
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.changes import BY_LISTS
from fedinet.policy.lists.document import (
    MOST_LISTS,
    Farewell,
    ListChange,
    ListDocument,
    ListsDocument,
    settle_lists,
    source_of,
)
from fedinet.policy.lists.entries import with_parents
from fedinet.policy.lists.reading import Complaint, Fetched
from fedinet.policy.lists.store import Asked, Jump, Listed, StoredList, by_domain
from fedinet.policy.lists.subscriptions import (
    Ground,
    Merge,
    Proposal,
    Speaker,
    left_behind,
    merge,
    speaker_of,
)

_AGAIN: Final = timedelta(hours=6)
_NIGHT_HOUR: Final = 2
_SPREAD_MINUTES: Final = 180
_FEW: Final = 10
"""So many entries may come, go or become stricter at once in a list of any length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What reading a list led to. ``jump``: it changed too much at once, so nothing was taken."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    jump: Jump | None = None
    merged: Merge | None = None


async def put_seen_list(
    tx: Tx, document: ListDocument, *, seen: int, ours: Sequence[Domain], by: Steward
) -> int:
    """Subscribe, or change a subscription, as a form does; ``seen`` is the version it showed.

    Sending the same twice is one change. It is read again soon.

    Raises:
        Stale: somebody else has changed, made or removed it meanwhile.
        Unprocessable: there are ``MOST_LISTS``.
    """
    standing = await store.lock_policy(tx)
    stored = await lists_store.find_list(tx, document.name)
    if stored is not None and stored.document == document:
        return standing.version
    if seen != (0 if stored is None else stored.version):
        raise Stale(f"list {document.name!r} is not as at {seen}")
    if stored is None and len(await lists_store.all_lists(tx)) >= MOST_LISTS:
        raise Unprocessable(
            f"{MOST_LISTS} lists are followed",
            public=N_("At most %(most)d lists"),
            values={"most": MOST_LISTS},
        )
    before = None if stored is None else stored.document
    return await commands.change_lists(
        tx, [ListChange(document.name, before, document)], ours=ours, by=by
    )


async def end_list(
    tx: Tx, name: str, farewell: Farewell, *, ours: Sequence[Domain], by: Steward
) -> int:
    """End a subscription, and say what becomes of its rules. Twice is once."""
    standing = await store.lock_policy(tx)
    stored = await lists_store.find_list(tx, name)
    if stored is None:
        return standing.version
    gone = ListChange(name, stored.document, None)
    version = await commands.change_lists(tx, [gone], ours=ours, by=by, farewell=farewell)
    await merge_all(tx, ours=ours, now=by.now)
    return version


async def set_together(
    tx: Tx, document: ListsDocument, *, ours: Sequence[Domain], by: Steward
) -> int:
    """Say what holds for all lists, and merge them anew."""
    version = await commands.change_lists(tx, (), together=document, ours=ours, by=by)
    await merge_all(tx, ours=ours, now=by.now)
    return version


async def take_list(
    tx: Tx,
    name: str,
    fetched: Fetched | None,
    *,
    seen: int,
    ours: Sequence[Domain],
    now: datetime,
    accept: str = "",
) -> Taken | None:
    """Take in what was read (None: it is as it was), and merge all lists.

    ``seen``: the subscription's version when it was asked for. ``accept``: the digest of
    a jump that a steward has looked at. Returns None where the subscription was
    changed or ended meanwhile: then it is read anew.
    """
    await store.lock_policy(tx)
    stored = await lists_store.lock_list(tx, name)
    if stored is None or stored.version != seen:
        return None
    taken = Taken()
    if fetched is not None:
        taken = await _take_entries(tx, stored, fetched, now, accept)
    asked = Asked(at=now, due_at=next_night(now, name), is_read=taken.jump is None, jump=taken.jump)
    await lists_store.note_asked(tx, name, asked)
    if taken.jump is not None:
        return taken
    was_new = frozenset({name}) if stored.read_at is None else frozenset[str]()
    merged = await merge_all(tx, ours=ours, now=now, new=was_new)
    return Taken(added=taken.added, removed=taken.removed, changed=taken.changed, merged=merged)


async def note_failure(tx: Tx, name: str, complaint: Complaint, now: datetime) -> None:
    """Write down that a list could not be read. What it said before goes on."""
    stored = await lists_store.find_list(tx, name)
    asked = Asked(
        at=now,
        due_at=now + _AGAIN,
        error=complaint.sentence,
        error_values=complaint.values,
        jump=None if stored is None else stored.jump,
    )
    await lists_store.note_asked(tx, name, asked)


async def merge_all(
    tx: Tx, *, ours: Sequence[Domain], now: datetime, new: Collection[str] = ()
) -> Merge:
    """Do at once what may be done; what a steward has to say a word about is proposed."""
    await store.lock_policy(tx)
    merged = await merged_now(tx, ours=ours, now=now, new=new)
    by = Steward(name=BY_LISTS, now=now, reason="")
    await commands.change_rules(tx, merged.put, merged.remove, ours=ours, by=by)
    return merged


@dataclass(frozen=True, slots=True)
class KnownLists:
    """Every subscription, by name, and what stands in each."""

    stored: Sequence[StoredList]
    entries: Mapping[str, Sequence[Listed]]


async def read_lists(conn: Conn) -> KnownLists:
    """Read all lists, whole: a statement for them, and one for what they say."""
    stored = await lists_store.all_lists(conn)
    return KnownLists(stored, await lists_store.entries_of_all(conn, [one.name for one in stored]))


async def merged_now(
    conn: Conn,
    *,
    ours: Sequence[Domain],
    now: datetime,
    new: Collection[str] = (),
    instead: Mapping[str, ListDocument | None] | None = None,
    entries: Mapping[str, Fetched] | None = None,
    together: ListsDocument | None = None,
    known: KnownLists | None = None,
) -> Merge:
    """Say what follows from all lists, with what stands in them now; writes nothing.

    ``new``: lists that speak for the first time. ``instead``: subscriptions as they would
    be (None: ended), ``entries`` what was read of them, and ``together`` what would hold
    for all: for previews. ``known``: what ``read_lists`` has read already.
    """
    lists = known or await read_lists(conn)
    speakers = _speakers(lists, new, instead or {}, entries or {})
    together_now, followed = await lists_store.read_ground(conn)
    holds = together or together_now
    ground = Ground(
        rules=[rule.document for rule in await store.all_rules(conn)],
        followed=with_parents(followed),
        ours=ours,
        now=now,
        excludes=frozenset(map(Domain, holds.excludes)),
        least=holds.least(len(speakers)),
    )
    return await asyncio.to_thread(merge, speakers, ground)


async def do_proposals(
    tx: Tx, keys: Collection[str], *, ours: Sequence[Domain], by: Steward
) -> int:
    """Do what lists ask about rules in force, by the keys of these rules. Returns how many."""
    await store.lock_policy(tx)
    merged = await merged_now(tx, ours=ours, now=by.now)
    chosen = [one for one in merged.proposals if one.before.key in keys]
    put = [one.after for one in chosen if one.after is not None]
    remove = [one.before.key for one in chosen if _leaves_its_key(one)]
    await commands.change_rules(tx, put, remove, ours=ours, by=by)
    return len(chosen)


def _leaves_its_key(proposal: Proposal) -> bool:
    return proposal.after is None or proposal.after.key != proposal.before.key


def next_night(now: datetime, name: str) -> datetime:
    """When a list is read next: early tomorrow (UTC), each at its own minute."""
    minutes = crc32(name.encode()) % _SPREAD_MINUTES
    night = now.replace(hour=_NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night + timedelta(days=1, minutes=minutes)


def _speakers(
    lists: KnownLists,
    new: Collection[str],
    instead: Mapping[str, ListDocument | None],
    entries: Mapping[str, Fetched],
) -> list[Speaker]:
    """Every list that was read at least once, or of which ``entries`` were."""
    speakers: list[Speaker] = []
    wanted = {one.name: one.document for one in lists.stored} | dict(instead)
    read = {one.name for one in lists.stored if one.read_at is not None or one.name in new}
    for name, document in wanted.items():
        was_read = name in read
        if document is None or not (was_read or name in entries):
            continue
        listed = lists.entries[name] if was_read else ()
        said = by_domain(listed)
        if name in entries:
            said = {one.domain: one for one in entries[name].reading.entries}
        declined = [one.entry.domain for one in listed if one.is_declined]
        is_new = name in new or not was_read
        speakers.append(speaker_of(document, said, is_new=is_new, declined=declined))
    return speakers


async def _take_entries(
    tx: Tx, stored: StoredList, fetched: Fetched, now: datetime, accept: str
) -> Taken:
    before = by_domain(await lists_store.entries_of(tx, stored.name))
    after = {one.domain: one for one in fetched.reading.entries}
    added = after.keys() - before.keys()
    removed = before.keys() - after.keys()
    changed = {name for name in after.keys() & before.keys() if after[name] != before[name]}
    harder = sum(after[name].severity > before[name].severity for name in changed)
    room = max(_FEW, len(before) * stored.document.max_change // 100)
    is_jump = stored.read_at is not None and max(len(removed), len(added) + harder) > room
    if is_jump and accept != fetched.digest:
        jump = Jump(
            before=len(before),
            after=len(after),
            added=len(added) + harder,
            removed=len(removed),
            digest=fetched.digest,
        )
        return Taken(jump=jump)
    await lists_store.delete_entries(tx, stored.name, removed)
    await lists_store.put_entries(tx, stored.name, [after[name] for name in added | changed])
    await lists_store.note_read(
        tx,
        stored.name,
        at=now,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        kind=fetched.reading.format,
        entries=len(after),
        unread=len(fetched.reading.unread),
        is_changed=bool(added or removed or changed),
    )
    return Taken(added=len(added), removed=len(removed), changed=len(changed))


def together_of(threshold: str, excludes: Sequence[str]) -> ListsDocument:
    """Make what holds for all lists of what a steward typed.

    Raises:
        Invalid: with what to put right, field by field.
    """
    try:
        document = msgspec.convert(
            {"threshold": threshold.replace(" ", ""), "excludes": list(excludes)}, ListsDocument
        )
    except msgspec.ValidationError as error:
        told = N_("How many lists: a number like 2, or a share in percent.")
        raise Invalid(Problem("threshold", told)) from error
    return settle_lists(document)


async def ending(conn: Conn, name: str, farewell: Farewell) -> Change:
    """What ending a subscription would change."""
    rules = [rule.document for rule in await store.rules_of(conn, source_of(name))]
    put, remove = left_behind(rules, farewell)
    resting = [rule.key for rule in put if rule.draft]
    return Change(put=tuple(rule for rule in put if not rule.draft), remove=(*remove, *resting))
