"""The page that says with whom this community federates, and why. For everybody."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.kernel.problems import N_
from fedinet.policy import store
from fedinet.policy.model import Effect, Mode

routes = web.RouteTableDef()

_PAGE: Final = 100
_MODES: Final = {
    Mode.OPEN: N_("Every server may talk to us, but for those named below."),
    Mode.CAUTIOUS: N_(
        "Servers that nobody here has met may be found and followed. When somebody there writes to "
        "a member first, we look at it before the member sees it."
    ),
    Mode.ALLIES: N_("Only the servers that we name may talk to us."),
    Mode.CLOSED: N_("This community does not federate at the moment."),
}
_VERDICTS: Final = {
    "reject": N_("Refused"),
    "drop": N_("Ignored"),
    "hold": N_("Looked at first"),
    "accept": N_("Welcome"),
}
_EFFECTS: Final = {
    Effect.LIMIT: N_("Quieter: only its followers see it"),
    Effect.STRIP_MEDIA: N_("Without pictures, films and sound"),
    Effect.MARK_SENSITIVE: N_("Behind a warning"),
    Effect.UNLIST: N_("In no public list"),
    Effect.REQUIRE_APPROVAL: N_("Followers from there wait for a yes"),
    Effect.NO_NOTIFICATION: N_("Nobody is notified"),
    Effect.FREEZE_FOLLOWS: N_("Follows are put aside"),
    Effect.REJECT_REPORTS: N_("Reports from there are not read"),
}


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
        "moderation/policy.html",
        mode=_MODES[standing.mode],
        rules=[_shown(rule) for rule in rules],
        older=rules[-1].key if len(rules) == _PAGE else "",
    )


def _shown(rule: store.StoredRule) -> Shown:
    document = rule.document
    verdict = (_VERDICTS[document.verdict],) if document.verdict is not None else ()
    effects = tuple(_EFFECTS[effect] for effect in document.effects)
    return Shown(tuple(document.domains), (*verdict, *effects), document.reason)
