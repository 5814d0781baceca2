"""Moments as people read them: relative within a week, then the date. Pure.

The words are short: in lists they stand in a narrow column.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from fedinet.kernel.problems import N_, NN_

Plural = Callable[[str, str, int], str]
Text = Callable[[str], str]

_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_MINUTES = NN_("%(n)d min ago", "%(n)d min ago")
_HOURS = NN_("%(n)d h ago", "%(n)d h ago")
_DAYS = NN_("%(n)d day ago", "%(n)d days ago")


def moment(at: datetime, *, now: datetime, text: Text, plural: Plural) -> Markup:
    """A ``<time>`` element: "3 min ago", or "14 November 2026" after a week."""
    iso = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = in_words(at, now=now, text=text, plural=plural)
    return Markup('<time datetime="{}">{}</time>').format(iso, words)


def in_words(at: datetime, *, now: datetime, text: Text, plural: Plural) -> str:
    """The words alone. A moment in the future says its date."""
    age = now - at
    if timedelta(0) <= age < timedelta(minutes=1):
        return text(N_("just now"))
    if timedelta(0) <= age < timedelta(hours=1):
        return _ago(plural, _MINUTES, age // timedelta(minutes=1))
    if timedelta(0) <= age < timedelta(days=1):
        return _ago(plural, _HOURS, age // timedelta(hours=1))
    if timedelta(0) <= age < timedelta(days=7):
        return _ago(plural, _DAYS, age // timedelta(days=1))
    return day(at, text=text)


def day(at: datetime, *, text: Text) -> str:
    """A date in words, e.g. ``14 November 2026``."""
    at = at.astimezone(UTC)
    return text(N_("%(day)d %(month)s %(year)d")) % {
        "day": at.day,
        "month": text(_MONTHS[at.month - 1]),
        "year": at.year,
    }


def _ago(plural: Plural, forms: tuple[str, str], n: int) -> str:
    return plural(*forms, n) % {"n": n}
