"""Files that a post shows, both ways: as others write them, and as Mastodon reads ours. Pure.

Source: Mastodon ``parser/media_attachment_parser.rb`` and ``activity/create.rb`` (4.2 to 4.7);
the blurhash format of woltapp/blurhash.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, cast

from fedinet.vocab.activity import Document, listed, text_of, type_of
from fedinet.vocab.cover import cover_of_text, covers_of, still_of
from fedinet.vocab.inline import pictures_in
from fedinet.vocab.kinds import SHORT_TYPES, is_to_read
from fedinet.vocab.values import documents, links
from fedinet.vocab.words import Words

MAX_ATTACHMENTS: Final = 16
MAX_DESCRIPTION: Final = 10_000
MAX_SIDE: Final = 65_535
_MOST_LOOKED_AT: Final = 200
_TYPES: Final = {"Image": "image/", "Video": "video/", "Audio": "audio/"}
_KINDS: Final = frozenset({"Document", *_TYPES})
_PICTURES: Final = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp")
_FILES: Final = frozenset({"image", "video", "audio"})
_BASE83: Final = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file elsewhere. ``media_type`` may be empty or only ``image/``; text is raw.

    Sizes of 0: not said. ``focus``: the part that matters, each from -1 to 1.
    """

    url: str
    media_type: str
    description: str
    width: int = 0
    height: int = 0
    blurhash: str = ""
    focus: tuple[float, float] = (0.0, 0.0)
    is_cover: bool = False
    """The picture that stands for a whole text, at most one."""


def read_attachments(document: Document, kind: str, words: Words) -> tuple[Attachment, ...]:
    """Read the files of a post of this kind, each address once, at most 16."""
    found: dict[str, Attachment] = {}
    cover = _cover(document) if is_to_read(kind) else None
    if cover is not None:
        found[cover.url] = cover
    for member in _candidates(document, kind):
        attachment = _read(member)
        # An Image or Video post is its own file, where it says which of its links that is.
        if attachment is not None and (member is not document or _is_file(attachment)):
            earlier = found.get(attachment.url)
            if earlier is None or (earlier.is_cover and not earlier.description):
                is_cover = earlier is not None
                found[attachment.url] = replace(attachment, is_cover=is_cover)
        if len(found) == MAX_ATTACHMENTS:
            break
    if words.form == "html":
        for url, description in pictures_in(words.content):
            found.setdefault(url, Attachment(url, "image/", description[:MAX_DESCRIPTION]))
    if kind == "Video" and not found:
        for attachment in filter(None, map(_read, still_of(document))):
            found[attachment.url] = attachment
    return tuple(found.values())[:MAX_ATTACHMENTS]


def attachment_document(attachment: Attachment) -> Document:
    """Write one file of ours as Mastodon reads it."""
    found: dict[str, object] = {
        "type": "Document",
        "mediaType": attachment.media_type,
        "url": attachment.url,
        "name": attachment.description or None,
    }
    if attachment.width and attachment.height:
        found |= {"width": attachment.width, "height": attachment.height}
    if attachment.blurhash:
        found |= {"blurhash": attachment.blurhash, "focalPoint": list(attachment.focus)}
    return found


def _cover(document: Document) -> Attachment | None:
    """The first of the pictures that are said to stand for a text."""
    looked_at = islice(cover_of_text(document), _MOST_LOOKED_AT)
    pictures = filter(None, map(_read, looked_at))
    first = next((one for one in pictures if one.media_type.startswith("image/")), None)
    return None if first is None else replace(first, is_cover=True)


def _candidates(document: Document, kind: str) -> Iterator[Document]:
    yield from islice(documents(document.get("attachment")), _MOST_LOOKED_AT)
    if kind in _KINDS:
        yield document
    if kind not in SHORT_TYPES:
        yield from documents(list(islice(covers_of(document), _MOST_LOOKED_AT)))


def _read(document: Document) -> Attachment | None:
    kind = type_of(document)
    declared = document.get("mediaType")
    stated = declared if isinstance(declared, str) else ""
    is_file_link = kind in ("Link", None) and stated.partition("/")[0] in _FILES
    if kind not in _KINDS and not is_file_link:
        return None
    for url, own_type in links(document.get("url") or document.get("href")):
        media_type = own_type or stated or _TYPES.get(kind or "", "")
        if media_type.partition("/")[0] in (*_FILES, ""):
            description = text_of(document, "summary") or text_of(document, "name")
            width, height = side(document.get("width")), side(document.get("height"))
            return Attachment(
                url,
                media_type[:100],
                description[:MAX_DESCRIPTION],
                width if height else 0,
                height if width else 0,
                blurhash(document.get("blurhash")),
                focal_point(document.get("focalPoint")),
            )
    return None


def _is_file(attachment: Attachment) -> bool:
    """Tell a file from the page that shows it: by its type, else by the end of a picture's name."""
    named = attachment.url.partition("?")[0].lower().endswith(_PICTURES)
    return "/" in attachment.media_type[:-1] or (named and attachment.media_type == "image/")


def side(value: object) -> int:
    """Read a width or height in pixels; 0 for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 1 <= value <= MAX_SIDE else 0


def blurhash(value: object) -> str:
    """Return a blurhash that apps can draw, else ``""``: some crash on any other."""
    if not isinstance(value, str) or not 6 <= len(value) <= 166:
        return ""
    if any(letter not in _BASE83 for letter in value):
        return ""
    parts = _BASE83.index(value[0])
    across, down = parts % 9 + 1, parts // 9 + 1
    return value if down <= 9 and len(value) == 4 + 2 * across * down else ""


def focal_point(value: object) -> tuple[float, float]:
    """Read ``[x, y]`` or a JSON-LD list of it; the middle for what cannot be one."""
    if isinstance(value, Mapping):
        value = cast(Mapping[str, object], value).get("@list")
    numbers = [
        float(member)
        for member in islice(listed(value), 3)
        if isinstance(member, int | float) and not isinstance(member, bool) and -1 <= member <= 1
    ]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0.0, 0.0)
