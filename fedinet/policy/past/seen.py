"""What policy saw of an inbound activity and what it decided, as the log keeps it. Pure.

Facts only: never a text; and of what is not for everybody no subjects, no linked
servers, no marks of pictures (TRAPS 12). Enough to decide again, by other rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec

from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.model import (
    Decision,
    Effect,
    Envelope,
    Facts,
    Rule,
    Scope,
    Verdict,
)

RELEASED: Final = "released"
"""Stands in ``Seen.by`` where a steward has let something in and policy was not asked again."""
MOST_KEPT: Final = 50
"""Subjects, and servers linked to, that are kept of one activity."""
_LONGEST: Final = 100

BESIDE: Final = frozenset(
    {"scope", "domain", "now", "actor", "activity", "object", "size_bytes"}
)  # fmt: skip
"""Parts of an envelope that the log keeps in columns of their own, or that are always the same."""
WORDS: Final = frozenset({"text", "words"})
"""Parts that are never kept."""
SAID: Final = frozenset({"tags", "link_domains", "media_hashes"})
"""Parts that are kept only of what everybody may read."""
_PUBLIC: Final = ("everyone", "quiet")

Fields: TypeAlias = tuple[tuple[str, object], ...]
Outside: TypeAlias = Mapping[str, object]


def _defaults(kind: type[Envelope] | type[Facts], without: frozenset[str]) -> Fields:
    """The kept parts of a kind, each with what need not be written down."""
    blank = Facts() if kind is Facts else Envelope(
        scope=Scope.INBOUND, domain=Domain(""), now=datetime.min.replace(tzinfo=UTC)
    )  # fmt: skip
    return tuple(
        (one.name, getattr(blank, one.name)) for one in fields(kind) if one.name not in without
    )


_OUTSIDE: Final = _defaults(Envelope, BESIDE | WORDS)
_FACTS: Final = _defaults(Facts, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An activity, or one that it carries: its outside without words, and the facts."""

    envelope: Envelope
    facts: Facts = field(default_factory=Facts)

    @property
    def is_public(self) -> bool:
        return self.envelope.audience in _PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was decided then, and on what.

    ``parts``: the activity itself first, then what it carried.
    ``by``: the key of the deciding rule (``is_rule``), or the built-in's word.
    ``version``: of the policy at that moment.
    """

    parts: tuple[Part, ...]
    verdict: Verdict = Verdict.ACCEPT
    by: str = ""
    is_rule: bool = False
    effects: frozenset[Effect] = frozenset()
    version: int = 0

    @property
    def envelope(self) -> Envelope:
        return self.parts[0].envelope

    @property
    def facts(self) -> Facts:
        return self.parts[0].facts


class _Carried(msgspec.Struct, frozen=True, omit_defaults=True):
    domain: str
    actor: str | None = None
    activity: str = ""
    object: str = ""
    outside: Outside = {}
    facts: Facts = msgspec.field(default_factory=Facts)


class _Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    verdict: str = "accept"
    rule: str = ""
    by: str = ""
    effects: list[Effect] = []
    version: int = 0
    outside: Outside = {}
    facts: Facts = msgspec.field(default_factory=Facts)
    carried: list[_Carried] = []


_decoder: Final = msgspec.json.Decoder(_Stored)
_encode: Final = msgspec.json.Encoder().encode
_WORD_OF: Final = {verdict: verdict.name.lower() for verdict in Verdict}


def together(decisions: Sequence[Decision]) -> Decision:
    """Decide on an activity and what it carries: the strictest word, with the effects of all."""
    if len(decisions) == 1:
        return decisions[0]
    effects = frozenset[Effect]().union(*(one.effects for one in decisions))
    return replace(max(decisions, key=lambda one: one.verdict), effects=effects)


def written(parts: Sequence[Part], decision: Decision, version: int) -> str:
    """Write down what was seen, as JSON for the log's column; what is usual is left out."""
    by, first = decision.decided_by, parts[0]
    kept: dict[str, object] = {"rule": by.key} if isinstance(by, Rule) else {"by": by.value}
    if decision.verdict is not Verdict.ACCEPT:
        kept["verdict"] = _WORD_OF[decision.verdict]
    if decision.effects:
        kept["effects"] = sorted(decision.effects)
    kept["version"] = version
    kept["outside"] = _outside(first.envelope)
    kept["facts"] = _differing(first.facts, _FACTS)
    if len(parts) > 1:
        kept["carried"] = [_carried(part) for part in parts[1:][:MOST_KEPT]]
    return _encode(kept).decode()


def written_released() -> str:
    """Write down that a steward has let it in: what was seen stands where it was held."""
    return f'{{"by":"{RELEASED}"}}'


def read(stored: str, beside: Envelope) -> Seen:
    """Read what was written; ``beside`` holds what the log keeps in columns of its own.

    Raises:
        msgspec.ValidationError: it is not of this shape.
    """
    kept = _decoder.decode(stored)
    parts = [Part(envelope=envelope_of(kept.outside, beside), facts=kept.facts)]
    for one in kept.carried:
        its = replace(
            beside,
            domain=Domain(one.domain),
            actor=None if one.actor is None else ActorUri(one.actor),
            activity=one.activity,
            object=one.object,
        )
        parts.append(Part(envelope=envelope_of(one.outside, its), facts=one.facts))
    return Seen(
        parts=tuple(parts),
        verdict=Verdict[kept.verdict.upper()],
        by=kept.rule or kept.by,
        is_rule=bool(kept.rule),
        effects=frozenset(kept.effects),
        version=kept.version,
    )


def envelope_of(outside: Outside, beside: Envelope) -> Envelope:
    """Put the parts that were written down beside those that have a place of their own.

    Raises:
        msgspec.ValidationError: a part is not of its kind.
    """
    known = {name: outside[name] for name, _ in _OUTSIDE if name in outside}
    return msgspec.convert(
        {
            "scope": beside.scope,
            "domain": beside.domain,
            "now": beside.now,
            "actor": beside.actor,
            "activity": beside.activity,
            "object": beside.object,
            "size_bytes": beside.size_bytes,
            **known,
        },
        Envelope,
    )


def _outside(envelope: Envelope) -> dict[str, object]:
    kept = _differing(envelope, _OUTSIDE)
    for name in SAID & kept.keys():
        if envelope.audience not in _PUBLIC:
            del kept[name]
        else:
            values: frozenset[str] | tuple[str, ...] = getattr(envelope, name)
            kept[name] = [one for one in values if len(one) <= _LONGEST][:MOST_KEPT]
    return kept


def _carried(part: Part) -> dict[str, object]:
    envelope = part.envelope
    return {
        "domain": envelope.domain,
        "actor": envelope.actor,
        "activity": envelope.activity[:_LONGEST],
        "object": envelope.object[:_LONGEST],
        "outside": _outside(envelope),
        "facts": _differing(part.facts, _FACTS),
    }


def _differing(one: Envelope | Facts, parts: Fields) -> dict[str, object]:
    return {name: value for name, default in parts if (value := getattr(one, name)) != default}
