"""What a browser needs to install the community as an app.

Pages are for whoever is signed in, so that none is kept but the one of ``offline.py``.
Source: https://www.w3.org/TR/appmanifest/, https://w3c.github.io/web-share-target/
"""

from typing import Final

from aiohttp import web

from fedinet.http.colours import theme_colour
from fedinet.http.context import ASSETS, NODE
from fedinet.http.json import json_response
from fedinet.http.pages import say_in
from fedinet.http.resume import RESUME, SHARED

routes = web.RouteTableDef()
PATH: Final = "/manifest.webmanifest"
_SHORT: Final = 12
"""Characters that a home screen shows below an icon."""
_PAPER: Final = "#f7f5f0"


@routes.get(PATH)
async def show_manifest(request: web.Request) -> web.Response:
    """The community as an app: it opens at home, and takes in what is shared with it."""
    node, assets = await request.app[NODE].get(), request.app[ASSETS]
    name = node.name or "fedinet"
    icons = [
        {"src": assets.url(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    icons.append(
        {
            "src": assets.url("icon-maskable.svg"),
            "sizes": "any",
            "type": "image/svg+xml",
            "purpose": "maskable",
        }
    )
    answer = json_response(
        {
            "id": "/",
            "name": name,
            "short_name": name if len(name) <= _SHORT else name.split()[0][:_SHORT],
            "description": node.purpose,
            "lang": node.language,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": _PAPER,
            "theme_color": theme_colour(node.hue),
            "icons": icons,
            "shortcuts": [{"name": say_in(node.language)("Write"), "url": "/write"}],
            "share_target": {
                "action": SHARED + RESUME,
                "method": "POST",
                "enctype": "application/x-www-form-urlencoded",
                "params": {"title": "title", "text": "text", "url": "url"},
            },
        },
    )
    answer.content_type = "application/manifest+json"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer
