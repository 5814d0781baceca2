"""What templates say in a language: sentences, numbers, moments. One set for each language."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from babel import Locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from fedinet.http import dates, numbers
from fedinet.http.i18n import catalogue, direction, language_name
from fedinet.http.numbers import Words
from fedinet.http.zones import clock_name, zone_name
from fedinet.kernel.zones import UTC_NAME, zone_of
from fedinet.markup.names import isolated

Named = Mapping[str, Callable[..., str]]


def _zone_of(page: Context) -> ZoneInfo:
    """That of who reads the page; a paper that nobody reads yet has the clock of all."""
    reader_zone = page.get("reader_zone")
    return zone_of() if reader_zone is None else reader_zone()


def functions(language: str) -> Named:
    """``_``, ``gettext`` and ``ngettext`` as Jinja has them, with numbers as they are written."""
    texts, within = catalogue(language), direction(language)

    def fill(words: Words, values: Mapping[str, object]) -> Words:
        named = {
            key: isolated(value, within=within)
            if isinstance(value, str) and not isinstance(value, Markup)  # that does it by itself
            else value
            for key, value in values.items()
        }
        return numbers.filled(words, named, text=texts.gettext)

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


def filters(language: str) -> Named:
    """Moments, days, numbers and sizes, each by its name."""
    text, plural = catalogue(language).gettext, catalogue(language).ngettext
    names = Locale.parse(language)

    def ago(at: datetime, zone: ZoneInfo) -> Markup:
        words, now = zone_name(zone.key, language), datetime.now(UTC)
        return dates.moment(at, now=now, zone=zone, words=words, text=text, plural=plural)

    @pass_context
    def moment(page: Context, at: datetime) -> Markup:
        return ago(at, _zone_of(page))

    def day_name(at: datetime) -> Markup:
        return dates.day_name(at, now=datetime.now(UTC), text=text)

    def period(starts: datetime, ends: datetime | None, zone: str, *, whole_days: bool) -> Markup:
        return dates.period(starts, ends, zone=zone, whole_days=whole_days, text=text)

    # Nobody's clock shows UTC: there it is told how long ago something was.
    def hour(at: datetime, zone: ZoneInfo) -> Markup:
        if zone.key == UTC_NAME:
            return ago(at, zone)
        return dates.hour(at, zone=zone, words=zone_name(zone.key, language), text=text)

    def placed(at: datetime, zone: ZoneInfo) -> Markup:
        if zone.key == UTC_NAME:
            return ago(at, zone)
        words, now = zone_name(zone.key, language), datetime.now(UTC)
        return dates.placed(at, zone=zone, now=now, words=words, names=names, text=text)

    plain = (numbers.number, numbers.file_size)
    return {
        **{rule.__name__: partial(rule, text=text) for rule in plain},
        **_dated(language),
        "moment": moment,
        "day_name": day_name,
        "hour": hour,
        "placed": placed,
        "period": period,
        "language_name": language_name,
        "clock_name": partial(clock_name, language=language),
        "zone_name": partial(zone_name, language=language),
    }


def _dated(language: str) -> Named:
    """Moments by their date, on the clock of who reads."""
    text = catalogue(language).gettext

    @pass_context
    def day(page: Context, at: date) -> str:
        return dates.day(at, zone=_zone_of(page), text=text)

    @pass_context
    def minute(page: Context, at: datetime) -> Markup:
        zone = _zone_of(page)
        return dates.minute(at, zone=zone, words=zone_name(zone.key, language), text=text)

    return {"day": day, "minute": minute}
