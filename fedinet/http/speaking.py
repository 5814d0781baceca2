"""What templates say in a language: sentences, numbers, moments. One set for each language."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from markupsafe import Markup

from fedinet.http import dates, numbers
from fedinet.http.i18n import catalogue, direction
from fedinet.http.numbers import Words
from fedinet.http.zones import clock_name, zone_name

Named = Mapping[str, Callable[..., str]]

_LEFT_TO_RIGHT: Final = frozenset({"L"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
"""Classes of signs that have a direction (Unicode Standard Annex 9)."""


def functions(language: str) -> Named:
    """``_``, ``gettext`` and ``ngettext`` as Jinja has them, with numbers as they are written."""
    texts = catalogue(language)

    turning = _LEFT_TO_RIGHT if direction(language) == "rtl" else _RIGHT_TO_LEFT

    def fill(words: Words, values: Mapping[str, object]) -> Words:
        isolated = {key: _isolated(value, turning) for key, value in values.items()}
        return numbers.filled(words, isolated, text=texts.gettext)

    def one(message: str, /, **values: object) -> Markup:
        return fill(Markup(texts.gettext(message)), values)  # noqa: S704  # the catalogue's

    def counted(singular: str, plural: str, num: int, /, **values: object) -> Markup:
        words = Markup(texts.ngettext(singular, plural, num))  # noqa: S704  # the catalogue's
        return fill(words, {"num": num, **values})

    def say(message: str, values: Mapping[str, object] | None = None) -> str:
        """Translate a text that is in a variable. Unlike ``_()`` its result is escaped."""
        translated = texts.gettext(message)
        return fill(translated, values) if values else translated

    return {"gettext": one, "ngettext": counted, "say": say}


def _isolated(value: object, turning: frozenset[str]) -> object:
    """Keep a name that runs the other way from turning the sentence around it.

    By signs and not by ``<bdi>``: sentences stand in attributes and titles, too. What is
    markup already isolates its names itself.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if value.isascii() and turning is _RIGHT_TO_LEFT:
        return value
    if turning.isdisjoint(map(bidirectional, value)):
        return value
    return f"\u2068{value}\u2069"


def filters(language: str) -> Named:
    """Moments, days, numbers and sizes, each by its name."""
    text, plural = catalogue(language).gettext, catalogue(language).ngettext

    def moment(at: datetime) -> Markup:
        return dates.moment(at, now=datetime.now(UTC), text=text, plural=plural)

    def day_name(at: datetime) -> Markup:
        return dates.day_name(at, now=datetime.now(UTC), text=text)

    def period(starts: datetime, ends: datetime | None, zone: str, *, whole_days: bool) -> Markup:
        return dates.period(starts, ends, zone=zone, whole_days=whole_days, text=text)

    def minute(at: datetime, zone: ZoneInfo | None = None) -> Markup:
        words = "" if zone is None else zone_name(zone.key, language)
        return dates.minute(at, zone=zone, words=words, text=text)

    plain = (dates.day, numbers.number, numbers.file_size)
    return {
        **{rule.__name__: partial(rule, text=text) for rule in plain},
        "moment": moment,
        "day_name": day_name,
        "minute": minute,
        "period": period,
        "clock_name": partial(clock_name, language=language),
        "zone_name": partial(zone_name, language=language),
    }
