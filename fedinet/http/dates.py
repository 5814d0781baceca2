"""Moments as people read them: how long ago, on the clock, or the date. Pure.

The words are short: in lists they stand in a narrow column.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from markupsafe import Markup, escape

from fedinet.kernel.problems import N_, NN_
from fedinet.kernel.zones import UTC_NAME, stands_twice

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
_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_MINUTES = NN_("%(n)d min ago", "%(n)d min ago")
_HOURS = NN_("%(n)d h ago", "%(n)d h ago")
_WEEK: Final = 7
"""Days, after which a weekday would mean two of them."""
_DAYS = NN_("%(n)d day ago", "%(n)d days ago")


def moment(
    at: datetime, *, now: datetime, zone: ZoneInfo, words: str, text: Text, plural: Plural
) -> Markup:
    """A ``<time>`` element: "3 min ago", or "14 November 2026" after a week.

    What is said by how long ago has the whole moment as its ``title``, which paper shows instead.
    ``words``: what people call the zone.
    """
    local = at.astimezone(zone)
    shown, said = in_words(local, now=now, text=text, plural=plural), _date(local, text=text)
    whole = "" if shown == said else on_clock(at, zone=zone, words=words, text=text)
    title = f' title="{escape(whole)}"' if whole else ""
    iso = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = f'<time datetime="{iso}"{title}>{escape(shown)}</time>'
    return Markup(made)  # noqa: S704  # digits, and escaped


def in_words(at: datetime, *, now: datetime, text: Text, plural: Plural) -> str:
    """The words alone. A moment in the future says its date, in the zone of ``at``."""
    age = now - at
    if timedelta(0) <= age < timedelta(minutes=1):
        return text(N_("just now"))
    if timedelta(0) <= age < timedelta(hours=1):
        return _ago(plural, _MINUTES, age // timedelta(minutes=1))
    if timedelta(0) <= age < timedelta(days=1):
        return _ago(plural, _HOURS, age // timedelta(hours=1))
    if timedelta(0) <= age < timedelta(days=7):
        return _ago(plural, _DAYS, age // timedelta(days=1))
    return _date(at, text=text)


def day(at: date, *, zone: ZoneInfo, text: Text) -> str:
    """A date in words, e.g. ``14 November 2026``: of a moment, the one that it has in ``zone``."""
    return _date(at.astimezone(zone) if isinstance(at, datetime) else at, text=text)


def day_name(at: datetime, *, now: datetime, text: Text) -> Markup:
    """The head of what was said on a day: "Today", "Yesterday" or its weekday, and the date.

    ``at`` lies in the reader's zone, which says when a day begins.
    """
    ago = (now.astimezone(at.tzinfo).date() - at.date()).days
    near = {0: text(N_("Today")), 1: text(N_("Yesterday"))}
    name = near.get(ago) or text(_WEEKDAYS[at.weekday()])
    name = name[:1].upper() + name[1:]  # weekdays are small in Dutch, but not as a head
    return Markup("{} <small>{}</small>").format(name, _date(at, text=text))


def hour(at: datetime, *, zone: ZoneInfo, words: str, text: Text) -> Markup:
    """A ``<time>`` element for the margin of a list that has days as heads: "11:40".

    ``words``: what people call the zone.
    """
    return _in_margin(at, f"{at.astimezone(zone):%H:%M}", zone=zone, words=words, text=text)


def placed(
    at: datetime, *, zone: ZoneInfo, now: datetime, words: str, names: Locale, text: Text
) -> Markup:
    """The same for a list without: "11:40" of today, "Wed 11:40" of this week, else "14 Nov".

    A year that is not this one is told. ``names``: of days and months, from CLDR.
    """
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    ago = (today - local.date()).days
    if ago == 0:
        shown = f"{local:%H:%M}"
    elif 0 < ago < _WEEK:
        shown = f"{names.days['format']['abbreviated'][local.weekday()]} {local:%H:%M}"
    else:
        shown = f"{local.day} {names.months['format']['abbreviated'][local.month]}"
        shown += "" if local.year == today.year else f" {local.year}"
    return _in_margin(at, shown, zone=zone, words=words, text=text)


def _in_margin(at: datetime, shown: str, *, zone: ZoneInfo, words: str, text: Text) -> Markup:
    """With the whole moment as its ``title``, which paper shows instead."""
    title = on_clock(at, zone=zone, words=words, text=text)
    iso = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, title, shown)


def period(
    starts: datetime, ends: datetime | None, *, zone: str, whole_days: bool, text: Text
) -> Markup:
    """When something takes place, on the clock of that place.

    "Thursday 14 January 2027, 18:00–20:00 (Europe/Berlin)"; without a name of
    the zone its distance from UTC is told.
    """
    one_day = ends is None or ends.date() == starts.date()
    first = _time(starts, _on(starts, whole_days=whole_days, text=text))
    if ends is None or (one_day and whole_days):
        shown = first
    elif one_day:
        shown = Markup("{}–{}").format(first, _time(ends, f"{ends:%H:%M}"))
    else:
        last = _time(ends, _on(ends, whole_days=whole_days, text=text))
        shown = Markup("{} – {}").format(first, last)
    return shown if whole_days else Markup("{} ({})").format(shown, zone or clock_of(starts))


def clock_of(at: datetime) -> str:
    """``UTC`` or ``UTC+02:00``."""
    offset = at.strftime("%z")
    return "UTC" if offset in ("", "+0000") else f"UTC{offset[:3]}:{offset[3:5]}"


def lasting(seconds: int) -> str:
    """How long a film or a sound is: ``3:07`` or ``1:02:07``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _on(at: datetime, *, whole_days: bool, text: Text) -> str:
    words = f"{text(_WEEKDAYS[at.weekday()])} {_date(at, text=text)}"
    return words if whole_days else f"{words}, {at:%H:%M}"


def _time(at: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="minutes"), words)


def _date(at: date, *, text: Text) -> str:
    return text(N_("%(day)d %(month)s %(year)d")) % {
        "day": at.day,
        "month": text(_MONTHS[at.month - 1]),
        "year": at.year,
    }


def minute(at: datetime, *, zone: ZoneInfo, words: str, text: Text) -> Markup:
    """A ``<time>`` element to the minute: "14 November 2026, 19:00 (Brussels, Belgium)".

    ``zone``: on this clock, which is called ``words``.
    """
    shown = on_clock(at, zone=zone, words=words, text=text)
    iso = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return Markup('<time datetime="{}">{}</time>').format(iso, shown)


def on_clock(at: datetime, *, zone: ZoneInfo, words: str, text: Text) -> str:
    """The words of ``minute`` alone."""
    if words == UTC_NAME:
        return to_the_minute(at, text=text)
    local = at.astimezone(zone)
    which = f", {clock_of(local)}" if stands_twice(local) else ""
    return f"{_date(local, text=text)}, {local:%H:%M} ({words}{which})"


def to_the_minute(at: datetime, *, text: Text) -> str:
    """The words alone, as messages have them."""
    at = at.astimezone(UTC)
    return f"{_date(at, text=text)}, {at:%H:%M} UTC"


def _ago(plural: Plural, forms: tuple[str, str], n: int) -> str:
    return plural(*forms, n) % {"n": n}
