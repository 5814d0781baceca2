"""Why something that came in fared as it did: by what policy saw then, and by the rules of now."""

from dataclasses import dataclass

from fedinet.db.query import Conn
from fedinet.inbox.log_store import Logged
from fedinet.policy.explain import Explanation, explain
from fedinet.policy.past.seen import Seen
from fedinet.policy.past.store import rules_of_version
from fedinet.policy.ruleset import Ruleset


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One logged activity, explained. ``then``: by the rules of then, where they are known.

    ``then`` and ``now`` both go by the facts that were seen then; both are None where
    policy was not asked.
    """

    logged: Logged
    then: Explanation | None = None
    now: Explanation | None = None
    have_rules_changed: bool = False

    @property
    def is_otherwise_now(self) -> bool:
        """Whether it would be decided otherwise today."""
        seen = self.logged.seen
        return (
            seen is not None
            and self.now is not None
            and (seen.verdict, seen.effects)
            != (self.now.decision.verdict, self.now.decision.effects)
        )


async def account_of(conn: Conn, logged: Logged, rules: Ruleset) -> Account:
    """Explain what became of an activity; ``rules`` are those of now."""
    seen = logged.seen
    if seen is None or logged.is_released:
        return Account(logged=logged)
    past = await rules_of_version(conn, rules, seen.version)
    return Account(
        logged=logged,
        then=None if past is None else _telling(seen, past),
        now=_telling(seen, rules),
        have_rules_changed=seen.version != rules.version,
    )


def _telling(seen: Seen, rules: Ruleset) -> Explanation:
    """Explain the part that decided: the activity itself, or the strictest of what it carried."""
    told = [explain(part.envelope, part.facts, rules) for part in seen.parts]
    return max(told, key=lambda one: one.decision.verdict)
