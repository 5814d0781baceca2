"""Prepared activities before the policy: applied with effects, dropped, or held aside.

Asked after everything is fetched and right before the handler's transaction, so
that a rule saved a second ago counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.inbox.held_store import ToHold, sealed_row
from fedinet.inbox.prepare import Ready
from fedinet.inbox.watching import Watched, tell, watched
from fedinet.kernel.errors import Malformed
from fedinet.kernel.outcomes import Dropped, Held
from fedinet.kernel.uris import MAX_URI_LENGTH, origin_of
from fedinet.node.secrets import SecretBox
from fedinet.policy.ask import Case, Judgement, Policy
from fedinet.policy.model import Builtin, Decision, Verdict
from fedinet.policy.past import seen
from fedinet.vocab.activity import (
    ACTIVITY_TYPES,
    MAX_TYPE,
    Activity,
    as_document,
    each_object,
    parse_activity,
    type_of,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A prepared task, and what policy says of it: go on (None), drop or hold."""

    ready: Ready
    refusal: Dropped | Held | None


class Judge:
    """One per worker."""

    def __init__(self, pool: Pool, policy: Policy, box: SecretBox) -> None:
        self._pool = pool
        self._policy = policy
        self._box = box

    async def judge(self, ready: Sequence[Ready]) -> list[Judged]:
        """Decide on tasks, in order. What a steward has released is not asked about again.

        What an activity carries, and others may have said, is decided on as well:
        the strictest word counts.

        Raises:
            Overloaded: nobody knows which rules hold.
        """
        rules = await self._policy.current.rules()
        asked = [one for one in ready if not one.task.row.is_released]
        cases = [self._cases(one, with_text=rules.looks_at_words) for one in asked]
        flat = [case for several in cases for case in several]
        decided = await self._policy.judge(flat)
        pairs = zip(flat, decided, strict=True)
        await self._tell([one for case, said in pairs for one in watched(case, said.decision)])
        single = iter(decided)
        judged = iter(
            [
                _judged(one, several, [next(single) for _ in several])
                for one, several in zip(asked, cases, strict=True)
            ]
        )
        return [_let_in(one) if one.task.row.is_released else next(judged) for one in ready]

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
            rule=held.rule,
            body_sealed=self._box.seal(row.body, row=sealed_row(row.id)),
        )

    async def _tell(self, seen: Sequence[Watched]) -> None:
        if seen:
            async with transaction(self._pool) as tx:
                await tell(tx, seen)

    def _cases(self, ready: Ready, *, with_text: bool) -> list[Case]:
        inbound, size = ready.inbound, len(ready.task.row.body)
        return [
            self._policy.case(
                one,
                now=inbound.now,
                with_text=with_text,
                size_bytes=size,
                signature=ready.task.signature,
            )
            for one in (inbound.activity, *_carried(inbound.activity))
        ]


def _carried(activity: Activity) -> Iterator[Activity]:
    """What comes along: activities that a group announces, and a post that wants to quote."""
    if activity.type == "QuoteRequest":
        post = as_document(activity.document.get("instrument"))
        if post is not None:
            yield replace(activity, type="Create", object=post, others=())
    elif activity.type == "Announce":
        for one in each_object(activity):
            document = one.object_document
            if document is None or type_of(document) not in ACTIVITY_TYPES:
                continue
            try:
                yield parse_activity(document)
            except Malformed:
                continue  # whoever handles it says so


def _let_in(ready: Ready) -> Judged:
    """What a steward has let in, and why nobody was asked."""
    return Judged(_noted(ready, seen.written_released()), None)


def _judged(ready: Ready, cases: Sequence[Case], judgements: Sequence[Judgement]) -> Judged:
    decision = seen.together([one.decision for one in judgements])
    parts = [
        seen.Part(envelope=case.envelope, facts=one.facts)
        for case, one in zip(cases, judgements, strict=True)
    ]
    ready = _noted(ready, seen.written(parts, decision, judgements[0].version))
    match decision.verdict:
        case Verdict.ACCEPT:
            if not decision.effects:
                return Judged(ready, None)
            inbound = replace(ready.inbound, effects=decision.effects)
            return Judged(replace(ready, inbound=inbound), None)
        case Verdict.HOLD | Verdict.DEFER:
            by = decision.decided_by
            rule = None if isinstance(by, Builtin) else by.key
            return Judged(ready, Held(_reason(decision), rule))
        case Verdict.DROP | Verdict.REJECT:
            return Judged(ready, Dropped(_reason(decision)))


def _noted(ready: Ready, written: str) -> Ready:
    """Take along what the log is to keep."""
    return replace(ready, task=replace(ready.task, seen=written))


def _reason(decision: Decision) -> str:
    """The log's word: ``first_contact`` and its like, else ``policy``."""
    by = decision.decided_by
    return by.value if isinstance(by, Builtin) else "policy"
