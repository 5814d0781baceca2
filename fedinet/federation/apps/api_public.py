"""The rules as a list for everybody's apps, where stewards chose so.

Source: https://docs.joinmastodon.org/methods/instance/#domain_blocks
"""

from typing import Final

from aiohttp import web

from fedinet.http.apps import listed
from fedinet.http.auth import member, require_scope
from fedinet.http.context import POOL
from fedinet.http.paging import read_page
from fedinet.kernel.errors import NotFound
from fedinet.policy.lists.entries import severity_of
from fedinet.policy.lists.formats import Severity
from fedinet.policy.masking import digest, published
from fedinet.policy.publishing import read_shown_to
from fedinet.policy.servers.named_store import Named, list_named

routes = web.RouteTableDef()

_MOST: Final = 5000
"""Apps expect all at once; beyond this there is a ``Link``."""


@routes.get("/api/v1/instance/domain_blocks")
async def list_domain_blocks(request: web.Request) -> web.Response:
    """List limited and refused servers with their reasons, masked where a rule says so.

    Raises:
        NotFound: not published to this reader, as Mastodon answers.
    """
    if member(request) is not None:
        require_scope(request, "read")
    page = read_page(request, default=_MOST, most=_MOST)
    async with request.app[POOL].acquire() as conn:
        shown_to = await read_shown_to(conn)
        if not shown_to.in_lists(is_member=member(request) is not None):
            raise NotFound(f"rules are shown to {shown_to}")
        found = await list_named(conn, "block", page)
    entities = [one for named in found if (one := _entity(named)) is not None]
    return listed(request, page, [named.id for named in found], entities)


def _entity(named: Named) -> dict[str, object] | None:
    document = named.rule.document
    severity = severity_of(document)
    if severity is None or severity is Severity.NOOP:
        return None
    [name] = published([named.domain], obfuscate=document.obfuscate)
    return {
        "domain": name,
        "digest": digest(named.domain),
        "severity": severity.word,
        "comment": document.reason,
    }
