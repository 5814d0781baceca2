"""What a post says, as apps know it: the part of a Status that is the same for all readers.

Encoded once for each revision and kept in the process; whoever completes it for
a reader read the post through the gate. Pure but for that store.

Source: https://docs.joinmastodon.org/entities/Status/
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from aiohttp import web

from fedinet.accounts.entities import VISIBILITY_WORDS
from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.cards.entities import card_entity
from fedinet.emojis.model import entity
from fedinet.http.json import timestamp
from fedinet.kernel.names import NodeUris
from fedinet.markup.outline import without_headings
from fedinet.markup.places import without_places
from fedinet.media.passes import Passes
from fedinet.posts.facts import heading, whole_html
from fedinet.posts.file_entities import entities_of_files, file_entities, needs_passes
from fedinet.posts.history import titles_then
from fedinet.posts.model import Post, Revision
from fedinet.posts.shown import files_then

_KEPT: Final = 4000
_NOT_FOR_ALL_SERVERS: Final = (Visibility.COMMUNITY, Visibility.ALLIES)
"""What no app may show as if it went to followers everywhere."""
_encode = msgspec.json.Encoder().encode

Key = tuple[int, int, int, Visibility, int, int, int]


class PostFragments:
    """One per process: the encoded beginnings of statuses, the last used ones."""

    def __init__(self, uris: NodeUris, passes: Passes) -> None:
        self._uris = uris
        self._passes = passes
        self._kept: OrderedDict[Key, bytes] = OrderedDict()

    def fragment(self, post: Post, author: Actor, mentioned: Iterable[Actor]) -> bytes:
        """The entity up to, and without, what differs by reader; its brace is not closed."""
        week = self._passes.week() if needs_passes(post) else 0
        key = (post.id, post.revision, author.revision, post.visibility, week, *_card_key(post))
        kept = self._kept.get(key)
        if kept is None:
            files = file_entities(post, self._uris, self._passes)
            kept = _encode(said(post, mentioned, self._uris, files))[:-1]
            self._kept[key] = kept
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return kept


def _card_key(post: Post) -> tuple[int, int]:
    return (0, 0) if post.card is None else (post.card.id, post.card.version)


def said(
    post: Post, mentioned: Iterable[Actor], uris: NodeUris, files: Sequence[object] = ()
) -> dict[str, object]:
    """All fields that are the same for every reader of a post."""
    return {
        "id": str(post.id),
        "uri": post.uri,
        "url": post.page_url,
        "created_at": timestamp(post.published_at),
        "edited_at": None if post.edited_at is None else timestamp(post.edited_at),
        "content": _for_apps(whole_html(post)),
        "visibility": VISIBILITY_WORDS[post.visibility],
        "local_only": post.visibility in _NOT_FOR_ALL_SERVERS,
        "sensitive": post.sensitive,
        "spoiler_text": post.content_note,
        "language": post.language,
        "media_attachments": files,
        "mentions": [mention(actor) for actor in mentioned],
        "tags": [{"name": tag.name, "url": uris.tag_page(tag.name)} for tag in post.tags],
        "emojis": [entity(emoji, str(uris.origin)) for emoji in post.emojis],
        "card": None if post.card is None else card_entity(post.card, str(uris.origin)),
        "tagged_collections": (),
    }


def _for_apps(html: str) -> str:
    return without_headings(without_places(html))


def mention(actor: Actor) -> dict[str, str]:
    return {
        "id": str(actor.id),
        "username": actor.username,
        "url": actor.page_url,
        "acct": actor.handle,
    }


def edits(
    post: Post,
    revisions: Sequence[Revision],
    account: msgspec.Raw,
    uris: NodeUris,
    passes: Passes,
) -> list[dict[str, object]]:
    """Everything a post has said, oldest first: StatusEdit entities. Emojis are those of now.

    Files that were taken off since lead to the post, as those that we cannot show.
    """
    emojis = [entity(emoji, str(uris.origin)) for emoji in post.emojis]
    return [
        {
            "content": f"{heading(revision.title)}{_for_apps(revision.html)}",
            "spoiler_text": revision.content_note,
            "sensitive": revision.sensitive,
            "created_at": timestamp(revision.written_at),
            "account": account,
            "media_attachments": entities_of_files(post, files_then(post, revision), uris, passes),
            "emojis": emojis,
            **_asked(post, revision),
        }
        for revision in revisions
    ]


def _asked(post: Post, revision: Revision) -> dict[str, object]:
    titles = titles_then(post, revision)
    return {"poll": {"options": [{"title": one} for one in titles]}} if titles else {}


FRAGMENTS: web.AppKey[PostFragments] = web.AppKey("post_fragments", PostFragments)
