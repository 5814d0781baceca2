"""The page that says with whom this community federates, and why. For everybody."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from fedinet.federation.words import MODES, words_of_rule
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.policy import store

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
    after = request.query.get("after", "").replace("\0", "")
    async with request.app[POOL].acquire() as conn:
        standing = await store.read_standing(conn)
        rules = await store.list_public_rules(conn, after=after or None, limit=_PAGE)
    return render(
        request,
        "federation/policy.html",
        mode=MODES[standing.mode],
        rules=[_shown(rule) for rule in rules],
        older=rules[-1].key if len(rules) == _PAGE else "",
    )


def _shown(rule: store.StoredRule) -> Shown:
    document = rule.document
    return Shown(tuple(document.domains), words_of_rule(document), document.reason)
