"""Drafts put in force, one or many at once: what members follow stays limited unless it is said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from fedinet.db.query import Conn, Tx
from fedinet.kernel.ids import Domain
from fedinet.policy import commands, store
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.entries import GRACE, with_parents
from fedinet.policy.model import Effect
from fedinet.policy.store import StoredRule

_OF_OTHERS = ("list:", "orphan:", "ally:")
"""Sources whose rules nobody here wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which drafts: by their keys, or all of one source (``list:NAME``), or simply all.

    ``as_listed``: where members follow somebody, too. ``seen``: the policy's version
    when they were looked at; drafts that came or changed since are left.
    """

    keys: tuple[str, ...] = ()
    source: str = ""
    as_listed: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """Rules as they will be in force. ``softened``: those that members' follows made milder."""

    rules: tuple[RuleDocument, ...]
    softened: tuple[Domain, ...]
    left: int = 0
    """Chosen and not put in force: no drafts any more, or newer than what was seen."""


async def chosen_drafts(conn: Conn, choice: Choice, by: Steward) -> Activation:
    """Say what putting these drafts in force means now: members may follow people there by now."""
    drafts = await _drafts(conn, choice)
    kept = [one for one in drafts if choice.seen is None or one.version <= choice.seen]
    followed = with_parents(await lists_store.followed_domains(conn))
    rules: list[RuleDocument] = []
    softened: list[Domain] = []
    for draft in kept:
        rule = msgspec.structs.replace(draft.document, draft=False)
        if not choice.as_listed and _cuts_follows(rule, followed):
            rule = _limited(rule, by)
            softened += map(Domain, rule.domains)
        rules.append(rule)
    chosen = len(choice.keys) if choice.keys else len(drafts)
    return Activation(tuple(rules), tuple(softened), chosen - len(rules))


async def activate(tx: Tx, choice: Choice, *, ours: Sequence[Domain], by: Steward) -> Activation:
    """Put drafts in force. Twice is once.

    Raises:
        Unprocessable: a rule is about this node itself.
    """
    await store.lock_policy(tx)
    made = await chosen_drafts(tx, choice, by)
    await commands.put_rules(tx, made.rules, ours=ours, by=by)
    return made


async def _drafts(conn: Conn, choice: Choice) -> list[StoredRule]:
    if choice.keys:
        found = await store.find_rules(conn, choice.keys)
        return [one for one in found.values() if one.state == "draft"]
    found_all: list[StoredRule] = []
    while page := await store.list_rules(
        conn,
        source=choice.source or None,
        state="draft",
        after=found_all[-1].key if found_all else None,
        limit=1000,
    ):
        found_all += page
    return found_all


def _cuts_follows(rule: RuleDocument, followed: Collection[Domain]) -> bool:
    """Tell whether a rule that others wrote would cut members off from people they follow."""
    cuts = rule.verdict in ("reject", "drop") or Effect.FREEZE_FOLLOWS in rule.effects
    of_others = rule.source.startswith(_OF_OTHERS)
    return cuts and of_others and any(Domain(name) in followed for name in rule.domains)


def _limited(rule: RuleDocument, by: Steward) -> RuleDocument:
    """The same, no harder than a limit, and to be looked at again after the grace."""
    effects = {*rule.effects} - {Effect.FREEZE_FOLLOWS}
    told = "Asked for more: limited because members follow people there."
    return msgspec.structs.replace(
        rule,
        verdict=None,
        effects=sorted({*effects, Effect.LIMIT, Effect.REQUIRE_APPROVAL}),
        note=f"{rule.note} {told}".strip()[:2000],
        review=(by.now + GRACE).replace(microsecond=0),
    )
