"""The page that says with whom this community federates, and why. For everybody."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from fedinet.federation.words import MODES, words_of_rule
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.paging import read_before
from fedinet.policy import store
from fedinet.policy.masking import published

routes = web.RouteTableDef()

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule about servers, as everybody may read it."""

    domains: tuple[str, ...]
    words: tuple[str, ...]
    reason: str


@routes.get("/policy")
async def show_policy(request: web.Request) -> web.Response:
    """Say the mode, and the rules in force that name servers, with their public reasons."""
    before = read_before(request)
    async with request.app[POOL].acquire() as conn:
        standing = await store.read_standing(conn)
        rules = await store.list_public_rules(conn, before=before, limit=_PAGE)
    return render(
        request,
        "federation/policy.html",
        mode=MODES[standing.mode],
        rules=[_shown(rule) for rule in rules],
        older=rules[-1].id if len(rules) == _PAGE else 0,
    )


def _shown(rule: store.StoredRule) -> Shown:
    document = rule.document
    names = published(document.domains, obfuscate=document.obfuscate)
    return Shown(names, words_of_rule(document), document.reason)
