"""Remote HTML -> HTML that we serve. Pure.

An allow list, applied once, on the way in. What is not on it loses its tag and
keeps its text, except for elements whose text was never meant to be read.

Source: Mastodon ``lib/sanitize_ext/sanitize_config.rb`` (MASTODON_STRICT).
Deviates: no ``target``; ``mailto:`` is kept, people here are meant to be reached; headings stay
headings (``markup.outline``).
"""

import re
from collections import Counter
from html import unescape
from typing import Final

import nh3

from fedinet.markup.bounds import bounded
from fedinet.markup.names import clean_name
from fedinet.markup.outline import outlined

__all__ = ["MAX_HTML", "clean_html", "clean_name", "plain_text"]

MAX_HTML: Final = 100_000
"""Characters that are read; the rest is cut before parsing (``is_cut``)."""

_MAX_LEFT_OPEN: Final = 200
_MAX_UNBALANCED_HTML: Final = 8_000
_ENDS_BY_ITSELF: Final = frozenset({"p", "li", "br", "hr", "img", "dd", "dt"})
_NAME: Final = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)", re.IGNORECASE)

_CLASSES: Final = frozenset(
    {
        "mention", "hashtag", "ellipsis", "invisible", "quote-inline",
        "h-card", "h-entry", "h-cite", "p-name", "p-author", "p-category", "u-url", "u-uid",
        "u-photo", "dt-published", "e-content",
    }
)  # fmt: skip
_SILENT: Final = frozenset(
    {
        "script", "style", "iframe", "object", "embed", "svg", "math", "template", "noscript",
        "title", "head", "canvas", "audio", "video", "textarea", "select", "noembed", "noframes",
    }
)  # fmt: skip
_TAGS: Final = frozenset(
    {
        "p", "br", "span", "a", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i",
        "em", "ul", "ol", "li", "ruby", "rt", "rp", "sub", "sup", "h1", "h2", "h3",
        "h4", "h5", "h6",
    }
)  # fmt: skip


def _cleaner(*more: str) -> nh3.Cleaner:
    """``more``: elements that only some texts have. An ``img`` says which file stands there."""
    return nh3.Cleaner(
        tags={*_TAGS, *more},
        clean_content_tags=set(_SILENT),
        attributes={
            "*": {"lang"},
            "a": {"href"},
            "ol": {"start", "reversed"},
            "li": {"value"},
            "img": {"data-file"},
        },
        tag_attribute_values={"a": {"translate": {"no"}}, "span": {"translate": {"no"}}},
        allowed_classes={"a": set(_CLASSES), "span": set(_CLASSES), "p": {"quote-inline"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener noreferrer",
        strip_comments=True,
    )


_CLEANER: Final = _cleaner()
_CLEANER_OF_ARTICLES: Final = _cleaner("img")
_STRIPPER: Final = nh3.Cleaner(
    tags=set(), clean_content_tags=set(_SILENT), attributes={}, link_rel=None
)
_UNLINKER: Final = nh3.Cleaner(
    tags=set(_TAGS - {"a"}),
    attributes={"*": {"lang"}, "ol": {"start", "reversed"}, "li": {"value"}},
    tag_attribute_values={"span": {"translate": {"no"}}},
    allowed_classes={"span": set(_CLASSES), "p": {"quote-inline"}},
    link_rel=None,
)
_BLOCK: Final = re.compile(
    r"<(/?)(?:div|section|article|aside|main|header|footer|figure|figcaption|address|center|details"
    r"|summary|dl|dt|dd|table|caption)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_NEXT_CELL: Final = re.compile(r"</t[dh]\s*>\s*<t[dh](?:[\s/][^<>]*)?>", re.IGNORECASE)
_ROW: Final = re.compile(r"</tr\s*>", re.IGNORECASE)
_CELL: Final = re.compile(r"</?(?:t[drh]|tbody|thead|tfoot)(?:[\s/][^<>]*)?>", re.IGNORECASE)
_MATH: Final = re.compile(
    r"<math\b([^<>]*)>([^<]*(?:<(?!/?math\b)[^<]*)*)</math\s*>", re.IGNORECASE
)
"""None that holds another, so that each is searched for an end no farther than to the next."""
_MAX_FORMULA: Final = 10_000
_TEX: Final = re.compile(
    r"<annotation\b[^<>]*\bencoding\s*=\s*[\"']?application/x-tex\b[^<>]*>([^<>]*)</annotation",
    re.IGNORECASE,
)
_ALT_TEXT: Final = re.compile(r"\balttext\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)
_ON_ITS_OWN: Final = re.compile(r"\bdisplay\s*=\s*[\"']?block\b", re.IGNORECASE)
_LINE_END: Final = re.compile(r"<br\b[^<>]*>|</(?:p|div|li|blockquote|pre|h[1-6]|tr)\s*>", re.I)
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SPACES: Final = re.compile(r"[^\S\n]+")
_BLANK_LINES: Final = re.compile(r" ?\n(?: ?\n)+ ?")


def clean_html(html: str, *, with_places: bool = False) -> str:
    """Return what may be shown: links, emphasis, lists, quotes, code and the fediverse's classes.

    No images, styles, scripts, forms or event attributes. Headings begin at ``h2``,
    other blocks become paragraphs, and rows of tables lines, with dots between
    their cells: words that stood apart do so here. Formulas are shown as TeX.
    Cleaning what is clean changes nothing.

    ``with_places``: where pictures stand is kept (``vocab.inline``, ``markup.places``).
    """
    html = _readable(html)
    has_blocks = _BLOCK.search(html) is not None
    if has_blocks:
        html = _NEXT_CELL.sub(" · ", _ROW.sub("<br>", _BLOCK.sub(r"<\1p>", html)))
        html = _CELL.sub(" ", html)
    cleaner = _CLEANER_OF_ARTICLES if with_places else _CLEANER
    cleaned = _CONTROLS.sub("", cleaner.clean(bounded(html)))  # again: &#1; was not one before
    return outlined(cleaned.replace("<p></p>", "") if has_blocks else cleaned)


def without_links(html: str) -> str:
    """Return clean HTML whose links have become their text, mentions and hashtags too.

    By their class alone they could not be told from any other link.
    """
    return _UNLINKER.clean(html)


def plain_text(html: str) -> str:
    """Return the text of some HTML, one line per paragraph or break, without markup or entities.

    The result is text: it has to be escaped wherever it becomes HTML again.
    """
    bare = _STRIPPER.clean(bounded(_LINE_END.sub(r"\g<0>\n", _readable(html))))
    text = _SPACES.sub(" ", _CONTROLS.sub("", unescape(bare)))
    return _BLANK_LINES.sub("\n", text).strip()


def is_cut(html: str) -> bool:
    """Tell whether less than the whole of some HTML is read."""
    return len(_cut(html)) < len(html)


def _readable(html: str) -> str:
    return _MATH.sub(_formula, _CONTROLS.sub("", _cut(html)))


def _cut(html: str) -> str:
    """Cut what is too long to parse: HTML parsers take quadratic time over elements left open."""
    html = html[:MAX_HTML]
    if html.count("<") > _MAX_LEFT_OPEN and _left_open(html) > _MAX_LEFT_OPEN:
        html = html[:_MAX_UNBALANCED_HTML]
    return html


def _formula(match: re.Match[str]) -> str:
    """A formula as it was written in TeX, between dollars; what has no such text stays as it is.

    Source: FEP-dc88; Mastodon 4.4 shows the annotation so.
    """
    attributes, inside = match.groups()
    if len(match[0]) > _MAX_FORMULA:
        return match[0]
    written = _TEX.search(inside) or _ALT_TEXT.search(attributes)
    if written is None:
        return match[0]
    tex = next(text for text in written.groups() if text is not None).strip()
    sign = "$$" if _ON_ITS_OWN.search(attributes) else "$"
    return f"{sign}{tex}{sign}" if tex else match[0]


def _left_open(html: str) -> int:
    """Count the elements that no end tag of theirs closes; not those that end by themselves."""
    depths: Counter[str] = Counter()
    for tag in _NAME.finditer(html):
        name = tag["name"].lower()
        depths[name] = max(0, depths[name] - 1) if tag["end"] else depths[name] + 1
    return sum(depth for name, depth in depths.items() if name not in _ENDS_BY_ITSELF)
