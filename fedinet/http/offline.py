"""The page that says there is no network, and the worker that shows it in an installed community.

Both stand under ``/assets/``, where nobody is recognised: what is kept is of no reader. How it is
taken back: docs/decisions/0014.
Source: https://w3c.github.io/ServiceWorker/
"""

from hashlib import sha256
from typing import Final

from aiohttp import web

from fedinet.http.context import ASSETS, NODE, PAGES
from fedinet.http.i18n import direction, languages
from fedinet.kernel.errors import NotFound

routes = web.RouteTableDef()
_HEADERS: Final = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
_OF_WORKER: Final = {
    "Service-Worker-Allowed": "/",
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
}
_PLACE: Final = b"/assets/offline"


@routes.get("/assets/worker.js")
async def get_worker(request: web.Request) -> web.Response:
    """The worker for readers of a language, ``?en``. With the page it changes, too.

    Raises:
        NotFound: no page is in that language.
    """
    language = request.query_string
    mark = sha256(_page(request, language).encode()).hexdigest()[:16]
    assets = request.app[ASSETS]
    asset = assets.find(assets.url("worker.js"))
    page = b"%b.%b.html?%b" % (_PLACE, language.encode(), mark.encode())
    return web.Response(
        body=b"" if asset is None else asset.body.replace(_PLACE, page),
        content_type="text/javascript",
        headers=_HEADERS | _OF_WORKER,
    )


@routes.get("/assets/offline.{language}.html")
async def get_offline(request: web.Request) -> web.Response:
    """The page, as every reader of that language sees it."""
    html = _page(request, request.match_info["language"])
    return web.Response(text=html, content_type="text/html", headers=_HEADERS)


def _page(request: web.Request, language: str) -> str:
    if language not in languages():
        raise NotFound(f"no page in {language[:40]!r}")
    node = request.app[NODE].last_known
    given = {"node": node, "lang": language, "dir": direction(language)}
    return request.app[PAGES].html(language, "offline.html", given)
