"""Settings: profile and privacy, and preferences."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts import commands, store
from fedinet.accounts.model import APP_VISIBILITIES, MAX_BIO, MAX_FIELDS, MAX_NAME
from fedinet.accounts.profile_form import form_of, read_profile
from fedinet.accounts.quote_words import QUOTE_POLICY_WORDS
from fedinet.actors.store import get_actor
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.db.pool import transaction
from fedinet.http.auth import require_member
from fedinet.http.context import POOL, URIS
from fedinet.http.forms import Form
from fedinet.http.i18n import languages
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.kernel.problems import N_, Problem

routes = web.RouteTableDef()


@routes.get("/settings")
async def show_profile(request: web.Request) -> web.Response:
    """Who I am to others, and who may find me."""
    member = require_member(request)
    async with request.app[POOL].acquire() as conn:
        actor = await get_actor(conn, member.actor_id)
    return _profile(request, form_of(actor))


@routes.post("/settings")
async def save_profile(request: web.Request) -> web.Response:
    """Change the profile; followers elsewhere are told."""
    member = require_member(request)
    change, form = read_profile(await read_form(request), uris=request.app[URIS])
    if form.problems:
        return _profile(request, form, status=422)
    async with transaction(request.app[POOL]) as tx:
        await commands.update_profile(tx, member.actor_id, change, now=datetime.now(UTC))
    return see_other(safe_next(request.query.get("next"), "/settings?saved=1"))


@routes.get("/settings/preferences")
async def show_preferences(request: web.Request) -> web.Response:
    """Language of the pages, whom apps post to when they do not say, and who may quote."""
    member = require_member(request)
    policy = await store.find_quote_policy(request.app[POOL], member.actor_id)
    return _preferences(
        request,
        Form(
            {
                "language": member.language,
                "app_visibility": member.app_visibility,
                "quote_policy": policy,
                "shortcuts": "1" if member.shortcuts else "",
            }
        ),
    )


@routes.post("/settings/preferences")
async def save_preferences(request: web.Request) -> web.Response:
    member = require_member(request)
    fields = await read_form(request)
    language, audience = fields.text("language"), fields.text("app_visibility")
    policy = fields.text("quote_policy")
    problems: list[Problem] = []
    if language not in languages():
        problems.append(Problem("language", N_("Please choose one of the languages.")))
    if audience not in APP_VISIBILITIES:
        problems.append(Problem("app_visibility", N_("Please choose one of these.")))
    if policy not in QUOTE_POLICY_WORDS:
        problems.append(Problem("quote_policy", N_("Please choose one of these.")))
    if problems:
        values = {
            "language": language,
            "app_visibility": audience,
            "quote_policy": policy,
            "shortcuts": fields.text("shortcuts"),
        }
        form = Form(values, tuple(problems))
        return _preferences(request, form, status=422)
    async with transaction(request.app[POOL]) as tx:
        await store.update_preferences(
            tx, member.account_id, language=language, app_visibility=Visibility(audience)
        )
        await store.update_quote_policy(tx, member.account_id, QuotePolicy(policy))
        await store.update_shortcuts(tx, member.account_id, shortcuts=fields.flag("shortcuts"))
    return see_other("/settings/preferences?saved=1")


@routes.get("/help/keys")
async def show_keys(request: web.Request) -> web.Response:
    """Which letters do what; also what the dialog of ``keys.js`` shows."""
    return render(request, "accounts/keys.html")


def _profile(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "accounts/settings-profile.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        lines=range(1, MAX_FIELDS + 1),
        back=safe_next(request.query.get("next"), ""),
        most_name=MAX_NAME,
        most_bio=MAX_BIO,
    )


def _preferences(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    return render(
        request,
        "accounts/settings-preferences.html",
        status=status,
        form=form,
        saved="saved" in request.query,
        language_choices=tuple(languages().items()),
        audiences=APP_VISIBILITIES,
        quote_policies=tuple(QUOTE_POLICY_WORDS),
    )
