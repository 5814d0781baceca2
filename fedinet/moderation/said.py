"""What posts say, as stewards read it when they are gone: plain text. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.kernel.ids import PostId
from fedinet.markup.beginnings import beginning_of
from fedinet.markup.sanitise import plain_text
from fedinet.moderation.rights import DoneAct
from fedinet.posts.model import Post

MOST_KEPT: Final = 20_000
"""Characters of what is kept for one act, or of one post in a report."""
BETWEEN: Final = "\n\n"
"""Between posts that are taken away by one act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidThen:
    """What a post said when it was reported. ``said_at``: when that was written."""

    post_id: PostId
    said_at: datetime
    words: str
    is_there: bool
    """The post was not deleted since."""


def written_at(post: Post) -> datetime:
    """When a post began to say what it says."""
    return post.edited_at or post.published_at


def said_before(
    kept: Iterable[SaidThen], read: Mapping[PostId, Post], done: Iterable[DoneAct]
) -> Sequence[SaidThen]:
    """What posts said when they were reported and do not now: they were changed, or are gone.

    ``read``: those that are shown. Without what ``done`` shows as taken away.
    """
    taken = BETWEEN.join(["", *(act.said for act in done), ""])
    return [
        then
        for then in kept
        if not (then.words and f"{BETWEEN}{then.words.strip()}{BETWEEN}" in taken)
        and (then.post_id not in read or written_at(read[then.post_id]) != then.said_at)
    ]


def said_in(post: Post, most: int = MOST_KEPT) -> str:
    """What a post says, at most ``most`` characters: title, note, text, poll, pictures' words."""
    said = "\n".join(filter(None, _parts(post)))
    return said if len(said) <= most else beginning_of(said, most)


def _parts(post: Post) -> Iterator[str]:
    yield post.content_note
    yield post.about.title or ""
    yield plain_text(post.html)
    yield from () if post.poll is None else post.poll.titles
    yield from (attachment.description for attachment in post.attachments)
