"""Headings inside of what people wrote, and where they stand on a page. Pure.

Clean HTML has them from ``h2`` on, and none skips a level: above it stands the title,
or whoever wrote it. A page puts them below what it says itself.
"""

import re
from typing import Final

_HIGHEST: Final = 2
_LOWEST: Final = 6
_HEADING: Final = re.compile(r"<(/?)h([1-6])(?=[ >])")
_WHOLE: Final = re.compile(r"<(/?)h[1-6](?: lang=\"[^\"]*\")?>")
_EMPTY: Final = re.compile(r"<h[1-6](?: lang=\"[^\"]*\")?>(?:\s|<br>)*</h[1-6]>")
_BLOCK: Final = re.compile(r"<(/?)(h[1-6]|p|pre|blockquote|ul|ol|li)(?: [a-z]+(?:=\"[^\"]*\")?)*>")


def outlined(html: str) -> str:
    """Return clean HTML with its headings from ``h2`` on, each at most one below the one before.

    Empty ones go: whoever walks a page by its headings would stop at nothing.
    """
    if "<h" not in html:
        return html
    html = _EMPTY.sub("", _in_one_line(html))
    above: list[int] = []
    still_open: list[int] = []

    def placed(tag: re.Match[str]) -> str:
        if tag[1]:
            level = still_open.pop() if still_open else _HIGHEST
        else:
            while above and above[-1] >= int(tag[2]):
                above.pop()
            above.append(int(tag[2]))
            level = min(_HIGHEST + len(above) - 1, _LOWEST)
            still_open.append(level)
        return f"<{tag[1]}h{level}"

    return _HEADING.sub(placed, html)


def _in_one_line(html: str) -> str:
    """Take out of headings what is no part of a line, other headings too: there are only spaces.

    What is made of them otherwise, and stands for them elsewhere, could not hold it.
    """
    depth = 0

    def outside(tag: re.Match[str]) -> str:
        nonlocal depth
        is_within = depth > 0
        if tag[2][0] == "h":
            depth += -1 if tag[1] else 1
            is_within = is_within and depth > 0
        return " " if is_within else tag[0]

    return _BLOCK.sub(outside, html)


def below(html: str, highest: int) -> str:
    """Return clean HTML whose ``h2`` is the heading of this level, and the others below it."""
    if highest == _HIGHEST or "<h" not in html:
        return html

    def lowered(tag: re.Match[str]) -> str:
        return f"<{tag[1]}h{min(int(tag[2]) + highest - _HIGHEST, _LOWEST)}"

    return _HEADING.sub(lowered, html)


def without_headings(html: str) -> str:
    """Return clean HTML with strong paragraphs for headings: what apps show, and short texts.

    Source: Mastodon ``lib/sanitize_ext/sanitize_config.rb``, from 4.2 on
    """
    if "<h" not in html:
        return html
    return _WHOLE.sub(lambda tag: "</strong></p>" if tag[1] else "<p><strong>", html)
