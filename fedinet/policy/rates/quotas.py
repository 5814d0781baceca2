"""Rates as a process asks them: counted in the database, so that they hold in all of them."""

from collections.abc import Sequence
from dataclasses import replace

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import TooManyRequests
from fedinet.kernel.problems import N_
from fedinet.policy.engine import decide
from fedinet.policy.model import Decision, Envelope, Facts
from fedinet.policy.rates.store import add_to_rates, read_rates
from fedinet.policy.rates.tally import Case, Tally, counts_of, is_told, keys_of
from fedinet.policy.ruleset import Ruleset


class OverRate(TooManyRequests):
    """A rule has let through what it lets through for now."""

    reason = "over_rate"


async def decide_counted(pool: Pool, cases: Sequence[Case], rules: Ruleset) -> list[Decision]:
    """Decide on activities, in order, and count them. One statement for all, none without rates."""
    counts = counts_of(cases, rules)
    if not counts:
        return [decide(envelope, facts, rules) for envelope, facts in cases]
    now = max(envelope.now for envelope, _ in cases)
    async with transaction(pool) as tx:
        before = await add_to_rates(tx, counts, rules.rated, now)
    tally = Tally(before)
    return [tally.decide(replace(e, now=now), facts, rules) for e, facts in cases]


async def told_at_door(
    pool: Pool, envelope: Envelope, facts: Facts, rules: Ruleset
) -> Decision | None:
    """What a sender is to be told because of a rate; None where it may come in. Counts nothing.

    Raises:
        OverRate: with the seconds after which it may come again.
    """
    tally, full = await _read(pool, envelope, facts, rules)
    decision = decide(envelope, full, rules)
    if not is_told(decision):
        return None
    wait = tally.wait_s(decision, envelope)
    if decision.reason == "rule_defer":
        raise OverRate(
            f"over the rate of a rule: {envelope.domain}",
            retry_after_s=wait,
            public=N_("That is more than this community takes from there at the moment."),
        )
    return decision


async def with_used(pool: Pool, envelope: Envelope, facts: Facts, rules: Ruleset) -> Facts:
    """Add to the facts how much of each rate is used up."""
    return (await _read(pool, envelope, facts, rules))[1] if rules.rated else facts


async def _read(
    pool: Pool, envelope: Envelope, facts: Facts, rules: Ruleset
) -> tuple[Tally, Facts]:
    async with pool.acquire() as conn:
        tally = Tally(await read_rates(conn, keys_of([(envelope, facts)], rules)))
    return tally, tally.filled(envelope, facts, rules.rated)
