"""What a line of the record changed, part by part, instead of two documents. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import msgspec

from fedinet.federation.words import EFFECTS, ENDINGS, MODE_NAMES, VERDICTS
from fedinet.kernel.problems import N_
from fedinet.policy.audit_store import Change
from fedinet.policy.commands import MODE

_LABELS: Final[Mapping[str, str]] = {
    "domains": N_("Server"),
    "verdict": N_("What happens"),
    "effects": N_("And besides"),
    "expires": N_("It ends"),
    "on_expire": N_("What happens then"),
    "review": N_("Look again on"),
    "reason": N_("Reason"),
    "note": N_("Note for stewards"),
    "draft": N_("Only a draft for now"),
    "exact": N_("Only this very server, not those below it"),
    "source": N_("Comes from"),
}
_WORDS: Final[Mapping[str, str]] = {
    **{f"verdict {key}": words for key, words in VERDICTS.items()},
    **{f"effects {key}": words for key, words in EFFECTS.items()},
    **{f"on_expire {key}": words for key, words in ENDINGS.items()},
    **{f"{MODE} {key}": words[0] for key, words in MODE_NAMES.items()},
    "draft True": N_("yes"),
    "exact True": N_("yes"),
}
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Value:
    """A value as people read it; ``is_ours``: one of our texts, to be translated."""

    text: str
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that changed. ``label`` is ours where ``is_known``, else the file's word."""

    label: str
    is_known: bool
    old: tuple[Value, ...]
    new: tuple[Value, ...]


def difference(change: Change) -> tuple[Part, ...]:
    """List what differs between before and after; all there is where one of them is nothing."""
    old, new = _document(change.before, change.subject), _document(change.after, change.subject)
    names = dict.fromkeys([*_LABELS, *sorted(old.keys() | new.keys())])
    return tuple(
        Part(_LABELS.get(name, name), name in _LABELS, _values(name, old), _values(name, new))
        for name in names
        if name != "key" and old.get(name) != new.get(name)
    )


def _document(raw: str | None, subject: str) -> Mapping[str, object]:
    found = None if raw is None else msgspec.json.decode(raw)
    if found is None:
        return {}
    if isinstance(found, dict):
        return cast(Mapping[str, object], found)
    return {subject: found}


def _values(name: str, document: Mapping[str, object]) -> tuple[Value, ...]:
    found = document.get(name)
    if found is None:
        return ()
    values = cast(list[object], found) if isinstance(found, list) else [found]
    more = len(values) - _MOST
    shown = [_value(name, one) for one in values[:_MOST]]
    return (*shown, Value(f"+{more}")) if more > 0 else tuple(shown)


def _value(name: str, one: object) -> Value:
    words = _WORDS.get(f"{name} {one}")
    if words is not None:
        return Value(words, is_ours=True)
    return Value(one if isinstance(one, str) else msgspec.json.encode(one).decode())
