"""Articles as readers meet them in lists: the title, the cover, the first sentences. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fedinet.kernel.pictures import digest
from fedinet.markup.beginnings import beginning_of
from fedinet.markup.outline import without_headings
from fedinet.markup.places import parts_of, without_places
from fedinet.markup.sanitise import plain_text
from fedinet.posts.model import Post
from fedinet.posts.shown import ShownFile, shown_files
from fedinet.vocab.inline import MAX_PICTURES

_MARKUP: Final = re.compile(r"<[^>]*>")
_NO_PROSE: Final = re.compile(r"<(/?)(?:h[1-6]|ul|ol|pre)(?=[ >])[^>]*>")
_LONGER: Final = re.compile(r"<(?:ul|ol|pre)[ >]")
"""What is for its own page alone, in however few words: lists, code, footnotes."""
_TORN: Final = re.compile(r"<[^>]*$")
_NOTE: Final = re.compile(
    r"(?:(?<=[^\W\d]{3})|(?<=[.,;:!?”’»)>]))<sup>(<a [^>]*>)?\[?([0-9]{1,3})\]?(?:</a>)?</sup>"
)
"""What may be the sign of a footnote, behind a word or a sentence; m² and 10⁶ are none."""
_SHORT: Final = 400
"""Characters. What is no longer stands whole in lists."""
_LEAST: Final = 120
_MOST: Final = 320
_LOOKED_AT: Final = (4_000, 20_000)
"""Characters of HTML: mostly the first say how a text begins; where they are markup, more do."""
_SENTENCE: Final = re.compile(r"[.!?…؟]['\"’”»)]*(?=\s|$)|[。！？]")  # noqa: RUF001  # others' signs
_PER_MINUTE: Final = 1_200
"""Characters that people read in a minute: 200 words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """``beginning``: its first sentences; ``""`` where the whole is as short, and prose."""

    title: str
    beginning: str
    summary: str
    """Its first sentences, however short it is."""
    minutes: int
    cover: ShownFile | None
    files: tuple[ShownFile, ...]
    """What it shows besides the cover."""
    picture: ShownFile | None
    """What stands beside the beginning: the cover, else the first picture of a longer text."""
    leads_elsewhere: bool
    """It is about a page of others, to which it links (Lemmy)."""
    html: str
    are_folded: bool
    """Its pictures are, and stand below the text."""

    @property
    def in_lists(self) -> str:
        """A short one as HTML, whole. Its headings would be smaller there than its words."""
        return without_headings(without_places(self.html))

    @property
    def parts(self) -> tuple[tuple[str, ShownFile | None], ...]:
        """Its words as HTML up to each picture that stands inside of them, and that picture."""
        *pairs, last = parts_of(self.html)
        placed = self._placed()
        there = list[tuple[str, ShownFile | None]]()
        shown = 0
        for html, name in zip(pairs[::2], pairs[1::2], strict=True):
            picture = placed.get(name) if shown < MAX_PICTURES else None
            shown += picture is not None
            there.append((html, picture))
        return (*there, (last, None))

    @property
    def below(self) -> tuple[ShownFile, ...]:
        """What it shows below its words."""
        inside = {picture.of.url for _, picture in self.parts if picture is not None}
        return tuple(one for one in self.files if one.of.url not in inside)

    def _placed(self) -> Mapping[str, ShownFile]:
        if self.are_folded:
            return {}
        return {digest(one.of.url): one for one in self.files if one.kind == "image"}


def article_of(post: Post, *, folded: bool = False) -> Article | None:
    """Say how to show a post that is an article; None for every other.

    ``folded``: its pictures are, and so it has no cover.
    """
    if not post.is_article:
        return None
    text = _beginning(post.html)
    summary = first_sentences(text)
    stands_whole = len(text) <= _SHORT and _LONGER.search(post.html) is None
    beginning = "" if stands_whole else summary
    files = shown_files(post)
    is_folded = folded or (post.sensitive and not post.content_note)
    pictures = [] if is_folded else [one for one in files if one.kind == "image"]
    cover = next((one for one in pictures if one.of.is_cover), None)
    return Article(
        title=post.about.title,
        beginning=beginning,
        summary=summary,
        minutes=max(1, round(len(_MARKUP.sub("", post.html)) / _PER_MINUTE)),
        cover=cover,
        files=tuple(one for one in files if one is not cover),
        picture=cover or (pictures[0] if pictures and beginning else None),
        leads_elsewhere=post.about.link not in ("", post.page_url),
        html=post.html,
        are_folded=is_folded,
    )


def summary_of(post: Post) -> str:
    """What a post says in its first sentences, as plain text."""
    return first_sentences(_beginning(post.html))


def first_sentences(text: str) -> str:
    """Whole sentences of some 320 characters; else as many words, and a sign that there is more."""
    if len(text) <= _MOST:
        return text
    ends = [found.end() for found in _SENTENCE.finditer(text, 0, _MOST)]
    if ends and ends[-1] >= _LEAST:
        return text[: ends[-1]]
    return beginning_of(text, _MOST)


def _beginning(html: str) -> str:
    """As much of a very long text as says how it begins, as one line; a short one whole.

    Without headings, lists, code and signs of footnotes, where it says anything else.
    """
    html = _without_notes(html[: _LOOKED_AT[-1]])
    return _first_line(_prose(_TORN.sub("", html))) or _first_line(html)


def _without_notes(html: str) -> str:
    """Footnotes link, or count up from one: in cos² and (a + b)² a two is none."""
    last = 0

    def left(sign: re.Match[str]) -> str:
        nonlocal last
        link, number = sign[1], int(sign[2])
        if not link and number != last + 1:
            return sign[0]
        last = number
        return ""

    return _NOTE.sub(left, html)


def _prose(html: str) -> str:
    kept, depth, start = list[str](), 0, 0
    for tag in _NO_PROSE.finditer(html):
        if depth == 0:
            kept.append(html[start : tag.start()])
        depth += -1 if tag[1] else 1
        start = tag.end()
    return " ".join([*kept, *([html[start:]] if depth == 0 else ())])


def _first_line(html: str) -> str:
    text = ""
    for most in _LOOKED_AT:
        text = " ".join(plain_text(_TORN.sub("", html[:most])).split())
        if len(text) > _SHORT or len(html) <= most:
            break
    return text
