"""WebM, Ogg, MP3, FLAC and WAV: checked to be what they begin like, without what they say besides.

Nothing is decoded. Ogg keeps its title and comments, which are bound into checksums (said in
docs/running-a-node.md); of the others only pictures and sounds stay.

Source: RFC 8794 and Matroska; RFC 3533; ID3v2.4; RFC 9639; RIFF.
"""

import struct
from collections.abc import Callable, Mapping
from typing import IO, Final

from fedinet.kernel.problems import N_
from fedinet.media.model import FORMATS, Facts, NotMedia

_DAMAGED: Final = N_("This film or sound is damaged and cannot be read")
_SEGMENT: Final = 0x18538067
_TAGS, _ATTACHMENTS, _CLUSTER = 0x1254C367, 0x1941A469, 0x1F43B675
_TRACKS, _INFO = 0x1654AE6B, 0x1549A966
_TRACK_ENTRY, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0xE0, 0xB0, 0xBA
_SCALE, _DURATION, _VOID = 0x2AD7B1, 0x4489, 0xEC
_MAX_ELEMENTS: Final = 200_000
_KEPT_WAV: Final = frozenset({b"fmt ", b"data", b"fact"})
_KEPT_FLAC: Final = frozenset({0, 3})
"""Stream info and seek table."""
_COPY: Final = 1024 * 1024


def clean_stream(file: IO[bytes], size: int, name: str) -> Facts:
    """Check a file, and take metadata out of it in place; it may become shorter.

    Raises:
        NotMedia: it is not what it begins like.
    """
    return _BY_NAME[name](file, size)


def _clean_webm(file: IO[bytes], size: int) -> Facts:
    """Void ``Tags`` and ``Attachments``, where they stand; read size and length."""
    at = _skip(file, 0, size)
    kind, body, end = _element(file, at, size)
    if kind != _SEGMENT:
        raise NotMedia("WebM without a segment", public=_DAMAGED)
    file.truncate(end)  # whatever hides behind it
    facts = Facts(FORMATS["webm"].media_type)
    tracks, duration = b"", 0
    at, left = body, _MAX_ELEMENTS
    while at < end:
        left -= 1
        kind, body, after = _element(file, at, end)
        if left < 0:
            raise NotMedia("WebM of too many parts", public=_DAMAGED)
        if kind in (_TAGS, _ATTACHMENTS):
            _void(file, at, after)
        elif kind == _TRACKS:
            tracks = _bytes(file, body, after)
        elif kind == _INFO:
            duration = _webm_duration(_children(_bytes(file, body, after)))
        # A cluster of unknown length, as browsers record it: step into it.
        at = body if kind == _CLUSTER and after == end else after
    films = [entry for entry in _entries(tracks) if _VIDEO in entry]
    if not tracks:
        raise NotMedia("WebM without tracks", public=_DAMAGED)
    if not films:
        return Facts(FORMATS["weba"].media_type, duration_ms=duration)
    video = _children(films[0][_VIDEO])
    width, height = (min(_number(video.get(key, b"")), 65_535) for key in (_WIDTH, _HEIGHT))
    return Facts(facts.media_type, width, height, duration)


def _entries(tracks: bytes) -> list[Mapping[int, bytes]]:
    found: list[Mapping[int, bytes]] = []
    at = 0
    while at < len(tracks):
        kind, body, end = _element_in(tracks, at)
        if kind == _TRACK_ENTRY:
            found.append(_children(tracks[body:end]))
        at = end
    return found


def _children(raw: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(raw):
        kind, body, end = _element_in(raw, at)
        found[kind] = raw[body:end]
        at = end
    return found


def _webm_duration(info: Mapping[int, bytes]) -> int:
    raw = info.get(_DURATION, b"")
    if len(raw) not in (4, 8):
        return 0
    ticks = float(struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0])
    scale = _number(info.get(_SCALE, b"")) or 1_000_000
    milliseconds = ticks * scale / 1_000_000
    return int(milliseconds) if 0 < milliseconds < 2**31 else 0


def _element(file: IO[bytes], at: int, limit: int) -> tuple[int, int, int]:
    """Read a head; returns id, where the body begins, where it ends."""
    file.seek(at)
    kind, body, end = _element_in(file.read(12), 0, endless=limit - at)
    if at + end > limit:
        raise NotMedia(f"WebM part {kind:#x} beyond its end", public=_DAMAGED)
    return kind, at + body, at + end


def _element_in(raw: bytes, at: int, *, endless: int | None = None) -> tuple[int, int, int]:
    first = raw[at] if at < len(raw) else 0
    id_length = 9 - first.bit_length()
    second = raw[at + id_length] if at + id_length < len(raw) else 0
    size_length = 9 - second.bit_length()
    body = at + id_length + size_length
    if id_length > 4 or size_length > 8 or body > len(raw):
        raise NotMedia("WebM with an impossible part", public=_DAMAGED)
    kind = int.from_bytes(raw[at : at + id_length], "big")
    bits = 7 * size_length
    length = int.from_bytes(raw[at + id_length : body], "big") & ((1 << bits) - 1)
    if length == (1 << bits) - 1:
        if endless is None:
            raise NotMedia("WebM part without an end", public=_DAMAGED)
        return kind, body, at + endless
    if endless is None and body + length > len(raw):
        raise NotMedia("WebM part beyond its end", public=_DAMAGED)
    return kind, body, body + length


def _void(file: IO[bytes], start: int, end: int) -> None:
    """Write one ``Void`` element over all of it: its length takes eight bytes."""
    if end - start < 9:
        raise NotMedia("WebM tags too short to take out", public=_DAMAGED)
    file.seek(start)
    file.write(bytes([_VOID]) + ((end - start - 9) | 1 << 56).to_bytes(8, "big"))
    file.write(bytes(end - start - 9))


def _number(raw: bytes) -> int:
    return int.from_bytes(raw[:8], "big")


def _skip(file: IO[bytes], at: int, size: int) -> int:
    return _element(file, at, size)[2]


def _bytes(file: IO[bytes], start: int, end: int) -> bytes:
    if end - start > _COPY:
        raise NotMedia("WebM head too large", public=_DAMAGED)
    file.seek(start)
    return file.read(end - start)


def _clean_ogg(file: IO[bytes], size: int, *, is_film: bool) -> Facts:
    """Walk its pages: they must fill the file."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(27 + 255)
        if head[:5] != b"OggS\x00" or len(head) < 27:
            raise NotMedia(f"no Ogg page at {at}", public=_DAMAGED)
        segments = head[26]
        at += 27 + segments + sum(head[27 : 27 + segments])
    if at != size:
        raise NotMedia("Ogg that ends too early", public=_DAMAGED)
    return Facts(FORMATS["ogv" if is_film else "ogg"].media_type)


def _clean_mp3(file: IO[bytes], size: int) -> Facts:
    """Cut ID3 and APE tags off both ends; what is left must begin with frames."""
    start, end = 0, size
    for _ in range(8):
        file.seek(start)
        head = file.read(10)
        if head[:3] != b"ID3":
            break
        length = 0
        for byte in head[6:10]:
            length = length << 7 | byte & 0x7F
        start += 10 + length + (10 if head[5] & 0x10 else 0)
    file.seek(max(0, end - 128))
    if file.read(3) == b"TAG":
        end -= 128
    file.seek(max(0, end - 32))
    footer = file.read(32)
    if footer[:8] == b"APETAGEX":
        end -= int.from_bytes(footer[12:16], "little") + 32
    file.seek(start)
    frame = file.read(4)
    if end - start < 128 or len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:
        raise NotMedia("MP3 without frames", public=_DAMAGED)
    _keep(file, [(start, end)])
    return Facts(FORMATS["mp3"].media_type)


def _clean_flac(file: IO[bytes], size: int) -> Facts:
    """Keep stream info and seek table, then the frames."""
    blocks: list[tuple[int, int, int]] = []
    at, is_last = 4, False
    while not is_last:
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or len(blocks) > 1000:
            raise NotMedia("FLAC without frames", public=_DAMAGED)
        is_last = bool(head[0] & 0x80)
        end = at + 4 + int.from_bytes(head[1:4], "big")
        blocks.append((head[0] & 0x7F, at, end))
        at = end
    file.seek(at)
    if at >= size or file.read(2)[:1] != b"\xff" or blocks[0][0] != 0:
        raise NotMedia("FLAC without frames", public=_DAMAGED)
    kept = [(start, end) for kind, start, end in blocks if kind in _KEPT_FLAC]
    for index, (start, _) in enumerate(kept):
        file.seek(start)
        kind = file.read(1)[0] & 0x7F
        file.seek(start)
        file.write(bytes([kind | (0x80 if index == len(kept) - 1 else 0)]))
    _keep(file, [(0, 4), *kept, (at, size)])
    return Facts(FORMATS["flac"].media_type)


def _clean_wav(file: IO[bytes], size: int) -> Facts:
    """Keep the form, the sound and its length."""
    kept: list[tuple[int, int]] = []
    kinds: set[bytes] = set()
    at = 12
    while at + 8 <= size:
        file.seek(at)
        head = file.read(8)
        end = at + 8 + int.from_bytes(head[4:8], "little")
        if end > size:
            raise NotMedia("WAV that ends too early", public=_DAMAGED)
        padded = min(end + (end - at) % 2, size)
        if head[:4] in _KEPT_WAV:
            kept.append((at, padded))
            kinds.add(head[:4])
        at = padded
        if len(kept) > 100:
            raise NotMedia("WAV of too many parts", public=_DAMAGED)
    if not {b"fmt ", b"data"} <= kinds:
        raise NotMedia("WAV without sound", public=_DAMAGED)
    _keep(file, [(0, 12), *kept])
    file.seek(4)
    file.write((sum(end - start for start, end in kept) + 4).to_bytes(4, "little"))
    return Facts(FORMATS["wav"].media_type)


def _keep(file: IO[bytes], ranges: list[tuple[int, int]]) -> None:
    """Move these parts of a file, which are in order, together to its beginning."""
    to = 0
    for start, end in ranges:
        while start < end:
            file.seek(start)
            piece = file.read(min(_COPY, end - start))
            if not piece:
                raise NotMedia("a file that became shorter", public=_DAMAGED)
            file.seek(to)
            file.write(piece)
            start += len(piece)
            to += len(piece)
    file.truncate(to)


_BY_NAME: Final[Mapping[str, Callable[[IO[bytes], int], Facts]]] = {
    "webm": _clean_webm,
    "ogg": lambda file, size: _clean_ogg(file, size, is_film=False),
    "ogv": lambda file, size: _clean_ogg(file, size, is_film=True),
    "mp3": _clean_mp3,
    "flac": _clean_flac,
    "wav": _clean_wav,
}
