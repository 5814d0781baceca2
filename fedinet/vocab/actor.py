"""Actor documents of other servers. Pure.

Texts are as received: ``name`` wants ``markup.names.clean_name``, ``summary_html``
and field values ``clean_html``.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, InboxUrl, KeyUri
from fedinet.kernel.uris import same_origin
from fedinet.vocab.activity import (
    ACTOR_TYPES,
    Document,
    as_document,
    listed,
    text_of,
    uri_of,
    uris_of,
)
from fedinet.vocab.emoji import RemoteEmoji, parse_emojis
from fedinet.vocab.keys import RemoteKey, embedded_keys, named_keys, read_key
from fedinet.vocab.values import count, documents, flag, links, moment, page_url, web_url

MAX_NAME: Final = 2048
MAX_SUMMARY: Final = 20_000
MAX_FIELDS: Final = 50
MAX_FIELD: Final = 2047
MAX_ALIASES: Final = 256
_USERNAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActor:
    """An actor as its own server describes it.

    Inbox, collections and keys are of the actor's own origin. ``webfinger`` is
    the handle it claims (``user@domain``), None where it claims none; it binds
    only after a WebFinger query (TRAPS 23). ``fields`` are (name, raw HTML).
    """

    uri: ActorUri
    kind: str
    username: str
    inbox_url: InboxUrl
    page_url: str
    name: str = ""
    summary_html: str = ""
    shared_inbox_url: InboxUrl | None = None
    outbox_uri: str | None = None
    followers_uri: str | None = None
    followers_count: int | None = None
    """Where the document itself holds the collection, or its beginning."""
    following_uri: str | None = None
    featured_uri: str | None = None
    avatar_url: str | None = None
    header_url: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    approves_followers: bool = False
    discoverable: bool = False
    indexable: bool = False
    is_suspended: bool = False
    is_memorial: bool = False
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    webfinger: str | None = None
    published: datetime | None = None
    keys: tuple[RemoteKey, ...] = ()
    named_keys: tuple[KeyUri, ...] = ()
    """Keys that it lists by their ids alone."""
    emojis: tuple[RemoteEmoji, ...] = ()
    """Of those that its name, bio and fields use."""


def parse_actor(document: Document) -> RemoteActor:
    """Read an actor document.

    Raises:
        Malformed: no actor type, no id, no inbox of its own origin, or a name
            that is none. Anything else that cannot be read is left out.

    Source: Mastodon ``process_account_service.rb``; FEP-521a, FEP-2c59, FEP-fb2a.
    """
    kind, uri = _kind(document), _uri(document)
    inbox = _own(document.get("inbox"), uri)
    if inbox is None:
        raise Malformed(f"actor without an inbox of its own origin: {uri}")
    endpoints = as_document(document.get("endpoints")) or {}
    shared = endpoints.get("sharedInbox") or document.get("sharedInbox")
    shared_inbox = _own(shared, uri)
    page = page_url(document)
    name = text_of(document, "name")[:MAX_NAME]
    summary = text_of(document, "summary")[:MAX_SUMMARY]
    fields = _fields(document)
    return RemoteActor(
        uri=uri,
        kind=kind,
        username=_username(document, uri),
        inbox_url=InboxUrl(inbox),
        page_url=page if page is not None and same_origin(page, uri) else uri,
        name=name,
        summary_html=summary,
        shared_inbox_url=None if shared_inbox is None else InboxUrl(shared_inbox),
        outbox_uri=_own(document.get("outbox"), uri),
        followers_uri=_own(document.get("followers"), uri),
        followers_count=count((as_document(document.get("followers")) or {}).get("totalItems")),
        following_uri=_own(document.get("following"), uri),
        featured_uri=_own(document.get("featured"), uri),
        avatar_url=_image(document, "icon"),
        header_url=_image(document, "image"),
        fields=fields,
        approves_followers=flag(document, "manuallyApprovesFollowers"),
        discoverable=flag(document, "discoverable"),
        indexable=flag(document, "indexable"),
        is_suspended=flag(document, "suspended"),
        is_memorial=flag(document, "memorial"),
        also_known_as=tuple(
            alias for alias in uris_of(document.get("alsoKnownAs")) if len(alias) <= MAX_FIELD
        )[:MAX_ALIASES],
        moved_to=web_url(uri_of(document.get("movedTo"))),
        webfinger=_handle(document),
        published=moment(document.get("published")),
        keys=embedded_keys(document, uri),
        named_keys=named_keys(document, uri),
        emojis=parse_emojis(document, name, summary, *(text for field in fields for text in field)),
    )


def with_key(actor: RemoteActor, document: Document) -> RemoteActor:
    """Add a key that has a document of its own, where the actor names it (FEP-521a)."""
    key = read_key(document, actor.uri)
    if key is None or key.id not in actor.named_keys:
        return actor
    return replace(actor, keys=(*actor.keys, key))


def _kind(document: Document) -> str:
    for member in listed(document.get("type")):
        if isinstance(member, str) and member in ACTOR_TYPES:
            return member
    raise Malformed(f"no kind of actor: {str(document.get('type'))[:100]}")


def _uri(document: Document) -> ActorUri:
    uri = web_url(document.get("id"))
    if uri is None:
        raise Malformed("actor without a usable id")
    return ActorUri(uri)


def _username(document: Document, uri: str) -> str:
    """The name as written. ASCII only, so that no two handles look alike.

    A port may follow: the actors of nodes are named like their host. Who gives no
    name, as ActivityPub 4.1 allows, goes by the end of their id.
    """
    name = document.get("preferredUsername")
    if name is None:
        name = (_handle(document) or uri.rstrip("/").rpartition("/")[2]).partition("@")[0]
    if not isinstance(name, str):
        raise Malformed(f"username that is no text: {uri}")
    if _USERNAME.fullmatch(name) is None:
        raise Malformed(f"unusable username {name[:100]!r}: {uri}")
    return name


def _handle(document: Document) -> str | None:
    claimed = document.get("webfinger")
    if not isinstance(claimed, str) or len(claimed) > 512:
        return None
    handle = claimed.removeprefix("acct:").removeprefix("@")
    return handle if handle.count("@") == 1 and " " not in handle else None


def _own(value: object, uri: str) -> str | None:
    """A reference of the actor's own origin: an inbox elsewhere would be a way to flood it."""
    reference = web_url(uri_of(value))
    return reference if reference is not None and same_origin(reference, uri) else None


def _image(document: Document, key: str) -> str | None:
    return next((url for url, _ in links(document.get(key))), None)


def _fields(document: Document) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for field in documents(document.get("attachment")):
        name = text_of(field, "name")[:MAX_FIELD]
        value = (text_of(field, "value") or text_of(field, "content"))[:MAX_FIELD]
        if (
            name
            and value
            and field.get("type") in ("PropertyValue", "schema:PropertyValue", "Note")
        ):
            found.append((name, value))
    return tuple(found[:MAX_FIELDS])
