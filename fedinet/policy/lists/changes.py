"""What changes of subscriptions write and say, whoever makes them. For ``policy.commands``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from fedinet.db.query import Tx
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.policy import store
from fedinet.policy.audit_store import Change, as_json
from fedinet.policy.document import RuleDocument
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.document import (
    LIST_SUBJECT,
    Farewell,
    ListChange,
    ListDocument,
    ListsDocument,
    is_list_subject,
    source_of,
)
from fedinet.policy.lists.subscriptions import left_behind
from fedinet.queue.jobs import enqueue_job

READ_LIST: Final = "policy.read_list"
"""Job: ask for a list, and take in what it says."""
BY_LISTS: Final = "lists"
"""Who made and changed what lists say."""
TOGETHER: Final = "subscriptions"
"""Subject of the audit: what holds for all lists."""


async def rules_left_behind(
    tx: Tx, lists: Sequence[ListChange], farewell: Farewell | None
) -> tuple[list[RuleDocument], list[str]]:
    """What becomes of rules whose list goes."""
    going = [one.name for one in lists if one.after is None]
    rules = [rule.document for name in going for rule in await store.rules_of(tx, source_of(name))]
    if not rules:
        return [], []
    if farewell is None:
        raise Unprocessable(
            f"lists {going} go, and nobody said what becomes of their rules",
            public=N_("The list %(name)s has %(count)d rules: say what becomes of them"),
            values={"name": ", ".join(going), "count": len(rules)},
        )
    return left_behind(rules, farewell)


async def lines_of_lists(
    tx: Tx, changed: Sequence[ListChange], together: ListsDocument | None
) -> list[Change]:
    """The lines of the audit about subscriptions."""
    changes = [
        Change(
            action="add" if one.before is None else "remove" if one.after is None else "change",
            subject=f"{LIST_SUBJECT}{one.name}",
            before=None if one.before is None else as_json(one.before),
            after=None if one.after is None else as_json(one.after),
        )
        for one in changed
    ]
    if together is not None:
        before = await lists_store.read_together(tx)
        if before != together:
            was, will_be = as_json(before), as_json(together)
            changes.append(Change(action="change", subject=TOGETHER, before=was, after=will_be))
    return changes


async def write_lists(
    tx: Tx,
    changed: Sequence[ListChange],
    together: ListsDocument | None,
    *,
    by: str,
    version: int,
) -> None:
    for one in changed:
        if one.after is None:
            await lists_store.remove_list(tx, one.name)
        else:
            await lists_store.put_list(tx, one.after, by=by, version=version)
            await enqueue_job(tx, READ_LIST, {"name": one.name}, unique_key=one.name)
    if together is not None:
        await lists_store.set_together(tx, together)


def taken_back(change: Change) -> ListChange:
    before, after = (
        None if raw is None else msgspec.json.decode(raw, type=ListDocument)
        for raw in (change.after, change.before)
    )
    return ListChange(change.subject.partition(":")[2], before, after)


async def heed(tx: Tx, changes: Sequence[Change], *, at: datetime) -> None:
    """What a steward removes of a list does not come back with the list; what is put back may."""
    declined: dict[tuple[str, bool], list[Domain]] = {}
    for change in changes:
        was = change.before if change.after is None else change.after
        document = None if is_list_subject(change.subject) else _rule_in(was)
        if document is not None and document.source.startswith(source_of("")):
            name = document.source.partition(":")[2]
            declined.setdefault((name, change.after is None), []).extend(change.domains)
    for (name, is_gone), domains in declined.items():
        await lists_store.decline(tx, name, domains, at=at if is_gone else None)


def _rule_in(raw: str | None) -> RuleDocument | None:
    """The rule that a line of the audit holds; None where it holds something else."""
    if raw is None or not raw.startswith('{"key"'):
        return None
    return msgspec.json.decode(raw, type=RuleDocument)
