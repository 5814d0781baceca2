"""Going on with a form whose session ended meanwhile: what was written comes back filled in.

A form on ``/x`` that is refused for that is offered again as a form on ``/x/resume``, where
there is such a page. That page shows the form and changes nothing, so that it takes fields
without a form token, if the browser says that they come from our own page.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web

from fedinet.http.csrf import CSRF_FIELD, ForgedForm
from fedinet.http.pages import has_page
from fedinet.http.params import Value, read_form
from fedinet.kernel.errors import FedinetError, Unauthenticated

RESUME: Final = "/resume"
_MOST_CHARACTERS: Final = 20_000
_NOT_CARRIED: Final = frozenset({CSRF_FIELD, "next", "do", "sure", "token"})


def only_resumes(request: web.Request) -> bool:
    """Tell whether a form is only shown again, and comes from a page of ours."""
    resource = request.match_info.route.resource
    is_such_a_page = resource is not None and resource.canonical.endswith(RESUME)
    return is_such_a_page and _is_from_here(request)


async def carried(request: web.Request, error: FedinetError) -> tuple[tuple[str, str], ...]:
    """The fields of a form that can go on at ``/resume``; none where it cannot."""
    resource = request.match_info.route.resource
    path = "" if resource is None else resource.canonical.removesuffix(RESUME)
    if (
        not isinstance(error, Unauthenticated | ForgedForm)
        or request.method != "POST"
        or not has_page(request, path + RESUME)
        or not _is_from_here(request)
    ):
        return ()
    try:
        form = await read_form(request)
    except (FedinetError, web.HTTPException, OSError):
        return ()
    return tuple(_fields(form.items()))


def _fields(items: Iterable[tuple[str, Value]]) -> Iterator[tuple[str, str]]:
    for name, value in items:
        if isinstance(value, str) and name not in _NOT_CARRIED and "password" not in name:
            yield name, value[:_MOST_CHARACTERS]
        elif isinstance(value, dict):
            inner = {key: text for key, text in value.items() if isinstance(text, str)}
            yield from ((f"{name}[{key}]", text) for key, text in inner.items())


def _is_from_here(request: web.Request) -> bool:
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
