"""Errors that cross a module boundary.

Every error carries two texts: ``public`` may be shown to the peer, the app or
the person; ``str(error)`` is for our log and may name rows, hosts and reasons.
A page shows ``sentence`` instead, in the reader's language: the English message
key as it was written (marked with ``N_``), whose places ``values`` fill.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NOTHING: Mapping[str, object] = MappingProxyType({})


class FedinetError(Exception):
    """Base of all expected failures. ``status`` is the HTTP answer."""

    status = 500
    public = "Something went wrong here"
    retryable = False
    sentence = ""
    """What this very case says to people; empty where only its kind is known."""
    values = _NOTHING

    def __init__(
        self,
        detail: str,
        *,
        public: str | None = None,
        values: Mapping[str, object] = _NOTHING,
    ) -> None:
        super().__init__(detail)
        if public is not None:
            self.public = public % values if values else public
            self.sentence = public
            self.values = values


class Malformed(FedinetError):
    """The peer or app sent something that cannot be right. Never retried."""

    status = 400
    public = "Malformed request"


class Unprocessable(FedinetError):
    """Well-formed, and not something that can be done. Says what to change."""

    status = 422
    public = "This cannot be saved as it is"


class Unauthenticated(FedinetError):
    """We do not know who is asking: no, wrong or expired token or signature."""

    status = 401
    public = "The access token is invalid"


class Forbidden(FedinetError):
    """The sender is known, and may not do this."""

    status = 403
    public = "This action is not allowed"


class NotFound(FedinetError):
    """There is no such thing, or the viewer may not know that there is."""

    status = 404
    public = "Record not found"


class Gone(FedinetError):
    """There was such a thing. It was deleted for good."""

    status = 410
    public = "This was deleted"


class TooManyRequests(FedinetError):
    """A limit was reached. ``retry_after_s`` says when to come back."""

    status = 429
    public = "Too many requests"

    def __init__(
        self,
        detail: str,
        *,
        retry_after_s: int,
        public: str | None = None,
        values: Mapping[str, object] = _NOTHING,
    ) -> None:
        super().__init__(detail, public=public, values=values)
        self.retry_after_s = retry_after_s


class RemoteUnavailable(FedinetError):
    """The other server did not answer usefully. The queue tries again."""

    status = 502
    public = "The other server did not answer"
    retryable = True


class Overloaded(FedinetError):
    """We cannot accept work now: database, disk or a limit. Ask again later."""

    status = 503
    public = "Not possible right now. Please try again in a moment"
    retryable = True


class DiskFull(Overloaded):
    """The disk, or the database, has no room left: no moment of waiting helps."""

    public = "The server’s disk is full, so nothing was saved. Tell those who look after it"
