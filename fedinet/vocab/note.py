"""Posts of other servers: Note, Question and their longer relatives. Pure.

Everything textual in a ``RemoteNote`` is as received. ``content_html`` has to
pass ``markup.sanitise.clean_html`` and ``content_note`` ``plain_text`` before
anybody sees them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import islice
from typing import Final, Literal, TypeAlias, cast

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.kernel.uris import origin_of
from fedinet.vocab.activity import (
    PUBLIC_SPELLINGS,
    Document,
    listed,
    text_of,
    type_of,
    uri_of,
    uris_of,
)
from fedinet.vocab.values import (
    documents,
    flag,
    language,
    links,
    moment,
    page_url,
    texts_by_language,
    web_url,
)

Reach: TypeAlias = Literal["everyone", "quiet", "followers", "mentioned"]

SHORT_TYPES: Final = frozenset({"Note", "Question", "ChatMessage"})
LONG_TYPES: Final = frozenset({"Article", "Page", "Event", "Video", "Audio", "Image", "Document"})
NOTE_TYPES: Final = SHORT_TYPES | LONG_TYPES
"""What becomes a post here."""

MAX_ATTACHMENTS: Final = 16
MAX_TAGS: Final = 200
MAX_OPTIONS: Final = 50
MAX_DESCRIPTION: Final = 10_000
MAX_CONTEXT: Final = 2_000
_MEDIA_TYPES: Final = {"Image": "image/", "Video": "video/", "Audio": "audio/"}
_MEDIA_KINDS: Final = frozenset({"Document", "Image", "Video", "Audio"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a post, elsewhere. ``media_type`` may be empty or only ``image/``; text is raw."""

    url: str
    media_type: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteNote:
    """A post as its own server describes it.

    ``uri`` and ``attributed_to`` share one origin. ``content_note`` is a warning
    to show before the content, ``""`` for none. ``mentions`` are (actor URI,
    name as written), ``hashtags`` names as written, with or without ``#``.
    ``to`` and ``cc`` are the object's own (TRAPS 18).
    """

    uri: ObjectUri
    kind: str
    attributed_to: ActorUri
    url: str
    content_html: str
    content_note: str = ""
    sensitive: bool = False
    language: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    in_reply_to: str | None = None
    context: str | None = None
    """Where the whole conversation is listed, if that may be an address (FEP-7888)."""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    mentions: tuple[tuple[str, str], ...] = ()
    hashtags: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def parse_note(document: Document) -> RemoteNote:
    """Read a post. Longer kinds become title and text, with a link to their page.

    Raises:
        Malformed: another type, no id, an author of another origin or none, or
            nothing to show (votes in polls look so).
    """
    kind = _kind(document)
    uri, author = _identity(document, kind)
    url = page_url(document) or uri
    attachments = _attachments(document, kind)
    content, chosen_language = _content(document)
    content_note = ""
    if kind in SHORT_TYPES:
        content_note = text_of(document, "summary")
        content = _with_options(_titled(document, content), document)
    else:
        content = _long_content(document, content, url)
    if not content.strip() and not attachments:
        raise Malformed(f"{kind} without content: {uri}")
    mentions, hashtags = _tags(document)
    return RemoteNote(
        uri=uri,
        kind=kind,
        attributed_to=author,
        url=url,
        content_html=content,
        content_note=content_note,
        sensitive=flag(document, "sensitive"),
        language=chosen_language,
        published=moment(document.get("published")),
        updated=moment(document.get("updated")),
        in_reply_to=web_url(uri_of(document.get("inReplyTo"))),
        context=context_of(document),
        to=uris_of(document.get("to")),
        cc=uris_of(document.get("cc")),
        mentions=mentions,
        hashtags=hashtags,
        attachments=attachments,
    )


def addressed_visibility(to: Iterable[str], cc: Iterable[str], followers_uri: str | None) -> Reach:
    """Say whom a post is for, by its addresses alone.

    ``followers_uri`` is exactly that of the author's actor document. Followers
    in ``cc`` count like in ``to``: they were sent it.

    Source: Mastodon ``parser/status_parser.rb``; AP section 5.6 for the spellings of Public.
    """
    first, second = frozenset(to), frozenset(cc)
    if first & PUBLIC_SPELLINGS:
        return "everyone"
    if second & PUBLIC_SPELLINGS:
        return "quiet"
    if followers_uri is not None and followers_uri in first | second:
        return "followers"
    return "mentioned"


def context_of(document: Document) -> str | None:
    """The address of the conversation, which older servers name ``conversation``."""
    for key in ("context", "conversation"):
        url = web_url(uri_of(document.get(key)))
        if url is not None and len(url) <= MAX_CONTEXT:
            return url
    return None


def _kind(document: Document) -> str:
    """The first type that we know: some servers name several."""
    for member in listed(document.get("type")):
        if isinstance(member, str) and member in NOTE_TYPES:
            return member
    raise Malformed(f"no kind of post: {str(document.get('type'))[:100]}")


def _identity(document: Document, kind: str) -> tuple[ObjectUri, ActorUri]:
    uri = document.get("id")
    if not isinstance(uri, str):
        raise Malformed(f"{kind} without an id")
    author = _author(document)
    if author is None:
        raise Malformed(f"{kind} without an author: {uri[:300]}")
    if origin_of(uri) != origin_of(author):
        raise Malformed(f"{kind} of another origin than its author: {uri[:300]}")
    return ObjectUri(uri), ActorUri(author)


def _author(document: Document) -> str | None:
    """The person behind a post: PeerTube names a person and a channel, Mobilizon a group."""
    attributed = document.get("attributedTo")
    for member in documents(attributed):
        if type_of(member) == "Person":
            return uri_of(member)
    actor = uri_of(document.get("actor")) if type_of(document) == "Event" else None
    return actor or uri_of(attributed)


def _content(document: Document) -> tuple[str, str | None]:
    """Text and its language: that of the map's entry which says the same, else the first."""
    plain = text_of(document, "content")
    by_language = texts_by_language(document, "content")
    chosen = next((tag for tag, text in by_language.items() if text == plain), None)
    if chosen is None:
        chosen = next(iter(by_language), None)
    declared = document.get("inLanguage") or document.get("language")
    if isinstance(declared, Mapping):
        declared = cast(Document, declared).get("identifier")
    media_type = document.get("mediaType")
    if media_type in ("text/plain", "text/markdown"):
        plain = _paragraphs(plain)
    return plain, language(chosen) or language(declared)


def _titled(document: Document, content: str) -> str:
    """A Note may have a title (asks and offers do). Alone it is a vote, and no post."""
    title = text_of(document, "name")
    if not title or not content:
        return content
    return f"<p><strong>{escape(title)}</strong></p>{content}"


def _with_options(content: str, document: Document) -> str:
    options = [
        text_of(option, "name")
        for key in ("oneOf", "anyOf")
        for option in documents(document.get(key))
    ]
    if not options:
        return content
    items = "".join(f"<li>{escape(option[:500])}</li>" for option in options[:MAX_OPTIONS])
    return f"{content}<ul>{items}</ul>"


def _long_content(document: Document, content: str, url: str) -> str:
    """Title, text (else summary) and a link to the page, where its own readers go."""
    title = text_of(document, "name")
    heading = f"<p><strong>{escape(title)}</strong></p>" if title else ""
    link = next((href for href, _ in _outside_links(document)), url)
    anchor = f'<p><a href="{escape(link)}">{escape(link)}</a></p>'
    return f"{heading}{_when(document)}{content or text_of(document, 'summary')}{anchor}"


def _when(document: Document) -> str:
    """One line for an Event: its times and place, as the organiser wrote them."""
    starts, ends = moment(document.get("startTime")), moment(document.get("endTime"))
    if starts is None:
        return ""
    line = f"{starts:%Y-%m-%d %H:%M}" + (f" – {ends:%Y-%m-%d %H:%M}" if ends else "") + " UTC"
    place = next(documents(document.get("location")), None)
    name = "" if place is None else text_of(place, "name")
    return f"<p>{line}{' · ' if name else ''}{escape(name)}</p>"


def _outside_links(document: Document) -> list[tuple[str, str]]:
    """What a link post (Lemmy's Page) is about."""
    return [
        link
        for member in documents(document.get("attachment"))
        if type_of(member) == "Link"
        for link in links(member)
    ]


def _attachments(document: Document, kind: str) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    for member in _media(document, kind):
        attachment = _attachment(member)
        # An Image or Video post is its own file, where it says which of its links that is.
        if attachment is not None and (member is not document or "/" in attachment.media_type[:-1]):
            found.setdefault(attachment.url, attachment)
        if len(found) == MAX_ATTACHMENTS:
            break
    return tuple(found.values())


def _media(document: Document, kind: str) -> Iterator[Document]:
    yield from documents(document.get("attachment"))
    if kind in _MEDIA_KINDS:
        yield document
    elif kind in LONG_TYPES:
        yield from documents(document.get("image"))


def _attachment(document: Document) -> Attachment | None:
    kind = type_of(document)
    if kind not in _MEDIA_KINDS:
        return None
    declared = document.get("mediaType")
    stated = declared if isinstance(declared, str) else ""
    for url, own_type in links(document.get("url") or document.get("href")):
        media_type = own_type or stated or _MEDIA_TYPES.get(kind, "")
        if media_type.partition("/")[0] in ("image", "video", "audio", ""):
            description = text_of(document, "summary") or text_of(document, "name")
            return Attachment(url, media_type[:100], description[:MAX_DESCRIPTION])
    return None


def _tags(document: Document) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    mentions: dict[str, str] = {}
    hashtags: dict[str, None] = {}
    for tag in islice(documents(document.get("tag")), MAX_TAGS):
        name, kind = text_of(tag, "name"), type_of(tag)
        if kind == "Mention" and (href := web_url(tag.get("href"))) is not None:
            mentions.setdefault(href, name[:300])
        elif kind == "Hashtag" and name:
            hashtags.setdefault(name[:300])
    return tuple(mentions.items()), tuple(hashtags)


def _paragraphs(text: str) -> str:
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n")]
    return "".join(f"<p>{escape(block).replace(chr(10), '<br>')}</p>" for block in blocks if block)
