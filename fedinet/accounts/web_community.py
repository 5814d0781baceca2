"""Settings of the community itself, for those who may change them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts.community_form import FIELDS, form_of, read_community
from fedinet.accounts.model import HUES, MAX_COMMUNITY_NAME, MAX_PURPOSE
from fedinet.db.pool import transaction
from fedinet.db.query import Conn
from fedinet.http.auth import require_administrator
from fedinet.http.context import NODE, POOL, SETTINGS
from fedinet.http.forms import Form
from fedinet.http.i18n import languages
from fedinet.http.meanwhile import MARK, UNCHANGED, changed_meanwhile, mark_of
from fedinet.http.pages import language_of, render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_choices
from fedinet.node.store import allow_mailed_sign_in, describe, get_node, lock_node
from fedinet.policy.commands import Steward
from fedinet.policy.deeds import record_words

routes = web.RouteTableDef()


@routes.get("/settings/community")
async def show_community(request: web.Request) -> web.Response:
    """Name, purpose, language and colour; the address never changes."""
    require_administrator(request)
    async with request.app[POOL].acquire() as conn:
        form = await _present(request, conn)
    return _page(request, form, mark_of(form.values))


async def _present(request: web.Request, conn: Conn) -> Form:
    return form_of(await get_node(conn), usual_zone=request.app[SETTINGS].time_zone)


@routes.post("/settings/community")
async def save_community(request: web.Request) -> web.Response:
    """Change what the community says of itself, unless another steward did meanwhile."""
    me = require_administrator(request)
    fields = await read_form(request)
    community, problems = read_community(fields)
    form = Form({name: fields.text(name) for name in (*FIELDS, "mailed_sign_in")}, tuple(problems))
    if problems:
        return _page(request, form, fields.text(MARK), status=422)
    async with transaction(request.app[POOL]) as tx:
        await lock_node(tx)
        present = (await _present(request, tx)).values
        if newer := changed_meanwhile(form, fields, present):
            return _page(request, form, mark_of(present), status=409, newer=newer)
        await describe(
            tx,
            name=community.name,
            purpose=community.purpose,
            language=community.language,
            hue=community.hue,
            time_zone=community.time_zone,
        )
        await allow_mailed_sign_in(tx, fields.flag("mailed_sign_in"))
        said = Steward(name=f"@{me.username}", now=datetime.now(UTC))
        await record_words(tx, "/settings/community", present, form.values, by=said)
    request.app[NODE].forget()
    return see_other("/settings/community?saved=1")


def _page(
    request: web.Request,
    form: Form,
    mark: str,
    *,
    status: int = 200,
    newer: Mapping[str, str] = UNCHANGED,
) -> web.Response:
    return render(
        request,
        "accounts/settings-community.html",
        status=status,
        form=form,
        mark=mark,
        newer=newer,
        saved="saved" in request.query,
        language_choices=tuple(languages().items()),
        zones=zone_choices(language_of(request), form.value("time_zone")),
        hues=HUES,
        most_name=MAX_COMMUNITY_NAME,
        most_purpose=MAX_PURPOSE,
    )
