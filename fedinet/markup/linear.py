"""Rules of the Markdown library that took quadratic time, replaced or bounded. Pure.

Whoever writes 20,000 signs of one kind must not keep everybody waiting. What is
bounded here stays text where it goes beyond.
"""

import re
from collections.abc import Callable
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, link
from mdit_py_plugins.footnote.index import footnote_inline, footnote_ref

_SCHEME: Final = re.compile(r"[a-z][a-z0-9.+-]*\Z", re.IGNORECASE)
_LONGEST_SCHEME: Final = 12
_LONGEST_LABEL: Final = 100
"""Characters of the name of a footnote."""
_LAST_LINK: Final = "last_link"
_IS_IN_FOOTNOTE: Final = "is_in_footnote"

_Rule = Callable[[StateInline, bool], bool]


def in_linear_time(markdown: MarkdownIt) -> None:
    """Give a reader of Markdown these rules in place of the library's, where it has them."""
    rules: dict[str, _Rule] = {"linkify": _address}
    names = markdown.get_all_rules()["inline"]
    if "reference" not in markdown.get_active_rules()["block"]:
        rules["link"] = _link
    if "footnote_ref" in names:
        rules |= {"footnote_inline": _footnote_in_place, "footnote_ref": _footnote}
    for name, rule in rules.items():
        markdown.inline.ruler.at(name, rule)


def _address(state: StateInline, silent: bool) -> bool:
    """Make a link of an address that stands by itself.

    The library reads all that stands before once more, for each ``://``.
    """
    finder = state.md.linkify
    if finder is None or state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    written = _SCHEME.search(state.pending[-_LONGEST_SCHEME:])
    if written is None:
        return False
    scheme = written[0]
    address = state.src[state.pos - len(scheme) : state.posMax]
    found = finder.match_at_start(address)  # pyright: ignore[reportUnknownMemberType]  # has none
    if found is None:
        return False
    words = str(found.url).rstrip("*")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # ends what is stressed
    href = state.md.normalizeLink(words)
    if not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending.removesuffix(scheme)
        state.push("link_open", "a", 1).attrs = {"href": href}
        state.push("text", "", 0).content = state.md.normalizeLinkText(words)
        state.push("link_close", "a", -1)
    state.pos += len(words) - len(scheme)
    return True


def _link(state: StateInline, silent: bool) -> bool:
    """Read the words of a link only where an address may follow.

    The library reads on from each ``[``, and from the twenty before it again.
    """
    if state.src[state.pos] != "[":
        return False
    source, last = state.env.get(_LAST_LINK, ("", -1))
    if source is not state.src:
        last = state.src.rfind("](")
        state.env[_LAST_LINK] = (state.src, last)
    return state.pos < last and link(state, silent)


def _footnote(state: StateInline, silent: bool) -> bool:
    """Refer to a footnote whose name ends soon: the library looks for that to the end."""
    if not state.src.startswith("[^", state.pos):
        return False
    end = state.src.find("]", state.pos, state.pos + _LONGEST_LABEL + 3)
    return end >= 0 and footnote_ref(state, silent)


def _footnote_in_place(state: StateInline, silent: bool) -> bool:
    """Take a footnote where it stands, and none inside of it: each was read within each."""
    start = state.pos
    if not state.src.startswith("^[", start) or state.env.get(_IS_IN_FOOTNOTE):
        return False
    if not footnote_inline(state, True):
        return False
    if silent:
        return True
    state.pos = start
    state.env[_IS_IN_FOOTNOTE] = True
    is_one = footnote_inline(state, False)
    state.env[_IS_IN_FOOTNOTE] = False
    return is_one
