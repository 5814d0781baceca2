"""Where a form leads next: an address of ours, whatever ``?next=`` says."""

from aiohttp import web

_MAX = 60_000
"""What an app asks for may be long (scopes, a state, a challenge), and what is shared, too: a
letter of some scripts takes nine characters of an address."""


def safe_next(raw: str | None, fallback: str = "/") -> str:
    """Return a path of ours, or ``fallback``. Pure.

    Browsers read ``//host``, ``/\\\\host`` and paths with tabs or line ends as
    other hosts; such a value is not repaired but dropped.
    """
    if not raw or len(raw) > _MAX or not raw.startswith("/") or raw.startswith("//"):
        return fallback
    if "\\" in raw or any(ch <= " " or ch == "\x7f" for ch in raw):
        return fallback
    if raw.startswith(("/sign-in", "/sign-out")):
        return fallback
    return raw


def send_on(path: str) -> web.Response:
    """Send the same form to another address of ours."""
    return web.Response(status=307, headers={"Location": path})


def see_other(path: str) -> web.Response:
    """Answer a form: the next page is fetched with GET, and reloading it posts nothing."""
    return web.Response(status=303, headers={"Location": path})
