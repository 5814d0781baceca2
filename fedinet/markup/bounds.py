"""Before HTML is parsed: how much of it would come out? Pure.

An element of the kind that the HTML standard calls "formatting" (``b``, ``a``)
stays open across paragraphs until it is closed: the parser opens it anew in each
of them, attributes and all. 100 KB of ``<p><b x=1><p><b x=2>…`` are 9 MB of
output and seconds of work, and one long link before 5,000 paragraphs is worse.

Source: https://html.spec.whatwg.org/#reconstruct-the-active-formatting-elements
"""

import re
from html import escape
from typing import Final

MAX_GROWTH: Final = 1_000_000
"""Characters that may be repeated. Real posts of any length stay far below a tenth of it."""

_FORMATTING: Final = frozenset(
    {
        "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong",
        "tt", "u",
    }
)  # fmt: skip
_PLAIN: Final = _FORMATTING | {
    "p", "br", "span", "del", "pre", "blockquote", "ul", "ol", "li", "ruby", "rt", "rp", "div",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "ins", "sub", "sup", "figure", "figcaption",
    "section", "article", "aside", "header", "footer", "main", "q", "cite", "mark", "abbr",
    "kbd", "samp", "var", "time", "details", "summary",
}  # fmt: skip
"""Elements in which an end tag means what it says. Inside of others (``select``, ``title``,
``table``) parsers overlook it, and what looks closed is open."""

_TAG: Final = re.compile(
    r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)"
    r"(?:\s++[a-z_:@][\w:.@-]*+(?:\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+'|[\w:./#?&=%+-]++))?)*"
    r"\s*+/?>",
    re.IGNORECASE,
)
_ANYTHING: Final = re.compile(r"<[^<>]*+>")
_LONE: Final = re.compile(r"<(?![a-z/])", re.IGNORECASE)
_SILENT: Final = re.compile(
    r"<(script|style|textarea|title|iframe|noscript|svg|math|template|select)(?=[\s/>])",
    re.IGNORECASE,
)


def bounded(html: str) -> str:
    """Return HTML that grows by ``MAX_GROWTH`` at most; of what would grow further, only the text.

    What is long and not plainly made loses its unusual elements first.
    """
    if html.count("<") * len(html) <= MAX_GROWTH or _growth(html) <= MAX_GROWTH:
        return html
    usual = _LONE.sub("&lt;", _ANYTHING.sub(_usual, _without_silent(html)))
    if _growth(usual) <= MAX_GROWTH:
        return usual
    return f"<p>{escape(_ANYTHING.sub(' ', html))}</p>"


def _growth(html: str) -> int:
    """Add up what is open of formatting elements at each tag: no parser repeats more."""
    tags = list(_TAG.finditer(html))
    if len(tags) != html.count("<"):  # an end tag may be part of a value or a comment
        return MAX_GROWTH + 1
    grown, size = 0, 0
    still_open: dict[str, list[int]] = {}
    for tag in tags:
        name = tag["name"].lower()
        if name not in _PLAIN:
            return MAX_GROWTH + 1
        if name in _FORMATTING:
            lengths = still_open.setdefault(name, [])
            if not tag["end"]:
                lengths.append(len(tag[0]))
                size += len(tag[0])
            elif lengths:
                size -= lengths.pop()
        grown += size
    return grown


def _without_silent(html: str) -> str:
    """Take out what was never meant to be read. What is not closed ends with the text."""
    kept: list[str] = []
    at = 0
    while (start := _SILENT.search(html, at)) is not None:
        kept.append(html[at : start.start()])
        end = re.compile(f"</{start[1]}", re.IGNORECASE).search(html, start.end())
        at = len(html) if end is None else end.start()
    return "".join([*kept, html[at:]])


def _usual(found: re.Match[str]) -> str:
    tag = _TAG.fullmatch(found[0])
    return found[0] if tag is not None and tag["name"].lower() in _PLAIN else ""
