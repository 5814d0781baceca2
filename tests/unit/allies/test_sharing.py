"""What an ally says of its people and rules is bounded, its own, and plain."""

from typing import Any

import pytest

from fedinet.allies import sharing
from fedinet.kernel.ids import Domain

ORIGIN, ALLY = "https://b.example", Domain("b.example")
BO: dict[str, Any] = {
    "id": f"{ORIGIN}/users/bo", "type": "Person", "preferredUsername": "bo", "name": "Bo",
    "summary": "<script>x</script><b>Bakes</b>", "url": f"{ORIGIN}/@bo",
}  # fmt: skip


def test_people_are_of_that_community_alone() -> None:
    items = [BO, BO, {**BO, "id": "https://c.example/users/eve"}, {**BO, "id": 7}, "bo", {}]
    [found] = sharing.read_people({"items": items}, ORIGIN)
    assert (found.username, found.page_url, "<" in found.summary) == ("bo", BO["url"], False)
    away = {**BO, "url": "https://evil.example/@bo"}
    assert sharing.read_people({"items": [away]}, ORIGIN)[0].page_url == BO["id"]
    many = [{**BO, "id": f"{ORIGIN}/users/{n}"} for n in range(2000)]
    assert len(sharing.read_people({"items": many}, ORIGIN)) == 1000


@pytest.mark.parametrize(
    "item",
    [
        {"domains": ["x.example"], "verdict": "accept"},
        {"domains": [], "verdict": "reject"},
        {"verdict": "reject", "words": ["a"]},
        {"domains": ["not a domain"], "verdict": "reject"},
        {"domains": ["x.example"], "verdict": "explode"},
        {"domains": "x.example", "verdict": "reject"},
        {"domains": ["x.example"], "effects": ["unknown"]},
        {"domains": ["x.example"]},
    ],
)
def test_a_rule_that_makes_no_sense_or_opens_a_door_is_passed_over(item: dict[str, Any]) -> None:
    assert sharing.read_rules({"items": [item]}, ALLY) == []


def test_a_shared_rule_becomes_a_draft_of_that_ally_whatever_else_it_says() -> None:
    item = {"domains": ["X.example"], "verdict": "reject", "draft": False, "tier": "hard"}
    [rule] = sharing.read_rules({"items": [item, item]}, ALLY)
    assert (rule.domains, rule.draft, rule.source, rule.tier) == (
        ["x.example"], True, "ally:b.example", None,
    )  # fmt: skip
    many = [{"domains": [f"x{n}.example"], "verdict": "drop"} for n in range(700)]
    assert len(sharing.read_rules({"items": many}, ALLY)) == 500
