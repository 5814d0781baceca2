"""Every rule that could have had a say is named, with the first thing it failed on."""

from datetime import timedelta

from fedinet.cli.policy.words import effects_of, opinions
from fedinet.kernel.ids import Domain
from fedinet.policy.explain import Said, explain
from fedinet.policy.model import Builtin, Effect, Mode, Rate, Rule, Scope, Tier, Verdict
from fedinet.policy.ruleset import compile_rules
from tests.unit.policy.test_decide import CREATE, EVIL, NOW, STRANGER, rule


def test_each_rule_says_its_part() -> None:
    rules = [
        rule(1, Verdict.HOLD, domains=EVIL),
        rule(2, Verdict.REJECT, domains=(Domain("evil.example"),)),
        rule(3, Verdict.REJECT, domains=(Domain("elsewhere.example"),)),
        rule(4, Verdict.REJECT, tier=Tier.SUBSCRIPTION, domains=EVIL),
        rule(5, Verdict.DROP, domains=EVIL, expires_at=NOW - timedelta(1)),
        rule(6, Verdict.DROP, domains=EVIL, scopes=frozenset({Scope.MEDIA})),
        rule(7, Verdict.DROP, tier=Tier.CONTENT, mentions=3, words=("casino",)),
        rule(8, Verdict.DROP, domains=EVIL, rate=Rate(count=9, period=timedelta(hours=1))),
    ]
    told = explain(CREATE, STRANGER, compile_rules(rules, mode=Mode.OPEN))

    assert [(o.rule.id, o.said, o.part) for o in told.opinions] == [
        (1, Said.DECIDED, ""),
        (2, Said.HEARD, ""),
        (4, Said.SPOKEN_FOR, ""),
        (5, Said.EXPIRED, ""),
        (6, Said.OTHER_SCOPE, ""),
        (7, Said.FAILED, "words"),
        (8, Said.WITHIN_RATE, ""),
    ]
    assert isinstance(told.decision.decided_by, Rule)


def test_a_rule_that_adds_to_what_happens_is_not_said_to_lose() -> None:
    rules = [
        rule(1, None, domains=EVIL, key="evil", effects=frozenset({Effect.LIMIT})),
        rule(2, Verdict.ACCEPT, domains=(Domain("evil.example"),)),
    ]
    alone = explain(CREATE, STRANGER, compile_rules(rules[:1], mode=Mode.OPEN))
    assert [(o.rule.id, o.said) for o in alone.opinions] == [(1, Said.ADDED)]
    assert alone.decision.decided_by is Builtin.MODE_OPEN and alone.added == (rules[0],)
    both = explain(CREATE, STRANGER, compile_rules(rules, mode=Mode.OPEN))
    assert [(o.rule.id, o.said) for o in both.opinions] == [(2, Said.DECIDED), (1, Said.ADDED)]
    assert effects_of(both) == " + limit (evil)" and "adds to what" in "".join(opinions(both))


def test_without_a_rule_the_mode_decides() -> None:
    told = explain(CREATE, STRANGER, compile_rules([], mode=Mode.ALLIES))
    assert (told.decision.decided_by, told.opinions) == (Builtin.MODE_ALLIES, ())
