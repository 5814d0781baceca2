"""Settings of the community itself, for those who may change them."""

from aiohttp import web

from fedinet.accounts.community_form import FIELDS, form_of, read_community
from fedinet.accounts.model import HUES, MAX_COMMUNITY_NAME, MAX_PURPOSE
from fedinet.db.pool import transaction
from fedinet.http.auth import require_administrator
from fedinet.http.context import NODE, POOL, SETTINGS
from fedinet.http.forms import Form
from fedinet.http.i18n import languages
from fedinet.http.pages import language_of, render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_choices
from fedinet.node.store import allow_mailed_sign_in, describe

routes = web.RouteTableDef()


@routes.get("/settings/community")
async def show_community(request: web.Request) -> web.Response:
    """Name, purpose, language and colour; the address never changes."""
    require_administrator(request)
    node = await request.app[NODE].get()
    return _page(request, form_of(node, usual_zone=request.app[SETTINGS].time_zone))


@routes.post("/settings/community")
async def save_community(request: web.Request) -> web.Response:
    """Change what the community says of itself, for everybody at once."""
    require_administrator(request)
    fields = await read_form(request)
    community, problems = read_community(fields)
    if problems:
        names = (*FIELDS, "mailed_sign_in")
        form = Form({name: fields.text(name) for name in names}, tuple(problems))
        return _page(request, form, status=422)
    async with transaction(request.app[POOL]) as tx:
        await describe(
            tx,
            name=community.name,
            purpose=community.purpose,
            language=community.language,
            hue=community.hue,
            time_zone=community.time_zone,
        )
        await allow_mailed_sign_in(tx, fields.flag("mailed_sign_in"))
    request.app[NODE].forget()
    return see_other("/settings/community?saved=1")


def _page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "accounts/settings-community.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        language_choices=tuple(languages().items()),
        zones=zone_choices(language_of(request), form.value("time_zone")),
        hues=HUES,
        most_name=MAX_COMMUNITY_NAME,
        most_purpose=MAX_PURPOSE,
    )
