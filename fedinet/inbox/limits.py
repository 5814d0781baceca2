"""What the door can tell before it has read a body. Pure."""

from email.message import Message
from typing import Final

from fedinet.inbox.model import Refused

MAX_BODY: Final = 1024 * 1024
"""Source: Mastodon's FEDERATION.md, "JSON 1 MB (rejected)"."""
_AS2: Final = "https://www.w3.org/ns/activitystreams"
_ACTIVITY_JSON: Final = "application/activity+json"


def check_headers(
    content_type: str | None, content_encoding: str | None, content_length: int | None
) -> None:
    """Refuse by headers alone.

    ``application/ld+json`` may come without a profile, since the document says
    itself what it is; with one, it must be ActivityStreams. Plain JSON is
    refused, as it is by everybody who fetches. A content encoding is refused:
    the digest covers the bytes on the wire, and nothing here inflates them.

    Raises:
        Refused: 413 or 415.
    """
    if content_encoding is not None and content_encoding.strip().lower() not in ("", "identity"):
        raise Refused(415, "content_encoding", "Send the body without a content encoding")
    if not is_activity_type(content_type or ""):
        raise Refused(415, "content_type", f"Send it as {_ACTIVITY_JSON}")
    if content_length is not None and content_length > MAX_BODY:
        raise too_large()


def is_activity_type(content_type: str) -> bool:
    """Tell whether a ``Content-Type`` value announces ActivityStreams."""
    if content_type == _ACTIVITY_JSON:
        return True
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind != "application/ld+json" or not parameters:
        return kind in (_ACTIVITY_JSON, "application/ld+json")
    header = Message()
    header["content-type"] = content_type
    profile = header.get_param("profile")
    return profile is None or _AS2 in str(profile).split()


def too_large() -> Refused:
    return Refused(413, "too_large", f"An activity may have at most {MAX_BODY} bytes")
