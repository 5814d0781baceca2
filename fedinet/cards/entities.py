"""A card as apps know it. Pure.

Always a link: what another server would have shown as its HTML is not shown.

Source: https://docs.joinmastodon.org/entities/PreviewCard/
"""

from urllib.parse import urlsplit

from fedinet.cards.model import ShownCard
from fedinet.kernel.pictures import digest


def image_path(shown: ShownCard) -> str:
    """Our own address of its picture. A reader never asks another server."""
    return f"/media/cards/{shown.id}/{digest(shown.card.image)}"


def site_of(shown: ShownCard) -> str:
    """Whose page it is, in one word."""
    return shown.card.provider or urlsplit(shown.card.url).hostname or ""


def card_entity(shown: ShownCard, origin: str) -> dict[str, object]:
    card = shown.card
    authors = []
    if card.author or card.author_url:
        authors = [{"name": card.author, "url": card.author_url, "account": None}]
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": card.language or "",
        "type": "link",
        "author_name": card.author,
        "author_url": card.author_url,
        "provider_name": card.provider,
        "provider_url": card.provider_url,
        "html": "",
        "width": card.width if card.image else 0,
        "height": card.height if card.image else 0,
        "image": f"{origin}{image_path(shown)}" if card.image else None,
        "image_description": card.image_description,
        "embed_url": "",
        "blurhash": None,
        "published_at": card.published_at,
        "authors": authors,
    }
