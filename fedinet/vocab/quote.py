"""Quotes: what a post quotes, who may quote it, and the stamp of consent. Pure.

Source: FEP-044f; the older spellings of Fedibird (``quoteUri``), Pleroma (``quoteUrl``),
Misskey (``_misskey_quote``) and FEP-e232 (a Link among the tags).
"""

from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeAlias

from fedinet.kernel.errors import Malformed
from fedinet.kernel.uris import same_origin
from fedinet.vocab.activity import Document, is_public, text_of, type_of, uri_of, uris_of
from fedinet.vocab.values import documents, web_url

Policy: TypeAlias = Literal["everyone", "followers", "asked", "nobody"]

_OLD_KEYS: Final = ("quoteUri", "quoteUrl", "as:quoteUrl", "_misskey_quote")
_OBJECT_TYPES: Final = ("application/activity+json", "application/ld+json")
_QUOTES: Final = "https://misskey-hub.net/ns#_misskey_quote"
_MAX_TAGS: Final = 200
_MAX_APPROVED: Final = 20


@dataclass(frozen=True, slots=True)
class QuoteClaim:
    """A post says that it quotes ``uri``. It may be shown so once the quoted author agrees."""

    uri: str
    stamp_uri: str | None = None
    asks: bool = False
    """It speaks FEP-044f, so that consent is to be expected; the older spellings never ask."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A QuoteAuthorization: ``author`` lets the post ``quoting`` quote ``quoted``."""

    uri: str
    author: str
    quoting: str
    quoted: str


def read_claim(document: Document) -> QuoteClaim | None:
    """Read what a post quotes, the first that says so; never itself."""
    own = document.get("id")
    consented = web_url(uri_of(document.get("quote")))
    if consented is not None:
        stamp = web_url(uri_of(document.get("quoteAuthorization")))
        return None if consented == own else QuoteClaim(consented, stamp, asks=True)
    for key in _OLD_KEYS:
        uri = web_url(uri_of(document.get(key)))
        if uri is not None:
            return None if uri == own else QuoteClaim(uri)
    for tag in islice(documents(document.get("tag")), _MAX_TAGS):
        uri = web_url(tag.get("href")) if _is_quote_link(tag) else None
        if uri is not None and uri != own:
            return QuoteClaim(uri)
    return None


def read_policy(document: Document, author: str) -> Policy | None:
    """Read who may quote a post; None where it does not say.

    Whether a collection of the author's is that of followers or of people followed
    cannot be told from here: both are "followers", and whoever asks will hear.
    """
    policy = next(documents(document.get("interactionPolicy")), None)
    rule = None if policy is None else next(documents(policy.get("canQuote")), None)
    if rule is None:
        return None
    automatic = uris_of(rule.get("automaticApproval"))[:_MAX_APPROVED]
    if any(map(is_public, automatic)):
        return "everyone"
    if any(uri != author and same_origin(uri, author) for uri in automatic):
        return "followers"
    by_hand = uris_of(rule.get("manualApproval"))[:_MAX_APPROVED]
    return "asked" if any(uri != author for uri in by_hand) else "nobody"


def parse_stamp(document: Document) -> Stamp:
    """Read a QuoteAuthorization.

    Raises:
        Malformed: another type, a part is missing, or its author is of another origin.
    """
    uri, author = document.get("id"), uri_of(document.get("attributedTo"))
    quoting, quoted = (
        uri_of(document.get("interactingObject")),
        uri_of(document.get("interactionTarget")),
    )
    if type_of(document) != "QuoteAuthorization" or not isinstance(uri, str):
        raise Malformed(f"no QuoteAuthorization: {str(uri)[:200]}")
    if author is None or quoting is None or quoted is None or not same_origin(uri, author):
        raise Malformed(f"QuoteAuthorization of nobody, or for nothing: {uri[:200]}")
    return Stamp(uri, author, quoting, quoted)


def is_stamp_for(document: Document, *, uri: str, author: str, quoting: str, quoted: str) -> bool:
    """Tell whether a fetched document is exactly this stamp."""
    try:
        return parse_stamp(document) == Stamp(uri, author, quoting, quoted)
    except Malformed:
        return False


def _is_quote_link(tag: Document) -> bool:
    kind = tag.get("mediaType")
    if type_of(tag) != "Link" or not isinstance(kind, str) or not kind.startswith(_OBJECT_TYPES):
        return False
    return _QUOTES in uris_of(tag.get("rel")) or text_of(tag, "name").startswith("RE:")
