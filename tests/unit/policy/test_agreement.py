"""Who agrees with whom: lists that copy each other are one judgement."""

from fedinet.kernel.ids import Domain
from fedinet.policy.lists.agreement import independent, overlaps
from fedinet.policy.lists.formats import Entry


def test_copies_and_parts_are_told_from_judgements_of_ones_own() -> None:
    whole = [entry(n) for n in range(100)]
    found = overlaps(
        {
            "one": whole,
            "copy": whole[:95],
            "part": [entry(n, f"Reason of our own for number {n}") for n in range(40)],
            "own": [entry(n, f"What we saw there, in the year {n}") for n in range(95, 140)],
            "shy": [entry(n, f"They copied our words number {n}") for n in range(200, 212)],
            "bold": [entry(n, f"They copied our words number {n}") for n in range(200, 240)],
        }
    )
    by_pair = {(o.one, o.other): o for o in found}
    assert found[0] == by_pair["copy", "one"] and by_pair["copy", "one"].is_copy
    assert by_pair["one", "part"].is_part and not by_pair["one", "part"].is_copy
    assert (by_pair["one", "own"].both, by_pair["one", "own"].is_copy) == (5, False)
    assert by_pair["bold", "shy"].same_words == 1.0 and by_pair["bold", "shy"].is_copy
    names = ["one", "copy", "part", "own", "shy", "bold"]
    assert independent(names, found) == 4
    assert independent([], found) == 0 and overlaps({"one": [], "two": []})[0].share == 0


def entry(number: int, comment: str = "") -> Entry:
    return Entry(domain=Domain(f"d{number}.example"), public_comment=comment)
