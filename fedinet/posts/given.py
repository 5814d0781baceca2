"""Objects as a member's own client gave them: read for people, kept whole for other servers. Pure.

A post here has columns for what pages and apps show. Whatever else a client
says of an object (a type that nobody knows, a title, coordinates, its own
properties) stands in ``Post.given``, cleaned, and is served back with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final, cast

from fedinet.client.model import NotPossible
from fedinet.markup.names import clean_name, hashtag
from fedinet.markup.sanitise import clean_html, is_cut, plain_text
from fedinet.posts.model import MAX_CHARACTERS, MAX_NOTE_CHARACTERS, Post, Tag
from fedinet.vocab.about import NOTHING, About
from fedinet.vocab.activity import MAX_TYPE, Document, as_document, text_of, type_of, uri_of
from fedinet.vocab.note import SHORT_TYPES
from fedinet.vocab.values import documents, flag, language, links, texts_by_language, web_url

COLLECTION_TYPES: Final = frozenset({"Collection", "OrderedCollection"})
MAX_LONG: Final = 50_000
"""Characters of an Article or another long kind."""

_TEXT: Final = frozenset(
    {
        "content", "contentMap", "mediaType", "name", "nameMap", "preview", "source", "summary",
        "summaryMap",
    }
)  # fmt: skip
_OURS: Final = frozenset(
    {
        "attributedTo", "context", "id", "inReplyTo", "interactionPolicy", "likes", "published",
        "replies", "shares", "updated",
    }
)  # fmt: skip
"""Ours to say, whatever the client said."""
_DROPPED: Final = _OURS | {"@context", "bto", "bcc", "items", "orderedItems", "totalItems"}
_INSTEAD: Final = _TEXT | {"attachment", "sensitive", "tag", "type"}
"""What of our own description gives way to the client's."""
_OF_POLLS: Final = frozenset({"anyOf", "closed", "endTime", "oneOf", "votersCount"})
_HTML: Final = frozenset({"content", "summary"})
_HTML_MAPS: Final = frozenset({"contentMap", "summaryMap"})
_MARKDOWN: Final = frozenset({"text/markdown", "text/x-markdown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An object as a client gave it. ``markdown``: to be rendered, as there is no ``content``."""

    kind: str
    title: str
    content_html: str
    markdown: str
    source: str
    content_note: str
    sensitive: bool
    language: str | None
    parent_uri: str | None
    tags: tuple[Tag, ...]
    document: Mapping[str, object]

    @property
    def about(self) -> About:
        return About(title=self.title) if self.title else NOTHING

    def html(self, content_html: str) -> str:
        """What people read below the title; where there is neither, what kind it is."""
        return content_html or ("" if self.title else f"<p>{escape(self.kind)}</p>")


def read_given(document: Document, addresses: Mapping[str, object]) -> Given:
    """Read an object. ``addresses``: ``to``, ``cc`` and ``audience`` as they are shown.

    Raises:
        NotPossible: longer than a text may be here.
    """
    kind = (type_of(document) or "Object")[:MAX_TYPE]
    source, is_markdown = _source(document)
    content = _content_html(document)
    kept = {key: value for key, value in document.items() if key not in _DROPPED}
    cleaned = cast("dict[str, object]", _cleaned(kept))
    return Given(
        kind=kind,
        title=title_of(document),
        content_html=_checked(content or _stand_in(document, kind), kind),
        markdown=_checked(source, kind) if is_markdown and not content else "",
        source=_checked(source or plain_text(content), kind),
        content_note=_content_note(document, kind),
        sensitive=flag(document, "sensitive"),
        language=_language(document, text_of(document, "content")),
        parent_uri=web_url(uri_of(document.get("inReplyTo"))),
        tags=_tags(document),
        document={"type": kind, **cleaned, **{key: addresses.get(key, []) for key in ("to", "cc")}}
        | {key: value for key, value in addresses.items() if key == "audience"},
    )


def title_of(document: Document | None) -> str:
    """What a client calls an object, as a line of plain text; ``""`` for nothing."""
    if document is None:
        return ""
    return clean_name(plain_text(text_of(document, "name")), max_length=MAX_NOTE_CHARACTERS)


def as_given(post: Post, note: Document) -> Document:
    """Describe a post in its client's own words, under the names that are ours to give."""
    given = post.given
    if given is None:
        return note
    is_rewritten = bool(post.source) and "content" not in given  # on a page, since
    ours = {
        key: value
        for key, value in note.items()
        if key not in _INSTEAD or (is_rewritten and key in _TEXT)
    }
    theirs = {key: value for key, value in given.items() if key not in _OURS}
    said: dict[str, object] = {**ours, **theirs}
    if "tag" not in said and note.get("tag"):
        said["tag"] = note["tag"]
    if is_rewritten:
        said["sensitive"] = post.sensitive
    return said


def without_text(given: Document | None) -> Document | None:
    """What is left of a client's words once a post was written anew on a page."""
    if given is None:
        return None
    return {key: value for key, value in given.items() if key not in _TEXT}


def without_poll(given: Document) -> Document:
    """What is left of a client's words once its poll is kept and counted here."""
    return {key: value for key, value in given.items() if key not in _OF_POLLS}


def changed(before: Document, change: Document) -> Document:
    """Apply a partial Update: given keys replace, null removes, others stay; top level only.

    Text and its source belong together: who changes one alone withdraws the other.

    Source: https://www.w3.org/TR/activitypub/#partial-updates
    """
    said = {key: value for key, value in change.items() if key not in ("id", "to", "cc", "type")}
    merged = {**before, **said}
    if "content" in said and "source" not in said:
        merged.pop("source", None)
    if "source" in said and "content" not in said:
        merged.pop("content", None)
    if ("content" in said or "source" in said) and "contentMap" not in said:
        merged.pop("contentMap", None)
    return {key: value for key, value in merged.items() if value is not None}


def _source(document: Document) -> tuple[str, bool]:
    source = as_document(document.get("source"))
    text = None if source is None else source.get("content")
    if source is None or not isinstance(text, str):
        return "", False
    kind = str(source.get("mediaType", "text/markdown")).partition(";")[0].strip().lower()
    return text.strip(), kind in _MARKDOWN or kind == "text/plain"


def _content_html(document: Document) -> str:
    content = text_of(document, "content")
    if document.get("mediaType") in ("text/plain", *_MARKDOWN):
        blocks = content.replace("\r\n", "\n").split("\n\n")
        content = "".join(
            f"<p>{escape(block.strip()).replace(chr(10), '<br>')}</p>"
            for block in blocks
            if block.strip()
        )
    if is_cut(content):
        raise NotPossible("too_long", f"At most {MAX_LONG} characters; this has {len(content)}")
    return clean_html(content)


def _stand_in(document: Document, kind: str) -> str:
    """What stands for the text of an object that has none: its summary and its address."""
    summary = "" if kind in SHORT_TYPES else plain_text(text_of(document, "summary"))
    paragraph = f"<p>{escape(summary)}</p>" if summary else ""
    href = next((href for href, _ in links(document.get("url") or document.get("href"))), None)
    if href is None:
        return paragraph
    return paragraph + clean_html(f'<p><a href="{escape(href)}">{escape(href)}</a></p>')


def _content_note(document: Document, kind: str) -> str:
    if kind not in SHORT_TYPES:
        return ""
    return " ".join(plain_text(text_of(document, "summary")).split())[:MAX_NOTE_CHARACTERS]


def _checked(text: str, kind: str) -> str:
    most = MAX_CHARACTERS if kind in SHORT_TYPES else MAX_LONG
    length = len(plain_text(text)) if "<" in text else len(text)
    if length > most:
        raise NotPossible("too_long", f"At most {most} characters; this has {length}")
    return text


def _language(document: Document, content: str) -> str | None:
    by_language = texts_by_language(document, "content")
    chosen = next((tag for tag, text in by_language.items() if text == content), None)
    return language(chosen or next(iter(by_language), None))


def _tags(document: Document) -> tuple[Tag, ...]:
    found: dict[str, Tag] = {}
    for tag in documents(document.get("tag")):
        read = hashtag(text_of(tag, "name")) if type_of(tag) == "Hashtag" else None
        if read is not None:
            found.setdefault(read[0], Tag(*read))
    return tuple(found.values())


def _cleaned(value: object, key: str = "") -> object:
    """Sanitise HTML wherever a property holds it; the nesting was bounded by the decoder."""
    if isinstance(value, str):
        return clean_html(value) if key in _HTML else value
    if isinstance(value, list):
        return [_cleaned(member, key) for member in cast("list[object]", value)]
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        if key == "source":
            return dict(members)
        if key in _HTML_MAPS:
            return {name: _cleaned(member, "content") for name, member in members.items()}
        return {
            name: _cleaned(member, name)
            for name, member in members.items()
            if name not in ("bto", "bcc")
        }
    return value
