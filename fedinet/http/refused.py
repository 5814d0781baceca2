"""Servers that policy refuses learn nothing here (TRAPS 25).

As long as anybody is refused, documents for servers need a signature: else a
refused one would ask without. The node's own actor stays open, since others
must read its key to check our signatures; so do discovery and NodeInfo.
"""

from datetime import UTC, datetime
from typing import Final

from aiohttp import hdrs, web

from fedinet.http.auth import is_signed, member, signed_message
from fedinet.http.context import POLICY, VERIFIER
from fedinet.http.errors import Handler
from fedinet.http.negotiation import wants_activity
from fedinet.http.surfaces import Surface, surface_of
from fedinet.kernel.errors import Unauthenticated
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import origin_of
from fedinet.policy.model import Scope

_READS: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_OPEN: Final = ("/.well-known/", "/nodeinfo")
_DOCUMENTS: Final = frozenset({"application/activity+json", "application/ld+json"})
_OPEN_EXACT: Final = frozenset({"/actor", "/actor/outbox"})


@web.middleware
async def keep_out_refused(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let members, people and servers in good standing read on.

    Raises:
        RefusedByPolicy: the server that signed is refused.
        Unauthenticated: somebody is refused, and this request is not signed.
    """
    if not await _is_guarded(request):
        return await handler(request)
    is_asked = _is_for_servers(request) or _is_signed_question(request)
    if is_asked:
        await _check(request)
    answer = await handler(request)
    if not is_asked and _is_document(answer):
        await _check(request)  # some addresses have no page: whatever is asked, this is shown
    return answer


async def _is_guarded(request: web.Request) -> bool:
    return (
        POLICY in request.app
        and request.method in _READS
        and request.path not in _OPEN_EXACT
        and (not request.path.startswith(_OPEN) or _is_signed_question(request))
        and surface_of(request.path) in (Surface.FEDERATION, Surface.PAGE)
        and member(request) is None
        and await request.app[POLICY].refuses_somebody()
    )


def _is_document(answer: web.StreamResponse) -> bool:
    return answer.status == 200 and answer.content_type in _DOCUMENTS


def _is_for_servers(request: web.Request) -> bool:
    """An address of people is not: it shows what everybody may read, or leads to the document."""
    return (
        not request.path.startswith(_OPEN)
        and surface_of(request.path) is Surface.FEDERATION
        and wants_activity(request)
    )


def _is_signed_question(request: web.Request) -> bool:
    """WebFinger is open to everybody; but who signs, and is refused, is told nothing even there."""
    return request.path == "/.well-known/webfinger" and is_signed(request)


async def _check(request: web.Request) -> None:
    if not is_signed(request):
        raise Unauthenticated(
            f"{request.path} asked without a signature",
            public=N_("Sign this request: documents are shown to known servers only"),
        )
    verified = await request.app[VERIFIER].verify(
        signed_message(request, await request.read()), now=datetime.now(UTC)
    )
    await request.app[POLICY].permit(Scope.SERVE, origin_of(verified.actor_uri).domain)
