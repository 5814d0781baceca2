"""The rules in force, as one process holds them: never older than a second.

NOTIFY wakes; a look at the version (one row) makes sure where it did not
arrive. Only what has changed is read again.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.ids import Domain
from fedinet.policy import facts_store, store
from fedinet.policy.document import RuleDocument, read_rule
from fedinet.policy.facts_store import AlliedUntil
from fedinet.policy.model import Mode, Rule, RuleId
from fedinet.policy.ruleset import Ruleset, compile_rules

logger = logging.getLogger(__name__)

_FRESH_S: Final = 1.0


class CurrentPolicy:
    """One per process. ``await policy.rules()`` wherever a decision is made."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[RuleId, Rule] = {}
        self._allies: Mapping[Domain, AlliedUntil] = {}
        self._rules = compile_rules((), mode=Mode.CLOSED)
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    def forget(self, payload: str) -> None:  # noqa: ARG002  # what changed is read, not told
        """Look again before the next decision. Takes the payload of ``POLICY_CHANNEL``."""
        self._read_at = float("-inf")

    async def rules(self) -> Ruleset:
        """Give the rules of at most a second ago.

        Raises:
            Overloaded: the database does not answer, so nobody knows what holds.
        """
        if monotonic() - self._read_at > _FRESH_S:
            async with self._lock:
                if monotonic() - self._read_at > _FRESH_S:
                    await self._look()
        return self._rules

    def is_ally(self, domain: Domain, now: datetime) -> bool:
        """Tell whether both communities name each other, as of the last look at the rules."""
        known = self._allies.get(domain)
        return known is not None and known.is_ally and known.until > now

    def may_be_told(self, domain: Domain, now: datetime) -> bool:
        """Tell whether an ally, or one that was left within the hour, may be sent something.

        Else a community that talks with allies only could tell nobody that it is over.
        """
        known = self._allies.get(domain)
        return known is not None and known.until > now

    async def _look(self) -> None:
        began = monotonic()
        async with transaction(self._pool) as tx:
            standing = await store.read_standing(tx)
            self._allies = await facts_store.list_allies(tx)
            if standing.version == self._rules.version:
                self._read_at = began
                return
            changed = await store.list_changed_since(tx, self._rules.version)
        self._rules = await asyncio.to_thread(self._compiled, standing, changed)
        self._read_at = began
        logger.info("policy.read version=%d rules=%d", standing.version, len(self._known))

    def _compiled(
        self,
        standing: store.Standing,
        changed: list[tuple[RuleId, RuleDocument | None]],
    ) -> Ruleset:
        for rule_id, document in changed:
            if document is None:
                self._known.pop(rule_id, None)
            else:
                self._known[rule_id] = read_rule(document, rule_id)
        return compile_rules(self._known.values(), mode=standing.mode, version=standing.version)
