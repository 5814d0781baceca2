"""Rules as people write them: what makes sense, and which form it gets."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from fedinet.kernel.errors import Unprocessable
from fedinet.policy.document import RuleDocument, read_rule, settle
from fedinet.policy.model import Tier


@pytest.mark.parametrize(
    ("fields", "tier", "parts"),
    [
        ({"software": ["GoToSocial"], "version_below": "0.17.0"}, Tier.MANUAL,
         {"software": ("GoToSocial",), "version_below": (0, 17)}),
        ({"server_accounts_below": 3}, Tier.MANUAL, {"server_accounts_below": 3}),
        ({"followers_below": 3}, Tier.CONTENT, {"followers_below": 3}),
        ({"signatures": ["cavage"]}, Tier.CONTENT, {"signatures": ("cavage",)}),
        ({"media_hashes": ["UBL_"]}, Tier.CONTENT, {"media_hashes": ("UBL_",)}),
        ({"domains": ["a.b.Evil.example", "c.evil.example"], "registrable": True}, Tier.MANUAL,
         {"domains": ("evil.example",)}),
        ({"domains": ["x.eve.github.io"], "registrable": True}, Tier.MANUAL,
         {"domains": ("eve.github.io",)}),
        ({"domains": ["127.0.0.1:81"], "registrable": True}, Tier.MANUAL,
         {"domains": ("127.0.0.1:81",)}),
    ],
)  # fmt: skip
def test_what_a_rule_looks_at(fields: dict[str, Any], tier: Tier, parts: dict[str, Any]) -> None:
    rule = read_rule(document(**fields))
    assert rule.tier is tier
    assert {name: getattr(rule.when, name) for name in parts} == parts
    settled = settle(document(**fields))
    assert read_rule(settled) == rule and settle(settled) == settled


@pytest.mark.parametrize(
    "fields",
    [
        {"version_below": "4.2"},
        {"registrable": True, "mentions": 3},
        {"registrable": True, "exact": True, "domains": ["a.example"]},
        {},
        {"words": ["!?"]},
        {"domains": ["a b"]},
        {"domains": ["a.example"], "verdict": None, "effects": ["sever_follows"]},
        {"domains": ["a.example"], "verdict": "hold", "effects": ["sever_follows"]},
        {"domains": ["a.example"], "verdict": "reject", "effects": ["notify_moderators"]},
    ],
)
def test_rules_that_make_no_sense(fields: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable):
        read_rule(document(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"version_below": "new"},
        {"signatures": ["md5"]},
        {"server_accounts_below": -1},
        {"followers_below": "3"},
        {"expires": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)},
    ],
)
def test_words_that_are_none(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        document(**fields)


def document(**fields: Any) -> RuleDocument:
    return msgspec.convert({"key": "rule", "verdict": "hold", **fields}, RuleDocument)
