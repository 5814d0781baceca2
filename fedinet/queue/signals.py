"""Signals: facts of a transaction, stored with it, told to the effects after it.

A signal is a frozen dataclass of ids in a slice's ``signals.py``, marked with
``@signal``. Effects are idempotent: they may see a signal twice, never not.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from fedinet.db.query import Tx, query

SIGNALS_CHANNEL = "fedinet_signals"

SignalType = TypeVar("SignalType", bound=type)
Effect: TypeAlias = Callable[[Tx, Sequence[Any]], Awaitable[None]]
"""Takes all signals of its kind that are due, in order. One transaction."""

_kinds: dict[str, type] = {}


def announcing(at: int) -> str:
    """SQL, after ``WITH`` and what else is stored: announce ``stored_facts``, from ``$at`` on."""
    return f"""
    told AS (
        INSERT INTO signals (kind, body)
        SELECT * FROM unnest(${at}::text[], ${at + 1}::jsonb[])
        RETURNING id)
    SELECT pg_notify('{SIGNALS_CHANNEL}', '') FROM told LIMIT 1
"""  # noqa: S608  # constants


_INSERT = query(
    "queue.insert_signals",
    f"WITH {announcing(1)}",
)


def signal(cls: SignalType) -> SignalType:
    """Register a dataclass as a kind of signal, under its own name.

    Raises:
        ValueError: another signal has this name.
    """
    if cls.__name__ in _kinds:
        raise ValueError(f"two signals named {cls.__name__}")
    _kinds[cls.__name__] = cls
    return cls


def kinds() -> Sequence[str]:
    """Name the kinds this release can decode."""
    return tuple(_kinds)


def decode(kind: str, body: str) -> object:
    """Rebuild a stored signal. Raises ``KeyError`` for a kind of another release."""
    return cast(object, msgspec.json.decode(body, type=_kinds[kind]))


async def announce(tx: Tx, *facts: object) -> None:
    """Store signals; the effects run after, and only after, ``tx`` commits."""
    if facts:
        await tx.execute(_INSERT, *stored_facts(facts))


def stored_facts(facts: Sequence[object]) -> tuple[list[str], list[str]]:
    """The parameters of ``announcing``."""
    return (
        [type(fact).__name__ for fact in facts],
        [msgspec.json.encode(fact).decode() for fact in facts],
    )
