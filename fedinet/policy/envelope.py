"""An inbound activity's outside, as rules look at it. Pure.

The document is hostile and normalised; what cannot be read is absent.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.markup.sanitise import plain_text
from fedinet.policy.matching import words_of
from fedinet.policy.model import Envelope, Scope
from fedinet.vocab.activity import Activity, Document, is_public, text_of, type_of, uri_of, uris_of
from fedinet.vocab.values import documents, moment

IsOurs = Callable[[str], bool]

TAKES_BACK: Final = frozenset({"Undo", "Delete", "Block"})
"""Activities that only take back, whatever they are about."""
_OFFERS: Final = frozenset({"Offer", "Invite"})
_SPEAKS: Final = frozenset({"Create", "Update"})
_MAX_TAGS: Final = 2000
_MAX_TEXT: Final = 20_000
_MAX_FILES: Final = 32
_MAX_HASH: Final = 300
_HREF: Final = re.compile(
    r"""<a\s[^>]{0,500}?href=["']?(https?://[^"'\s>]{1,2048})""", re.IGNORECASE
)
_EMPTY: Final[Document] = {}


def inbound_envelope(
    activity: Activity,
    *,
    domain: Domain,
    now: datetime,
    is_ours: IsOurs,
    with_text: bool,
    size_bytes: int = 0,
    signature: str = "",
) -> Envelope:
    """Describe an activity to the rules. Without ``with_text`` its words and links are left out."""
    document = activity.object_document or _EMPTY
    tags = list(islice(documents(document.get("tag")), _MAX_TAGS))
    mentions = [href for tag in tags if type_of(tag) == "Mention" and (href := uri_of(tag))]
    addressed = (*activity.to, *activity.cc, *uris_of(document.get("to")),
                 *uris_of(document.get("cc")))  # fmt: skip
    html = text_of(document, "content")[:_MAX_TEXT] if with_text else ""
    text = plain_text(html) if html else ""
    links = list(_links(html, {*mentions, *(uri for tag in tags if (uri := uri_of(tag)))}))
    return Envelope(
        scope=Scope.INBOUND,
        domain=domain,
        now=now,
        actor=activity.actor,
        activity=activity.type,
        object=activity.object_type,
        audience=_audience(activity, document),
        is_shrinking=is_shrinking(activity),
        reaches_out=_reaches_out(activity, document, addressed, mentions, is_ours),
        mentions=len(mentions),
        links=len(links),
        link_domains=tuple(dict.fromkeys(links)),
        media=sum(1 for _ in documents(document.get("attachment"))),
        tags=frozenset(
            text_of(tag, "name").lstrip("#").lower() for tag in tags if type_of(tag) == "Hashtag"
        ),
        text=text,
        words=frozenset(words_of(text)),
        language=_language(document),
        published=moment(document.get("published")),
        size_bytes=size_bytes,
        signature=signature,
        media_hashes=frozenset(_hashes(document)),
    )


def is_shrinking(activity: Activity) -> bool:
    """Tell whether an activity only takes back: it is applied under every rule (TRAPS 8)."""
    return activity.type in TAKES_BACK or (
        activity.type == "Reject" and activity.object_type in ("Follow", "Offer", "?")
    )


def reached(activity: Activity, is_ours: IsOurs) -> Iterator[str]:
    """Yield whom of ours an activity names, by any address of theirs."""
    document = activity.object_document or _EMPTY
    named = (*activity.to, *activity.cc, *uris_of(document.get("to")), *uris_of(document.get("cc")))
    return (uri for uri in dict.fromkeys(named) if is_ours(uri))


def _audience(activity: Activity, document: Document) -> str:
    to = (*activity.to, *uris_of(document.get("to")))
    cc = (*activity.cc, *uris_of(document.get("cc")))
    if any(map(is_public, to)):
        return "everyone"
    if any(map(is_public, cc)):
        return "quiet"
    followers = any(uri.rstrip("/").endswith("followers") for uri in (*to, *cc))
    return "followers" if followers else "mentioned"


def _reaches_out(
    activity: Activity,
    document: Document,
    addressed: tuple[str, ...],
    mentions: list[str],
    is_ours: IsOurs,
) -> bool:
    if activity.type in _OFFERS:
        return activity.object_type != "Relationship"  # an offer between nodes: stewards see it
    if activity.type not in _SPEAKS:
        return False
    parent = uri_of(document.get("inReplyTo"))
    return any(map(is_ours, (*addressed, *mentions, *((parent,) if parent else ()))))


def _links(html: str, known: set[str]) -> Iterator[Domain]:
    """Yield the domains that a text links to, mentions and hashtags left out."""
    for href in _HREF.findall(html):
        if href in known:
            continue
        try:
            yield origin_of(href).domain
        except Malformed:
            continue


def _hashes(document: Document) -> Iterator[str]:
    """Yield what a post says of its files, by which the same one is known again."""
    for file in islice(documents(document.get("attachment")), _MAX_FILES):
        for name in ("digestMultibase", "blurhash"):
            value = file.get(name)
            if isinstance(value, str) and 0 < len(value) <= _MAX_HASH:
                yield value


def _language(document: Document) -> str:
    by_language = document.get("contentMap")
    first = next(iter(by_language), "") if isinstance(by_language, dict) else ""  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # JSON keys are strings
    return first[:35] if isinstance(first, str) else ""
