"""The summary of what to put right names each field as its own label does, and leads to it. Pure.

It stands above the form, so the labels are read from the finished page: a label is written once,
where its field is. A field that the page does not have any more is told by its sentence alone.
"""

import re
from html.parser import HTMLParser
from typing import Final

from markupsafe import escape

_LINE: Final = re.compile(r'<li data-of="([^"]*)">(.*?)</li>', re.DOTALL)
"""What the macro ``error_summary`` writes for a problem; nothing that people wrote can be it."""
_HEADINGS: Final = frozenset({"h1", "h2", "h3"})
_NAMING: Final = _HEADINGS | {"label", "legend"}
_BESIDE: Final = frozenset({"small", "svg", "option"})
_ENDS: Final = ("?", "!", ".", ":", "…")


def with_names(html: str) -> str:
    """The page, its summary with the names of the fields and links to them."""
    if '<li data-of="' not in html:
        return html
    reader = _Names()
    reader.feed(html)
    reader.close()

    def line(found: re.Match[str]) -> str:
        field, said = found.groups()
        if field not in reader.ids:
            return f"<li>{said}</li>"
        name = " ".join(reader.names.get(field, "").split())
        colon = "" if name.endswith(_ENDS) else ":"
        called = f"<b>{escape(name)}{colon}</b> " if name else ""
        return f'<li><a href="#{field}">{called}{said}</a></li>'

    return _LINE.sub(line, html)


class _Names(HTMLParser):
    """What fields are called, by their ids: labels, legends of a group, the heading of a part."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: set[str] = set()
        self.names: dict[str, str] = {}
        self._naming = ""  # the element that is read now
        self._of = ""  # whose name it is
        self._words: list[str] = []
        self._beside = ""  # an element within it that is no part of the name
        self._group = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        if tag == "fieldset":
            self._group = given.get("id", "")
        elif tag in _NAMING:
            whose = {"label": given.get("for", ""), "legend": given.get("id") or self._group}
            self._naming, self._of = tag, whose.get(tag, given.get("id", ""))
            self._words.clear()
        elif self._naming and (tag in _BESIDE or given.get("class") == "meta"):
            self._beside = self._beside or tag
        elif tag == "input" and self._naming == "label":
            self._of = self._of or given.get("id", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._beside:
            self._beside = ""
        elif tag == self._naming:
            self.names.setdefault(self._of, "".join(self._words))
            self._naming = self._beside = ""

    def handle_data(self, data: str) -> None:
        if self._naming and not self._beside:
            self._words.append(data)
