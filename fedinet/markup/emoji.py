"""``:shortcode:`` in text -> small pictures with these words. Pure."""

import re
from collections.abc import Mapping
from html import escape
from typing import Final

# A tag with its quoted attributes, in which nothing is replaced; or a shortcode in text.
_TOKEN: Final = re.compile(
    r"""<[^<>"]*(?:"[^"]*"[^<>"]*)*>|(?<![\w:]):([a-zA-Z0-9_]{2,100}):(?![\w:])""", re.ASCII
)
MOST: Final = 200
"""Pictures of one text; what comes after stays words."""


def show_emojis(html: str, sources: Mapping[str, str]) -> str:
    """Put pictures into clean or escaped HTML. ``sources``: addresses of ours by shortcode."""
    if not sources:
        return html
    shown = 0

    def picture(match: re.Match[str]) -> str:
        nonlocal shown
        source = sources.get(match[1] or "")
        if source is None or shown == MOST:
            return match[0]
        shown += 1
        words = f":{match[1]}:"
        named = f'alt="{words}" title="{words}"'
        return f'<img class="emoji" src="{escape(source)}" {named} loading="lazy">'

    return _TOKEN.sub(picture, html)


def shortcodes_in(html: str, *plain: str) -> frozenset[str]:
    """Find the shortcodes that stand in clean HTML, outside of tags, and in plain texts."""
    texts = (html, *map(escape, plain))
    return frozenset(match[1] for text in texts for match in _TOKEN.finditer(text) if match[1])
