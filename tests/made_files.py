"""Pictures, films and sounds as cameras and attackers make them, small."""

import io
import struct
import zlib
from collections.abc import Iterable

from PIL import Image

SECRET = b"SECRETPLACE"
"""What no kept file may hold."""
SCRIPT = b"<script>alert(document.domain)</script>"


def picture(
    form: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object
) -> bytes:
    into = io.BytesIO()
    half = Image.new(mode, size, 200 if mode == "L" else "teal")
    half.paste(half.point(lambda value: 255 - value) if mode in ("L", "RGB") else half, (9, 9))
    half.save(into, form, **options)
    return into.getvalue()


def photograph(size: tuple[int, int] = (60, 40)) -> bytes:
    """A JPEG with all a camera writes: turned, place, maker, comment, profile, a script behind."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the top is at the right
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    plain = picture("JPEG", size, exif=exif, comment=SECRET, xmp=xmp)
    return plain + SCRIPT


def animation(frames: int = 3, size: tuple[int, int] = (24, 16)) -> bytes:
    """A GIF that moves, with a comment and a ZIP behind it."""
    into = io.BytesIO()
    shades = [Image.new("L", size, 20 + 200 * (n % 2)) for n in range(frames)]
    shades[0].save(
        into, "GIF", save_all=True, append_images=shades[1:], loop=0, comment=SECRET, duration=90
    )
    return into.getvalue() + b"PK\x03\x04" + SECRET


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and is not."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    shape = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", shape)
    return head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def box(kind: bytes, *inner: bytes) -> bytes:
    body = b"".join(inner)
    return struct.pack(">I", len(body) + 8) + kind + body


def film(brand: bytes = b"isom", *, positions: bool = True, extra: bytes = b"") -> bytes:
    """An MP4 of one picture track, 320x240 and two seconds; its camera wrote down where it was."""
    top = box(b"ftyp", brand, bytes(4), b"isom")
    mdat = box(b"mdat", b"FRAMES", SECRET if positions else b"")
    at = len(top) + 8 + len(b"FRAMES")
    tracks = [track(b"vide", width=320, height=240)]
    if positions:
        tracks.append(track(b"meta", samples=[len(SECRET)], chunks=[at]))
    place = box(b"udta", box(b"\xa9xyz", SECRET))
    mvhd = box(b"mvhd", bytes(12), struct.pack(">II", 1000, 2000), bytes(80))
    moov = box(b"moov", mvhd, *tracks, place, box(b"meta", SECRET))
    return top + mdat + moov + box(b"uuid", SECRET) + extra


def track(
    handler: bytes,
    *,
    width: int = 0,
    height: int = 0,
    samples: Iterable[int] = (),
    chunks: Iterable[int] = (),
) -> bytes:
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    tkhd = box(b"tkhd", bytes(40), matrix, struct.pack(">II", width << 16, height << 16))
    sizes, offsets = list(samples), list(chunks)
    stbl = box(
        b"stbl",
        box(b"stsz", bytes(8), struct.pack(f">{len(sizes) + 1}I", len(sizes), *sizes)),
        box(b"stsc", bytes(4), struct.pack(">4I", 1, 1, len(sizes) or 1, 1)),
        box(b"stco", bytes(4), struct.pack(f">{len(offsets) + 1}I", len(offsets), *offsets)),
    )
    hdlr = box(b"hdlr", bytes(8), handler, bytes(12))
    return box(b"trak", tkhd, box(b"mdia", hdlr, box(b"minf", stbl)), box(b"udta", SECRET))


def element(kind: int, body: bytes, *, endless: bool = False) -> bytes:
    head = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    size = b"\x01" + b"\xff" * 7 if endless else (len(body) | 1 << 56).to_bytes(8, "big")
    return head + size + body


def webm(*, endless: bool = False) -> bytes:
    """320x240, as a browser records it where ``endless``; a place in its tags."""
    video = element(0xB0, b"\x01\x40") + element(0xBA, b"\xf0")
    tracks = element(0x1654AE6B, element(0xAE, element(0x83, b"\x01") + element(0xE0, video)))
    cluster = element(0x1F43B675, element(0xE7, b"\x00") + element(0xA3, b"FRAME"), endless=endless)
    tags = element(0x1254C367, SECRET)
    head = b"\x1aE\xdf\xa3\x87\x42\x82\x84webm"
    return head + element(0x18538067, tags + tracks + cluster, endless=endless)


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    before = b"ID3\x04\x00\x00\x00\x00\x00" + bytes([len(SECRET)]) + SECRET
    return before + frame * 2 + b"TAG" + SECRET.ljust(125)


def flac() -> bytes:
    comment = b"\x84" + len(SECRET).to_bytes(3, "big") + SECRET
    return b"fLaC\x00\x00\x00\x22" + bytes(34) + comment + b"\xff\xf8FRAMES"


def wav() -> bytes:
    parts = (b"fmt " + struct.pack("<I", 16) + bytes(16)) + b"LIST" + struct.pack("<I", 11) + SECRET
    parts += b"\x00data" + struct.pack("<I", 4) + bytes(4)
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WAVE" + parts


def ogg() -> bytes:
    return b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead" + bytes(11)


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"
PDF = b"%PDF-1.7\n" + SCRIPT
HTML = b"<!doctype html>" + SCRIPT
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
