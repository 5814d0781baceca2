"""Why a signature is refused: one stable word and one sentence for each. Pure."""

from typing import Final

from fedinet.kernel.errors import Unauthenticated

REASONS: Final = {
    "no_signature": "the request carries no signature",
    "malformed_signature": "the signature headers cannot be read",
    "digest_not_signed": "the signature does not cover a digest of the body",
    "date_not_signed": "the signature covers neither a date nor (created)",
    "host_not_signed": "the signature does not cover the host",
    "target_not_signed": "the signature does not cover method, path and query",
    "digest_mismatch": "the digest is not that of the body",
    "too_old": "the signature was made more than 12 hours ago",
    "from_the_future": "the signature was made more than an hour from now",
    "expired": "the signature has expired",
    "wrong_host": "the signature was made for another host",
    "wrong_key": "the signature was not made with the key that it names",
    "algorithm_mismatch": "the algorithm is not that of the key, or not accepted",
}


class BadSignature(Unauthenticated):
    """The request is not proven to come from who it says.

    ``reason`` is one of ``REASONS``: a metric label, and a help to the other
    server's admin, so the public text says it too.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        text = f"Signature refused: {REASONS[reason]}"
        super().__init__(f"{text} ({detail[:300]})" if detail else text, public=text)
        self.reason = reason
