"""What members write -> HTML. Pure.

Markdown, the part that suits a post: emphasis, code, quotes, lists, links,
footnotes, tables as lines and line breaks as typed; headings (``# `` and a space, which a hashtag
has not) begin at ``h2``, as the title stands above them. No raw HTML, no images.
The result passes the same sanitiser as everybody else's.

Not for use by several threads at once: the link finder keeps state.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linkify_it import LinkifyIt  # pyright: ignore[reportMissingTypeStubs]  # has none
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from fedinet.kernel.errors import Malformed
from fedinet.kernel.uris import domain
from fedinet.markup.linear import in_linear_time
from fedinet.markup.names import HASHTAG, hashtag
from fedinet.markup.sanitise import clean_html
from fedinet.markup.tables import read_table

_REMOTE: Final = re.compile(
    r"@([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,100}[A-Za-z0-9_])?)"
    r"@([^\W_](?:[\w.-]{0,250}[^\W_])?(?::[0-9]{1,5})?)(?![\w@])"
)
_LOCAL: Final = re.compile(r"@([A-Za-z0-9_]{1,30})(?![\w@-])")
_BETWEEN_TAGS: Final = re.compile(r">\n+<")
_INSIDE_WORD: Final = re.compile(r"[\w@#/&=.%?+~-]")
"""Before ``@`` or ``#``, these make it part of an address or a URL."""
_FOOTNOTES: Final = {
    "block_open": "<ol>",
    "block_close": "</ol>",
    "open": "<li>",
    "close": "</li>",
    "anchor": "",
}
"""Of what stands below a text with footnotes: HTML."""


@dataclass(frozen=True, slots=True)
class MentionLink:
    """Whom a handle names: the link to show, the actor to notify, the name after the ``@``."""

    href: str
    actor_uri: str
    name: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Clean HTML, and what it refers to in order of appearance, without repeats.

    ``tags`` are (normalised, as first written).
    """

    html: str
    tags: tuple[tuple[str, str], ...]
    mentions: tuple[MentionLink, ...]


def render(
    source: str, *, mentions: Mapping[str, MentionLink], tag_url: Callable[[str], str]
) -> Rendered:
    """Render a post. The caller bounds its length.

    ``mentions`` maps handles as ``find_mentions`` gives them; a handle that is
    not there stays text. ``tag_url`` makes the address of a normalised hashtag.
    """
    env: dict[str, object] = {"mentions": mentions, "tag_url": tag_url}
    tokens = _MARKDOWN.parse(source, env)
    html = clean_html(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env))
    tags: dict[str, str] = {}
    linked: dict[str, MentionLink] = {}
    for token in _inline(tokens):
        if token.type == "hashtag":
            tags.setdefault(token.content, token.info)
        elif token.type == "mention" and token.content in mentions:
            link = mentions[token.content]
            linked.setdefault(link.actor_uri, link)
    return Rendered(
        _BETWEEN_TAGS.sub("><", html).strip(), tuple(tags.items()), tuple(linked.values())
    )


def find_mentions(source: str) -> tuple[str, ...]:
    """List the handles that a text mentions: ``ada``, ``ada@b.example``; lower case, once each.

    Those in code and inside of links are not meant.
    """
    if "@" not in source:
        return ()
    tokens = _inline(_MARKDOWN.parse(source, {}))
    return tuple(dict.fromkeys(token.content for token in tokens if token.type == "mention"))


def _mention_rule(state: StateInline, silent: bool) -> bool:
    match = _match_at(_REMOTE, "@", state) or _match_at(_LOCAL, "@", state)
    if match is None:
        return False
    handle = match[1].lower()
    if match.re is _REMOTE:
        try:
            handle = f"{handle}@{domain(match[2])}"
        except Malformed:
            return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content, token.info = handle, match[0]
    state.pos = match.end()
    return True


def _hashtag_rule(state: StateInline, silent: bool) -> bool:
    match = _match_at(HASHTAG, "#", state)
    tag = None if match is None else hashtag(match[1])
    if match is None or tag is None:
        return False
    if not silent:
        token = state.push("hashtag", "", 0)
        token.content, token.info = tag
    state.pos = match.end()
    return True


def _match_at(pattern: re.Pattern[str], sign: str, state: StateInline) -> re.Match[str] | None:
    """Match a mention or hashtag here, unless it is inside of a word, an address or a link."""
    if state.src[state.pos] != sign or state.linkLevel > 0:
        return None
    if state.pos > 0 and _INSIDE_WORD.match(state.src[state.pos - 1]):
        return None
    return pattern.match(state.src, state.pos, state.posMax)


def _render_break(
    _renderer: RendererHTML,
    _tokens: Sequence[Token],
    _index: int,
    _options: OptionsDict,
    _env: EnvType,
) -> str:
    return "<br>"


def _render_mention(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: EnvType,
) -> str:
    links: Mapping[str, MentionLink] = env.get("mentions", {})
    link = links.get(tokens[index].content)
    if link is None:
        return escapeHtml(tokens[index].info)
    return (
        f'<span class="h-card" translate="no"><a href="{escapeHtml(link.href)}"'
        f' class="u-url mention">@<span>{escapeHtml(link.name)}</span></a></span>'
    )


def _render_hashtag(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    env: EnvType,
) -> str:
    normalised, written = tokens[index].content, tokens[index].info
    tag_url: Callable[[str], str] = env["tag_url"]
    return (
        f'<a href="{escapeHtml(tag_url(normalised))}" class="mention hashtag">'
        f"#<span>{escapeHtml(written)}</span></a>"
    )


def _render_footnote(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    _env: EnvType,
) -> str:
    """The number of a footnote. No link: what is relative to a page leads nowhere in a feed."""
    return f"<sup>{tokens[index].meta['id'] + 1}</sup>"


def _render_as(html: str) -> Callable[..., str]:
    def rule(*_given: object) -> str:
        return html

    return rule


def _inline(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt(
        "zero", {"html": False, "linkify": True, "breaks": True, "typographer": False}
    )
    markdown.enable(
        [
            "blockquote", "code", "fence", "heading", "list", "paragraph", "table",
            "autolink", "backticks", "emphasis", "escape", "entity", "link", "newline",
            "strikethrough", "linkify", "text_join", "balance_pairs", "fragments_join",
        ]
    )  # fmt: skip
    markdown.inline.ruler.before("emphasis", "mention", _mention_rule)
    markdown.inline.ruler.before("emphasis", "hashtag", _hashtag_rule)
    # Without this, main.py and README.md would be links.
    markdown.linkify = LinkifyIt(options={"fuzzy_link": False})
    markdown.add_render_rule("softbreak", _render_break)
    markdown.add_render_rule("hardbreak", _render_break)
    markdown.block.ruler.at("table", read_table, {"alt": ["paragraph", "reference"]})
    markdown.use(footnote_plugin)
    in_linear_time(markdown)
    markdown.add_render_rule("footnote_ref", _render_footnote)
    for part, html in _FOOTNOTES.items():
        markdown.add_render_rule(f"footnote_{part}", _render_as(html))
    markdown.add_render_rule("mention", _render_mention)
    markdown.add_render_rule("hashtag", _render_hashtag)
    return markdown


_MARKDOWN: Final = _markdown()
