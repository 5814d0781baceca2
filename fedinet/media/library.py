"""Taking a file in: made safe, stored, written down. What every surface that uploads calls.

The order bears a crash at any point: the name is doomed before the first byte
is stored, and spared in the transaction that writes the row. Commands that
publish only name files that are here; they never wait for a store.
"""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.http.admission import free_bytes
from fedinet.kernel.errors import Overloaded
from fedinet.kernel.ids import ActorId
from fedinet.media import store
from fedinet.media.files import FileStore, new_name
from fedinet.media.model import FORMATS, Media, Purpose, check_description
from fedinet.media.prepare import Prepared, prepare
from fedinet.settings import Settings

AT_ONCE: Final = 2
"""Files that one process makes safe side by side: each may take 200 MB for a moment."""
MOST_WAITING: Final = 32
WRITING_TIME: Final = timedelta(hours=1)
_ENDINGS: Final = {known.media_type: known.name for known in FORMATS.values()}


@dataclass(frozen=True, slots=True)
class Kept:
    """A prepared file that lies in the store: its names there."""

    file: str
    preview: str | None
    prepared: Prepared

    @property
    def names(self) -> list[str]:
        return [self.file] if self.preview is None else [self.file, self.preview]


class Library:
    """One per process."""

    def __init__(self, pool: Pool, files: FileStore, settings: Settings) -> None:
        self.files = files
        self._pool = pool
        self._settings = settings
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def upload(
        self,
        owner_id: ActorId,
        source: IO[bytes],
        *,
        purpose: Purpose = "attachment",
        description: str = "",
        focus: tuple[float, float] = (0.0, 0.0),
    ) -> Media:
        """Keep a file of a member's. An attachment that is in no post after a day goes.

        ``source`` is a file of ours that may be changed, e.g. ``UploadedFile.file``.

        Raises:
            NotMedia: it is not taken; ``public`` says why and what would be.
            Unprocessable: the description is too long.
            Overloaded: the store, the disk or this process has no room now.
        """
        description = check_description(description)
        kept = await self.keep(source, purpose, cached=False)
        preview = kept.prepared.preview
        async with transaction(self._pool) as tx:
            if not await store.spare(tx, kept.names):
                raise Overloaded(f"{kept.file} took too long to store")
            return await store.insert_media(
                tx,
                owner_id,
                purpose,
                file=kept.file,
                size=kept.prepared.bytes + (0 if preview is None else len(preview.content)),
                facts=kept.prepared.facts,
                preview=None
                if preview is None or kept.preview is None
                else (kept.preview, preview.media_type, preview.width, preview.height),
                focus=focus,
                description=description,
            )

    async def keep(self, source: IO[bytes], purpose: Purpose, *, cached: bool) -> Kept:
        """Make a file safe and store it under new names, which are doomed until spared.

        Raises:
            NotMedia, Overloaded: as for ``upload``.
        """
        self._check_disk()
        async with self._place():
            prepared = await asyncio.to_thread(prepare, source, purpose)
        file = new_name(_ENDINGS[prepared.facts.media_type], cached=cached)
        preview = prepared.preview
        small = None
        if preview is not None:
            small = new_name(_ENDINGS[preview.media_type], cached=cached)
        kept = Kept(file, small, prepared)
        await store.doom(self._pool, kept.names, after=WRITING_TIME)
        await self.files.put(file, prepared.file, prepared.facts.media_type)
        if preview is not None and small is not None:
            await self.files.put(small, io.BytesIO(preview.content), preview.media_type)
        return kept

    @asynccontextmanager
    async def _place(self) -> AsyncGenerator[None]:
        if self._waiting >= MOST_WAITING:
            raise Overloaded(f"{self._waiting} files wait to be made safe")
        self._waiting += 1
        try:
            async with self._places:
                yield
        finally:
            self._waiting -= 1

    def _check_disk(self) -> None:
        free = free_bytes(self._settings.data)
        if free < self._settings.min_free_bytes:
            raise Overloaded(f"disk.low free={free} wanted={self._settings.min_free_bytes}")
