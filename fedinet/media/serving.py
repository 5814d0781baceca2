"""How a file leaves: its allowed type, no scripts whatever is in it, parts of it on request.

Source: RFC 9110 section 14 for ranges; TRAPS 24 and 33.
"""

import re
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from fedinet.kernel.errors import NotFound
from fedinet.media.files import FileStore
from fedinet.media.model import SERVED_TYPES

_POLICY: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
_FOR_EVERYONE: Final = "public, max-age=31536000, immutable"
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to send. ``is_public``: everybody may keep it, for good."""

    name: str
    media_type: str
    is_public: bool


async def send_file(request: web.Request, files: FileStore, wanted: Wanted) -> web.StreamResponse:
    """Answer with the file, or the part that is asked for.

    Raises:
        NotFound: the store has it no more. Overloaded: the store does not answer.
    """
    headers = headers_of(wanted)
    path = files.path_of(wanted.name)
    if path is not None:
        if not path.is_file():
            raise NotFound(f"no file {wanted.name}")
        return web.FileResponse(path, headers=headers)
    return await _stream(request, files, wanted.name, headers)


def headers_of(wanted: Wanted) -> dict[str, str]:
    """Inline for what we serve as a picture, film or sound; a download for anything else."""
    is_known = wanted.media_type in SERVED_TYPES
    return {
        "Content-Type": wanted.media_type if is_known else "application/octet-stream",
        "Content-Disposition": ("inline" if is_known else "attachment")
        + f'; filename="{wanted.name}"',
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin" if wanted.is_public else "same-site",
        "Cache-Control": _FOR_EVERYONE if wanted.is_public else "no-store",
        "Vary": "Cookie" if not wanted.is_public else "Accept-Encoding",
    }


async def _stream(
    request: web.Request, files: FileStore, name: str, headers: dict[str, str]
) -> web.StreamResponse:
    size = await files.size(name)
    span = read_range(request.headers.get("Range", ""), size)
    headers["Accept-Ranges"] = "bytes"
    if span is None:
        headers["Content-Range"] = f"bytes */{size}"
        return web.Response(status=416, headers=headers)
    start, end = span
    is_part = (start, end) != (0, size)
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response = web.StreamResponse(status=206 if is_part else 200, headers=headers)
    response.content_length = end - start
    await response.prepare(request)
    if request.method != "HEAD":
        async for piece in files.read(name, start, end):
            await response.write(piece)
    await response.write_eof()
    return response


def read_range(raw: str, size: int) -> tuple[int, int] | None:
    """Read a ``Range`` as start and end (not included). What is not one range means the whole.

    None: it asks for what is not there.
    """
    match = _RANGE.fullmatch(raw.strip())
    if match is None or match[1] == match[2] == "":
        return (0, size)
    if not match[1]:
        wanted = min(int(match[2]), size)
        return (size - wanted, size) if wanted else None
    start = int(match[1])
    end = min(int(match[2]) + 1, size) if match[2] else size
    return (start, end) if start < end else None
