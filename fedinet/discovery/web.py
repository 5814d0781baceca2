"""Doors between communities: following from home, and coming home from elsewhere.

``/remote-follow`` sends a visitor to their own server; ``/authorize_interaction``
and ``/share`` take in our members when another site sends them here.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from aiohttp import web

from fedinet.actors.jrd import Jrd, read_handle
from fedinet.actors.webfinger import look_up
from fedinet.discovery.model import INTENTS, SUBSCRIBE
from fedinet.http.clients import client_address, limit_key
from fedinet.http.context import FETCHER, POOL, URIS
from fedinet.http.forms import Form
from fedinet.http.limits import Limit, count_attempt
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.kernel.errors import Malformed, NotFound, RemoteUnavailable
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.uris import origin_of
from fedinet.posts.words import shared_words

routes = web.RouteTableDef()

_LIMIT: Final = Limit("remote-follow", 30, timedelta(hours=1))
_PREFERRED: Final = ((f"{INTENTS}Follow", "{object}"), (f"{INTENTS}Object", "{object}"))
_WRITE_IT_SO: Final = N_("Write your handle with its server, for example @ada@community.example")
_NO_ANSWER: Final = N_("That server did not answer. Look for %(uri)s there yourself")
_NO_DOOR: Final = N_("That server has no door for this. Look for %(uri)s there yourself")
_NOT_FOR_MACHINES: Final = (
    *("/admin", "/api/", "/authorize_interaction", "/join", "/oauth/", "/remote-follow"),
    *("/report", "/search", "/settings", "/setup", "/sign-in", "/write"),
)


@routes.get("/authorize_interaction")
async def come_home(request: web.Request) -> web.Response:
    """Lead a member to whom or what another site's button named: our search resolves it."""
    return see_other(f"/search?{urlencode({'q': _asked_for(request)})}")


@routes.get("/share")
async def share(request: web.Request) -> web.Response:
    """Begin a post with what another site's button shares.

    Source: FEP-3b86
    """
    return see_other(f"/write?{urlencode({'text': shared_words(request.query)})}")


@routes.get("/robots.txt")
async def show_robots(_request: web.Request) -> web.Response:
    """Where machines that read pages have nothing to look for. Pages say more: who is not shown.

    Source: RFC 9309
    """
    text = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in _NOT_FOR_MACHINES)
    return web.Response(text=text, headers={"Cache-Control": "public, max-age=86400"})


@routes.get("/remote-follow")
async def show_remote_follow(request: web.Request) -> web.Response:
    """Ask a visitor where they are at home. ``uri`` is whom they want to follow here."""
    return render(request, "discovery/remote-follow.html", uri=_ours(request, _asked_for(request)))


@routes.post("/remote-follow")
async def remote_follow(request: web.Request) -> web.Response:
    """Show a visitor the way home, to the page where their own server lets them follow.

    Raises:
        TooManyRequests: each question makes us ask a server of the visitor's choice.
    """
    fields = await read_form(request)
    uri, handle = _ours(request, fields.text("uri")), fields.text("handle")
    who = limit_key(client_address(request))
    await count_attempt(request.app[POOL], _LIMIT, who, now=datetime.now(UTC))
    try:
        answer = await look_up(request.app[FETCHER], read_handle(handle))
        door = _door(answer, uri)
    except Malformed:
        problem = Problem("handle", _WRITE_IT_SO)
    except NotFound:
        problem = Problem("handle", _NO_DOOR, {"uri": uri})
    except RemoteUnavailable:
        problem = Problem("handle", _NO_ANSWER, {"uri": uri})
    else:
        # A link and no redirect: our form-action policy forbids forms that end elsewhere,
        # and people see where they are going.
        host = origin_of(door).domain
        return render(request, "discovery/door.html", door=door, host=host)
    form = Form({"handle": handle}, (problem,))
    return render(request, "discovery/remote-follow.html", status=422, uri=uri, form=form)


def _door(answer: Jrd, uri: str) -> str:
    """Fill the template of the visitor's server.

    Raises:
        NotFound: it offers none that leads to a web address.
    """
    for rel, place in (*_PREFERRED, (SUBSCRIBE, "{uri}")):
        template = answer.templates.get(rel, "")
        if place in template:
            address = template.replace(place, quote(uri, safe=""))
            try:
                origin_of(address)
            except Malformed as error:
                raise NotFound("a template that leads nowhere") from error
            return address
    raise NotFound("no template")


def _asked_for(request: web.Request) -> str:
    uri = request.query.get("uri", "").strip()
    if not uri or len(uri) > 2048:
        raise Malformed("no uri", public=N_("Say whom or what: ?uri=…"))
    return uri


def _ours(request: web.Request, uri: str) -> str:
    """Only towards us: else this page would send visitors to follow anybody."""
    if not request.app[URIS].is_ours(uri):
        raise Malformed(f"not ours: {uri[:200]!r}", public=N_("This address is not from here"))
    return uri
