"""What one cause, and one owner of names, may make us fetch."""

import pytest

from fedinet.kernel.ids import Domain
from fedinet.net.budget import Budget, BudgetSpent, Pace, Paced
from fedinet.net.pace import HOSTS_AT_ONCE, DomainPace


def spent(budget: Budget, *addresses: str) -> int:
    """Spend until it is over; returns how many requests that were."""
    for number, address in enumerate(addresses):
        try:
            budget.spend(address)
        except (BudgetSpent, Paced):
            return number
    return len(addresses)


def test_a_cause_has_so_many_requests() -> None:
    assert spent(Budget(3), *["https://a.example/1"] * 9) == 3


def test_ten_thousand_sub_domains_are_one_owner() -> None:
    many = [f"https://x{number}.evil.example/notes/1" for number in range(10_000)]
    budget = Budget(100, per_domain=7)

    assert spent(budget, *many) == 7
    budget.spend("https://other.example/1")
    budget.spend("bo@c.example")
    assert budget.left == 91


def test_what_all_causes_ask_of_one_owner_is_paced() -> None:
    now = [0.0]
    pace = Pace(burst=5, refill_per_s=1.0, clock=lambda: now[0])
    causes = [Budget(2, pace=pace) for _ in range(10)]

    asked = [spent(c, "https://a.evil.example/1", "https://b.evil.example/1") for c in causes]
    assert sum(asked) == 5
    now[0] = 3.0
    assert spent(Budget(9, pace=pace), *["https://c.evil.example/1"] * 9) == 3
    assert spent(Budget(9, pace=pace), "https://d.example/1") == 1


def test_waiting_helps_against_the_pace_and_not_against_the_budget() -> None:
    assert Paced("x").retryable
    with pytest.raises(BudgetSpent) as caught:
        Budget(0).spend("https://a.example/1")
    assert not caught.value.retryable


def test_ten_thousand_sub_domains_are_asked_little_and_one_big_server_much() -> None:
    now = [0.0]
    pace = DomainPace(clock=lambda: now[0])
    bomb = [Domain(f"s{number}.bomb.example") for number in range(10_000)]
    assert sum(took(pace, host) for host in bomb) == HOSTS_AT_ONCE
    assert sum(took(pace, host) for host in bomb[:HOSTS_AT_ONCE] * 100) == 600 - HOSTS_AT_ONCE
    now[0] = 3600.0
    assert sum(took(pace, host) for host in bomb[200:]) == HOSTS_AT_ONCE
    assert sum(took(pace, Domain("big.example")) for _ in range(1000)) == 600


def took(pace: DomainPace, host: Domain) -> bool:
    try:
        pace.take(host)
    except Paced:
        return False
    return True
