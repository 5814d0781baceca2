"""Everything that a member put here, as files: docs/your-data.md describes each.

Written for its owner, so the gate sees what they may see. Read by the page, so
that an archive of any size holds a few rows in memory.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from fedinet.accounts.model import Account
from fedinet.accounts.quote_words import QUOTE_POLICY_WORDS
from fedinet.accounts.store import find_quote_policy
from fedinet.actors.activities import actor_document
from fedinet.actors.keys_store import find_keys
from fedinet.actors.model import Actor
from fedinet.audiences.model import Viewer
from fedinet.charter.versions_store import list_accepted
from fedinet.db.query import Conn, Pool
from fedinet.filters.model import Filter
from fedinet.filters.store import list_filters
from fedinet.follows import blocks_store
from fedinet.follows import store as follows
from fedinet.follows.domain_blocks_store import list_domain_blocks
from fedinet.follows.relations_store import find_relationship
from fedinet.http.json import timestamp
from fedinet.kernel.errors import NotFound
from fedinet.kernel.paging import Page
from fedinet.leaving.csv_files import COLUMNS, heading, lines, yes_no
from fedinet.lists.store import list_lists, list_members
from fedinet.media.files import FileStore
from fedinet.media.model import Media
from fedinet.media.store import list_all_own, list_own
from fedinet.people.store import list_endorsed, list_notes
from fedinet.pins.store import list_tags
from fedinet.posts import activities, list_store, reach
from fedinet.posts.model import Post
from fedinet.posts.store import find_visible
from fedinet.reactions import activities as reactions
from fedinet.reactions.bookmarks_store import list_bookmarks
from fedinet.reactions.collections_store import Shared, list_boosts_by
from fedinet.reactions.store import list_liked
from fedinet.tags.store import list_followed
from fedinet.vocab.activity import Document
from fedinet.vocab.context import ACTIVITY_CONTEXT

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 80
Pieces = AsyncIterator[bytes]
Listing = Callable[..., Awaitable[Sequence[Any]]]
"""A list that is walked by key: its rows begin with their cursor, and the page comes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The archive of one member. ``readme``: what stands in the file that is opened first."""

    pool: Pool
    store: FileStore
    actor: Actor
    account: Account
    readme: str

    @property
    def viewer(self) -> Viewer:
        return reach.as_viewer(self.actor)

    async def files(self) -> AsyncIterator[tuple[str, Pieces]]:
        """Yield (name, its bytes). Each must be read before the next is asked for."""
        yield "README.txt", _one(self.readme.encode())
        yield "actor.json", self._actor()
        yield "settings.json", self._settings()
        yield "outbox.json", self._outbox()
        yield "likes.json", self._likes()
        for name in COLUMNS:
            yield name, self.table(name)
        async for _, media in self._walk(list_all_own, self.actor.id):
            yield path_of(media), self._bytes(media)

    def table(self, name: str) -> Pieces:
        """One of the CSV files, by its name in ``COLUMNS``."""
        return _table(name, self._tables()[name])

    async def _actor(self) -> Pieces:
        async with self.pool.acquire() as conn:
            yield _json(actor_document(self.actor, await find_keys(conn, self.actor.id)))

    async def _settings(self) -> Pieces:
        actor, account = self.actor, self.account
        async with self.pool.acquire() as conn:
            filters = await list_filters(conn, actor.id)
            tags = await list_tags(conn, actor.id)
            notes = await list_notes(conn, actor.id)
            quotes = await find_quote_policy(conn, actor.id)
            agreed = await list_accepted(conn, account.id)
        followed = [name async for _, _, name in self._walk(list_followed, actor.id)]
        endorsed = [found async for found in self._walk(list_endorsed, actor.id, actor.id)]
        yield _json(
            {
                "username": account.username,
                "email": account.email,
                "role": account.role,
                "language": account.language,
                "joined_at": timestamp(account.created_at),
                "what_apps_post_to": account.app_visibility,
                "who_may_quote": QUOTE_POLICY_WORDS[quotes],
                "approves_followers": actor.approves_followers,
                "discoverable": actor.discoverable,
                "indexable": actor.indexable,
                "also_known_as": actor.also_known_as,
                "featured_tags": [tag.written for _, tag in tags],
                "followed_tags": followed,
                "recommended": [found[1].full_handle for found in endorsed],
                "agreed_to": [
                    {"text": one.paper, "version": one.number, "at": timestamp(one.at)}
                    for one in agreed
                ],
                "notes": {about.full_handle: text for about, text in notes},
                "filters": [_filter(one) for one in filters],
            }
        )

    async def _outbox(self) -> Pieces:
        """All that was posted, whoever it was for, then what was shared."""
        yield _opening("outbox.json")
        between = b""
        async for _, post in self._walk(_list_posts, self.viewer):
            yield between + await self._created(post)
            between = b",\n"
        async for _, shared in self._walk(_list_boosts, self.viewer):
            document = reactions.announce(
                self.actor, shared.boost, post=shared.post, author=shared.author
            )
            yield between + _json(document)
            between = b",\n"
        yield b"]}\n"

    async def _created(self, post: Post) -> bytes:
        """A Create with the place of each file in the archive, and for whom it is."""
        async with self.pool.acquire() as conn:
            inside = (await reach.list_inside_many(conn, [post]))[post.id]
            media = await list_own(
                conn, self.actor.id, [file.media_id for file in post.attachments if file.media_id]
            )
        places = [
            path_of(media[file.media_id]) if file.media_id in media else file.url
            for file in post.attachments
        ]
        here = replace(
            post,
            attachments=tuple(
                replace(file, url=place)
                for file, place in zip(post.attachments, places, strict=True)
            ),
        )
        document = activities.create_note(here, self.actor, inside)
        return _json({**document, "visibility": post.visibility})

    async def _likes(self) -> Pieces:
        yield _opening("likes.json")
        between = b""
        async for uri in self._uris(list_liked):
            yield between + _json(uri)
            between = b",\n"
        yield b"]}\n"

    def _tables(self) -> "Mapping[str, AsyncIterator[Sequence[str]]]":
        me = self.actor.id
        return {
            "following_accounts.csv": self._following(),
            "followers.csv": self._people(follows.list_followers, me),
            "blocked_accounts.csv": self._people(blocks_store.list_blocked, me),
            "muted_accounts.csv": self._muted(),
            "blocked_domains.csv": self._domains(),
            "bookmarks.csv": self._bookmarks(),
            "lists.csv": self._lists(),
        }

    async def _people(self, listing: Listing, *more: object) -> AsyncIterator[Sequence[str]]:
        async for found in self._walk(listing, *more):
            yield (found[1].full_handle,)

    async def _following(self) -> AsyncIterator[Sequence[str]]:
        me = self.actor.id
        async for _, actor in self._walk(follows.list_following, me):
            async with self.pool.acquire() as conn:
                relation = await find_relationship(conn, me, actor.id)
            yield (
                actor.full_handle,
                yes_no(relation.boosts),
                yes_no(relation.notifying),
                ", ".join(relation.languages or ()),
            )

    async def _muted(self) -> AsyncIterator[Sequence[str]]:
        async for _, actor, _ in self._walk(blocks_store.list_muted, self.actor.id):
            yield (actor.full_handle, "true")

    async def _domains(self) -> AsyncIterator[Sequence[str]]:
        async for _, domain in self._walk(list_domain_blocks, self.actor.id):
            yield (domain,)

    async def _bookmarks(self) -> AsyncIterator[Sequence[str]]:
        async for uri in self._uris(list_bookmarks):
            yield (uri,)

    async def _lists(self) -> AsyncIterator[Sequence[str]]:
        async with self.pool.acquire() as conn:
            lists = await list_lists(conn, self.actor.id)
        for one in lists:
            async for _, actor in self._walk(list_members, one):
                yield (one.title, actor.full_handle)

    async def _uris(self, listing: Listing) -> AsyncIterator[str]:
        """Addresses of posts that the member liked or saved and may still see."""
        async for _, post_id in self._walk(listing, self.viewer):
            async with self.pool.acquire() as conn:
                post = await find_visible(conn, self.viewer, post_id)
            if post is not None:
                yield post.uri

    async def _bytes(self, media: Media) -> Pieces:
        """A file; where the store has lost it, nothing of it: the rest must not fail for that."""
        try:
            size = await self.store.size(media.file)
        except NotFound:
            logger.warning("leaving.no_such_file file=%s", media.file)
            return
        async for piece in self.store.read(media.file, 0, size):
            yield piece

    async def _walk(self, listing: Listing, *more: object) -> AsyncIterator[Any]:
        """Read a list that is walked by key, newest first, a page and a connection at a time."""
        page = Page(limit=_AT_ONCE)
        while True:
            async with self.pool.acquire() as conn:
                rows = await listing(conn, *more, page)
            for row in rows:
                yield row
            if len(rows) < _AT_ONCE:
                return
            page = Page(limit=_AT_ONCE, max_id=rows[-1][0])


def path_of(media: Media) -> str:
    """Where a file of the member stands in the archive."""
    return f"media/{media.purpose}-{media.id}.{media.file.rpartition('.')[2]}"


async def _list_posts(conn: Conn, viewer: Viewer, page: Page) -> list[tuple[int, Post]]:
    assert viewer.actor_id is not None  # noqa: S101  # a member's own
    posts = await list_store.list_own(conn, viewer, page)
    return [(post.id, post) for post in posts]


async def _list_boosts(conn: Conn, viewer: Viewer, page: Page) -> list[tuple[int, Shared]]:
    assert viewer.actor_id is not None  # noqa: S101  # a member's own
    found = await list_boosts_by(
        conn, viewer, viewer.actor_id, before=page.max_id, limit=page.limit
    )
    return [(one.boost.id, one) for one in found]


async def _table(name: str, rows: AsyncIterator[Sequence[str]]) -> Pieces:
    yield heading(name)
    async for row in rows:
        yield lines([row])


async def _one(data: bytes) -> Pieces:
    yield data


def _opening(name: str) -> bytes:
    head = {"@context": ACTIVITY_CONTEXT, "id": name, "type": "OrderedCollection"}
    return _json(head)[:-1] + b',"orderedItems":[\n'


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)


def _filter(found: Filter) -> Document:
    return {
        "title": found.title,
        "context": sorted(found.contexts),
        "expires_at": None if found.expires_at is None else timestamp(found.expires_at),
        "filter_action": found.action,
        "keywords": [
            {"keyword": one.keyword, "whole_word": one.whole_word} for one in found.keywords
        ],
    }
