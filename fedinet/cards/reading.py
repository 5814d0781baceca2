"""Reading a page: what it says of itself in its head. Every byte is hostile. Pure.

Open Graph comes first, then Twitter's names, JSON-LD and plain HTML. The parser
(libxml2) reports tags and builds no tree; what it cannot read is left out.

Source: https://ogp.me/, https://schema.org/Article, Google's robots meta rules
(https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag)
"""

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol, cast
from urllib.parse import urljoin, urlsplit

import msgspec
from lxml import etree  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType, reportAttributeAccessIssue]

from fedinet.cards.model import MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, MAX_URL, Card, one_line
from fedinet.kernel.errors import Malformed
from fedinet.kernel.uris import origin_of

MAX_HTML_BYTES: Final = 512 * 1024
_MAX_TAGS: Final = 2000
_MAX_TEXT: Final = 64 * 1024
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_ARTICLES: Final = frozenset(
    {
        "Article",
        "NewsArticle",
        "BlogPosting",
        "Report",
        "ScholarlyArticle",
        "TechArticle",
        "WebPage",
    }
)

_lxml: Any = cast(object, etree)


class _Feeds(Protocol):
    def feed(self, text: bytes) -> None: ...
    def close(self) -> object: ...


@dataclass(slots=True)
class _Head:
    """What the parser reports, as far as it matters. A target of lxml's parser."""

    metas: dict[str, str] = field(default_factory=dict[str, str])
    links: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    title: str = ""
    language: str = ""
    scripts: list[str] = field(default_factory=list[str])
    _tags: int = 0
    _inside: str = ""
    _text: list[str] = field(default_factory=list[str])

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._tags += 1
        if self._tags > _MAX_TAGS:
            return
        if tag == "meta":
            name = (
                attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
            )
            if name:
                self.metas.setdefault(name.strip().lower()[:100], attributes.get("content") or "")
        elif tag == "link" and len(self.links) < 200:
            self.links.append(dict(attributes))
        elif tag == "html":
            self.language = attributes.get("lang") or ""
        elif tag == "title" and not self.title:
            self._inside = "title"
        elif tag == "script" and attributes.get("type") == "application/ld+json":
            self._inside = "script"

    def data(self, text: str) -> None:
        if self._inside and len(self._text) < 500:
            self._text.append(text[:_MAX_TEXT])

    def end(self, tag: str) -> None:
        if tag != self._inside:
            return
        text = "".join(self._text)[:_MAX_TEXT]
        if tag == "title":
            self.title = text
        elif len(self.scripts) < 5:
            self.scripts.append(text)
        self._inside = ""
        self._text.clear()

    def close(self) -> None:
        """Nothing is left to do; lxml asks for it."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says, and where its oEmbed data would be, or "" ."""

    card: Card | None
    oembed: str


def read_page(body: bytes, url: str, headers: Mapping[str, str]) -> Page:
    """Read the beginning of a page that came from ``url``. No title, no card."""
    head = _parse(_decoded(body[:MAX_HTML_BYTES], headers.get("Content-Type", "")))
    linked = _linked_data(head.scripts)
    rules = _rules(head.metas, headers.get("X-Robots-Tag", ""))
    title = _first(
        head.metas.get("og:title"), head.metas.get("twitter:title"), linked.title, head.title
    )
    names = ("og:description", "twitter:description", "description")
    description = (
        ""
        if rules & {"nosnippet", "none", "max-snippet:0"}
        else _first(*(head.metas.get(name) for name in names), linked.description)
    )
    image = (
        ""
        if rules & {"noimageindex", "none", "max-image-preview:none"}
        else _address(
            url,
            _first(
                *(
                    head.metas.get(name)
                    for name in (
                        "og:image:secure_url",
                        "og:image",
                        "twitter:image",
                        "twitter:image:src",
                    )
                )
            ),
        )
    )
    oembed = next(
        (
            _address(url, link.get("href") or "")
            for link in head.links
            if (link.get("type") or "").strip().lower() == "application/json+oembed"
        ),
        "",
    )
    title = one_line(title, MAX_TITLE)
    if not title:
        return Page(None, oembed)
    author = _first(linked.author, head.metas.get("author"), head.metas.get("fediverse:creator"))
    written = head.metas.get("article:author") or ""
    card = Card(
        url=url,
        title=title,
        description=one_line(description, MAX_DESCRIPTION),
        language=_language(_first(head.metas.get("og:locale"), head.language)),
        author=one_line(author, MAX_NAME),
        author_url=_address(url, linked.author_url or (written if "://" in written else "")),
        provider=one_line(head.metas.get("og:site_name") or "", MAX_NAME),
        image=image,
        image_description=one_line(
            _first(head.metas.get("og:image:alt"), head.metas.get("twitter:image:alt")),
            MAX_DESCRIPTION,
        ),
        width=_size(head.metas.get("og:image:width")),
        height=_size(head.metas.get("og:image:height")),
        published_at=_time(_first(head.metas.get("article:published_time"), linked.published)),
    )
    return Page(card, oembed)


class _OEmbed(msgspec.Struct):
    title: str | None = None
    author_name: str | None = None
    author_url: str | None = None
    provider_name: str | None = None
    provider_url: str | None = None


def with_oembed(card: Card, body: bytes) -> Card:
    """Fill what the page did not say with its oEmbed data. Its HTML is not even read.

    Source: https://oembed.com/
    """
    try:
        said = msgspec.json.decode(body, type=_OEmbed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return card
    return msgspec.structs.replace(
        card,
        author=card.author or one_line(said.author_name or "", MAX_NAME),
        author_url=card.author_url or _address(card.url, said.author_url or ""),
        provider=card.provider or one_line(said.provider_name or "", MAX_NAME),
        provider_url=card.provider_url or _address(card.url, said.provider_url or ""),
    )


class _Linked(msgspec.Struct):
    title: str = ""
    description: str = ""
    author: str = ""
    author_url: str = ""
    published: str = ""


def _parse(text: str) -> _Head:
    head = _Head()
    parser = cast(_Feeds, _lxml.HTMLParser(target=head, encoding="utf-8", no_network=True))
    try:
        parser.feed(text.encode("utf-8", "replace"))
        parser.close()
    except (_lxml.LxmlError, ValueError):  # what was read up to there counts
        pass
    return head


def _decoded(body: bytes, content_type: str) -> str:
    """Make text of bytes: by mark, header, what the page says, else UTF-8 as far as it goes."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _as_text(body, encoding)
    header = _HEADER_CHARSET.search(content_type)
    inside = _CHARSET.search(body[:2048])
    for named in (header and header[1], inside and inside[1].decode("ascii")):
        if named is not None:
            try:
                return _as_text(body, codecs.lookup(named).name)
            except (LookupError, ValueError):
                continue
    return _as_text(body, "utf-8")


def _as_text(body: bytes, encoding: str) -> str:
    try:
        text = body.decode(encoding, "replace")
    except LookupError:  # a codec, but none of text
        text = body.decode("utf-8", "replace")
    return text.replace("\x00", "")


def _linked_data(scripts: Iterable[str]) -> _Linked:
    for script in scripts:
        try:
            decoded: object = msgspec.json.decode(script.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            continue
        for thing in _things(decoded):
            kinds = thing.get("@type")
            named = (
                set(map(str, cast(list[object], kinds)))
                if isinstance(kinds, list)
                else {str(kinds)}
            )
            if named & _ARTICLES:
                author, author_url = _author(thing.get("author"))
                return _Linked(
                    _text(thing.get("headline")) or _text(thing.get("name")),
                    _text(thing.get("description")),
                    author,
                    author_url,
                    _text(thing.get("datePublished")),
                )
    return _Linked()


def _things(decoded: object) -> list[Mapping[str, object]]:
    items = cast(list[object], decoded) if isinstance(decoded, list) else [decoded]
    found = [cast(Mapping[str, object], item) for item in items[:20] if isinstance(item, dict)]
    for thing in tuple(found):
        graph = thing.get("@graph")
        if isinstance(graph, list):
            graphed = cast(list[object], graph)[:20]
            found += [
                cast(Mapping[str, object], item) for item in graphed if isinstance(item, dict)
            ]
    return found


def _author(said: object) -> tuple[str, str]:
    if isinstance(said, list):
        said = next(iter(cast(list[object], said)), None)
    if isinstance(said, dict):
        thing = cast(Mapping[str, object], said)
        return _text(thing.get("name")), _text(thing.get("url"))
    return _text(said), ""


def _rules(metas: Mapping[str, str], header: str) -> frozenset[str]:
    said = f"{metas.get('robots', '')},{header}".lower()
    return frozenset(rule.replace(" ", "") for rule in said.split(","))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _first(*said: str | None) -> str:
    return next((text for text in said if text and text.strip()), "")


def _address(base: str, raw: str) -> str:
    """Complete an address. Not one of the web, or too long: none."""
    if not raw.strip() or len(raw) > MAX_URL:
        return ""
    try:
        url = urljoin(base, raw.strip())
        origin_of(url)
        if urlsplit(url).username is not None or len(url) > MAX_URL or not url.isprintable():
            return ""
    except (ValueError, Malformed):
        return ""
    return url.replace(" ", "%20")


def _language(raw: str) -> str | None:
    found = _LANGUAGE.fullmatch(raw.strip())
    return None if found is None else found[0].replace("_", "-").partition("-")[0].lower()


def _size(raw: str | None) -> int:
    text = (raw or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0


def _time(raw: str) -> str | None:
    try:
        moment = datetime.fromisoformat(raw.strip()[:40])
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") if moment.year >= 1000 else None
