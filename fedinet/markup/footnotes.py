"""Footnotes on a page of ours: signs that lead to their notes, and notes that lead back. Pure.

What is stored and sent has neither links nor ids: these would lead nowhere in a feed, and
two posts on one page would have the same.
"""

import re
from typing import Final

_SIGN: Final = re.compile(r"<a(?=[ >]).*?</a>|<sup>([1-9][0-9]{0,3})</sup>", re.DOTALL)
"""A sign; or, with no number, a link: what stands in it leads elsewhere already."""
_LIST: Final = re.compile(r"<(/?)(ol|ul|li)(?=[ >])[^>]*>")
_END: Final = "</ol>"
_IN_ITEM: Final = 2
"""How deep an item of the last list stands."""


def linked(html: str, key: str, *, notes: str, back: str) -> str:
    """Return clean HTML with its footnotes linked, or as it is where it has none.

    Footnotes are signs that count up from one, and a last list with as many items.
    ``key`` names this text on its page; ``notes`` is what the list is called, ``back`` the way
    to the text.
    """
    if not html.endswith(_END) or "<sup>" not in html:
        return html
    start, items = _last_list(html)
    numbers = [int(sign[1]) for sign in _SIGN.finditer(html, 0, start) if sign[1]]
    if not items or list(dict.fromkeys(numbers)) != list(range(1, len(items) + 1)):
        return html
    told: set[str] = set()

    def sign_of(found: re.Match[str]) -> str:
        number = found[1]
        if number is None:
            return found[0]
        first = "" if number in told else f' id="{key}-sign-{number}"'
        told.add(number)
        return f'<sup><a href="#{key}-note-{number}"{first}>{number}</a></sup>'

    listed = [f'<ol aria-label="{notes}">']
    for number, item in enumerate(items, 1):
        way = f' <a href="#{key}-sign-{number}" aria-label="{back}: {number}">↩\ufe0e</a>'
        words, end = (item[:-4], "</p>") if item.endswith("</p>") else (item, "")
        listed.append(f'<li id="{key}-note-{number}">{words}{way}{end}</li>')
    return _SIGN.sub(sign_of, html[:start]) + "".join(listed) + _END


def _last_list(html: str) -> tuple[int, list[str]]:
    """Where the list that ends the text begins, and what stands in its items."""
    start, depth, begun = 0, 0, 0
    items: list[str] = []
    for tag in _LIST.finditer(html):
        if tag[1]:
            if depth == _IN_ITEM and tag[2] == "li":
                items.append(html[begun : tag.start()])
            depth -= 1
            continue
        depth += 1
        if depth == 1:
            start, items = tag.start(), []
        elif depth == _IN_ITEM:
            begun = tag.end()
    return start, items
