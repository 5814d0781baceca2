"""Readers of single properties, lenient about shape: what cannot be read is absent. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, cast

from fedinet.kernel.errors import Malformed
from fedinet.kernel.uris import origin_of
from fedinet.vocab.activity import Document, listed

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_MAX_DATE: Final = 40
MAX_COUNT: Final = 2_000_000_000


def documents(value: object) -> Iterator[Document]:
    """Yield the embedded documents of a property; references and other values are passed over."""
    for member in listed(value):
        if isinstance(member, Mapping):
            yield cast(Document, member)


def web_url(value: object) -> str | None:
    """Return the value if it is an http(s) URL that could be fetched or linked, else None."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return None
    try:
        origin_of(value)
    except Malformed:
        return None
    return value


def links(value: object) -> list[tuple[str, str]]:
    """Read ``url``-like properties as (URL, media type or ``""``): texts, Links, Images, arrays."""
    found: list[tuple[str, str]] = []
    for member in listed(value):
        if isinstance(member, Mapping):
            document = cast(Document, member)
            kind = document.get("mediaType")
            media_type = kind if isinstance(kind, str) else ""
            inner = document.get("href") or document.get("url")
            for nested in listed(inner):
                if isinstance(nested, Mapping):
                    nested_document = cast(Document, nested)
                    nested_kind = nested_document.get("mediaType")
                    url = web_url(nested_document.get("href"))
                    media_type = nested_kind if isinstance(nested_kind, str) else media_type
                else:
                    url = web_url(nested)
                if url is not None:
                    found.append((url, media_type))
        elif (url := web_url(member)) is not None:
            found.append((url, ""))
    return found


def page_url(document: Document) -> str | None:
    """The address for people: the first HTML link of ``url``, else its first plain one."""
    candidates = links(document.get("url"))
    for url, media_type in candidates:
        if media_type.startswith("text/html"):
            return url
    return next((url for url, media_type in candidates if not media_type), None)


def moment(value: object) -> datetime | None:
    """Read an xsd:dateTime as an aware datetime; without an offset it is taken as UTC."""
    if not isinstance(value, str) or len(value) > _MAX_DATE:
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def flag(document: Document, key: str) -> bool:
    """True only for JSON ``true``."""
    return document.get(key) is True


def count(value: object) -> int | None:
    """Return a number of things that can be true; ``True`` is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def language(value: object) -> str | None:
    """Return a plausible language tag, lower case before the first hyphen, else None."""
    if not isinstance(value, str) or _LANGUAGE.fullmatch(value) is None:
        return None
    primary, hyphen, rest = value.partition("-")
    return f"{primary.lower()}{hyphen}{rest}"


def texts_by_language(document: Document, key: str) -> dict[str, str]:
    """Read a language map such as ``contentMap``; empty where there is none."""
    by_language = document.get(key + "Map")
    if not isinstance(by_language, Mapping):
        return {}
    members = cast(Mapping[str, object], by_language)
    return {tag: text for tag, text in members.items() if isinstance(text, str)}
