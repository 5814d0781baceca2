"""Feeds as RSS 2.0 and Atom. Pure.

Source: https://www.rssboard.org/rss-specification, RFC 4287
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from fedinet.feeds.model import Entry, Feed

MEDIA_TYPES: Final = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
_ATOM: Final = "http://www.w3.org/2005/Atom"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(feed: Feed, kind: str, address: str) -> bytes:
    """Write a feed. ``kind`` is a key of ``MEDIA_TYPES``, ``address`` where it is read."""
    root = _rss(feed, address) if kind == "rss" else _atom(feed, address)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _rss(feed: Feed, address: str) -> Element:
    root = Element("rss", {"version": "2.0", "xmlns:atom": _ATOM, "xmlns:dc": _DC})
    channel = SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.page)
    _add(channel, "description", feed.about)
    SubElement(channel, "atom:link", {"rel": "self", "type": MEDIA_TYPES["rss"], "href": address})
    if feed.image:
        image = SubElement(channel, "image")
        _add(image, "url", feed.image)
        _add(image, "title", feed.title)
        _add(image, "link", feed.page)
    for entry in feed.entries:
        item = SubElement(channel, "item")
        _add(item, "guid", entry.uri, isPermaLink="false")
        _add(item, "link", entry.page)
        _add(item, "title", entry.title)
        _add(item, "dc:creator", entry.author)
        _add(item, "pubDate", format_datetime(entry.published_at.astimezone(UTC), usegmt=True))
        _add(item, "description", entry.html)
        for tag in entry.tags:
            _add(item, "category", tag)
    return root


def _atom(feed: Feed, address: str) -> Element:
    root = Element("feed", {"xmlns": _ATOM})
    _add(root, "id", feed.page)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.about)
    _add(root, "updated", _moment(feed.edited_at))
    SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPES["atom"], "href": address})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    if feed.image:
        _add(root, "logo", feed.image)
    for entry in feed.entries:
        root.append(_atom_entry(entry))
    return root


def _atom_entry(entry: Entry) -> Element:
    root = Element("entry", {"xml:lang": entry.language} if entry.language else {})
    _add(root, "id", entry.uri)
    _add(root, "title", entry.title)
    _add(root, "published", _moment(entry.published_at))
    _add(root, "updated", _moment(entry.edited_at))
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": entry.page})
    author = SubElement(root, "author")
    _add(author, "name", entry.author)
    _add(author, "uri", entry.author_page)
    _add(root, "content", entry.html, type="html")
    for tag in entry.tags:
        SubElement(root, "category", {"term": tag})
    return root


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _NOT_XML.sub("", text)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
