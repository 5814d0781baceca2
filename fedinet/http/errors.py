"""Expected errors become answers: JSON for apps, a problem for servers, a page for people.

One of the three places that catch everything; what nobody expected becomes a
generic answer with the request's id, and an ERROR line in the log.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from aiohttp import ClientConnectionResetError, web

from fedinet.db.pool import as_overloaded
from fedinet.http.auth import member
from fedinet.http.browser import current_session
from fedinet.http.csrf import ForgedForm
from fedinet.http.json import json_response, problem_response
from fedinet.http.negotiation import names_activity, wants_activity
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import safe_next, see_other
from fedinet.http.resume import RESUME, Carried, carried
from fedinet.http.surfaces import Surface, surface_of
from fedinet.kernel.errors import (
    DiskFull,
    FedinetError,
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    Overloaded,
    TooManyRequests,
    Unauthenticated,
    Unprocessable,
)
from fedinet.kernel.log import work_id
from fedinet.kernel.problems import N_

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
logger = logging.getLogger(__name__)

_LEFT: Final = 499
"""For the log alone, as nginx has it: nobody reads the answer."""
_SIGN_IN: Final = "/sign-in"
_MIN_KEPT = 20
_MAX_KEPT = 20_000
_NOBODY_WROTE: Final = frozenset({"csrf", "token", "next", "once", "writer", "shown"})


@dataclass(frozen=True, slots=True)
class Words:
    """What an error page says: never only a number."""

    title: str
    text: str


_WORDS: Final[Mapping[int, Words]] = {
    400: Words(
        N_("We couldn’t read that"),
        N_("Something in the address or the form is not as it should be. Go back and try again."),
    ),
    401: Words(
        N_("Please sign in again"),
        N_("You were signed out in the meantime. Sign in, and do it once more."),
    ),
    403: Words(
        N_("That is not yours to do"),
        N_("This needs somebody else. A steward can tell you who."),
    ),
    404: Words(
        N_("There’s nothing at this address"),
        N_(
            "It may have been deleted by its author, moved, or meant for people who are signed"
            " in. If it was private, we wouldn’t say so."
        ),
    ),
    405: Words(
        N_("This address works differently"),
        N_("You came here in a way that this page does not know. Go back and try again."),
    ),
    410: Words(
        N_("This was deleted"),
        N_("There was something at this address. Its author took it away."),
    ),
    413: Words(
        N_("That is more than we can take"),
        N_("It is too large to be sent. Go back: your words stand there still. Send less at once."),
    ),
    414: Words(
        N_("This address is too long"),
        N_("It holds more than we can read. Go back, and write less into the field."),
    ),
    421: Words(
        N_("This is another address"),
        N_("This server answers under one name only. Use the address it was started with."),
    ),
    422: Words(
        N_("This cannot be done as it is"),
        N_("Something does not fit together. Go back, change it and try again."),
    ),
    429: Words(
        N_("That was quicker than we can follow"),
        N_("To protect the server we paused for a moment. Then it goes on as before."),
    ),
    500: Words(
        N_("Something broke here"),
        N_("It is our fault and not yours, and it is in our log. Try again in a while."),
    ),
    502: Words(
        N_("The other server did not answer"),
        N_("We could not reach it just now. Try again in a while."),
    ),
    503: Words(
        N_("Not possible right now"),
        N_("The server is busy or being looked after. Try again in a moment."),
    ),
}
_FULL: Final = Words(
    N_("The server’s disk is full"),
    N_("Nothing was saved. Tell those who look after it; trying again does not help."),
)
_VISITOR: Final = Words(
    N_("This is for members"),
    N_("If you are one, sign in and come back."),
)
_FORGED: Final = Words(
    N_("This form was open for too long"),
    N_("We can’t be sure that it came from you. Go back, reload the page and send it again."),
)
_SIGNED_OUT: Final = Words(
    _WORDS[401].title,
    N_("You were signed out in the meantime; what you wrote is kept."),
)
_OF_ANOTHER: Final = Words(
    N_("Somebody else began this"),
    N_(
        "It was written here by a member who was signed in before you. It stands in this window "
        "for as long as the window is open."
    ),
)
_GOES_ON: Final = Words(
    N_("Go on where you were"),
    N_("This form was open for too long; what you wrote is kept."),
)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into the answer its reader understands."""
    try:
        return await handler(request)
    except FedinetError as error:
        logger.info("http.refused path=%s why=%s", request.path, error)
        return await refusal(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await refusal(request, _as_ours(error), headers=_allow(error))
    except ClientConnectionResetError:  # whoever asked has gone: nothing is wrong here
        logger.info("http.left path=%s", request.path)
        return web.Response(status=_LEFT)
    except Exception as error:  # the web middleware is one of the three places for this
        overloaded = as_overloaded(error)
        if overloaded is not None:
            logger.warning("http.overloaded path=%s why=%s", request.path, overloaded)
            return await refusal(request, overloaded)
        logger.exception("http.failed path=%s", request.path)
        return await refusal(request, FedinetError(repr(error)))


async def refusal(
    request: web.Request, error: FedinetError, *, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Shape one error for the surface it happened on."""
    extra = dict(headers or {})
    wait = _retry_after_s(error)
    if wait is not None:
        extra["Retry-After"] = str(wait)
    surface = surface_of(request.path)
    if surface is Surface.API:
        return json_response({"error": error.public}, status=error.status, headers=extra)
    if _is_for_servers(request, surface, error):
        reason = getattr(error, "reason", None)
        return problem_response(
            error.status,
            error.public,
            reason=reason if isinstance(reason, str) else None,
            headers=extra,
        )
    return await _page(request, error, extra)


def _is_for_servers(request: web.Request, surface: Surface, error: FedinetError) -> bool:
    if surface is Surface.PAGE:  # a form to sign in is nothing for who asks for a document
        return isinstance(error, Unauthenticated) and names_activity(request)
    return wants_activity(request) or request.method == "POST"


async def _page(request: web.Request, error: FedinetError, headers: dict[str, str]) -> web.Response:
    is_asked = request.method in ("GET", "HEAD") and request.path != _SIGN_IN
    if isinstance(error, Unauthenticated) and is_asked:
        return see_other(f"{_SIGN_IN}?next={quote(request.path_qs, safe='/')}")
    form = await carried(request, error)
    words = _words(request, error) if form is None else _kept_words(request, form)
    response = render(
        request,
        "error.html",
        status=error.status,
        status_code=error.status,
        words=words,
        said=error,
        wait_s=_retry_after_s(error),
        kept=await _kept(request) if form is None else (),
        carried=form,
        resume=request.path.removesuffix(RESUME) + RESUME,
        here=_here(request),
        may_pass=_may_pass(error),
        signs_in=_signs_in(request, error),
        request_id=work_id.get(),
    )
    response.headers.update(headers)
    return response


def _words(request: web.Request, error: FedinetError) -> Words:
    if isinstance(error, ForgedForm):
        return _WORDS[401] if _was_signed_out(request) else _FORGED
    if isinstance(error, DiskFull):
        return _FULL
    if error.status == 403 and member(request) is None:
        return _VISITOR
    return _WORDS.get(error.status, _WORDS[500])


def _kept_words(request: web.Request, form: Carried) -> Words:
    """Of a form that goes on: whatever went wrong, nobody has to send it again."""
    found = member(request)
    if found is None:
        return _SIGNED_OUT
    return _GOES_ON if form.writer in ("", found.username) else _OF_ANOTHER


def _was_signed_out(request: web.Request) -> bool:
    """Its session has ended meanwhile: that is why its form is no longer believed."""
    return member(request) is None and bool(current_session(request))


def _signs_in(request: web.Request, error: FedinetError) -> bool:
    """Tell whether signing in is what may help."""
    if isinstance(error, ForgedForm):
        return _was_signed_out(request)
    return member(request) is None and error.status in (401, 403, 404)


def _here(request: web.Request) -> str:
    """The page that was asked for, or that of the form that was sent; ``""``: there is none."""
    if request.method in ("GET", "HEAD"):
        return safe_next(request.path_qs, "")
    routes = request.app.router.routes()
    is_page = any(
        route.method == "GET" and route.resource is not None
        and route.resource.canonical == request.path
        for route in routes
    )  # fmt: skip
    return request.path if is_page else ""


def _may_pass(error: FedinetError) -> bool:
    """Tell whether trying again may help."""
    return isinstance(error, ForgedForm) or (
        error.status in (429, 500, 502, 503) and not isinstance(error, DiskFull)
    )


async def _kept(request: web.Request) -> tuple[str, ...]:
    """The longer texts of a refused form, so that nobody loses what they wrote.

    Only for forms that the browser says came from our own page: another site
    does not get to put words on ours.
    """
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") != "same-origin":
        return ()
    try:
        form = await read_form(request)
    except (FedinetError, web.HTTPException, OSError):
        return ()
    return tuple(
        value[:_MAX_KEPT]
        for name, value in form.items()
        if isinstance(value, str)
        and len(value) >= _MIN_KEPT
        and name not in _NOBODY_WROTE
        and "password" not in name
    )


def _retry_after_s(error: FedinetError) -> int | None:
    if isinstance(error, TooManyRequests):
        return error.retry_after_s
    if isinstance(error, DiskFull):
        return None
    return 10 if isinstance(error, Overloaded) else None


class _Refused(FedinetError):
    """What the router itself refuses: 405, 413 and the like."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.public = detail
        self.status = status


def _as_ours(error: web.HTTPException) -> FedinetError:
    detail = f"{error.status} {error.reason}"
    match error.status:
        case 400:
            return Malformed(detail)
        case 401:
            return Unauthenticated(detail)
        case 403:
            return Forbidden(detail)
        case 404:
            return NotFound(detail)
        case 410:
            return Gone(detail)
        case 422:
            return Unprocessable(detail)
        case 503:
            return Overloaded(detail)
        case status:
            return _Refused(status, error.reason)


def _allow(error: web.HTTPException) -> dict[str, str]:
    allowed = error.headers.get("Allow")
    return {} if allowed is None else {"Allow": allowed}
