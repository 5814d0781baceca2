"""WebFinger answers of other servers, read without believing them. Pure.

Source: RFC 7033; facts of Mastodon's ``app/lib/webfinger.rb``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from fedinet.actors.model import is_remote_username, split_handle
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import domain
from fedinet.vocab.activity import Document, as_document, listed

AS2_MEDIA_TYPES: Final = frozenset(
    {
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    }
)


@dataclass(frozen=True, slots=True)
class Handle:
    """``username@domain`` in its one spelling. Equal whatever the case of the username."""

    username: str
    domain: Domain

    def __str__(self) -> str:
        return f"{self.username}@{self.domain}"

    @property
    def key(self) -> str:
        return str(self).lower()

    def is_same(self, other: "Handle | None") -> bool:
        return other is not None and self.key == other.key


@dataclass(frozen=True, slots=True)
class Jrd:
    """What a server says of a handle: the name it prefers, and whose document that is."""

    subject: Handle | None
    actor_uri: str | None
    templates: Mapping[str, str] = field(default_factory=dict[str, str])
    """By relation, e.g. that of "follow from here": addresses with a place to fill."""


def read_handle(raw: str) -> Handle:
    """Read ``ada@B.example``, with or without ``@`` or ``acct:`` before it.

    Raises:
        Malformed: without a domain, or not a name that a handle can carry.
    """
    username, after = split_handle(raw)
    if after is None or not is_remote_username(username):
        raise Malformed(f"not a handle: {raw[:200]!r}")
    return Handle(username, domain(after))


def read_jrd(document: Document) -> Jrd:
    """Take the two things that matter; whatever cannot be read is None."""
    return Jrd(_subject(document.get("subject")), _self_link(document), _templates(document))


def read_template(host_meta: str) -> str | None:
    """Find the ``lrdd`` template in an XRD, e.g. ``https://x.example/wf?r={uri}``.

    An HTML parser, on purpose: it expands no entities and loads nothing.
    """
    finder = _TemplateFinder()
    finder.feed(host_meta)
    return finder.template


class _TemplateFinder(HTMLParser):
    template: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        template = found.get("template")
        if tag == "link" and found.get("rel") == "lrdd" and template and "{uri}" in template:
            self.template = self.template or template


def _subject(value: object) -> Handle | None:
    if not isinstance(value, str):
        return None
    try:
        return read_handle(value)
    except Malformed:
        return None


def _self_link(document: Document) -> str | None:
    for member in listed(document.get("links")):
        link = as_document(member)
        if link is None or link.get("rel") != "self":
            continue
        href, media_type = link.get("href"), link.get("type")
        if isinstance(href, str) and media_type in AS2_MEDIA_TYPES:
            return href
    return None


def _templates(document: Document) -> dict[str, str]:
    found: dict[str, str] = {}
    for member in listed(document.get("links")):
        link = as_document(member) or {}
        rel, template = link.get("rel"), link.get("template")
        if isinstance(rel, str) and isinstance(template, str) and len(template) <= 2048:
            found.setdefault(rel, template)
    return found
