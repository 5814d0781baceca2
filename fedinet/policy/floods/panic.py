"""The panic switch: strangers are looked at first for a time, by rules that end by themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Tx
from fedinet.policy import commands, store
from fedinet.policy.commands import Steward
from fedinet.policy.floods.rules import PANIC_KEYS, STRANGERS, panic_rules
from fedinet.policy.impact.preview import Change

LONGEST: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Panic:
    """The switch is on. ``by`` pulled it at ``since``."""

    until: datetime
    by: str
    since: datetime


async def find_panic(conn: Conn, now: datetime) -> Panic | None:
    """Tell whether the switch is on, and until when."""
    rule = await store.find_rule(conn, STRANGERS)
    if rule is None or rule.document.draft:
        return None
    until = rule.document.expires
    if until is None or until <= now:
        return None
    return Panic(until, rule.created_by, rule.changed_at)


async def pull(tx: Tx, *, until: datetime, by: Steward) -> int:
    """Switch it on, or set another end. Returns the policy's new version."""
    return await commands.put_rules(tx, panic_rules(until), ours=(), by=by)


async def lift(tx: Tx, *, by: Steward) -> int:
    """Switch it off before its end. Harmless where it is off. Returns the policy's version."""
    standing = await store.lock_policy(tx)
    there = [key for key in PANIC_KEYS if await store.find_rule(tx, key) is not None]
    return await commands.remove_rules(tx, there, by=by) if there else standing.version


def change_of(until: datetime | None) -> Change:
    """What is tried out before: on until then, or off."""
    return Change(remove=PANIC_KEYS) if until is None else Change(put=panic_rules(until))


def end_after(hours: int, now: datetime) -> datetime:
    """When it ends, to the second; at most a week from now."""
    return (now + min(timedelta(hours=hours), LONGEST)).replace(microsecond=0)
