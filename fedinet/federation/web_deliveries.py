"""What goes out: servers that take nothing at the moment, what was given up, and trying again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.federation.failures import GIVEN_UP, why_not, work
from fedinet.health.findings import SILENT_ALLIES
from fedinet.http.auth import require_steward
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Malformed, NotFound
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import domain as domain_of
from fedinet.node.backlog import read_backlog
from fedinet.outbox.trouble_store import list_failing, list_given_up, try_now
from fedinet.outbox.upkeep import retry_dead_letters
from fedinet.queue.dead_letters import Failed, list_failed, retry_failed

routes = web.RouteTableDef()

DELIVERIES: Final = "/admin/deliveries"
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class _OwnWork:
    """What was given up of kinds that are called by the same words; ``raw``: what the log says."""

    words: str
    number: int
    failed_at: datetime
    raw: str


@routes.get(DELIVERIES)
async def show_deliveries(request: web.Request) -> web.Response:
    """How much waits, who takes nothing, and what was given up.

    What our own work died of can name members, so only who administers reads it.
    """
    found = require_steward(request)
    async with request.app[POOL].acquire() as conn:
        backlog = await read_backlog(conn)
        failing = await list_failing(conn, _SHOWN)
        given_up = await list_given_up(conn, _SHOWN)
        own = await list_failed(conn, _SHOWN) if found.may_administer else ()
    return render(
        request,
        "federation/deliveries.html",
        backlog=backlog,
        silent_allies=SILENT_ALLIES,
        failing=failing,
        given_up=given_up,
        own=_by_words(own),
        reasons=GIVEN_UP,
        why_not=why_not,
        now=datetime.now(UTC),
        again_="again" in request.query,
    )


@routes.post(DELIVERIES)
async def try_again(request: web.Request) -> web.Response:
    """Try one server at once, what was given up for it, or all that was given up."""
    require_steward(request)
    fields, pool = await read_form(request), request.app[POOL]
    match fields.text("do"):
        case "now":
            async with transaction(pool) as tx:
                await try_now(tx, _host(fields))
        case "retry":
            await retry_dead_letters(pool, host=_host(fields))
        case "retry-all":
            await retry_dead_letters(pool)
            await retry_failed(pool)
        case other:
            raise NotFound(f"nothing to do called {other[:40]!r}")
    return see_other(f"{DELIVERIES}?again=1")


def _by_words(own: Sequence[Failed]) -> Sequence[_OwnWork]:
    """Together what is called the same; the latest first, as it comes."""
    found: dict[str, list[Failed]] = {}
    for one in own:
        found.setdefault(work(one.kind), []).append(one)
    return [
        _OwnWork(
            words=words,
            number=sum(one.number for one in kinds),
            failed_at=kinds[0].failed_at,
            raw=" · ".join(f"{one.kind}: {one.said}" if one.said else one.kind for one in kinds),
        )
        for words, kinds in found.items()
    ]


def _host(fields: Params) -> Domain:
    try:
        return domain_of(fields.text("host"))
    except Malformed as error:
        raise NotFound("no such server") from error
