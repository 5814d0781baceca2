"""Time zones as readers know them: their own, and what each is called in their language."""

from datetime import datetime
from functools import cache
from typing import cast
from unicodedata import normalize
from zoneinfo import ZoneInfo

from aiohttp import web
from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location, get_timezone_name

from fedinet.http.auth import member
from fedinet.http.context import NODE, SETTINGS
from fedinet.http.dates import clock_of
from fedinet.kernel.zones import UTC_NAME, is_zone, zone_names, zone_of


def zone_of_house(request: web.Request) -> ZoneInfo:
    """What the community keeps to: chosen on its pages, else by the setting."""
    node = request.app[NODE].last_known
    return zone_of("" if node is None else node.time_zone, request.app[SETTINGS].time_zone)


def zone_of_reader(request: web.Request) -> ZoneInfo:
    """What a member chose, else that of the community."""
    found = member(request)
    return zone_of("" if found is None else found.time_zone, zone_of_house(request).key)


@cache
def zone_name(name: str, language: str) -> str:
    """A zone by its city and country, e.g. ``Brussel, België``. Source: CLDR, through Babel."""
    if name == UTC_NAME:
        return name
    locale = Locale.parse(language)
    city = get_timezone_location(ZoneInfo(name), locale=locale, return_city=True)
    aliases = cast("dict[str, str]", get_global("zone_aliases"))
    territories = cast("dict[str, str]", get_global("zone_territories"))
    named = cast("dict[str, str]", locale.territories)
    country = named.get(territories.get(aliases.get(name, name), ""), city)
    return city if country == city else f"{city}, {country}"


def clock_name(at: datetime, language: str) -> str:
    """What a clock of a zone is called at a moment on it, e.g. ``Midden-Europese zomertijd``."""
    return f"{get_timezone_name(at, locale=language)}, {clock_of(at)}"


def zone_choices(language: str, chosen: str) -> list[tuple[str, str]]:
    """Zones with their names, in the order of these. Of several names for one place it is the one
    ``chosen`` before, else the present one.
    """
    named = {words: name for name, words in _choices(language)}
    if is_zone(chosen):
        named[zone_name(chosen, language)] = chosen
    return [(name, words) for words, name in named.items()]


@cache
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    aliases = cast("dict[str, str]", get_global("zone_aliases"))
    named = {zone_name(name, language): name for name in zone_names() if name in aliases}
    named |= {zone_name(name, language): name for name in zone_names() if name not in aliases}
    named.pop(UTC_NAME, None)
    return (
        (UTC_NAME, UTC_NAME),
        *((named[words], words) for words in sorted(named, key=_as_people_sort)),
    )


def _as_people_sort(words: str) -> tuple[str, str]:
    """By the letters without their accents: Belém before Belize."""
    plain = normalize("NFKD", words).encode("ascii", "ignore").decode().casefold()
    return plain, words
