"""Forms with files: read part by part, files straight to disk, within limits while reading.

aiohttp's own reader opens a file for each of ten thousand tiny parts; this one
counts. Files have no name on the disk: a form that breaks off half way, and a
process that is killed, leave nothing behind.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from errno import ENOSPC
from typing import IO, Final, cast

from aiohttp import BodyPartReader, ClientError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import FileField

from fedinet.http.context import SETTINGS
from fedinet.kernel.errors import Malformed, Overloaded

UPLOADS: web.AppKey[Mapping[str, int]] = web.AppKey("uploads")
"""Addresses that take files of members, as routes are written, and the most bytes of a request."""

MAY_UPLOAD = web.RequestKey("may_upload", bool)
"""Set where a member asks: nobody else puts more than a megabyte on our disk."""

MAX_BODY_BYTES: Final = 1024 * 1024
"""Of any other request, and of the texts of one with files."""
MAX_FILES: Final = 8
_MAX_PARTS: Final = 1000
_PATIENCE_S: Final = 600
_FLUSH: Final = 512 * 1024
_PLAIN: Final = frozenset({"", "binary", "7bit", "8bit"})

Part = tuple[str, str | FileField]
_PARTS = web.RequestKey("multipart_parts", list[Part])
_BEGUN = web.RequestKey("multipart_begun", bool)


class BodyTooLarge(Malformed):
    """More bytes than this address takes."""

    status = 413
    public = "Request entity too large"


async def read_multipart(request: web.Request) -> list[Part]:
    """Read names and texts or files, in their order. The same list each time it is asked for.

    Raises:
        BodyTooLarge: more than this address takes, found while reading.
        Malformed: not a form, broken off, too many parts or files.
        Overloaded: the disk is full.
    """
    read = request.get(_PARTS)
    if read is not None and not request.get(_BEGUN):
        return read
    if request.get(_BEGUN):
        raise Malformed("a form that was broken off before")
    request[_BEGUN], request[_PARTS] = True, []
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await _Reading(request).run(request[_PARTS])
    except HttpProcessingError as error:
        raise Malformed(f"a form with a broken part: {type(error).__name__}") from error
    except (ClientError, ConnectionError, TimeoutError) as error:
        raise Malformed(f"a form that broke off: {type(error).__name__}") from error
    except (ValueError, LookupError, AssertionError, RuntimeError, EOFError) as error:
        raise Malformed(f"unreadable form: {type(error).__name__}: {error}") from error
    except OSError as error:
        if error.errno != ENOSPC:
            raise
        raise Overloaded("no room for the files of a form") from error
    request[_BEGUN] = False
    return request[_PARTS]


def close_files(request: web.Request) -> None:
    """Give back the disk that the files of a request took."""
    for _, value in request.get(_PARTS) or ():
        if isinstance(value, FileField):
            value.file.close()


class _Reading:
    """One form while it is read."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._left = _most_bytes(request)
        self._texts_left = MAX_BODY_BYTES
        self._files = 0
        self._folder = request.app[SETTINGS].data if SETTINGS in request.app else None

    async def run(self, into: list[Part]) -> None:
        reader = await self._request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or len(into) >= _MAX_PARTS:
                raise Malformed("a form in a form, or too many parts")
            _check_coding(part)
            name = part.name or ""
            if part.filename is None:
                into.append((name, await self._text(part)))
            else:
                await self._file(part, name, into)

    async def _text(self, part: BodyPartReader) -> str:
        body = bytearray()
        while chunk := await part.read_chunk():
            self._count(len(chunk))
            self._texts_left -= len(chunk)
            if self._texts_left < 0:
                raise BodyTooLarge("texts of a form with files")
            body += chunk
        return body.decode(part.get_charset("utf-8"))

    async def _file(self, part: BodyPartReader, name: str, into: list[Part]) -> None:
        self._files += 1
        if self._files > MAX_FILES:
            raise Malformed(f"more than {MAX_FILES} files")
        file = cast(IO[bytes], tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115  # close_files
        field = FileField(
            name,
            _bare(part.filename or ""),
            file,
            part.headers.get("Content-Type", "application/octet-stream"),
            part.headers,
        )
        into.append((name, field))
        waiting = bytearray()
        while chunk := await part.read_chunk():
            self._count(len(chunk))
            waiting += chunk
            if len(waiting) >= _FLUSH:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
        file.seek(0)

    def _count(self, read: int) -> None:
        self._left -= read
        if self._left < 0:
            raise BodyTooLarge(f"form for {self._request.path}")


def _most_bytes(request: web.Request) -> int:
    """Much only where files belong, and only for who is known here."""
    resource = request.match_info.route.resource
    if resource is None or UPLOADS not in request.app or not request.get(MAY_UPLOAD):
        return MAX_BODY_BYTES
    return request.app[UPLOADS].get(resource.canonical.rstrip("/"), MAX_BODY_BYTES)


def _check_coding(part: BodyPartReader) -> None:
    """What says it is packed may grow without end."""
    coding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    if coding not in _PLAIN or "Content-Encoding" in part.headers:
        raise Malformed(f"a part of a form that is packed: {coding[:40]}")


def _bare(filename: str) -> str:
    """The last part of whatever path a browser, or somebody else, calls a file by."""
    return filename.replace("\\", "/").rpartition("/")[2].replace("\0", "")[:255]
