"""The cookies we set: session, visitor until sign-in, between password and code, known browser.

With https they carry the ``__Host-`` prefix, which a neighbouring host cannot
set. In development names end in the port, since cookies do not tell ports apart.
"""

from aiohttp import web

from fedinet.kernel.uris import Origin

_MAX_LENGTH = 100


def session_cookie(origin: Origin) -> str:
    """Of a browser in which a member is signed in."""
    return _name(origin, "session")


def visitor_cookie(origin: Origin) -> str:
    """Of a browser in which nobody is signed in: its forms have tokens, too."""
    return _name(origin, "visitor")


def pending_cookie(origin: Origin) -> str:
    """Of a browser whose member gave the password, and still has to give a code."""
    return _name(origin, "pending")


def browser_cookie(origin: Origin) -> str:
    """Of a browser in which somebody signed in once. It opens nothing, and outlives sessions."""
    return _name(origin, "browser")


def mailed_cookie(origin: Origin) -> str:
    """Of a browser in which somebody asked for a link to sign in. It opens nothing by itself."""
    return _name(origin, "mailed")


def shut_out_cookie(origin: Origin) -> str:
    """Of a browser whose member is suspended, and proved who they are. It opens one page."""
    return _name(origin, "shut-out")


def seen_cookie(origin: Origin) -> str:
    """Of a member's browser: how far they have read their home. It opens nothing."""
    return _name(origin, "seen")


def read_cookie(request: web.Request, name: str) -> str | None:
    """The cookie's value; None where it is absent or could not be one of ours."""
    value = request.cookies.get(name)
    if not value or len(value) > _MAX_LENGTH or not value.isascii():
        return None
    return value


def set_cookie(
    response: web.StreamResponse,
    origin: Origin,
    name: str,
    value: str,
    *,
    max_age_s: int | None = None,
) -> None:
    """Set a cookie no script and no other site's form can use. No age: until the browser closes."""
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        path="/",
        secure=origin.scheme == "https",
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: web.StreamResponse, origin: Origin, name: str) -> None:
    """Have the browser forget a cookie; with the attributes that ``set_cookie`` gave it."""
    response.del_cookie(
        name, path="/", secure=origin.scheme == "https", httponly=True, samesite="Lax"
    )


def _name(origin: Origin, word: str) -> str:
    if origin.scheme == "https":
        return f"__Host-{word}"
    return f"fedinet-{word}-{origin.port}"
