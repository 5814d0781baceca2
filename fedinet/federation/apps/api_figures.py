"""Figures for apps of stewards. What is not counted here is left out, and never 0.

Source: https://docs.joinmastodon.org/methods/admin/measures/, dimensions/, retention/, trends/.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from aiohttp import web

from fedinet.federation.apps.entities import read_domain
from fedinet.federation.apps.figures_store import count_of_server, count_of_us
from fedinet.http.auth import require_desk
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.params import Params, read_params
from fedinet.kernel.errors import Unprocessable

routes = web.RouteTableDef()

_OF_SERVERS: Final = {
    f"instance_{word}": word for word in ("accounts", "follows", "followers", "statuses")
}
_OF_US: Final = ("new_users", "opened_reports", "resolved_reports")
_USUAL: Final = timedelta(days=30)


@routes.post("/api/v1/admin/measures")
async def measure(request: web.Request) -> web.Response:
    """Count what is asked for by ``keys``, in their order; each of a server names its domain."""
    require_desk(request, "admin:read")
    params = await read_params(request)
    now = datetime.now(UTC)
    since, until = _moment(params, "start_at", now - _USUAL), _moment(params, "end_at", now)
    answers: list[Mapping[str, object]] = []
    async with request.app[POOL].acquire() as conn:
        for key in dict.fromkeys(params.texts("keys")):
            if key in _OF_SERVERS:
                found = await count_of_server(conn, read_domain(params.mapping(key)))
                answers.append(_measure(key, found[_OF_SERVERS[key]]))
            elif key in _OF_US:
                answers.append(_measure(key, (await count_of_us(conn, since, until))[key]))
    return json_response(answers)


async def _nothing(request: web.Request) -> web.Response:
    """There is none of it here: nobody is measured by it, and nothing trends."""
    require_desk(request, "admin:read")
    return json_response([])


routes.post("/api/v1/admin/dimensions")(_nothing)
routes.post("/api/v1/admin/retention")(_nothing)
for _kind in ("tags", "statuses", "links"):
    routes.get(f"/api/v1/admin/trends/{_kind}")(_nothing)


def _measure(key: str, total: int) -> Mapping[str, object]:
    """A total alone: days are not kept. Source: docs.joinmastodon.org entities/Admin_Measure."""
    return {"key": key, "unit": None, "total": str(total), "data": ()}


def _moment(params: Params, name: str, usual: datetime) -> datetime:
    raw = params.text(name)
    if not raw:
        return usual
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError as error:
        said = f"{name} is not a date"
        raise Unprocessable(f"{name} {raw[:40]!r}", public=said) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
