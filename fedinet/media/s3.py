"""Files in a bucket of an S3-compatible store: ours below ``media/``, copies below ``cache/``.

The endpoint is the admin's word, like the address of the database: no request
of anybody's ever changes it (TRAPS 16).
"""

import contextlib
from collections.abc import AsyncIterator, Generator, Iterable
from pathlib import Path
from typing import IO

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.media.files import CACHED, CHUNK
from fedinet.settings import Settings


class S3Files:
    """A ``FileStore``. Streams both ways; nothing is kept on this machine."""

    def __init__(self, settings: Settings) -> None:
        bucket, _, prefix = (settings.media_store or "").removeprefix("s3://").partition("/")
        endpoint = settings.media_store_endpoint
        given = {
            "region": settings.media_store_region,
            "endpoint": endpoint,
            "access_key_id": settings.media_store_key,
            "secret_access_key": settings.media_store_secret,
        }
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            client_options={"allow_http": (endpoint or "").startswith("http://"), "timeout": "60s"},
            retry_config={"max_retries": 3},
            virtual_hosted_style_request=endpoint is None,
            **{name: value for name, value in given.items() if value is not None},  # pyright: ignore[reportArgumentType]
        )

    def path_of(self, name: str) -> Path | None:  # noqa: ARG002  # no file is on this machine
        return None

    async def put(self, name: str, source: IO[bytes], media_type: str) -> None:
        with _explained(f"put {name}"):
            await obstore.put_async(
                self._store, _key(name), source, attributes={"Content-Type": media_type}
            )

    async def size(self, name: str) -> int:
        with _explained(f"head {name}"):
            return (await obstore.head_async(self._store, _key(name)))["size"]

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        with _explained(f"get {name}"):
            found = await obstore.get_async(
                self._store, _key(name), options={"range": (start, end)}
            )
            async for piece in found.stream(min_chunk_size=CHUNK):
                yield bytes(piece)

    async def delete(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                with _explained(f"delete {name}"):
                    await obstore.delete_async(self._store, _key(name))
            except NotFound:
                continue


@contextlib.contextmanager
def _explained(what: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"media store: {what}: not there") from error
    except (BaseError, OSError) as error:
        raise Overloaded(f"media store: {what}: {str(error)[:500]}") from error


def _key(name: str) -> str:
    bare = name.removeprefix(CACHED)
    return f"{'media' if bare == name else 'cache'}/{bare}"
