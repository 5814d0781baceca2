"""Stylesheet and icons: read once, named by their content, kept by browsers for good.

``/assets/fedinet.3f2a….css`` never changes, so it is never asked for twice. A script that
loads another names it plainly (``"./live.js"``); its own hash then covers that one's.
"""

import gzip
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from aiohttp import web

from fedinet.http.context import ASSETS
from fedinet.http.packing import unpacks

_FOLDER: Final = Path(__file__).parent / "static"
_FOREVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_LOADED: Final = re.compile(rb'"\./([a-z]+\.js)"')
_REMARK: Final = re.compile(rb"^ *//.*\n", re.MULTILINE)
"""Lines of a script that are for who reads it here; browsers are not sent them."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    packed: bytes
    """gzip of ``body``, or empty where that gains nothing."""
    content_type: str


class Assets:
    """The files of ``static/``, in memory. One per process."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._urls: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix in _TYPES:
                self._take(path)

    def url(self, name: str) -> str:
        """The address of a file by its plain name, e.g. ``fedinet.css``. ``KeyError``: no such."""
        return self._urls[name]

    def find(self, url: str) -> Asset | None:
        return self._assets.get(url)

    def _take(self, path: Path) -> str:
        """Keep a file, after those that it loads: never in a circle. Returns its address."""
        if path.name in self._urls:
            return self._urls[path.name]
        body = path.read_bytes()
        if path.suffix == ".js":
            body = _LOADED.sub(
                lambda found: f'"{self._take(path.with_name(found[1].decode()))}"'.encode(),
                _REMARK.sub(b"", body),
            )
        url = f"/assets/{path.stem}.{sha256(body).hexdigest()[:16]}{path.suffix}"
        self._urls[path.name] = url
        self._assets[url] = Asset(body, _packed(body), _TYPES[path.suffix])
        return url


routes = web.RouteTableDef()


@routes.get("/assets/hue-{hue:[0-9]{1,3}}.css")
async def get_hue(request: web.Request) -> web.Response:
    """The community's colour as a stylesheet of one number: no inline style is needed for it."""
    hue = int(request.match_info["hue"])
    if hue > 359:
        raise web.HTTPNotFound
    return web.Response(
        text=f":root {{ --hue: {hue}; }}\n",
        content_type="text/css",
        headers={"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"},
    )


@routes.get("/assets/{name}")
async def get_asset(request: web.Request) -> web.Response:
    """One file, packed where the browser unpacks it."""
    asset = request.app[ASSETS].find(request.path)
    if asset is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    body = asset.body
    if asset.packed and unpacks(request):
        body, headers["Content-Encoding"] = asset.packed, "gzip"
    return web.Response(body=body, content_type=asset.content_type, headers=headers)


@cache
def _packed(body: bytes) -> bytes:
    """Packing well takes a while, and a process may make several applications."""
    packed = gzip.compress(body, 9, mtime=0)
    return packed if len(packed) < len(body) * 9 // 10 else b""
