"""What others wrote, in whatever form, -> HTML that we serve. Pure.

Not for use by several threads at once: the link finder keeps state.
"""

import re
from collections.abc import Sequence
from typing import Final

from linkify_it import LinkifyIt  # pyright: ignore[reportMissingTypeStubs]  # has none
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from fedinet.markup.linear import in_linear_time
from fedinet.markup.sanitise import clean_html, is_cut

MAX_SOURCE: Final = 20_000
"""Characters of Markdown or plain text that are read; the rest is cut. Its worst takes 0.3 s."""

_BETWEEN_TAGS: Final = re.compile(r">\n+<")


def html_of(text: str, form: str, *, with_places: bool = False) -> str:
    """Return clean HTML. ``form`` is ``html``, ``markdown`` or ``plain``.

    ``with_places``: the places of pictures stay, of HTML. Raw HTML in Markdown stays text,
    pictures become their descriptions.
    """
    if form == "html":
        return clean_html(text, with_places=with_places)
    reader = _MARKDOWN if form == "markdown" else _PLAIN
    return _BETWEEN_TAGS.sub("><", clean_html(reader.render(text[:MAX_SOURCE]))).strip()


def is_cut_short(text: str, form: str) -> bool:
    """Tell whether ``html_of`` reads less than the whole."""
    return is_cut(text) if form == "html" else len(text) > MAX_SOURCE


def _render_image(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    _env: EnvType,
) -> str:
    return escapeHtml(tokens[index].content)


def _reader(preset: str, *rules: str) -> MarkdownIt:
    reader = MarkdownIt(preset, {"html": False, "linkify": True, "breaks": True})
    reader.enable(list(rules))
    reader.add_render_rule("image", _render_image)
    # Without this, main.py and README.md would be links.
    reader.linkify = LinkifyIt(options={"fuzzy_link": False})
    in_linear_time(reader)
    return reader


_MARKDOWN: Final = _reader("commonmark", "strikethrough", "linkify")
_PLAIN: Final = _reader("zero", "linkify", "newline", "text_join")
