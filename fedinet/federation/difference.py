"""What a line of the record changed, part by part, instead of two documents. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import msgspec

from fedinet.federation.lists.form import FORMATS, RETRACTIONS, SEVERITIES
from fedinet.federation.rules.rate_form import COUNTED
from fedinet.federation.words import EFFECTS, ENDINGS, MODE_NAMES, VERDICTS
from fedinet.http.i18n import language_name
from fedinet.kernel.problems import N_
from fedinet.policy.audit_store import Change
from fedinet.policy.commands import MODE

_LABELS: Final[Mapping[str, str]] = {
    "text": N_("Text"),
    "hint": N_("What it means, or why"),
    "name": N_("Name of the community"),
    "purpose": N_("Who you are, in one line"),
    "language": N_("Main language"),
    "time_zone": N_("Time zone"),
    "hue": N_("Colour"),
    "mailed_sign_in": N_("Members may sign in by a link in a message"),
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
    "registrable": N_("All servers of whoever owns it"),
    "obfuscate": N_("Show only parts of its name in public"),
    "rate": N_("Only what is more than"),
    "rate_per": N_("Counted together"),
    "source": N_("Comes from"),
    "url": N_("Address"),
    "format": N_("What it is"),
    "max_severity": N_("At most"),
    "max_followed_severity": N_("At most, where members follow people"),
    "priority": N_("Whose word comes first"),
    "max_change": N_("Most change at once, in percent"),
    "retracted": N_("When it names a server no more, and the rule is in force"),
    "excludes": N_("Servers that this list never touches"),
    "adopt_orphans": N_("Take over what lists that are gone have left"),
    "drafts": N_("Later entries become drafts, too"),
}
_SEVERE: Final = ("max_severity", "max_followed_severity")
_BY_MAIL: Final = "mailed_sign_in"
_YES: Final = N_("yes")
_NO: Final = N_("no")
_DAYS: Final = frozenset({"expires", "review"})
_WORDS: Final[Mapping[str, str]] = {
    **{f"verdict {key}": words for key, words in VERDICTS.items()},
    **{f"effects {key}": words for key, words in EFFECTS.items()},
    **{f"on_expire {key}": words for key, words in ENDINGS.items()},
    **{f"{MODE} {key}": words[0] for key, words in MODE_NAMES.items()},
    **{f"rate_per {key}": words for key, words in COUNTED.items()},
    **{f"format {key}": words for key, words in FORMATS.items()},
    **{f"{name} {key}": words for name in _SEVERE for key, words in SEVERITIES.items()},
    **{f"retracted {key}": words for key, words in RETRACTIONS.items()},
    "hue sea": N_("Sea"),
    "hue moss": N_("Moss"),
    "hue amber": N_("Amber"),
    "hue rose": N_("Rose"),
    "hue plum": N_("Plum"),
    "hue iris": N_("Iris"),
    f"{_BY_MAIL} 1": _YES,
}
_IN_A_LANGUAGE: Final = re.compile(r"(text|hint)_(\w+)")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Value:
    """A value as people read it; ``is_ours``: one of our texts, to be translated."""

    text: str
    is_ours: bool = False
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that changed. ``label`` is ours where ``is_known``, else the file's word.

    ``language``: the name of that in which it is, where there are several.
    """

    label: str
    is_known: bool
    old: tuple[Value, ...]
    new: tuple[Value, ...]
    language: str = ""


def difference(change: Change) -> tuple[Part, ...]:
    """List what differs between before and after; all there is where one of them is nothing."""
    old, new = _document(change.before, change.subject), _document(change.after, change.subject)
    names = dict.fromkeys([*_LABELS, *sorted(old.keys() | new.keys())])
    return tuple(
        _part(name, old, new) for name in names if name != "key" and old.get(name) != new.get(name)
    )


def _part(name: str, old: Mapping[str, object], new: Mapping[str, object]) -> Part:
    found = _IN_A_LANGUAGE.fullmatch(name)
    word, language = (name, "") if found is None else (found[1], language_name(found[2]))
    is_known = word in _LABELS
    before, after = _values(name, old), _values(name, new)
    return Part(_LABELS.get(word, word), is_known, before, after, language)


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
        return (Value(_NO, is_ours=True),) if name == _BY_MAIL else ()
    values = cast(list[object], found) if isinstance(found, list) else [found]
    more = len(values) - _MOST
    shown = [_value(name, one) for one in values[:_MOST]]
    return (*shown, Value(f"+{more}")) if more > 0 else tuple(shown)


def _value(name: str, one: object) -> Value:
    words = _WORDS.get(f"{name} {one}")
    if words is not None:
        return Value(words, is_ours=True)
    if isinstance(one, bool):
        return Value(_YES if one else _NO, is_ours=True)
    if name in _DAYS and isinstance(one, str):
        return Value(one, moment=datetime.fromisoformat(one))
    if name == "language" and isinstance(one, str):
        return Value(language_name(one))
    return Value(one if isinstance(one, str) else msgspec.json.encode(one).decode())
