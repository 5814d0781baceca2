"""What stewards do to the policy: put, remove, switch, apply a file. Never the network.

Every change is one version, written to the audit with before and after, and
told to every process on commit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.policy import store
from fedinet.policy.audit_lines import putting, removal
from fedinet.policy.audit_store import (
    OF_NO_RULE,
    AuditRow,
    Change,
    as_json,
    list_later,
    list_of_version,
    write_down,
)
from fedinet.policy.document import RuleDocument, settle
from fedinet.policy.file.toml import Plan
from fedinet.policy.impact import preview
from fedinet.policy.lists.changes import (
    BY_LISTS,
    TOGETHER,
    heed,
    lines_of_lists,
    rules_left_behind,
    taken_back,
    write_lists,
)
from fedinet.policy.lists.document import Farewell, ListChange, ListsDocument, is_list_subject
from fedinet.policy.model import Effect, Mode, OnExpire
from fedinet.policy.ours import check_not_ours
from fedinet.queue.jobs import enqueue_job

SETTLE_FOLLOWS: Final = "policy.settle_follows"
"""Job after every change: follows become what the rules of then want."""
BY_TIME: Final = "time"
"""Who changed what ran out."""


MODE: Final = "mode"
PUBLISH: Final = "publish"
EXPIRE: Final = "expire"
UNDO: Final = "undo"
"""Actions of the audit, besides ``add``, ``change`` and ``remove``."""
ALLY: Final = "ally_"
"""Begins the actions on allied communities: each has its own way back, and the other side's say."""


class Stale(Unprocessable):
    """Somebody else was faster: what a form showed is not so any more."""

    def __init__(self, private: str) -> None:
        super().__init__(
            private,
            public=N_("Somebody else has changed this meanwhile. Look at how it is now"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Steward:
    """Who changes something, and why, at what moment. ``name`` is a handle, or ``command line``."""

    name: str
    now: datetime
    reason: str = ""


async def put_rules(
    tx: Tx, documents: Sequence[RuleDocument], *, ours: Sequence[Domain], by: Steward
) -> int:
    """Write rules, new or changed under their keys. Returns the policy's new version.

    ``ours`` are this node's own domains.

    Raises:
        Unprocessable: a rule makes no sense, or is about this node itself.
    """
    return await change_rules(tx, documents, (), ours=ours, by=by)


async def change_rules(
    tx: Tx,
    put: Sequence[RuleDocument],
    remove: Collection[str],
    *,
    ours: Sequence[Domain],
    by: Steward,
) -> int:
    """Write some rules and remove others, as one version. What is gone already is no error.

    Raises:
        Unprocessable: a rule makes no sense, or is about this node itself.
    """
    settled = [settle(document) for document in put]
    for document in settled:
        check_not_ours(document, ours)
    standing = await store.lock_policy(tx)
    found = await store.find_rules(tx, [*(one.key for one in settled), *remove])
    changes: list[Change] = []
    changed: list[RuleDocument] = []
    for document in settled:
        before = found[document.key].document if document.key in found else None
        if before != document:
            changed.append(document)
            changes.append(putting(before, document))
    gone = [key for key in remove if key in found]
    changes += [removal(found[key].document) for key in gone]
    if not changes:
        return standing.version
    return await _write(tx, standing, by, changes, put=changed, remove=gone)


async def remove_rules(tx: Tx, keys: Sequence[str], *, by: Steward) -> int:
    """Remove rules by their keys. Returns the policy's new version.

    Raises:
        NotFound: there is no such rule.
    """
    standing = await store.lock_policy(tx)
    changes: list[Change] = []
    for key in keys:
        stored = await store.find_rule(tx, key)
        if stored is None:
            raise NotFound(
                f"no rule {key!r}", public=N_("There is no rule %(key)s"), values={"key": key}
            )
        changes.append(removal(stored.document))
    return await _write(tx, standing, by, changes, remove=keys)


async def put_seen_rule(
    tx: Tx, document: RuleDocument, *, seen: int, ours: Sequence[Domain], by: Steward
) -> int:
    """Write one rule as a form does: ``seen`` is the version it was shown at, 0 for a new one.

    Sending the same twice is one change.

    Raises:
        Stale: somebody else has changed, made or removed it meanwhile.
        Unprocessable: it makes no sense, or is about this node itself.
    """
    await store.lock_policy(tx)
    stored = await store.find_rule(tx, document.key)
    if stored is not None and stored.document == settle(document):
        return stored.version
    if seen != (0 if stored is None else stored.version):
        raise Stale(f"rule {document.key!r} is not as at {seen}")
    return await put_rules(tx, [document], ours=ours, by=by)


async def undo_version(tx: Tx, version: int, *, ours: Sequence[Domain], by: Steward) -> int:
    """Take back what one version changed. Returns the policy's new version.

    Sending it twice is one undoing. Where a list goes by it, its drafts go, and its
    rules in force stay.

    Raises:
        Stale: what it changed was changed again since.
        Unprocessable: there is nothing to undo, or time made the change.
    """
    standing = await store.lock_policy(tx)
    rows = await list_of_version(tx, version)
    undone = reversal(rows)
    later = await list_later(tx, {row.change.subject for row in rows}, version)
    if later:
        if _is_this_undoing(later, by):
            return standing.version
        raise Stale(f"what version {version} changed was changed in {later[0].policy_version}")
    for document in undone.put:
        check_not_ours(document, ours)
    changes = [await _change(tx, document) for document in undone.put]
    for key in undone.remove:
        stored = await store.find_rule(tx, key)
        changes.append(None if stored is None else removal(stored.document))
    if undone.mode is not None:
        changes.append(_switch(standing.mode, undone.mode))
        standing = replace(standing, mode=undone.mode)
    left, leaving, behind = await _let_lists_go(tx, undone.lists, Farewell.KEEP)
    changes += behind
    changes += await lines_of_lists(tx, undone.lists, undone.together)
    written = [replace(change, action=UNDO) for change in changes if change is not None]
    await write_lists(tx, undone.lists, undone.together, by=by.name, version=standing.version + 1)
    put, remove = [*undone.put, *left], [*undone.remove, *leaving]
    return await _write(tx, standing, by, written, put=put, remove=remove)


def _is_this_undoing(later: Sequence[AuditRow], by: Steward) -> bool:
    """Tell whether all that came since is one undoing by the same steward."""
    return len({row.policy_version for row in later}) == 1 and all(
        row.change.action == UNDO and row.by_whom == by.name for row in later
    )


def may_undo(action: str) -> bool:
    """What time did, alliances, acquaintances and words are not undone like a rule."""
    return action not in (EXPIRE, PUBLISH, *OF_NO_RULE) and not action.startswith(ALLY)


def reversal(rows: Sequence[AuditRow]) -> preview.Change:
    """What takes a change back.

    Raises:
        Unprocessable: there is nothing, or a rule ran out: that cannot be taken back.
    """
    if not rows or any(row.change.action in (EXPIRE, PUBLISH) for row in rows):
        raise Unprocessable("nothing to undo", public=N_("There is no change that can be undone"))
    if any(row.change.action.startswith(ALLY) for row in rows):
        raise Unprocessable(
            "an alliance is not undone like a rule",
            public=N_("This was about an allied community: change it on the page of those"),
        )
    lists = [row.change for row in rows if is_list_subject(row.change.subject)]
    together = [row.change.before for row in rows if row.change.subject == TOGETHER]
    other = {MODE, TOGETHER, *(change.subject for change in lists)}
    rules = [row.change for row in rows if row.change.subject not in other]
    modes = [row.change.before for row in rows if row.change.subject == MODE]
    return preview.Change(
        put=tuple(
            msgspec.json.decode(change.before, type=RuleDocument)
            for change in rules
            if change.before is not None
        ),
        remove=tuple(change.subject for change in rules if change.before is None),
        mode=next((Mode(msgspec.json.decode(m)) for m in modes if m is not None), None),
        lists=tuple(taken_back(change) for change in lists),
        together=next(
            (msgspec.json.decode(t, type=ListsDocument) for t in together if t is not None), None
        ),
    )


async def change_lists(
    tx: Tx,
    changed: Sequence[ListChange],
    *,
    ours: Sequence[Domain],
    by: Steward,
    together: ListsDocument | None = None,
    farewell: Farewell | None = None,
) -> int:
    """Write subscriptions, and what holds for all of them. Returns the policy's new version.

    ``farewell``: what becomes of the rules of lists that go.

    Raises:
        Unprocessable: lists with rules go, and nobody said what becomes of these.
    """
    plan = Plan(lists=tuple(changed), together=together)
    return await apply_plan(tx, plan, ours=ours, by=by, farewell=farewell)


async def switch_mode(tx: Tx, mode: Mode, *, by: Steward) -> int:
    """Say what holds for servers that no rule is about. Returns the policy's new version."""
    standing = await store.lock_policy(tx)
    if standing.mode is mode:
        return standing.version
    change = _switch(standing.mode, mode)
    return await _write(tx, replace(standing, mode=mode), by, [change])


async def apply_plan(
    tx: Tx, plan: Plan, *, ours: Sequence[Domain], by: Steward, farewell: Farewell | None = None
) -> int:
    """Do all that a plan says, as one version. ``farewell``: of the rules of lists that go.

    Raises:
        Unprocessable: a rule is about this node itself, or nobody said what becomes
            of the rules of a list that goes.
    """
    standing = await store.lock_policy(tx)
    put = [*plan.added, *(after for _, after in plan.changed)]
    left, leaving, behind = await _let_lists_go(tx, plan.lists, farewell)
    put += left
    for document in put:
        check_not_ours(document, ours)
    removed = [document.key for document in plan.removed] + leaving
    changes = [putting(None, document) for document in plan.added]
    changes += [putting(before, after) for before, after in plan.changed]
    changes += [removal(document) for document in plan.removed] + behind
    changes += await lines_of_lists(tx, plan.lists, plan.together)
    if plan.mode is not None:
        before, after = plan.mode
        changes.append(_switch(before, after))
        standing = replace(standing, mode=after)
    if not changes:
        return standing.version
    await write_lists(tx, plan.lists, plan.together, by=by.name, version=standing.version + 1)
    return await _write(tx, standing, by, changes, put=put, remove=removed)


async def _let_lists_go(
    tx: Tx, lists: Sequence[ListChange], farewell: Farewell | None
) -> tuple[list[RuleDocument], list[str], list[Change]]:
    """Rules to put and to remove where lists go, and the lines of the audit about both."""
    left, leaving = await rules_left_behind(tx, lists, farewell)
    found = await store.find_rules(tx, [*(one.key for one in left), *leaving])
    changes = [putting(found[document.key].document, document) for document in left]
    return left, leaving, changes + [removal(found[key].document) for key in leaving]


async def note(tx: Tx, changes: Sequence[Change], *, by: Steward) -> int:
    """Write down what was decided beside the rules, as a version that every process hears of."""
    return await _write(tx, await store.lock_policy(tx), by, changes)


async def end_expired(tx: Tx, now: datetime) -> int:
    """Do what each rule says about its end, once its time is over. Returns how many ended.

    The engine has let them rest from the very moment; this writes it down.
    """
    expired = await store.list_expired(tx, now)
    if not expired:
        return 0
    standing = await store.lock_policy(tx)
    put: list[RuleDocument] = []
    remove: list[str] = []
    changes: list[Change] = []
    for stored in expired:
        after = _after_expiry(stored.document)
        if after is None:
            remove.append(stored.key)
            changes.append(replace(removal(stored.document), action=EXPIRE))
        else:
            put.append(after)
            changes.append(replace(putting(stored.document, after), action=EXPIRE))
    by = Steward(name=BY_TIME, now=now, reason="")
    await _write(tx, standing, by, changes, put=put, remove=remove)
    return len(expired)


def _after_expiry(document: RuleDocument) -> RuleDocument | None:
    match document.on_expire:
        case OnExpire.REMOVE:
            return None
        case OnExpire.DRAFT:
            return msgspec.structs.replace(document, draft=True, expires=None)
        case OnExpire.HOLD:
            return msgspec.structs.replace(document, verdict="hold", effects=[], expires=None)
        case OnExpire.LIMIT:
            return msgspec.structs.replace(
                document, verdict=None, effects=[Effect.LIMIT], expires=None
            )


async def _write(
    tx: Tx,
    standing: store.Standing,
    by: Steward,
    changes: Sequence[Change],
    *,
    put: Sequence[RuleDocument] = (),
    remove: Sequence[str] = (),
) -> int:
    version = standing.version + 1
    if by.name != BY_LISTS:
        await heed(tx, changes, at=by.now)
    if put:
        await store.put_rules(tx, put, by=by.name, version=version)
    if remove:
        await store.remove_rules(tx, remove, version=version)
    await store.set_standing(tx, store.Standing(standing.mode, version))
    await enqueue_job(tx, SETTLE_FOLLOWS, {}, unique_key=str(version))
    await write_down(tx, changes, at=by.now, by=by.name, reason=by.reason, version=version)
    return version


async def _change(tx: Tx, document: RuleDocument) -> Change | None:
    """What putting this rule changes; None where it stands so already."""
    stored = await store.find_rule(tx, document.key)
    if stored is not None and stored.document == document:
        return None
    return putting(None if stored is None else stored.document, document)


def _switch(before: Mode, after: Mode) -> Change:
    return Change(
        action=MODE, subject=MODE, before=as_json(before.value), after=as_json(after.value)
    )
