"""Reading what an ally shows to allies alone: its people, and the rules it shares, as drafts."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.actors.keys import find_node_actor
from fedinet.allies import people_store, sharing, store
from fedinet.allies.commands import check_soon
from fedinet.allies.looking import Nodes
from fedinet.allies.model import CHECKED_EVERY, Ally, Seen
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.kernel.errors import FedinetError, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.net.budget import Budget
from fedinet.policy import store as rules_store
from fedinet.policy.commands import Steward, put_rules, remove_rules
from fedinet.policy.document import RuleDocument
from fedinet.policy.ours import check_not_ours
from fedinet.vocab.activity import Document

_AGAIN: Final = timedelta(minutes=5)
_NEW_FOR: Final = timedelta(hours=1)

logger = logging.getLogger(__name__)


async def read_shared(nodes: Nodes, ally: Ally, seen: Seen) -> None:
    """Take over whom an ally lists now and, where stewards want them, its rules as drafts."""
    budget = Budget(4)
    people = await _document(nodes, seen.people_uri, budget)
    rules = await _document(nodes, seen.rules_uri, budget) if ally.takes_rules else None
    now = datetime.now(UTC)
    async with transaction(nodes.pool) as tx:
        still = await store.lock_ally(tx, ally.domain)
        if still is None or not still.is_allied(now):
            return
        if people is not None:
            listed = sharing.read_people(people, ally.origin)
            await people_store.replace_people(tx, ally.domain, listed)
            still = replace(still, people_read_at=now)
            await store.save_ally(tx, still, check_after=now + CHECKED_EVERY)
        elif still.people_read_at is None and _is_new(
            still, now
        ):  # it may not have heard of our yes at this moment
            await check_soon(tx, ally.domain, key="people", due_at=now + _AGAIN)
        if rules is not None and still.takes_rules:
            node = await find_node_actor(tx, nodes.uris)
            ours = [nodes.uris.origin.domain, *([] if node is None else [node.domain])]
            await draft_rules(tx, ally.domain, sharing.read_rules(rules, ally.domain), ours, now)


async def draft_rules(
    tx: Tx, ally: Domain, shared: list[RuleDocument], ours: list[Domain], now: datetime
) -> None:
    """Make drafts of rules about servers that no rule here is about; drop what is shared no more.

    Nothing is put in force, and nothing that a steward put in force is touched.
    """
    by = Steward(name=ally, now=now)
    standing = {rule.key: rule for rule in await rules_store.rules_of(tx, sharing.source_of(ally))}
    gone = [
        key
        for key, rule in standing.items()
        if rule.document.draft and key not in {one.key for one in shared}
    ]
    if gone:
        await remove_rules(tx, gone, by=by)
    wanted = [rule for rule in shared if _is_not_about_us(rule, ours)]
    names = [Domain(name) for rule in wanted for name in rule.domains]
    known = {
        name
        for rule in await rules_store.list_rules_about(tx, names)
        if rule.key not in standing
        for name in rule.document.domains
    }
    new = [
        rule
        for rule in wanted
        if known.isdisjoint(rule.domains)
        and (rule.key not in standing or standing[rule.key].document.draft)
    ]
    if new:
        await put_rules(tx, new, ours=ours, by=by)


def _is_new(ally: Ally, now: datetime) -> bool:
    return ally.allied_at is not None and now - ally.allied_at < _NEW_FOR


def _is_not_about_us(rule: RuleDocument, ours: list[Domain]) -> bool:
    try:
        check_not_ours(rule, ours)
    except Unprocessable:
        return False
    return True


async def _document(nodes: Nodes, uri: str, budget: Budget) -> Document | None:
    """Fetch one of these; None where there is none now. The next look asks again."""
    if not uri:
        return None
    try:
        return (await nodes.source.document(uri, budget=budget))[0]
    except FedinetError as error:
        logger.warning("allies.unread uri=%s why=%s", uri, error)
        return None
