"""Bringing in a list once: what is new becomes drafts, what differs is a steward's choice."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedinet.db.query import Conn, Tx
from fedinet.kernel.ids import Domain
from fedinet.policy import commands, store
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.impact.preview import Change, in_force
from fedinet.policy.lists.entries import (
    Caps,
    Comparison,
    Difference,
    compare,
    take_theirs,
    with_parents,
)
from fedinet.policy.lists.formats import Entry
from fedinet.policy.lists.store import followed_domains


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """How a list is brought in. ``note``: what each rule says of where it came from."""

    caps: Caps
    note: str
    draft: bool
    ours: Sequence[Domain]
    now: datetime


async def lay_beside(conn: Conn, entries: Iterable[Entry], how: Import) -> Comparison:
    """Compare a list with the rules of now."""
    return compare(
        entries,
        {rule.key: rule.document for rule in await store.all_rules(conn)},
        caps=how.caps,
        followed=with_parents(await followed_domains(conn)),
        ours=how.ours,
        note=how.note,
        draft=how.draft,
        now=how.now,
    )


def change_of(new: Sequence[RuleDocument], taken: Iterable[Difference] = ()) -> Change:
    """What bringing it in would do once all of it is in force."""
    put, remove = take_theirs(taken)
    return Change(put=in_force([*new, *put]), remove=tuple(remove))


async def bring_in(
    tx: Tx, entries: Iterable[Entry], how: Import, *, take: Collection[Domain] | None, by: Steward
) -> Comparison:
    """Write what is new, and for the servers in ``take`` (None: all) what the list says instead.

    Raises:
        Unprocessable: a rule makes no sense.
    """
    await store.lock_policy(tx)
    found = await lay_beside(tx, entries, how)
    taken = [one for one in found.differing if take is None or one.domain in take]
    put, remove = take_theirs(taken)
    await commands.change_rules(tx, [*found.new, *put], remove, ours=how.ours, by=by)
    return found
