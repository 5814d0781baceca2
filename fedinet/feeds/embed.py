"""A post as other sites show it under a link. Pure.

Source: https://oembed.com, section 2.3.4.4 (rich)
"""

from html import escape
from typing import Final

from fedinet.feeds.model import Entry

_WIDTH: Final = 400
_HEIGHT: Final = 300
_KEPT_S: Final = 3600


def embed_entity(
    entry: Entry, *, folded: bool, house: str, origin: str, width: int | None, height: int | None
) -> dict[str, object]:
    """The answer of oEmbed: a quote, without frames and scripts.

    ``folded``: there is a content note, so that the words stay on the page. ``width`` and
    ``height``: the most that there is room for.
    """
    words = f"<p>{escape(entry.title)}</p>" if folded else entry.html
    link = f'<a href="{escape(entry.page)}">{escape(entry.author)}, {escape(house)}</a>'
    return {
        "type": "rich",
        "version": "1.0",
        "title": entry.title,
        "author_name": entry.author,
        "author_url": entry.author_page,
        "provider_name": house,
        "provider_url": f"{origin}/",
        "cache_age": _KEPT_S,
        "html": f'<blockquote cite="{escape(entry.page)}">{words}<p>— {link}</p></blockquote>',
        "width": min(width or _WIDTH, _WIDTH),
        "height": min(height or _HEIGHT, _HEIGHT),
    }
