"""Posts of other servers: Note, Question, their longer relatives, and what nobody named yet. Pure.

Everything textual in a ``RemoteNote`` is as received: ``content`` has to become
clean HTML (``posts.arrivals``), the rest plain text, before anybody sees them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from itertools import islice
from typing import Final, Literal, TypeAlias

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.kernel.uris import origin_of, same_origin
from fedinet.vocab.about import NOTHING, About, read_about
from fedinet.vocab.activity import (
    PUBLIC_SPELLINGS,
    Activity,
    Document,
    listed,
    text_of,
    type_of,
    uri_of,
    uris_of,
)
from fedinet.vocab.attachment import Attachment, read_attachments
from fedinet.vocab.emoji import RemoteEmoji, parse_emojis
from fedinet.vocab.kinds import LONG_TYPES, NOTE_TYPES, SHORT_TYPES, kind_of
from fedinet.vocab.poll import MAX_OPTIONS, RemotePoll, option_names, parse_poll
from fedinet.vocab.quote import Policy, QuoteClaim, read_claim, read_policy
from fedinet.vocab.values import documents, flag, links, moment, page_url, web_url
from fedinet.vocab.words import Form, Words, read_words

__all__ = ["NOTE_TYPES", "Attachment", "Reach", "RemoteNote", "addressed_visibility", "parse_note"]

Reach: TypeAlias = Literal["everyone", "quiet", "followers", "mentioned"]

MAX_TAGS: Final = 200
MAX_CONTEXT: Final = 2_000
_MARKUP: Final = re.compile(r"<[^>]*>|&nbsp;")


class NoPost(Malformed):
    """A sound document that is no post for us. ``reason`` is a word for the log."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


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
    content: str
    form: Form = "html"
    about: About = NOTHING
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
    quote: QuoteClaim | None = None
    quote_policy: Policy | None = None
    poll: RemotePoll | None = None
    emojis: tuple[RemoteEmoji, ...] = ()
    """Of those that its words use."""


def parse_note(document: Document, carrier: Activity | None = None) -> RemoteNote:
    """Read a post. Longer and unknown kinds become title, text and a link to their page.

    ``carrier``: the activity that brought it. Its actor is the author where the
    object names none, or names the actor among others; its id is that of an
    object without one.

    Raises:
        Malformed: no thing to read, no author, no sensible addresses.
        NoPost: no id, an author of another origin, or nothing to show (votes in polls look so).
    """
    kind = kind_of(document)
    if kind is None:
        raise Malformed(f"no kind of post: {str(document.get('type'))[:100]}")
    uri, author = _identity(document, kind, carrier)
    words = read_words(document)
    attachments = read_attachments(document, kind, words)
    about = _about(document, kind, words)
    poll = parse_poll(document) if kind == "Question" else None
    content, form, content_note = _said(document, kind, words, about, is_poll=poll is not None)
    quote = read_claim(document)
    says = content.strip() or attachments or poll is not None or quote is not None
    if not says and not _speaks(kind, about, page_url(document)):
        raise NoPost("empty", f"{kind} without content: {uri}")
    mentions, hashtags = _tags(document)
    return RemoteNote(
        uri=uri,
        kind=kind,
        attributed_to=author,
        url=page_url(document) or uri,
        content=content,
        form=form,
        about=about,
        content_note=content_note,
        sensitive=flag(document, "sensitive"),
        language=words.language,
        published=moment(document.get("published")),
        updated=moment(document.get("updated")),
        in_reply_to=web_url(uri_of(document.get("inReplyTo"))),
        context=context_of(document),
        to=uris_of(document.get("to")),
        cc=uris_of([*listed(document.get("cc")), *listed(document.get("audience"))]),
        mentions=mentions,
        hashtags=hashtags,
        attachments=attachments,
        quote=quote,
        quote_policy=read_policy(document, author),
        poll=poll,
        emojis=parse_emojis(document, content, content_note, about.title, *option_names(document)),
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


def authors_of(document: Document) -> tuple[str, ...]:
    """Everybody whom an object names as its author, the likeliest person first.

    PeerTube names a person and a channel, Mobilizon a person as ``actor`` and a group.
    """
    attributed = document.get("attributedTo")
    people = [uri_of(member) for member in documents(attributed) if type_of(member) == "Person"]
    actor = uri_of(document.get("actor"))
    named = [actor, *uris_of(attributed)] if type_of(document) == "Event" else uris_of(attributed)
    found = (*people, *named, actor)
    return tuple(dict.fromkeys(uri for uri in found if uri is not None))


def unwrapped(document: Document) -> Document:
    """The object of a fetched Create or Update that embeds one of its own origin, else the same."""
    if type_of(document) in ("Create", "Update"):
        for embedded in documents(document.get("object")):
            uri, own = embedded.get("id"), document.get("id")
            if isinstance(uri, str) and isinstance(own, str) and same_origin(uri, own):
                return embedded
    return document


def _identity(
    document: Document, kind: str, carrier: Activity | None
) -> tuple[ObjectUri, ActorUri]:
    uri: object = document.get("id") or (None if carrier is None else carrier.id)
    if not isinstance(uri, str):
        raise NoPost("no_id", f"{kind} without an id")
    authors = authors_of(document)
    if carrier is not None and (not authors or carrier.actor in authors):
        authors = (carrier.actor,)
    if not authors:
        raise Malformed(f"{kind} without an author: {uri[:300]}")
    if origin_of(uri) != origin_of(authors[0]):
        raise NoPost("foreign_object", f"{kind} of another origin than its author: {uri[:300]}")
    return ObjectUri(uri), ActorUri(authors[0])


def _about(document: Document, kind: str, words: Words) -> About:
    """Title and link. A short answer that has nothing but a title is a vote, and has no title."""
    may_be_vote = kind in SHORT_TYPES and kind != "Question"
    is_vote = may_be_vote and not words.content and bool(document.get("inReplyTo"))
    title = "" if is_vote else words.title
    outside = next((href for href, _ in _outside_links(document)), "")
    link = outside if kind != "Event" else ""
    if kind not in SHORT_TYPES:
        link = link or page_url(document) or web_url(document.get("id")) or ""
    elif link in words.content or escape(link) in words.content:
        link = ""
    return read_about(document, kind=kind, title=title, link=link)


def _said(
    document: Document, kind: str, words: Words, about: About, *, is_poll: bool
) -> tuple[str, Form, str]:
    """Content, its form, and what to warn of.

    The summary of a short post is a warning, and so is that of any sensitive
    one. Else it stands before the text, where it is not the text's own beginning.
    """
    if kind in SHORT_TYPES:
        content = words.content if is_poll else _with_options(words.content, document)
        return content, words.form, words.summary
    if not words.content.strip():
        preview = next(documents(document.get("preview")), None)
        if preview is not None and (shown := read_words(preview)).content.strip():
            return shown.content, shown.form, words.summary if flag(document, "sensitive") else ""
        return words.summary, "html", ""
    if flag(document, "sensitive"):
        return words.content, words.form, words.summary
    if words.form != "html" or about.starts_at is not None or not words.summary.strip():
        return words.content, words.form, ""
    if _plain(words.content).startswith(_plain(words.summary)[:80].rstrip(".… []")):
        return words.content, words.form, ""
    lead = words.summary if "<p" in words.summary else f"<p>{words.summary}</p>"
    return f"{lead}{words.content}", words.form, ""


def _speaks(kind: str, about: About, url: str | None) -> bool:
    """Tell whether title and facts are a post by themselves."""
    return bool(about.title.strip() or about.place) or (kind in LONG_TYPES and bool(url))


def _plain(html: str) -> str:
    return " ".join(unescape(_MARKUP.sub(" ", html[:2000])).split()).casefold()


def _with_options(content: str, document: Document) -> str:
    """Name the options of a poll that nobody can vote in from here."""
    options = option_names(document)
    if not options:
        return content
    items = "".join(f"<li>{escape(option[:500])}</li>" for option in options[:MAX_OPTIONS])
    return f"{content}<ul>{items}</ul>"


def _outside_links(document: Document) -> list[tuple[str, str]]:
    """What a link post (Lemmy's Page) is about."""
    return [
        link
        for member in documents(document.get("attachment"))
        if type_of(member) == "Link"
        for link in links(member)
    ]


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
