"""A ZIP file that is sent while it is made: nothing is stored, and little is held."""

import asyncio
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import IO, Final, cast

_SEND_FROM: Final = 64 * 1024


class _Pipe:
    """Where ``zipfile`` writes; what came is taken away by the piece. It cannot be rewound."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting = 0

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(piece)
        self.waiting += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.waiting = 0
        return taken


async def send_zip(
    files: AsyncIterator[tuple[str, AsyncIterator[bytes]]],
    send: Callable[[bytes], Awaitable[None]],
    *,
    folder: str,
) -> None:
    """Send files (name, pieces) as one ZIP below ``folder``; Zip64 where they are many or large.

    Texts are compressed in a thread; pictures and films are as small as they get.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(cast("IO[bytes]", pipe), "w") as archive:  # it writes and flushes alone
        async for name, pieces in files:
            info = zipfile.ZipInfo(f"{folder}/{name}", time.gmtime()[:6])
            info.external_attr = 0o600 << 16
            is_text = name.endswith((".json", ".csv", ".txt"))
            info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as entry:
                async for piece in pieces:
                    await asyncio.to_thread(entry.write, piece)
                    if pipe.waiting >= _SEND_FROM:
                        await send(pipe.take())
    await send(pipe.take())
