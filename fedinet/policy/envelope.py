"""An inbound activity's outside, as rules look at it. Pure.

The document is hostile and normalised; what cannot be read is absent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
MAX_TEXT: Final = 20_000
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
    """Describe an activity to the rules. Without ``with_text`` its words are left out."""
    document = activity.object_document or _EMPTY
    to, cc = _addressed(activity, document)
    mentions, hashtags, tagged = _tags(document)
    html = text_of(document, "content")[:MAX_TEXT]
    text = plain_text(html) if html and with_text else ""
    links = list(_links(html, tagged))
    return Envelope(
        scope=Scope.INBOUND,
        domain=domain,
        now=now,
        actor=activity.actor,
        activity=activity.type,
        object=activity.object_type,
        audience=_audience(to, cc),
        is_shrinking=is_shrinking(activity),
        reaches_out=_reaches_out(activity, document, (*to, *cc, *mentions), is_ours),
        mentions=len(mentions),
        links=len(links),
        link_domains=tuple(dict.fromkeys(links)),
        media=sum(1 for _ in documents(document.get("attachment"))),
        tags=frozenset(hashtags),
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
    to, cc = _addressed(activity, activity.object_document or _EMPTY)
    return (uri for uri in {**to, **cc} if is_ours(uri))


def _addressed(activity: Activity, document: Document) -> tuple[Mapping[str, None], ...]:
    """Whom an activity or its object is for, and for whose knowledge it is; each once, in order."""
    to = dict.fromkeys((*activity.to, *uris_of(document.get("to"))))
    return to, dict.fromkeys((*activity.cc, *uris_of(document.get("cc"))))


def _tags(document: Document) -> tuple[list[str], set[str], set[str]]:
    """Who is mentioned, the subjects without their sign, and all that the tags refer to."""
    mentions: list[str] = []
    hashtags: set[str] = set()
    tagged: set[str] = set()
    for tag in islice(documents(document.get("tag")), _MAX_TAGS):
        kind, uri = type_of(tag), uri_of(tag)
        if uri:
            tagged.add(uri)
        if kind == "Mention" and uri:
            mentions.append(uri)
        elif kind == "Hashtag":
            hashtags.add(text_of(tag, "name").lstrip("#").lower())
    return mentions, hashtags, tagged


def _audience(to: Iterable[str], cc: Iterable[str]) -> str:
    if any(map(is_public, to)):
        return "everyone"
    if any(map(is_public, cc)):
        return "quiet"
    if any(uri.endswith("/actor/allies") for uri in (*to, *cc)):
        return "allies"
    followers = any(uri.rstrip("/").endswith("followers") for uri in (*to, *cc))
    return "followers" if followers else "mentioned"


def _reaches_out(
    activity: Activity,
    document: Document,
    named: Sequence[str],
    is_ours: IsOurs,
) -> bool:
    if activity.type in _OFFERS:
        return activity.object_type != "Relationship"  # an offer between nodes: stewards see it
    if activity.type not in _SPEAKS:
        return False
    parent = uri_of(document.get("inReplyTo"))
    return any(map(is_ours, (*named, *((parent,) if parent else ()))))


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
