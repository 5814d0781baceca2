"""The first words of a post, where it is named and not shown. Pure."""

from collections.abc import Mapping

from fedinet.markup.sanitise import plain_text
from fedinet.posts.model import Post


def first_words(post: Post, most: int) -> str:
    """One line of about ``most`` characters; of a post with a content note, the note alone."""
    return line_of(post.content_note, post.about.title, post.html, most)


def line_of(content_note: str, title: str | None, html: str, most: int) -> str:
    """The same of what a post consists of."""
    return shortened(content_note or title or plain_text(html), most)


def shortened(text: str, most: int) -> str:
    """One line of plain text, of about ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most] + "…"


def shared_words(said: Mapping[str, str]) -> str:
    """What a post begins with that is shared: a title, a text, an address; a title once."""
    title, text, url = (said.get(name, "") for name in ("title", "text", "url"))
    return " ".join(part for part in ("" if title in text else title, text, url) if part)
