"""What filters read of a post. Pure."""

from fedinet.markup.sanitise import plain_text
from fedinet.posts.model import Post


def words_of(post: Post) -> str:
    """All that a post says: title, content note, text, poll, and descriptions of its files.

    Source: Mastodon 4.2-4.7 ``status.rb#searchable_text``
    """
    options = () if post.poll is None else post.poll.options
    files = [attachment.description for attachment in post.attachments]
    parts = (post.about.title, post.content_note, plain_text(post.html), *options, *files)
    return "\n".join(part for part in parts if part)
