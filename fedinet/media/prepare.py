"""From an uploaded or fetched file to what is kept of it. Blocks: call it in a thread."""

import io
from dataclasses import dataclass
from typing import IO, Final

from fedinet.kernel.problems import N_
from fedinet.media.boxes import clean_boxes
from fedinet.media.model import (
    MAX_FILM_BYTES,
    MAX_PICTURE_BYTES,
    Facts,
    Format,
    Kind,
    NotMedia,
    Purpose,
)
from fedinet.media.pictures import BOXES, Encoded, make_picture
from fedinet.media.sniff import HEAD_BYTES, sniff
from fedinet.media.streams import clean_stream

_IN_BOXES: Final = frozenset({"mp4", "mov", "m4a"})
_EMPTY: Final = N_("This file is empty")
_TOO_LARGE: Final = N_(
    "This file is too large: a picture has at most %(picture)d MB, %(film)d a film"
)
_ONLY_PICTURES: Final = N_("Choose a picture: JPEG, PNG, GIF, WebP or AVIF")
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file ready to be kept, at its beginning, and a smaller picture of it or None."""

    file: IO[bytes]
    bytes: int
    facts: Facts
    preview: Encoded | None


def prepare(source: IO[bytes], purpose: Purpose) -> Prepared:
    """Find out what a hostile file is, and make of it what may be kept.

    ``source`` is a file of ours that may be changed. Its position does not matter.

    Raises:
        NotMedia: not of our formats, too large, damaged; or no picture where one is wanted.
    """
    size = _size(source)
    source.seek(0)
    head = source.read(HEAD_BYTES)
    if not head:
        raise NotMedia("empty file", public=_EMPTY)
    found = sniff(head)
    if purpose != "attachment" and found.kind is not Kind.PICTURE:
        raise NotMedia(f"{found.name} as {purpose}", public=_ONLY_PICTURES)
    _check_size(size, found)
    if found.kind is Kind.PICTURE:
        made = make_picture(source, found.name, BOXES[purpose])
        content = made.file.content
        return Prepared(io.BytesIO(content), len(content), made.facts, made.preview)
    if found.name in _IN_BOXES:
        facts = clean_boxes(source, size, found.name)
    else:
        facts = clean_stream(source, size, found.name)
    size = _size(source)
    source.seek(0)
    return Prepared(source, size, facts, None)


def _size(source: IO[bytes]) -> int:
    return source.seek(0, 2)


def _check_size(size: int, found: Format) -> None:
    most = MAX_PICTURE_BYTES if found.kind is Kind.PICTURE else MAX_FILM_BYTES
    if size > most:
        raise NotMedia(
            f"{found.name} of {size} bytes",
            public=_TOO_LARGE,
            values={"picture": MAX_PICTURE_BYTES // _MIB, "film": MAX_FILM_BYTES // _MIB},
        )
