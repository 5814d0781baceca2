"""A feed and its entries, and what each says. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Final

from fedinet.actors.model import Actor
from fedinet.kernel.uris import Origin
from fedinet.posts.articles import article_of
from fedinet.posts.facts import whole_html
from fedinet.posts.model import Post
from fedinet.posts.shown import ShownFile, shown_files
from fedinet.posts.words import first_words

MAX_ENTRIES: Final = 20
_MOST_IN_TITLE: Final = 80
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post. ``html`` is clean, all addresses in it are whole."""

    uri: str
    page: str
    title: str
    html: str
    language: str | None
    author: str
    author_page: str
    published_at: datetime
    edited_at: datetime
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """``page``: what it is the feed of. ``image``: a face, or empty."""

    page: str
    title: str
    about: str
    image: str
    entries: tuple[Entry, ...]

    @property
    def edited_at(self) -> datetime:
        return max((entry.edited_at for entry in self.entries), default=_LONG_AGO)


def entry_of(post: Post, author: Actor, origin: Origin) -> Entry:
    """Tell a post to readers who see nothing else of it."""
    return Entry(
        uri=post.uri,
        page=post.page_url,
        title=first_words(post, _MOST_IN_TITLE) or author.display_name,
        html="".join(_parts(post, origin)),
        language=post.language,
        author=author.display_name,
        author_page=author.page_url,
        published_at=post.published_at,
        edited_at=post.edited_at or post.published_at,
        tags=tuple(tag.written for tag in post.tags),
    )


def _parts(post: Post, origin: Origin) -> Iterator[str]:
    if post.content_note:
        yield f"<p><strong>{escape(post.content_note)}</strong></p>"
    cover = None
    if (article := article_of(post)) is not None and not post.content_note:
        post = replace(post, about=replace(post.about, title=""))  # the entry has it
        if (cover := article.cover) is not None:
            yield _file(cover, f"{origin}{cover.path}", is_folded=False)
    yield whole_html(post)
    if post.poll is not None:
        yield f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in post.poll.titles)}</ul>"
    is_folded = post.sensitive or bool(post.content_note)
    for file in shown_files(post):
        if cover is not None and file.path == cover.path:
            continue
        yield _file(file, f"{origin}{file.path}", is_folded=is_folded)


def _file(file: ShownFile, url: str, *, is_folded: bool) -> str:
    words = escape(file.description or file.kind)
    if file.kind == "image" and not is_folded:
        return f'<p><img src="{escape(url)}" alt="{escape(file.description)}"></p>'
    return f'<p><a href="{escape(url)}">{words}</a></p>'
