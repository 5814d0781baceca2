"""What became of an inbound activity: values, not exceptions. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Applied:
    """State changed. ``signals`` are stored in the same transaction and run after it."""

    signals: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Understood, and deliberately not applied. The peer has had its 202.

    ``reason`` is a stable snake_case word: it is a metric label and is shown
    to stewards in the inbound log.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """Kept aside by policy, not applied: a steward, or time, lets it in or throws it away.

    ``reason`` as for ``Dropped``; ``rule``: the key of the rule that held it, if one did.
    """

    reason: str
    rule: str | None = None


Outcome = Applied | Dropped | Held
