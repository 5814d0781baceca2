"""The first words of a post, where it is named and not shown. Pure."""

from fedinet.markup.sanitise import plain_text
from fedinet.posts.model import Post


def first_words(post: Post, most: int) -> str:
    """One line of about ``most`` characters; of a post with a content note, the note alone."""
    words = post.content_note or post.about.title or plain_text(post.html)
    line = " ".join(words.split())
    return line if len(line) <= most else line[:most] + "…"
