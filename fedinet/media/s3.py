"""Files in a bucket of an S3-compatible store: ours below ``media/``, copies below ``cache/``.

The endpoint is the admin's word, like the address of the database: no request
of anybody's ever changes it (TRAPS 16).
"""

import contextlib
from collections.abc import AsyncIterator, Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.media.files import CACHED, CHUNK
from fedinet.settings import Settings


@dataclass(frozen=True, slots=True)
class Bucketed:
    """What an admin says of a bucket. ``place``: ``s3://BUCKET/PREFIX``."""

    place: str
    endpoint: str | None
    region: str | None
    key: str | None = field(repr=False)
    secret: str | None = field(repr=False)


def open_bucket(said: Bucketed) -> S3Store:
    """Open a bucket; nothing is asked yet."""
    bucket, _, prefix = said.place.removeprefix("s3://").partition("/")
    given = {
        "region": said.region,
        "endpoint": said.endpoint,
        "access_key_id": said.key,
        "secret_access_key": said.secret,
    }
    is_plain = (said.endpoint or "").startswith("http://")
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={"allow_http": is_plain, "timeout": "60s"},
        retry_config={"max_retries": 3},
        virtual_hosted_style_request=said.endpoint is None,
        **{name: value for name, value in given.items() if value is not None},  # pyright: ignore[reportArgumentType]
    )


class S3Files:
    """A ``FileStore``. Streams both ways; nothing is kept on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._store = open_bucket(
            Bucketed(
                settings.media_store or "",
                endpoint=settings.media_store_endpoint,
                region=settings.media_store_region,
                key=settings.media_store_key,
                secret=settings.media_store_secret,
            )
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
