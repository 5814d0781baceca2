"""Posts of other servers: what one says, and whether we keep it. Pure.

Everything here is from a document that is authentic (TRAPS 3) and hostile.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from itertools import islice
from typing import Final

from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.kernel.ids import ActorId, ActorUri, ObjectUri, PostId
from fedinet.kernel.outcomes import Dropped
from fedinet.kernel.pictures import digest
from fedinet.kernel.uris import same_origin
from fedinet.markup.foreign import html_of, is_cut_short
from fedinet.markup.names import clean_name, hashtag
from fedinet.markup.sanitise import plain_text
from fedinet.polls.activities import read_poll
from fedinet.polls.model import Poll
from fedinet.posts.model import Attachment, Tag
from fedinet.vocab.about import MAX_TEXT, NOTHING, About
from fedinet.vocab.activity import Activity, Document, is_public, type_of
from fedinet.vocab.emoji import RemoteEmoji
from fedinet.vocab.inline import with_places
from fedinet.vocab.kinds import is_to_read
from fedinet.vocab.note import RemoteNote, addressed_visibility
from fedinet.vocab.quote import QuoteClaim
from fedinet.vocab.values import documents, web_url

_MAX_CONTENT_NOTE: Final = 2_000
_MAX_ADDRESSED: Final = 2_000
_MAX_MENTIONS: Final = 200
_MAX_TAGS: Final = 60
_MARKUP: Final = re.compile(r"<[^>]*>|&nbsp;")
_FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)

_PUBLIC: Final = (Visibility.EVERYONE, Visibility.QUIET)
_BY_PLACE: Final = (*_PUBLIC, Visibility.ALLIES)
"""Audiences that name nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A remote post, checked, cleaned and bounded, before we know what it means to us."""

    uri: ObjectUri
    page_url: str
    author_id: ActorId
    author_uri: ActorUri
    kind: str
    html: str
    content_note: str
    sensitive: bool
    language: str | None
    parent_uri: ObjectUri | None
    context_uri: str | None
    attachments: tuple[Attachment, ...]
    about: About
    poll: Poll | None = None
    emojis: tuple[RemoteEmoji, ...] = ()
    tags: tuple[Tag, ...]
    published_at: datetime
    edited_at: datetime | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    tagged: tuple[str, ...]
    """Actor URIs of its Mention tags, in their order."""
    quote: QuoteClaim | None = None
    quote_policy: QuotePolicy | None = None
    is_brought: bool = False
    """A group that somebody here follows brought it."""

    @property
    def is_public(self) -> bool:
        return any(map(is_public, (*self.to, *self.cc)))

    @property
    def addressed(self) -> tuple[str, ...]:
        """Whom ``to`` and ``cc`` name, the public left out."""
        return tuple(uri for uri in (*self.to, *self.cc) if not is_public(uri))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What we know about an arrival and its author."""

    new_id: PostId
    followers_uri: str | None = None
    allies_uri: str | None = None
    """What posts for the allies of its author's community are addressed to."""
    is_ally: bool = False
    """Its author's community is an ally of ours."""
    author_hidden: bool = False
    is_known: bool = False
    fetched_id: PostId | None = None
    """The row of this post where we fetched it ourselves and its author had not sent it yet."""
    is_deleted: bool = False
    is_followed: bool = False
    """An accepted follow of the author by somebody here."""
    parent_id: PostId | None = None
    """The parent, where it is here and its answerer may see it."""
    parent_root_id: PostId | None = None
    quotes_ours: bool = False
    """It quotes a post that was written here, and was given leave to."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known whom a post addresses."""

    id: ActorId
    is_local: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How an arrival is kept."""

    visibility: Visibility
    named: tuple[ActorId, ...] = ()
    mentions: tuple[ActorId, ...] = ()


People = Mapping[str, Person]


def read_arrival(
    note: RemoteNote,
    *,
    author_id: ActorId,
    author_uri: ActorUri,
    now: datetime,
    envelope: Activity | None = None,
) -> Arrival | Dropped:
    """Clean and bound what a note says. Never in the future, never before 1970.

    ``envelope``: the activity that brought it. Its addresses and its mentions
    count where the note has none of its own (Lemmy tags the activity only).
    """
    if note.attributed_to != author_uri:
        return Dropped("forged_author")
    if not same_origin(note.uri, author_uri):
        return Dropped("foreign_object")
    attachments = _attachments(note)
    note = _with_places(note, attachments)
    about = _about(note)
    html = html_of(note.content, note.form, with_places=is_to_read(note.kind))
    says = attachments or about.title or about.place or about.link or note.poll or note.quote
    if not says and not _says_something(html):
        return Dropped("empty")
    to, cc = note.to, note.cc
    tagged = tuple(href for href, _ in note.mentions)
    if envelope is not None:
        to, cc = (to, cc) if to or cc else (envelope.to, envelope.cc)
        tagged = tagged or mentioned_uris(envelope.document)
    published = _moment(note.published, now) or now
    edited = _moment(note.updated, now)
    return Arrival(
        uri=ObjectUri(note.uri),
        page_url=_page_url(note),
        author_id=author_id,
        author_uri=author_uri,
        kind=note.kind,
        html=html,
        content_note=_content_note(note.content_note),
        sensitive=note.sensitive or bool(note.content_note),
        language=note.language,
        parent_uri=_parent(note),
        context_uri=note.context,
        attachments=attachments,
        about=about,
        emojis=note.emojis,
        poll=None if note.poll is None else read_poll(note.poll, now),
        tags=_tags(note),
        published_at=published,
        edited_at=edited if edited is not None and edited > published else None,
        to=to[:_MAX_ADDRESSED],
        cc=cc[:_MAX_ADDRESSED],
        tagged=tagged[:_MAX_MENTIONS],
        quote=note.quote,
        quote_policy=None if note.quote_policy is None else QuotePolicy(note.quote_policy),
    )


def decide_arrival(
    arrival: Arrival, facts: Facts, people: People, *, delivered: bool, public_only: bool
) -> Keep | Dropped:
    """Say whether we keep a post, and for whom.

    ``delivered``: its author's server sent it, so it must concern somebody
    here; else we asked for it. ``public_only``: our node actor fetched it, and
    what it was shown by privilege is not for us (TRAPS 18).
    """
    if facts.author_hidden:
        return Dropped("actor_suspended")
    if facts.is_deleted:
        return Dropped("deleted")
    if facts.is_known:
        return Dropped("already_known")
    visibility = visibility_of(arrival, facts.followers_uri, facts.allies_uri)
    if visibility is Visibility.ALLIES and not facts.is_ally:
        return Dropped("not_an_ally")
    if public_only and visibility not in _PUBLIC:
        return Dropped("not_public")
    if delivered and not _concerns_us(arrival, visibility, facts, people):
        return Dropped("not_relevant")
    return Keep(
        visibility=visibility,
        named=() if visibility in _BY_PLACE else named_in(arrival, people),
        mentions=mentioned_in(arrival, people),
    )


def visibility_of(
    arrival: Arrival, followers_uri: str | None, allies_uri: str | None
) -> Visibility:
    """Read the audience off the addresses. What is for allies is for nobody else by that."""
    if not arrival.is_public and allies_uri is not None and allies_uri in arrival.addressed:
        return Visibility.ALLIES
    return Visibility(addressed_visibility(arrival.to, arrival.cc, followers_uri))


def named_in(arrival: Arrival, people: People) -> tuple[ActorId, ...]:
    """Whom the addressing names, of those we know."""
    return tuple({people[uri].id: None for uri in arrival.addressed if uri in people})


def mentioned_in(arrival: Arrival, people: People) -> tuple[ActorId, ...]:
    """Whom it mentions: tagged *and* addressed. A tag alone tells nobody, as with Mastodon."""
    addressed = set(arrival.addressed)
    return tuple(
        {people[uri].id: None for uri in arrival.tagged if uri in people and uri in addressed}
    )


def _concerns_us(arrival: Arrival, visibility: Visibility, facts: Facts, people: People) -> bool:
    """Somebody here follows the author, is addressed, or it answers or quotes what is here.

    An answer alone does not let in what nobody here could see.
    """
    names_us = any(people[uri].is_local for uri in arrival.addressed if uri in people)
    match visibility:
        case Visibility.EVERYONE | Visibility.QUIET:
            tags_us = any(people[uri].is_local for uri in arrival.tagged if uri in people)
            is_near = facts.parent_id is not None or facts.quotes_ours or arrival.is_brought
            from_ally = facts.is_ally and visibility is Visibility.EVERYONE
            begins = from_ally and arrival.parent_uri is None
            return facts.is_followed or names_us or tags_us or is_near or begins
        case Visibility.ALLIES:
            return True
        case Visibility.FOLLOWERS:
            return facts.is_followed or names_us
        case Visibility.MENTIONED | Visibility.COMMUNITY:
            return names_us


def mentioned_uris(document: Document) -> tuple[str, ...]:
    """Whom the Mention tags of any document point to."""
    tags = islice(documents(document.get("tag")), _MAX_MENTIONS)
    hrefs = (web_url(tag.get("href")) for tag in tags if type_of(tag) == "Mention")
    return tuple({href: None for href in hrefs if href is not None})


def _content_note(raw: str) -> str:
    return _line(raw)[:_MAX_CONTENT_NOTE]


def _with_places(note: RemoteNote, attachments: tuple[Attachment, ...]) -> RemoteNote:
    """A longer text says where its pictures stand, which are its files, and in few characters."""
    if not is_to_read(note.kind) or note.form != "html":
        return note
    names = {file.url: digest(file.url) for file in attachments if not file.is_cover}
    return replace(note, content=with_places(note.content, names))


def _about(note: RemoteNote) -> About:
    about = note.about
    if about is not NOTHING:
        about = replace(about, title=_name(about.title), place=_name(about.place))
    is_cut = is_cut_short(note.content, note.form)
    return replace(about, rest=_page_url(note)) if is_cut else about


def _name(raw: str) -> str:
    """A name is plain text, and yet some servers send markup or entities in it."""
    said = plain_text(raw) if "</" in raw else unescape(raw)
    return " ".join(clean_name(said, max_length=MAX_TEXT).split())


def _line(raw: str) -> str:
    return " ".join(plain_text(raw).split()) if raw else ""


def _says_something(html: str) -> bool:
    return bool(_MARKUP.sub("", html).strip())


def _moment(raw: datetime | None, now: datetime) -> datetime | None:
    """Bound a date that somebody else wrote: the year 0 and the year 9999 are both now."""
    if raw is None or raw < _FIRST_MOMENT:
        return None
    return min(raw, now)


def _page_url(note: RemoteNote) -> str:
    """The page, if it is where the post is: a link elsewhere would pass for the author's."""
    return note.url if note.url and same_origin(note.url, note.uri) else note.uri


def _parent(note: RemoteNote) -> ObjectUri | None:
    return ObjectUri(note.in_reply_to) if note.in_reply_to not in (None, note.uri) else None


def _tags(note: RemoteNote) -> tuple[Tag, ...]:
    found: dict[str, Tag] = {}
    for raw in note.hashtags[:_MAX_TAGS]:
        tag = hashtag(raw)
        if tag is not None:
            found.setdefault(tag[0], Tag(*tag))
    return tuple(found.values())


def _attachments(note: RemoteNote) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            found.url,
            found.media_type,
            found.description,
            width=found.width,
            height=found.height,
            blurhash=found.blurhash,
            focus=found.focus,
            is_cover=found.is_cover,
        )
        for found in note.attachments
    )
