"""Pages about who answers for the community, versions of its texts, and accepting them."""

from collections.abc import Mapping
from dataclasses import asdict

from aiohttp import web

from fedinet.charter import imprint_store, publishing, register, versions_store
from fedinet.charter.law_model import AGREED, Imprint, Paper
from fedinet.charter.papers import facts_of, publish_papers
from fedinet.charter.store import lock_house
from fedinet.charter.words import PAPERS
from fedinet.db.pool import transaction
from fedinet.http.auth import require_administrator, require_member, require_owner, require_steward
from fedinet.http.context import POOL, SETTINGS
from fedinet.http.forms import Form
from fedinet.http.i18n import catalogue
from fedinet.http.meanwhile import MARK, UNCHANGED, changed_meanwhile, mark_of
from fedinet.http.pages import language_of, render
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import NotFound
from fedinet.kernel.problems import Invalid
from fedinet.mail.server import find_mail_host

routes = web.RouteTableDef()
_FIELDS = ("controller", "address", "email", "register_number", "host", "backups", "authority")


@routes.get("/imprint")
async def show_imprint(request: web.Request) -> web.Response:
    """Who answers for the community, as far as it is filled in."""
    return render(
        request,
        "charter/imprint.html",
        versions=await versions_store.list_versions(request.app[POOL], Paper.IMPRINT),
        facts=await facts_of(request),
    )


@routes.get("/versions/{paper:imprint|privacy|terms|rules}/{number:[0-9]{1,6}}")
async def show_version(request: web.Request) -> web.Response:
    """A text as it was published once."""
    paper, number = Paper(request.match_info["paper"]), int(request.match_info["number"])
    version = await versions_store.find_version(request.app[POOL], paper, number)
    if version is None:
        raise NotFound(f"no version {number} of {paper}")
    return render(request, "charter/version.html", version=version, names=PAPERS)


@routes.get("/admin/law")
async def show_law(request: web.Request) -> web.Response:
    """The form for the imprint, and what is published."""
    require_steward(request)
    present = asdict(await imprint_store.find_imprint(request.app[POOL]))
    return await _law(request, Form(present), mark_of(present))


@routes.post("/admin/law")
async def write_law(request: web.Request) -> web.Response:
    """Say who answers, and publish the imprint and the privacy page.

    Unless another steward did since the page was opened.
    """
    require_administrator(request)
    fields = await read_form(request)
    typed = {name: fields.text(name).replace("\r\n", "\n").strip() for name in _FIELDS}
    form = Form(typed)
    try:
        async with transaction(request.app[POOL]) as tx:
            await lock_house(tx)
            present = asdict(await imprint_store.find_imprint(tx))
            if newer := changed_meanwhile(form, fields, present):
                return await _law(request, form, mark_of(present), status=409, newer=newer)
            await publishing.write_imprint(tx, Imprint(**typed))
            await publish_papers(request, tx)
    except Invalid as error:
        form = form.with_problems(error.problems)
        return await _law(request, form, fields.text(MARK), status=422)
    return see_other("/admin/law?saved=1")


@routes.post("/admin/law/ask")
async def ask(request: web.Request) -> web.Response:
    """Ask members to accept a version."""
    require_administrator(request)
    paper, number = _named(await read_form(request))
    async with transaction(request.app[POOL]) as tx:
        await publishing.ask_members(tx, paper, number)
    return see_other("/admin/law?saved=1")


@routes.get("/admin/law/register")
async def show_register(request: web.Request) -> web.Response:
    """The register of processing: a page for owners, which leads to its files."""
    imprint, settings = await _of_owner(request), request.app[SETTINGS]
    return render(
        request,
        "charter/register.html",
        head=register.head(imprint),
        headings=register.HEADINGS,
        lines=register.lines(settings, await find_mail_host(request.app[POOL], settings)),
    )


@routes.get("/admin/law/register.{format:md|csv}")
async def download_register(request: web.Request) -> web.Response:
    """The same as a file."""
    imprint, settings = await _of_owner(request), request.app[SETTINGS]
    mail_host = await find_mail_host(request.app[POOL], settings)
    say, ending = catalogue(language_of(request)).gettext, request.match_info["format"]
    if ending == "csv":
        text, kind = register.as_csv(settings, mail_host, say), "text/csv"
    else:
        text, kind = register.as_markdown(settings, imprint, mail_host, say), "text/markdown"
    headers = {"Content-Disposition": f'attachment; filename="register.{ending}"'}
    return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)


@routes.get("/settings/agreements")
async def show_agreements(request: web.Request) -> web.Response:
    """What the member is asked to accept, and what they accepted when."""
    found, pool = require_member(request), request.app[POOL]
    return render(
        request,
        "charter/agreements.html",
        asked=await versions_store.list_asked(pool, found.account_id),
        accepted=await versions_store.list_accepted(pool, found.account_id),
        names=PAPERS,
        saved="saved" in request.query,
    )


@routes.post("/settings/agreements")
async def accept(request: web.Request) -> web.Response:
    """Accept one version."""
    found = require_member(request)
    paper, number = _named(await read_form(request))
    async with transaction(request.app[POOL]) as tx:
        await versions_store.accept(tx, found.account_id, [(paper, number)])
    return see_other("/settings/agreements?saved=1")


async def _of_owner(request: web.Request) -> Imprint:
    require_owner(request)
    return await imprint_store.find_imprint(request.app[POOL])


def _named(fields: Params) -> tuple[Paper, int]:
    paper, number = fields.text("paper"), fields.text("number")
    if paper not in AGREED or not (number.isascii() and number.isdigit() and len(number) < 7):
        raise NotFound(f"no version {number[:20]!r} of {paper[:20]!r}")
    return Paper(paper), int(number)


async def _law(
    request: web.Request,
    form: Form,
    mark: str,
    *,
    status: int = 200,
    newer: Mapping[str, str] = UNCHANGED,
) -> web.Response:
    pool = request.app[POOL]
    return render(
        request,
        "charter/law.html",
        status=status,
        form=form,
        mark=mark,
        newer=newer,
        imprint=await imprint_store.find_imprint(pool),
        latest=await versions_store.list_latest(pool),
        names=PAPERS,
        agreed=AGREED,
        saved="saved" in request.query,
    )
