"""What a file is, by its first bytes. Its name and the type it came with are never asked. Pure.

Source: the signatures of WHATWG MIME Sniffing, ISO 14496-12 (``ftyp``), RFC 3533, Matroska.
"""

from typing import Final

from fedinet.kernel.problems import N_
from fedinet.media.model import FORMATS, Format, NotMedia

HEAD_BYTES: Final = 4096
"""How much of a file ``sniff`` looks at."""

_AVIF: Final = frozenset({b"avif", b"avis"})
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_FILM: Final = frozenset(
    {
        b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41",
        b"mp42", b"avc1", b"hvc1", b"av01", b"dash", b"cmfc", b"M4V ", b"M4VH", b"M4VP", b"MSNV",
        b"3gp4", b"3gp5", b"3gp6", b"f4v ", b"mp71",
    }
)  # fmt: skip
_SOUND: Final = frozenset({b"M4A ", b"M4B "})
_ONLY: Final = N_(
    "This file cannot be shown here. Pictures can be JPEG, PNG, GIF, WebP or AVIF; films MP4, "
    "WebM or Ogg; sounds MP3, M4A, FLAC, Ogg or WAV"
)
_IS_HEIC: Final = N_("Pictures in HEIC cannot be read here. Save it as JPEG, and choose that file")
_IS_DRAWING: Final = N_("Drawings in SVG can carry programs. Save it as PNG, and choose that file")
_IS_PAPER: Final = N_("Papers cannot be attached yet: only pictures, films and sounds")


def sniff(head: bytes) -> Format:
    """Tell the format by the beginning of a file.

    Raises:
        NotMedia: none that we take; ``public`` says why and what would do.
    """
    name = _riff(head) or _plain(head) or _boxes(head) or _stream(head)
    if name is None:
        raise NotMedia(f"unknown file {head[:16]!r}", public=_reason(head))
    return FORMATS[name]


def _plain(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"fLaC"):
        return "flac"
    return None


def _riff(head: bytes) -> str | None:
    if head[:4] != b"RIFF":
        return None
    return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])


def _boxes(head: bytes) -> str | None:
    """ISO media: the major brand decides, then the compatible ones."""
    if head[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))]
    if _AVIF & set(brands) and brands[0] not in _FILM:
        return "avif"
    if brands[0] in _HEIC:
        raise NotMedia("HEIC", public=_IS_HEIC)
    if brands[0] in _SOUND:
        return "m4a"
    if brands[0] == b"qt  ":
        return "mov"
    return "mp4" if _FILM & set(brands) else None


def _stream(head: bytes) -> str | None:
    if head.startswith(b"OggS"):
        if b"\x80theora" in head[:200]:
            return "ogv"
        known = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
        return "ogg" if any(word in head[:200] for word in known) else None
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm" if b"\x42\x82\x84webm" in head[:64] else None
    if head.startswith(b"ID3") or _is_mpeg_frame(head):
        return "mp3"
    return None


def _is_mpeg_frame(head: bytes) -> bool:
    """Layer III, with a bit rate and a sampling rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    return head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def _reason(head: bytes) -> str:
    beginning = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith(b"%pdf-"):
        return _IS_PAPER
    if b"<svg" in beginning:
        return _IS_DRAWING
    return _ONLY
