"""One decision against 50,000 rules about servers and 200 others, beside a dictionary look-up.

The promise is 50 us; the floor is what no decision can be faster than. With three
quotas that count it besides, for comparison: counting is more than deciding.
"""

import sys
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.engine import decide
from fedinet.policy.matching import words_of
from fedinet.policy.model import (
    Envelope,
    Facts,
    Mode,
    Rate,
    RatePer,
    Rule,
    Scope,
    Tier,
    Verdict,
    When,
)
from fedinet.policy.rates.tally import Tally
from fedinet.policy.ruleset import compile_rules

PROMISE_US = 50.0
ROUNDS, EACH = 15, 400
TEXT = "We meet on Thursday at noon to look at the new plans, bring your questions along. " * 8
KINDS = (
    When(activities=("Create",), mentions=3),
    When(words=("buy now", "casino")),
    When(media=2, links=1),
    When(tags=("promo", "offer")),
    When(server_younger_than=timedelta(days=1), followers_below=3),
    When(languages=("xx",)),
    When(software=("unheardof",)),
    When(activities=("Follow",), actor_younger_than=timedelta(days=1)),
)


def main() -> int:
    now = datetime.now(UTC)
    rules = [
        Rule(id=number, tier=Tier.SUBSCRIPTION, verdict=Verdict.REJECT,
             when=When(domains=(Domain(f"server{number}.example"),)))
        for number in range(50_000)
    ]  # fmt: skip
    rules += [
        Rule(id=60_000 + number, tier=Tier.CONTENT, verdict=Verdict.HOLD,
             when=KINDS[number % len(KINDS)])
        for number in range(200)
    ]  # fmt: skip
    ruleset = compile_rules(rules, mode=Mode.CAUTIOUS)
    names = {rule.when.domains[0]: rule for rule in rules[:50_000]}
    envelope = Envelope(
        scope=Scope.INBOUND, domain=Domain("social.elsewhere.example"), now=now,
        actor=ActorUri("https://social.elsewhere.example/users/bo"), activity="Create",
        object="Note", audience="everyone", reaches_out=True, mentions=1, text=TEXT,
        words=frozenset(words_of(TEXT)), language="en",
    )  # fmt: skip
    facts = Facts(server_first_seen=now - timedelta(days=30))
    quotas = [
        Rule(id=70_000 + number, tier=Tier.FIRST_CONTACT, verdict=Verdict.HOLD, rate=rate,
             when=When(activities=("Create",), reaches_out=True))
        for number, rate in enumerate(
            Rate(count=10**9, period=timedelta(hours=1), per=per)
            for per in (RatePer.ACTOR, RatePer.DOMAIN, RatePer.ALL)
        )
    ]  # fmt: skip
    counting, tally = compile_rules([*rules, *quotas], mode=Mode.CAUTIOUS), Tally()
    decisions, look_ups, counted = [], [], []
    for _ in range(ROUNDS):
        began = perf_counter()
        for _ in range(EACH):
            decide(envelope, facts, ruleset)
        decisions.append((perf_counter() - began) / EACH * 1e6)
        began = perf_counter()
        for _ in range(EACH):
            names.get(envelope.domain)
        look_ups.append((perf_counter() - began) / EACH * 1e6)
        began = perf_counter()
        for _ in range(EACH):
            tally.decide(envelope, facts, counting)
        counted.append((perf_counter() - began) / EACH * 1e6)
    cost, floor = median(decisions), median(look_ups)
    kept = cost <= PROMISE_US
    print(f"decision    {cost:7.1f} us   (promise {PROMISE_US:g}) {'kept' if kept else 'BROKEN'}")
    print(f"look-up     {floor:7.3f} us   a decision costs {cost / floor:.0f} of them")
    print(f"3 quotas    {median(counted):7.1f} us   decided and counted in memory")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
