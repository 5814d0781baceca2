"""Prepared activities before the policy: applied with effects, dropped, or held aside.

Asked after everything is fetched and right before the handler's transaction, so
that a rule saved a second ago counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fedinet.inbox.held_store import ToHold, sealed_row
from fedinet.inbox.prepare import Ready
from fedinet.kernel.names import NodeUris
from fedinet.kernel.outcomes import Dropped, Held
from fedinet.kernel.uris import MAX_URI_LENGTH, origin_of
from fedinet.node.secrets import SecretBox
from fedinet.policy.ask import Case, Policy
from fedinet.policy.envelope import inbound_envelope, reached
from fedinet.policy.model import Builtin, Decision, Scope, Verdict
from fedinet.vocab.activity import MAX_TYPE


@dataclass(frozen=True, slots=True)
class Judged:
    """A prepared task, and what policy says of it: go on (None), drop or hold."""

    ready: Ready
    refusal: Dropped | Held | None


class Judge:
    """One per worker."""

    def __init__(self, policy: Policy, uris: NodeUris, box: SecretBox) -> None:
        self._policy = policy
        self._uris = uris
        self._box = box

    async def judge(self, ready: Sequence[Ready]) -> list[Judged]:
        """Decide on tasks, in order. What a steward has released is not asked about again.

        Raises:
            Overloaded: nobody knows which rules hold.
        """
        rules = await self._policy.current.rules()
        asked = [one for one in ready if not one.task.row.is_released]
        if not asked or rules.is_idle(Scope.INBOUND):
            return [Judged(one, None) for one in ready]
        cases = [self._case(one, with_text=rules.looks_at_words) for one in asked]
        decisions = iter(await self._policy.judge(cases))
        return [
            Judged(one, None) if one.task.row.is_released else _judged(one, next(decisions))
            for one in ready
        ]

    def seal(self, ready: Ready, held: Held) -> ToHold:
        """Make what is kept of a held activity: its body is sealed, its outside is not."""
        row, activity = ready.task.row, ready.inbound.activity
        uri = activity.object_uri
        return ToHold(
            row_id=row.id,
            domain=origin_of(activity.actor).domain,
            object_type=activity.object_type[:MAX_TYPE],
            object_uri=None if uri is None else uri[:MAX_URI_LENGTH],
            reason=held.reason,
            body_sealed=self._box.seal(row.body, row=sealed_row(row.id)),
        )

    def _case(self, ready: Ready, *, with_text: bool) -> Case:
        inbound, row = ready.inbound, ready.task.row
        origin = origin_of(inbound.activity.actor)
        envelope = inbound_envelope(
            inbound.activity,
            domain=origin.domain,
            now=inbound.now,
            is_ours=self._uris.is_ours,
            with_text=with_text,
            size_bytes=len(row.body),
        )
        return Case(envelope, str(origin), tuple(reached(inbound.activity, self._uris.is_ours)))


def _judged(ready: Ready, decision: Decision) -> Judged:
    match decision.verdict:
        case Verdict.ACCEPT:
            if not decision.effects:
                return Judged(ready, None)
            inbound = replace(ready.inbound, effects=decision.effects)
            return Judged(replace(ready, inbound=inbound), None)
        case Verdict.HOLD:
            return Judged(ready, Held(_reason(decision)))
        case Verdict.DROP | Verdict.REJECT:
            return Judged(ready, Dropped(_reason(decision)))


def _reason(decision: Decision) -> str:
    """The log's word: ``first_contact`` and its like, else ``policy``."""
    by = decision.decided_by
    return by.value if isinstance(by, Builtin) else "policy"
