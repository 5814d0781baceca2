"""What a post says of its thing besides text: title, times, place, links. Pure.

Texts are plain text as received. ``posts`` keeps an ``About`` with a post, and
pages say it in the reader's words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fedinet.vocab.activity import Document, listed, text_of, type_of
from fedinet.vocab.values import documents, links, moment, web_url

MAX_TEXT: Final = 500
_MAX_SECONDS: Final = 10_000_000
_DURATION: Final = re.compile(
    r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,7})M)?(?:(\d{1,9})(?:[.,]\d{1,9})?S)?)?"
)
_ZONE: Final = re.compile(r"[A-Za-z]{2,20}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_STATES: Final[Mapping[str, str]] = {
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "eventcancelled": "cancelled",
    "eventcanceled": "cancelled",
    "tentative": "tentative",
    "eventtentative": "tentative",
    "postponed": "postponed",
    "eventpostponed": "postponed",
    "eventrescheduled": "rescheduled",
    "eventmovedonline": "online",
}
_ADDRESS: Final = (
    "streetAddress", "postOfficeBoxNumber", "postalCode", "addressLocality", "addressRegion",
    "addressCountry",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Nothing of it is known of most posts.

    ``starts_at`` and ``ends_at`` stand in the event's own time; ``zone`` is its
    name (``Europe/Berlin``) where it has one. ``state`` is ``""`` for what takes
    place as planned, else ``cancelled``, ``postponed``, ``rescheduled``,
    ``tentative`` or ``online``. ``link`` leads to where its own readers go, or
    to what a post is about; ``rest`` to the whole of a text that is cut here.
    """

    title: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    whole_days: bool = False
    zone: str = ""
    place: str = ""
    online_url: str = ""
    state: str = ""
    duration_s: int | None = None
    link: str = ""
    rest: str = ""


NOTHING: Final = About()


def read_about(document: Document, *, kind: str, title: str, link: str) -> About:
    """Read what there is, of any kind of object. ``title`` and ``link`` have been chosen."""
    starts, zone = _local(document, "startTime")
    ends, _ = _local(document, "endTime")
    places = list(_places(document.get("location")))
    place = next((text for text in map(_place, places) if text), "")
    if kind == "Place":
        place = _place({**document, "name": None})
    is_dated = kind == "Event" or starts is not None
    return About(
        title=title[:MAX_TEXT],
        starts_at=starts,
        ends_at=ends if _shows_end(document, starts, ends) else None,
        whole_days=_is_date(document.get("startTime")),
        zone=zone if starts is not None else "",
        place=place[:MAX_TEXT],
        online_url=_online(document, places) if is_dated else "",
        state=_state(document) if is_dated else "",
        duration_s=_seconds(document.get("duration")),
        link=link,
    )


def _local(document: Document, key: str) -> tuple[datetime | None, str]:
    """A moment on the clock of the place where it is, and the name of that clock's zone."""
    raw = next(listed(document.get(key)), None)
    at = moment(raw)
    if at is None or not isinstance(raw, str):
        return None, ""
    zone = document.get("timezone")
    if isinstance(zone, str) and _ZONE.fullmatch(zone) is not None:
        try:
            return at.astimezone(ZoneInfo(zone)), "" if zone in ("UTC", "Etc/UTC") else zone
        except (ZoneInfoNotFoundError, OverflowError, ValueError, OSError):
            pass
    offset = datetime.fromisoformat(raw).tzinfo or UTC
    try:
        return at.astimezone(offset), ""
    except OverflowError:
        return at, ""


def _is_date(value: object) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def _shows_end(document: Document, starts: datetime | None, ends: datetime | None) -> bool:
    if starts is None or ends is None or document.get("displayEndTime") is False:
        return False
    return ends > starts


def _places(value: object) -> Iterator[Document]:
    for member in listed(value):
        if isinstance(member, str) and web_url(member) is None:
            yield {"type": "Place", "name": member}
    yield from documents(value)


def _place(document: Document) -> str:
    """Name and address of a Place; of a place without either, where it is on the map."""
    if type_of(document) == "VirtualLocation":
        return ""
    parts = [text_of(document, "name"), _address(document.get("address"))]
    if type_of(document) == "PostalAddress":
        parts.append(_address(document))
    country = document.get("country")
    if isinstance(country, str):
        parts.append(country)
    words = ", ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if words:
        return words
    latitude, longitude = document.get("latitude"), document.get("longitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        return f"{latitude:.5g}, {longitude:.5g}"
    return ""


def _address(value: object) -> str:
    if isinstance(value, str):
        return value
    for address in documents(value):
        parts = (address.get(key) for key in _ADDRESS)
        return ", ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
    return ""


def _online(document: Document, places: list[Document]) -> str:
    """Where one takes part from afar: Mobilizon's Website, FEP-8a8e's virtual location."""
    for place in places:
        if type_of(place) == "VirtualLocation":
            for url, _ in links(place.get("url")):
                return url
    for key in ("externalParticipationUrl", "onlineAddress"):
        if (url := web_url(document.get(key))) is not None:
            return url
    for member in documents(document.get("attachment")):
        if type_of(member) == "Link":
            for url, _ in links(member):
                return url
    return ""


def _state(document: Document) -> str:
    for key in ("eventStatus", "ical:status", "status"):
        value = document.get(key)
        if isinstance(value, str):
            word = value.rpartition("/")[2].rpartition("#")[2].rpartition(":")[2].lower()
            if word in _STATES:
                return _STATES[word]
    return ""


def _seconds(value: object) -> int | None:
    """Read an xsd:duration such as ``PT1H2M3S``, or seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if 0 < value <= _MAX_SECONDS else None
    match = _DURATION.fullmatch(value) if isinstance(value, str) and len(value) <= 40 else None
    if match is None:
        return None
    days, hours, minutes, seconds = (
        int(part or 0) for part in cast(tuple[str | None, ...], match.groups())
    )
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return total if 0 < total <= _MAX_SECONDS else None
