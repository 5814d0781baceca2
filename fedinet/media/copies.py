"""Copies of others' files: fetched when somebody looks, made safe like our own, kept for a while.

No reader's browser or app ever asks another server. One fetch serves everybody
who looks at the same time, in this process and in others; a few run at once,
fewer to one owner's servers; what cannot be had is not asked for again soon.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import (
    FedinetError,
    Forbidden,
    NotFound,
    Overloaded,
    RemoteUnavailable,
)
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.media import remote_store, store
from fedinet.media.library import Library
from fedinet.media.model import MAX_FILM_BYTES, MAX_PICTURE_BYTES, Purpose
from fedinet.media.remote_store import Copy
from fedinet.net.domains import registrable
from fedinet.net.fetch import Fetcher
from fedinet.settings import Settings

AT_ONCE: Final = 8
OF_ONE_OWNER: Final = 3
MOST_WAITING: Final = 200
_PICTURE_S: Final = 20.0
_FILM_S: Final = 120.0
_CLAIM_S: Final = 180.0
_LOOK_AGAIN_S: Final = 0.5
_DAY_S: Final = 24 * 3600.0
_SOON_S: Final = 300.0
_ACCEPT: Final = "image/*, video/*, audio/*"


class Copies:
    """One per process."""

    def __init__(
        self, pool: Pool, fetcher: Fetcher, library: Library, uris: NodeUris, settings: Settings
    ) -> None:
        self._pool = pool
        self._fetcher = fetcher
        self._library = library
        self._uris = uris
        self._settings = settings
        self._places = asyncio.Semaphore(AT_ONCE)
        self._owners: dict[str, tuple[asyncio.Semaphore, int]] = {}
        self._running: dict[bytes, asyncio.Task[Copy]] = {}

    async def get(self, url: str, purpose: Purpose, *, is_film: bool = False) -> Copy:
        """Return our copy of a file, fetched now if need be. The gate was asked before.

        ``is_film``: it is said to be one, or a sound, and may take longer.

        Raises:
            NotFound: it cannot be had (now), or is not of a kind that we show.
            Overloaded: too many are being fetched, or there is no room.
        """
        try:
            await self._fetcher.check_permitted("media", origin_of(url).domain)
        except Forbidden as error:
            raise NotFound(f"not shown here: {url}") from error
        key = sha256(f"{purpose} {url}".encode("utf-8", "surrogatepass")).digest()
        known = await remote_store.find_copy(self._pool, key)
        if known is not None and known.copy is not None:
            if known.is_stale:
                await remote_store.touch(self._pool, key)
            return known.copy
        if known is not None and known.is_refused:
            raise NotFound(f"not to be had at present: {url}")
        if self._uris.is_ours(url) or not self._settings.media_cache_bytes:
            raise NotFound(f"not copied: {url}")
        return await asyncio.shield(self._fetching(key, url, purpose, is_film=is_film))

    async def lost(self, url: str, purpose: Purpose) -> None:
        """A copy that the store has no more: the next who looks fetches it."""
        key = sha256(f"{purpose} {url}".encode("utf-8", "surrogatepass")).digest()
        await remote_store.forget(self._pool, key)

    async def close(self) -> None:
        """Let go of everything that runs."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _fetching(
        self, key: bytes, url: str, purpose: Purpose, *, is_film: bool
    ) -> asyncio.Task[Copy]:
        running = self._running.get(key)
        if running is not None:
            return running
        if len(self._running) >= MOST_WAITING:
            raise Overloaded(f"{len(self._running)} files are being fetched")
        task = asyncio.create_task(self._fetch(key, url, purpose, is_film=is_film))
        self._running[key] = task

        def ended(done: asyncio.Task[Copy]) -> None:
            self._running.pop(key, None)
            if not done.cancelled():
                done.exception()  # whoever waited has heard of it; if nobody did, it is in the row

        task.add_done_callback(ended)
        return task

    async def _fetch(self, key: bytes, url: str, purpose: Purpose, *, is_film: bool) -> Copy:
        attempts = await remote_store.claim(self._pool, key, for_s=_CLAIM_S)
        if attempts is None:
            return await self._await_other(key, url)
        try:
            async with self._place(url):
                return await self._take(key, url, purpose, is_film=is_film)
        except Overloaded:
            await remote_store.refuse(self._pool, key, for_s=0)
            raise
        except FedinetError as error:
            await remote_store.refuse(self._pool, key, for_s=_pause(error, attempts))
            raise NotFound(f"cannot be had: {url}: {error}") from error
        except BaseException:
            await remote_store.refuse(self._pool, key, for_s=_SOON_S)
            raise

    async def _take(self, key: bytes, url: str, purpose: Purpose, *, is_film: bool) -> Copy:
        with tempfile.TemporaryFile(dir=self._settings.data) as file:
            answer = await self._fetcher.download(
                url,
                file,
                accept=_ACCEPT,
                max_bytes=MAX_FILM_BYTES if is_film else MAX_PICTURE_BYTES,
                timeout_s=_FILM_S if is_film else _PICTURE_S,
            )
            if answer.status != 200:
                gone = answer.status in (401, 403, 404, 410)
                raise (NotFound if gone else RemoteUnavailable)(f"{answer.status}: {url}")
            kept = await self._library.keep(file, purpose, cached=True)
        preview = kept.prepared.preview
        copy = Copy(
            kept.file,
            kept.prepared.facts.media_type,
            kept.preview,
            None if preview is None else preview.media_type,
        )
        size = kept.prepared.bytes + (0 if preview is None else len(preview.content))
        async with transaction(self._pool) as tx:
            if not await store.spare(tx, kept.names):
                raise Overloaded(f"{kept.file} took too long to store")
            await remote_store.finish(tx, key, copy, size)
        return copy

    async def _await_other(self, key: bytes, url: str) -> Copy:
        """Another process fetches it: look now and then until it is done."""
        for _ in range(int(_FILM_S / _LOOK_AGAIN_S)):
            known = await remote_store.find_copy(self._pool, key)
            if known is None or not known.is_being_fetched:
                if known is not None and known.copy is not None:
                    return known.copy
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
        raise NotFound(f"cannot be had: {url}")

    @asynccontextmanager
    async def _place(self, url: str) -> AsyncGenerator[None]:
        owner = registrable(origin_of(url).domain)
        own, users = self._owners.get(owner, (asyncio.Semaphore(OF_ONE_OWNER), 0))
        self._owners[owner] = (own, users + 1)
        try:
            async with own, self._places:
                yield
        finally:
            own, users = self._owners.pop(owner)
            if users > 1:
                self._owners[owner] = (own, users - 1)


def _pause(error: FedinetError, attempts: int) -> float:
    """How long not to ask again: what is wrong stays wrong for longer than silence."""
    if error.retryable:
        return min(_SOON_S * 3 ** min(attempts - 1, 6), _DAY_S)
    return _DAY_S * min(attempts, 7)
