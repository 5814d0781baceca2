"""MP4, M4A and QuickTime without what they say besides: place, device, title, tracks of positions.

Boxes of metadata become ``free`` boxes of the same length, filled with zeros, so that every offset
in the file stays right; the samples of tracks that are neither picture nor sound are zeroed too
(cameras write where they were each second). Nothing is decoded.

Source: ISO 14496-12; QuickTime File Format (``udta``, ``meta``, ``mebx``); GoPro's ``gpmd``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from fedinet.kernel.problems import N_
from fedinet.media.model import FORMATS, Facts, NotMedia

_MAX_BOXES: Final = 20_000
_MAX_TABLE: Final = 16 * 1024 * 1024
_MAX_SAMPLES: Final = 2_000_000
_WIPED: Final = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip", b"wide"})
_TRACKS: Final = frozenset({b"vide", b"soun", b"text", b"sbtl", b"subt", b"tmcd", b"clcp"})
_TOP: Final = frozenset(
    {
        b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"emsg", b"prft",
        b"pdin",
    }
) | _WIPED  # fmt: skip
_DAMAGED: Final = N_("This film or sound is damaged and cannot be read")
_ZEROS: Final = bytes(64 * 1024)


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def clean_boxes(file: IO[bytes], size: int, name: str) -> Facts:
    """Wipe metadata in place, in a file of ours to write. Says size and length.

    Raises:
        NotMedia: boxes that do not tile the file, or no track.
    """
    walk = _Walk(file, size)
    top = list(walk.inside(0, size))
    if any(box.kind not in _TOP for box in top) or top[0].kind != b"ftyp":
        raise NotMedia(f"{name} with boxes {[box.kind for box in top][:20]}", public=_DAMAGED)
    moov = next((box for box in top if box.kind == b"moov"), None)
    if moov is None or not any(box.kind == b"mdat" for box in top):
        raise NotMedia(f"{name} without moov or mdat", public=_DAMAGED)
    for box in top:
        if box.kind in _WIPED:
            walk.wipe(box)
    return _clean_movie(walk, moov, name)


def _clean_movie(walk: "_Walk", moov: _Box, name: str) -> Facts:
    width = height = duration = tracks = 0
    for box in list(walk.inside(moov.body, moov.end)):
        if box.kind in _WIPED:
            walk.wipe(box)
        elif box.kind == b"mvhd":
            duration = _duration(walk.read(box, 40))
        elif box.kind == b"trak":
            handler = _clean_track(walk, box)
            if handler == b"vide":
                width, height = _dimensions(walk, box)
            tracks += handler in (b"vide", b"soun")
    if not tracks:
        raise NotMedia(f"{name} without picture and sound", public=_DAMAGED)
    known = FORMATS["m4a"] if not width else FORMATS["mp4" if name == "m4a" else name]
    return Facts(known.media_type, width, height, duration)


def _clean_track(walk: "_Walk", trak: _Box) -> bytes:
    """Wipe a track's metadata, or all of a track that is not to be seen or heard."""
    mdia = walk.find(trak, b"mdia")
    hdlr = None if mdia is None else walk.find(mdia, b"hdlr")
    handler = b"" if hdlr is None else walk.read(hdlr, 12)[8:12]
    if handler not in _TRACKS:
        if mdia is not None:
            _zero_samples(walk, mdia)
        walk.wipe(trak)
        return b""
    for inner in list(walk.inside(trak.body, trak.end)):
        if inner.kind in _WIPED:
            walk.wipe(inner)
    return handler


def _zero_samples(walk: "_Walk", mdia: _Box) -> None:
    """Overwrite what a track holds: runs of samples in chunks, as its tables say."""
    minf = walk.find(mdia, b"minf")
    stbl = None if minf is None else walk.find(minf, b"stbl")
    if stbl is None:
        return
    sizes = _sizes(walk, stbl)
    offsets = _offsets(walk, stbl)
    at = 0
    for start, count in zip(offsets, _per_chunk(walk, stbl, len(offsets)), strict=True):
        walk.zero(start, start + sum(sizes[at : at + count]))
        at += count


def _sizes(walk: "_Walk", stbl: _Box) -> list[int]:
    table = walk.table(stbl, b"stsz")
    if table is None:
        return []
    each, count = _u32(table, 4), _u32(table, 8)
    if count > _MAX_SAMPLES:
        raise NotMedia(f"{count} samples", public=_DAMAGED)
    return [each] * count if each else [_u32(table, 12 + 4 * index) for index in range(count)]


def _offsets(walk: "_Walk", stbl: _Box) -> list[int]:
    short, long = walk.table(stbl, b"stco"), walk.table(stbl, b"co64")
    if short is not None:
        return [_u32(short, 8 + 4 * index) for index in range(_u32(short, 4))]
    if long is not None:
        return [_u64(long, 8 + 8 * index) for index in range(_u32(long, 4))]
    return []


def _per_chunk(walk: "_Walk", stbl: _Box, chunks: int) -> list[int]:
    """How many samples each chunk has."""
    table = walk.table(stbl, b"stsc")
    if table is None:
        return [0] * chunks
    counts = [0] * chunks
    entries = min(_u32(table, 4), chunks)
    starts = [_u32(table, 8 + 12 * index) - 1 for index in range(entries)] + [chunks]
    for index in range(entries):
        samples = _u32(table, 12 + 12 * index)
        if not 0 <= starts[index] < starts[index + 1] <= chunks or samples > _MAX_SAMPLES:
            raise NotMedia("chunks out of order", public=_DAMAGED)
        counts[starts[index] : starts[index + 1]] = [samples] * (starts[index + 1] - starts[index])
    return counts


def _duration(mvhd: bytes) -> int:
    long = mvhd[:1] == b"\x01"
    scale = _u32(mvhd, 20 if long else 12)
    ticks = _u64(mvhd, 24) if long else _u32(mvhd, 16)
    return min(ticks * 1000 // scale, 2**31 - 1) if scale and ticks < 2**62 else 0


def _dimensions(walk: "_Walk", trak: _Box) -> tuple[int, int]:
    """Of the picture as it is shown: the last two numbers of ``tkhd``, and its turn."""
    tkhd = walk.find(trak, b"tkhd")
    if tkhd is None:
        return (0, 0)
    body = walk.read(tkhd, 96)
    end = 96 if body[:1] == b"\x01" else 84
    width, height = _u32(body, end - 8) >> 16, _u32(body, end - 4) >> 16
    is_turned = _u32(body, end - 44) == 0 and _u32(body, end - 40) != 0
    return (height, width) if is_turned else (width, height)


def _u32(raw: bytes, at: int) -> int:
    if at + 4 > len(raw):
        raise NotMedia("a table that ends too early", public=_DAMAGED)
    return int.from_bytes(raw[at : at + 4], "big")


def _u64(raw: bytes, at: int) -> int:
    return _u32(raw, at) << 32 | _u32(raw, at + 4)


class _Walk:
    """Reads boxes of a file, and writes zeros into it."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size
        self._left = _MAX_BOXES
        self._to_zero = 2 * size

    def inside(self, start: int, end: int) -> Iterator[_Box]:
        """The boxes between two places, which they must fill."""
        while start < end:
            self._left -= 1
            self._file.seek(start)
            head = self._file.read(16)
            length, kind, body = _u32(head, 0), head[4:8], start + 8
            if length == 1:
                length, body = _u64(head, 8), start + 16
            elif length == 0:
                length = end - start
            if length < body - start or start + length > end or self._left < 0:
                raise NotMedia(f"box {kind!r} of {length} at {start}", public=_DAMAGED)
            yield _Box(kind, start, body, start + length)
            start += length

    def find(self, box: _Box, kind: bytes) -> _Box | None:
        return next((one for one in self.inside(box.body, box.end) if one.kind == kind), None)

    def read(self, box: _Box, most: int) -> bytes:
        """The beginning of a box."""
        self._file.seek(box.body)
        return self._file.read(min(most, box.end - box.body))

    def table(self, stbl: _Box, kind: bytes) -> bytes | None:
        box = self.find(stbl, kind)
        return None if box is None else self.read(box, _MAX_TABLE)

    def wipe(self, box: _Box) -> None:
        """Make it a ``free`` box full of zeros."""
        self._file.seek(box.start + 4)
        self._file.write(b"free")
        self.zero(box.body, box.end)

    def zero(self, start: int, end: int) -> None:
        """Overwrite; never beyond the end of the file."""
        end = min(end, self._size)
        if start >= end:
            return
        self._to_zero -= end - start
        if self._to_zero < 0:
            raise NotMedia("the same bytes many times", public=_DAMAGED)
        self._file.seek(start)
        for at in range(start, end, len(_ZEROS)):
            self._file.write(_ZEROS[: end - at])
