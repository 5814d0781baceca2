"""How the door says no: a status, a reason word, problem+json. Pure but for the log line.

Source: RFC 9457.
"""

import logging
import re
from collections.abc import Mapping

from aiohttp import web

from fedinet.db.pool import as_overloaded
from fedinet.inbox.model import Refused
from fedinet.kernel.errors import FedinetError, Malformed, NotFound, Overloaded
from fedinet.kernel.uris import origin_of
from fedinet.policy.ask import POLICY

logger = logging.getLogger(__name__)

_RETRY_AFTER_S = 30
_CLAIMED_KEY = re.compile(r'\bkeyid="([^"]+)"', re.IGNORECASE)

Headers = Mapping[str, tuple[str, ...]]


def as_refused(error: Exception) -> Refused | None:
    """Give every expected failure its status and its word; None for a bug."""
    if isinstance(error, Refused):
        return error
    expected = as_overloaded(error) or error
    if not isinstance(expected, FedinetError):
        return None
    match expected:
        case Overloaded():
            status, word = 503, "overloaded"
        case Malformed():
            status, word = 400, "malformed"
        case NotFound():
            status, word = 404, "no_such_inbox"
        case _:
            status, word = expected.status, "refused"
    word = str(getattr(expected, "reason", word))
    wait = getattr(expected, "retry_after_s", _RETRY_AFTER_S if status == 503 else None)
    refused = Refused(status, word, expected.public, retry_after_s=wait)
    refused.__cause__ = error
    return refused


def refusal(refused: Refused, *, origin: str) -> web.Response:
    """Say it to the peer, in words its admin can act on, with our policy and where to appeal."""
    problem = {
        "title": refused.public,
        "status": refused.status,
        "reason": refused.reason,
        "error": refused.public,
    }
    if refused.reason == POLICY:
        problem["policy"] = f"{origin}/policy"
        problem["appeal"] = f"{origin}/actor/appeals"
    response = web.json_response(
        problem, status=refused.status, content_type="application/problem+json"
    )
    response.headers["Cache-Control"] = "no-store"
    if refused.retry_after_s is not None:
        response.headers["Retry-After"] = str(refused.retry_after_s)
    return response


def claimed_host(headers: Headers) -> str:
    """The host of the key that the request names, unproven; empty where it names none."""
    for name in ("signature-input", "signature"):
        for value in headers.get(name, ()):
            found = _CLAIMED_KEY.search(value)
            if found is not None:
                try:
                    return origin_of(found[1]).domain
                except Malformed:
                    return ""
    return ""
