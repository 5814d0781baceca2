"""Why something that came in fared as it did: by what policy saw then, and by the rules of now."""

from dataclasses import dataclass
from datetime import datetime

from fedinet.db.query import Conn
from fedinet.inbox.log_store import Logged, list_logged_by_address
from fedinet.policy.ask import Policy
from fedinet.policy.explain import Explanation, explain
from fedinet.policy.past.seen import Seen
from fedinet.policy.past.store import rules_of_version
from fedinet.policy.ruleset import Ruleset
from fedinet.vocab.activity import Activity, parse_activity, reduce_foreign
from fedinet.vocab.json import decode
from fedinet.vocab.normalise import normalise


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
    held: Logged | None = None
    """Of what a steward has let in: as it stood in the log while it waited."""

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
    if seen is None:
        return Account(logged=logged)
    if logged.is_released:
        return Account(logged=logged, held=await _held(conn, logged))
    past = await rules_of_version(conn, rules, seen.version)
    return Account(
        logged=logged,
        then=None if past is None else _telling(seen, past),
        now=_telling(seen, rules),
        have_rules_changed=seen.version != rules.version,
    )


async def _held(conn: Conn, logged: Logged) -> Logged | None:
    """Find it as it was held: let in, it has a new number."""
    if logged.domain is None or logged.activity_uri is None:
        return None
    same = await list_logged_by_address(conn, logged.domain, logged.activity_uri)
    return next((one for one in same if one.outcome == "held" and one.seen is not None), None)


async def explain_body(
    policy: Policy, raw: bytes, *, now: datetime
) -> tuple[Activity, Explanation]:
    """Say what would be decided on an activity, as JSON, if it came in now. Nothing is fetched.

    Raises:
        Malformed: no inbox would read it.
    """
    activity = reduce_foreign(parse_activity(normalise(decode(raw))))
    case = policy.case(activity, now=now, with_text=True, size_bytes=len(raw))
    [explained] = await policy.explain([case])
    return activity, explained


def _telling(seen: Seen, rules: Ruleset) -> Explanation:
    """Explain the part that decided: the activity itself, or the strictest of what it carried."""
    told = [explain(part.envelope, part.facts, rules) for part in seen.parts]
    return max(told, key=lambda one: one.decision.verdict)
