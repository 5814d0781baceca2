"""Pictures and sounds of a thing that stand beside its attachments. Pure.

A cover (``image``, by address or as a document), the sound of an episode, the
files of a film that only its playlist names, and the still of a film that has
no other.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from fedinet.vocab.activity import Document, listed, type_of
from fedinet.vocab.values import documents, links, web_url

_MAX_LINKS = 20


def covers_of(document: Document) -> Iterator[Document]:
    """Yield media documents, the most telling first."""
    yield from _images(document.get("image"))
    yield from documents(document.get("audio"))
    if type_of(document) == "Video":
        yield from _streamed(document)


def cover_of_text(document: Document) -> Iterator[Document]:
    """The picture that stands for a text: its ``image``, else its ``icon``.

    Plume has it as ``icon``, and what is to be seen there in its ``content``: its
    ``summary`` is a warning.
    """
    yield from _images(document.get("image"))
    for icon in documents(document.get("icon")):
        content = icon.get("content")
        yield {**icon, "summary": None, "name": content} if isinstance(content, str) else icon


def still_of(document: Document) -> Iterator[Document]:
    """The largest preview picture of a film."""
    pictures = [icon for icon in documents(document.get("icon")) if links(icon.get("url"))]
    yield from sorted(pictures, key=_width, reverse=True)[:1]


def _images(value: object) -> Iterator[Document]:
    """Pictures by their address, as documents or as links; other values are passed over."""
    for member in listed(value):
        if isinstance(member, str):
            if web_url(member) is not None:
                yield {"type": "Image", "url": member}
        elif isinstance(member, Mapping):
            image = cast(Document, member)
            yield {**image, "type": "Image"} if type_of(image) in ("Link", None) else image


def _streamed(document: Document) -> Iterator[Document]:
    """PeerTube names the files of a film inside of the link to its playlist."""
    for link in list(documents(document.get("url")))[:_MAX_LINKS]:
        for file in list(documents(link.get("tag")))[:_MAX_LINKS]:
            kind = file.get("mediaType")
            if isinstance(kind, str) and kind.startswith("video/"):
                yield {"type": "Video", "mediaType": kind, "url": file.get("href")}
                return


def _width(icon: Document) -> float:
    width = icon.get("width")
    return float(width) if isinstance(width, int | float) else 0.0
