"""The page that says with whom this community federates, and why. For everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.allies.store import list_mutual
from fedinet.appeals.store import list_shown
from fedinet.federation.meaning import meaning
from fedinet.federation.words import MODES, words_of_rule
from fedinet.http.auth import member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.paging import read_before
from fedinet.policy import store
from fedinet.policy.masking import published
from fedinet.policy.publishing import read_shown_to

routes = web.RouteTableDef()

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule about servers, as everybody may read it."""

    domains: tuple[str, ...]
    words: tuple[str, ...]
    reason: str
    means: str
    """For somebody on one of these servers."""
    since: datetime
    until: datetime | None
    named: str
    """A server of the rule, for who appeals; ``""`` where names are not published whole."""
    said: Sequence[str]
    """What they say themselves, where stewards agreed to show it."""


@routes.get("/policy")
async def show_policy(request: web.Request) -> web.Response:
    """Say the mode, and the rules in force that name servers, with their public reasons."""
    before = read_before(request)
    async with request.app[POOL].acquire() as conn:
        standing = await store.read_standing(conn)
        shown_to = await read_shown_to(conn)
        is_shown = shown_to.on_page(is_member=member(request) is not None)
        rules = await store.list_public_rules(conn, before=before, limit=_PAGE) if is_shown else ()
        said = await list_shown(conn, [rule.key for rule in rules])
        allied = await list_mutual(conn, datetime.now(UTC))
    return render(
        request,
        "federation/policy.html",
        mode=MODES[standing.mode],
        allied=[ally.domain for ally in allied],
        is_shown=is_shown,
        rules=[_shown(rule, said.get(rule.key, ())) for rule in rules],
        older=rules[-1].id if len(rules) == _PAGE else 0,
    )


def _shown(rule: store.StoredRule, said: Sequence[str]) -> Shown:
    document = rule.document
    return Shown(
        domains=published(document.domains, obfuscate=document.obfuscate),
        words=words_of_rule(document),
        reason=document.reason,
        means=meaning(document),
        since=rule.created_at,
        until=document.expires,
        named="" if document.obfuscate or not document.domains else document.domains[0],
        said=said,
    )
