"""Going on with a form that something came between: what was written comes back filled in.

A form on ``/x`` that is refused for that is offered again as a form on ``/x/resume``, where
there is such a page. So is one that waits for the password (http/fresh.py). That page shows the
form and changes nothing, so that it takes fields without a form token, if the browser says that
they come from our own page.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.web_request import FileField

from fedinet.http.csrf import CSRF_FIELD, ForgedForm
from fedinet.http.pages import has_page
from fedinet.http.params import Params, Value, read_form
from fedinet.kernel.errors import FedinetError, Unauthenticated

RESUME: Final = "/resume"
SHARED: Final = "/share"
"""``/share/resume`` takes what a phone's share sheet sends: no page made that form."""
WRITER: Final = "writer"
"""In a form that can go on: who it was made for."""
_MOST_CHARACTERS: Final = 1_000_000
"""Of one field. The longest, a pasted list, has half, or all with two at each end of a line."""
_NOT_CARRIED: Final = frozenset({CSRF_FIELD, "next", "do", "sure", "token"})


def only_resumes(request: web.Request) -> bool:
    """Tell whether a form is only shown again, and comes from a page of ours."""
    resource = request.match_info.route.resource
    is_such_a_page = resource is not None and resource.canonical.endswith(RESUME)
    return is_such_a_page and _is_from_here(request)


@dataclass(frozen=True, slots=True)
class Carried:
    """A form that can go on at ``/resume``. ``writer``: who it was made for, ``""``: not said."""

    fields: tuple[tuple[str, str], ...]
    writer: str
    had_files: bool
    """There were files in it: a page cannot give them back."""


class OthersForm(ForgedForm):
    """A form that was made for somebody else, who was signed in here before."""


def check_writer(fields: Params, username: str) -> None:
    """Show nobody what another member wrote in a window that they left open.

    Raises:
        OthersForm: it is not theirs.
    """
    writer = fields.text(WRITER)
    if writer not in ("", username):
        raise OthersForm(f"a form of {writer[:60]!r}, sent by {username}")


async def carried(request: web.Request, error: FedinetError) -> Carried | None:
    """The form that was refused, if it can go on."""
    if not isinstance(error, Unauthenticated | ForgedForm) or not _is_from_here(request):
        return None
    try:
        return await form_to_resume(request)
    except (FedinetError, web.HTTPException, OSError):
        return None


async def form_to_resume(request: web.Request) -> Carried | None:
    """The form that was sent, where its page has one to go on with it."""
    resource = request.match_info.route.resource
    path = "" if resource is None else resource.canonical.removesuffix(RESUME)
    if request.method != "POST" or not has_page(request, path + RESUME):
        return None
    form = await read_form(request)
    writer = form.text(WRITER)[:60]
    had_files = any(isinstance(value, FileField) and value.filename for value in form.values())
    return Carried(tuple(fields_to_carry(form.items())), writer, had_files)


def fields_to_carry(items: Iterable[tuple[str, Value]]) -> Iterator[tuple[str, str]]:
    """What of a form may stand in a page again: nothing secret, nothing of one time only."""
    for name, value in items:
        if isinstance(value, str) and name not in _NOT_CARRIED and "password" not in name:
            yield name, value[:_MOST_CHARACTERS]
        elif isinstance(value, dict):
            inner = {key: text for key, text in value.items() if isinstance(text, str)}
            yield from ((f"{name}[{key}]", text) for key, text in inner.items())


def _is_from_here(request: web.Request) -> bool:
    """No page of another site can have a browser say these: ``none`` is the device itself."""
    is_shared = request.path == SHARED + RESUME
    site = request.headers.get("Sec-Fetch-Site")
    return site == "same-origin" or (is_shared and site == "none")
