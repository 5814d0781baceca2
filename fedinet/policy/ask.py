"""The policy as a process asks it: rules in force, facts looked up, one decision each.

Whoever is about to talk to, fetch from, answer or believe another server asks
here first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import Forbidden
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import origin_of
from fedinet.policy import facts_store
from fedinet.policy.current import CurrentPolicy
from fedinet.policy.engine import decide
from fedinet.policy.envelope import inbound_envelope, reached
from fedinet.policy.explain import Explanation, explain
from fedinet.policy.facts_store import Sender, Server
from fedinet.policy.floods.open_alerts import OpenAlerts
from fedinet.policy.floods.watch import Watch
from fedinet.policy.model import (
    Decision,
    Effect,
    Envelope,
    Facts,
    Relation,
    Rule,
    Scope,
    Verdict,
)
from fedinet.policy.rates.quotas import decide_counted, told_at_door, with_used
from fedinet.policy.recent import Recent
from fedinet.policy.ruleset import about_servers_only
from fedinet.policy.servers.software import numbers_of
from fedinet.vocab.activity import Activity

_KEPT: Final = 5000
_FRESH_S: Final = 5.0
POLICY: Final = "policy"
_NO_EFFECTS: Final = frozenset[Effect]()


class RefusedByPolicy(Forbidden):
    """A rule, or the mode, says no. ``reason`` is a stable word."""

    reason = POLICY

    def __init__(self, domain: Domain, decision: Decision) -> None:
        by = decision.decided_by
        said = by.reason_public if isinstance(by, Rule) else ""
        super().__init__(
            f"policy: {decision.reason} for {domain}",
            public=N_("This community does not talk with %(server)s. %(why)s"),
            values={"server": domain, "why": said},
        )
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Case:
    """One activity to be judged: its outside, the sender's origin, and whom of ours it reaches."""

    envelope: Envelope
    origin: str
    reached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided on one case, by which version of the rules, and the facts that it saw."""

    facts: Facts
    decision: Decision
    version: int


class Policy:
    """One per process."""

    def __init__(self, pool: Pool, uris: NodeUris) -> None:
        self._pool = pool
        self._uris = uris
        self.current = CurrentPolicy(pool)
        self.alerts = OpenAlerts(pool)
        self._watch = Watch(pool)
        self._servers = Recent[Domain, Server](kept=_KEPT, fresh_s=_FRESH_S)
        self._senders = Recent[ActorUri, Sender | None](kept=_KEPT, fresh_s=_FRESH_S)

    async def about(self, scope: Scope, domain: Domain) -> Decision:
        """Decide on a server as a whole.

        Raises:
            Overloaded: nobody knows which rules hold.
        """
        return (await self.about_many(scope, [domain]))[domain]

    async def about_many(self, scope: Scope, domains: Collection[Domain]) -> dict[Domain, Decision]:
        """Decide on several servers, each as a whole, with one look at what is known of them.

        Raises:
            Overloaded: nobody knows which rules hold.
        """
        rules = await self.current.rules()
        now = datetime.now(UTC)
        asked = {domain: Envelope(scope=scope, domain=domain, now=now) for domain in domains}
        if rules.is_idle(scope):
            return {domain: decide(envelope, Facts(), rules) for domain, envelope in asked.items()}
        scheme = self._uris.origin.scheme
        servers = await self._look_up({domain: f"{scheme}://{domain}" for domain in domains})

        def is_ally(domain: Domain) -> bool:
            if scope is Scope.OUTBOUND:
                return self.current.may_be_told(domain, now)
            return self.current.is_ally(domain, now)

        return {
            domain: decide(envelope, facts_of(servers[domain], ally=is_ally(domain)), rules)
            for domain, envelope in asked.items()
        }

    async def at_door(self, domain: Domain, *, is_shrinking: bool) -> Decision:
        """Decide on whom a request claims to be from, by rules about servers alone.

        Nothing is proven yet, so nothing is looked up and nothing remembered; who our allies
        are is known.

        Raises:
            Overloaded: nobody knows which rules hold.
        """
        envelope = Envelope(
            scope=Scope.INBOUND, domain=domain, now=datetime.now(UTC), is_shrinking=is_shrinking
        )
        rules = await self.current.rules()
        return decide(envelope, Facts(ally=self._is_ally(domain)), about_servers_only(rules))

    def _is_ally(self, domain: Domain) -> bool:
        return self.current.is_ally(domain, datetime.now(UTC))

    async def refuses_somebody(self) -> bool:
        """Tell whether anybody is refused: then documents are shown to signed requests only.

        Raises:
            Overloaded: nobody knows which rules hold.
        """
        return (await self.current.rules()).refuses_somebody

    async def permit(self, scope: Scope, domain: Domain) -> frozenset[Effect]:
        """Let a server pass, with the effects of the rules on the way.

        Raises:
            RefusedByPolicy: it may not. Overloaded: nobody knows.
        """
        decision = await self.about(scope, domain)
        is_stripped = scope is Scope.MEDIA and Effect.STRIP_MEDIA in decision.effects
        if decision.verdict is not Verdict.ACCEPT or is_stripped:
            raise RefusedByPolicy(domain, decision)
        return decision.effects

    async def judge(self, cases: Sequence[Case]) -> list[Judgement]:
        """Decide on inbound activities, in order, and count what may be part of a flood.

        Facts are looked up whether a rule asks for them or not: the log keeps
        them, so that other rules can be tried on what came. What no rule asks
        for may be some seconds old.

        Raises:
            Overloaded: nobody knows which rules hold.
        """
        await self._watch.saw([(case.envelope, case.origin) for case in cases])
        rules = await self.current.rules()
        facts = await self.facts(cases, fresh_senders=rules.looks_at_senders)
        asked = [(case.envelope, known) for case, known in zip(cases, facts, strict=True)]
        decisions = await decide_counted(self._pool, asked, rules)
        return [Judgement(f, d, rules.version) for f, d in zip(facts, decisions, strict=True)]

    async def check_rates(self, activity: Activity, *, now: datetime, size_bytes: int) -> None:
        """Turn away, at the door, what a rule with a rate is to be told of. Counts nothing.

        Raises:
            OverRate: it may come later. RefusedByPolicy: it may not.
            Overloaded: nobody knows which rules hold.
        """
        rules = await self.current.rules()
        if not rules.turns_away:
            return
        with_text = rules.looks_at_words
        case = self.case(activity, now=now, with_text=with_text, size_bytes=size_bytes)
        [facts] = await self.facts([case], fresh_senders=rules.looks_at_senders)
        told = await told_at_door(self._pool, case.envelope, facts, rules)
        if told is not None:
            raise RefusedByPolicy(case.envelope.domain, told)

    def case(
        self,
        activity: Activity,
        *,
        now: datetime,
        with_text: bool,
        size_bytes: int = 0,
        signature: str = "",
    ) -> Case:
        """Describe an activity to the rules. Without ``with_text`` its words are left out."""
        origin = origin_of(activity.actor)
        envelope = inbound_envelope(
            activity,
            domain=origin.domain,
            now=now,
            is_ours=self._uris.is_ours,
            with_text=with_text,
            size_bytes=size_bytes,
            signature=signature,
        )
        return Case(envelope, str(origin), tuple(reached(activity, self._uris.is_ours)))

    async def permit_said(
        self, activity: Activity, *, scope: Scope = Scope.INBOUND
    ) -> frozenset[Effect]:
        """Let in what its actor says and did not send us, with the effects of the rules on the way.

        ``scope`` FETCH: we asked for it. Then it reaches nobody by that, and no
        member's own block keeps it from the others.

        Raises:
            RefusedByPolicy: it may not, or not yet. Overloaded: nobody knows.
        """
        rules = await self.current.rules()
        if rules.is_idle(scope):
            return _NO_EFFECTS
        case = self.case(activity, now=datetime.now(UTC), with_text=rules.looks_at_words)
        if scope is Scope.FETCH:
            case = Case(replace(case.envelope, scope=scope), case.origin)
        [facts] = await self.facts([case], fresh_senders=rules.looks_at_senders)
        decision = decide(case.envelope, facts, rules)
        if decision.verdict is not Verdict.ACCEPT:
            raise RefusedByPolicy(case.envelope.domain, decision)
        return decision.effects

    async def explain(self, cases: Sequence[Case]) -> list[Explanation]:
        """Decide on each case, with everything that led to it.

        Who is asked about is not seen by that: of them nothing is remembered.
        """
        rules = await self.current.rules()
        told: list[Explanation] = []
        for case, known in zip(cases, await self.facts(cases, remembers=False), strict=True):
            facts = await with_used(self._pool, case.envelope, known, rules)
            told.append(explain(case.envelope, facts, rules))
        return told

    async def facts(
        self, cases: Sequence[Case], *, fresh_senders: bool = True, remembers: bool = True
    ) -> list[Facts]:
        """Look up what decisions on these cases must know.

        Without ``fresh_senders`` they may have been read some seconds ago. ``remembers``: that a
        server was seen, or has been met.
        """
        servers, senders, reached = _asked(cases)
        alerts_of = await self.alerts.now()
        known = self._servers.find(servers)
        by = {} if fresh_senders else self._senders.find(senders)
        blocked: Collection[int] = ()
        if reached or len(known) < len(servers) or len(by) < len(senders):
            async with transaction(self._pool) as tx:
                known |= await self._read_servers(tx, servers, known, remembers=remembers)
                by |= await self._read_senders(tx, senders - by.keys())
                blocked = await facts_store.find_blocked(tx, reached)
        return [
            replace(
                _facts(case, known[case.envelope.domain], by, personal_block=place in blocked),
                ally=self._is_ally(case.envelope.domain),
                alerts=alerts_of(case.envelope.domain),
            )
            for place, case in enumerate(cases)
        ]

    async def _look_up(self, origins: Mapping[Domain, str]) -> Mapping[Domain, Server]:
        known = self._servers.find(origins)
        if len(known) < len(origins):
            async with transaction(self._pool) as tx:
                known |= await self._read_servers(tx, origins, known)
        return known

    async def _read_senders(
        self, tx: Tx, uris: Collection[ActorUri]
    ) -> Mapping[ActorUri, Sender | None]:
        """Read senders; None for those whom nobody has read yet."""
        if not uris:
            return {}
        found = await facts_store.read_senders(tx, uris)
        senders = {uri: found.get(uri) for uri in uris}
        self._senders.put(senders)
        return senders

    async def _read_servers(
        self,
        tx: Tx,
        origins: Mapping[Domain, str],
        known: Collection[Domain],
        *,
        remembers: bool = True,
    ) -> Mapping[Domain, Server]:
        """Read the servers that are not known; those that members have met since are met."""
        missing = {d: origin for d, origin in origins.items() if d not in known}
        if not missing:
            return {}
        if not remembers:
            now = datetime.now(UTC)
            return {
                domain: replace(
                    one,
                    is_met=one.is_met or one.is_met_since,
                    first_seen_at=one.first_seen_at or now,
                )
                for domain, one in (await facts_store.read_servers(tx, missing)).items()
            }
        servers = await self._read(tx, missing)
        self._servers.put(servers)
        return servers

    async def _read(self, tx: Tx, origins: Mapping[Domain, str]) -> Mapping[Domain, Server]:
        found = await facts_store.read_servers(tx, origins)
        met = {domain for domain, one in found.items() if one.is_met_since}
        if met:
            await facts_store.meet_servers(tx, met)
        new = {domain for domain, one in found.items() if one.first_seen_at is None} - met
        if new:
            await facts_store.see_servers(tx, new)
        return await facts_store.read_servers(tx, origins) if met or new else found


def _asked(
    cases: Sequence[Case],
) -> tuple[dict[Domain, str], set[ActorUri], list[tuple[int, str, str]]]:
    """Servers with their origins, senders, and (place, sender, member reached)."""
    known = [(n, one, one.envelope.actor) for n, one in enumerate(cases)]
    return (
        {case.envelope.domain: case.origin for case in cases},
        {actor for _, _, actor in known if actor is not None},
        [(n, actor, uri) for n, case, actor in known if actor is not None for uri in case.reached],
    )


def facts_of(server: Server, *, ally: bool = False) -> Facts:
    """What there is to know of a server as a whole: of nobody in particular."""
    return Facts(
        met=server.is_met,
        ally=ally,
        software=server.software,
        version=numbers_of(server.version),
        lists=server.lists,
        server_first_seen=server.first_seen_at,
        server_accounts=server.accounts,
        relations=frozenset(),
    )


def _facts(
    case: Case, server: Server, senders: Mapping[ActorUri, Sender | None], *, personal_block: bool
) -> Facts:
    facts, actor = facts_of(server), case.envelope.actor
    if actor is None:
        return facts
    sender = senders.get(actor)
    if sender is None:
        return replace(facts, relations=_STRANGER, personal_block=personal_block)
    return replace(
        facts,
        personal_block=personal_block,
        actor_kind=sender.kind,
        actor_published=sender.published_at,
        actor_first_seen=sender.first_seen_at,
        followers=sender.followers,
        relations=_relations(sender),
    )


def _relations(sender: Sender) -> frozenset[Relation]:
    held = {
        Relation.FOLLOWED: sender.is_followed,
        Relation.FOLLOWS_US: sender.follows_us,
        Relation.TALKED: sender.has_talked,
        Relation.MUTUAL: sender.is_mutual,
    }
    return frozenset(relation for relation, yes in held.items() if yes) or _STRANGER


_STRANGER: Final = frozenset({Relation.STRANGER})
