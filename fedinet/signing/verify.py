"""Is this request what the holder of that key sent to us, now? Pure.

Three steps, so that nothing is fetched for a request that fails anyway::

    claim = read_claim(message)              # which key, which scheme
    check_claim(message, claim, now=now)     # all that needs no key
    check(message, claim, key, now=now)      # everything, the above included

Each refusal is a ``BadSignature`` with a reason word. The algorithm follows
from the key and never from the request.
"""

from datetime import datetime, timedelta
from typing import Final

from fedinet.signing.cavage import cavage_gap, cavage_texts, fits_cavage, read_cavage
from fedinet.signing.claim import Claim, Scheme, check_key_id, names_our_host
from fedinet.signing.dates import read_http_date
from fedinet.signing.digest import content_digest_matches, legacy_digest_matches
from fedinet.signing.keys import PublicKey
from fedinet.signing.message import SignedMessage
from fedinet.signing.refusals import BadSignature
from fedinet.signing.rfc9421 import fits_rfc9421, read_rfc9421, rfc9421_gap, rfc9421_text

MAX_AGE: Final = timedelta(hours=12)
MAX_LEAD: Final = timedelta(hours=1)


def read_claim(message: SignedMessage) -> Claim:
    """Read the request's one signature. RFC 9421 wherever ``Signature-Input`` is present.

    Raises:
        BadSignature: ``no_signature`` or ``malformed_signature``.
    """
    read = read_rfc9421 if "signature-input" in message.headers else read_cavage
    claim = read(message)
    check_key_id(claim)
    return claim


def check_claim(message: SignedMessage, claim: Claim, *, now: datetime) -> None:
    """Refuse what no key could make good: gaps, times, and a body that is not the digested one.

    Raises:
        BadSignature: any reason but ``wrong_key``, ``wrong_host`` and ``algorithm_mismatch``.
    """
    gap = (cavage_gap if claim.scheme is Scheme.CAVAGE else rfc9421_gap)(message, claim)
    if gap is not None:
        raise BadSignature(gap, claim.key_id)
    _check_times(message, claim, now)
    if message.needs_digest:
        _check_digest(message, claim)


def check(message: SignedMessage, claim: Claim, key: PublicKey, *, now: datetime) -> None:
    """Return if, and only if, the holder of ``key`` sent this very request to us within the window.

    Whether ``key`` is the one that ``claim.key_id`` names, and whose it is, is
    for the caller to know.

    Raises:
        BadSignature: any reason but ``no_signature``.
    """
    check_claim(message, claim, now=now)
    if claim.scheme is Scheme.CAVAGE:
        fits, texts = fits_cavage(claim, key.kind), cavage_texts(message, claim)
    else:
        fits, texts = fits_rfc9421(claim, key.kind), iter([rfc9421_text(message, claim)])
    if not fits:
        raise BadSignature("algorithm_mismatch", f"{claim.algorithm} with a key of {key.kind}")
    if not any(key.verifies(claim.signature, text) for text in texts):
        raise BadSignature("wrong_key" if names_our_host(message) else "wrong_host", claim.key_id)


def _check_times(message: SignedMessage, claim: Claim, now: datetime) -> None:
    for moment in _signed_moments(message, claim):
        if moment < now - MAX_AGE:
            raise BadSignature("too_old", claim.key_id)
        if moment > now + MAX_LEAD:
            raise BadSignature("from_the_future", claim.key_id)
    if claim.expires is not None and claim.expires < now:
        raise BadSignature("expired", claim.key_id)


def _signed_moments(message: SignedMessage, claim: Claim) -> list[datetime]:
    """Every moment that the signature vouches for. All of them have to be recent."""
    moments: list[datetime] = []
    if claim.created is not None and (
        claim.scheme is Scheme.RFC9421 or "(created)" in claim.covered
    ):
        moments.append(claim.created)
    if "date" in claim.covered:
        date = read_http_date(message.field("date") or "")
        if date is None:
            raise BadSignature("malformed_signature", "date that is none")
        moments.append(date)
    return moments


def _check_digest(message: SignedMessage, claim: Claim) -> None:
    if claim.scheme is Scheme.CAVAGE:
        matches = legacy_digest_matches(message.field("digest") or "", message.body)
    else:
        matches = content_digest_matches(message.field("content-digest") or "", message.body)
    if not matches:
        raise BadSignature("digest_mismatch", claim.key_id)
