"""What a post says, as apps know it: the part of a Status that is the same for all readers.

Encoded once for each revision and kept in the process; whoever completes it for
a reader read the post through the gate. Pure but for that store.

Source: https://docs.joinmastodon.org/entities/Status/
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import msgspec
from aiohttp import web

from fedinet.accounts.entities import VISIBILITY_WORDS
from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.http.json import timestamp
from fedinet.kernel.names import NodeUris
from fedinet.posts.facts import whole_html
from fedinet.posts.model import Attachment, Post, Revision

_KEPT: Final = 4000
_encode = msgspec.json.Encoder().encode

Key = tuple[int, int, int, Visibility]


class PostFragments:
    """One per process: the encoded beginnings of statuses, the last used ones."""

    def __init__(self, uris: NodeUris) -> None:
        self._uris = uris
        self._kept: OrderedDict[Key, bytes] = OrderedDict()

    def fragment(self, post: Post, author: Actor, mentioned: Iterable[Actor]) -> bytes:
        """The entity up to, and without, what differs by reader; its brace is not closed."""
        key = (post.id, post.revision, author.revision, post.visibility)
        kept = self._kept.get(key)
        if kept is None:
            kept = _encode(said(post, mentioned, self._uris))[:-1]
            self._kept[key] = kept
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return kept


def said(post: Post, mentioned: Iterable[Actor], uris: NodeUris) -> dict[str, object]:
    """All fields that are the same for every reader of a post."""
    return {
        "id": str(post.id),
        "uri": post.uri,
        "url": post.page_url or post.uri,
        "created_at": timestamp(post.published_at),
        "edited_at": None if post.edited_at is None else timestamp(post.edited_at),
        "content": whole_html(post) + _pictures(post),
        "visibility": VISIBILITY_WORDS[post.visibility],
        "local_only": post.visibility is Visibility.COMMUNITY,
        "sensitive": post.sensitive,
        "spoiler_text": post.content_note,
        "language": post.language,
        "media_attachments": (),
        "mentions": [mention(actor) for actor in mentioned],
        "tags": [{"name": tag.name, "url": uris.tag_page(tag.name)} for tag in post.tags],
        "emojis": (),
        "card": None,
        "tagged_collections": (),
    }


def mention(actor: Actor) -> dict[str, str]:
    return {
        "id": str(actor.id),
        "username": actor.username,
        "url": actor.page_url or actor.uri,
        "acct": actor.handle,
    }


def edits(revisions: Sequence[Revision], account: msgspec.Raw) -> list[dict[str, object]]:
    """Everything a post has said, oldest first: StatusEdit entities."""
    return [
        {
            "content": revision.html,
            "spoiler_text": revision.content_note,
            "sensitive": revision.sensitive,
            "created_at": timestamp(revision.written_at),
            "account": account,
            "poll": None,
            "media_attachments": (),
            "emojis": (),
            "quote": None,
        }
        for revision in revisions
    ]


def _pictures(post: Post) -> str:
    """Name the attachments in words, with a link to the post where it lives.

    Until they come through us, an app is told of no address of theirs.
    """
    href = escape(post.page_url or post.uri)
    return "".join(
        f'<p><a href="{href}" rel="nofollow noopener noreferrer">[{escape(_words(attachment))}]'
        "</a></p>"
        for attachment in post.attachments
    )


def _words(attachment: Attachment) -> str:
    kind = attachment.media_type.partition("/")[0]
    name = kind if kind in ("image", "video", "audio") else "attachment"
    return f"{name}: {attachment.description}" if attachment.description else name


FRAGMENTS: web.AppKey[PostFragments] = web.AppKey("post_fragments", PostFragments)
