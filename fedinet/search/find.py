"""Finding people, posts and hashtags: here, and where an address or a handle leads.

The network is asked before the database is read, never inside a transaction,
within a budget and a time. What its server shows to nobody but its members is
not found here.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.actors.store import find_actor_by_uri, find_by_handle, find_local_by_name
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, Pool
from fedinet.follows.model import STRANGERS
from fedinet.follows.relations_store import find_relationship
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.ids import ActorId, Domain, PostId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.paging import Page
from fedinet.markup.names import hashtag
from fedinet.net.budget import Budget
from fedinet.posts.model import Post
from fedinet.posts.remote import PostSource
from fedinet.posts.store import find_post_id_by_uri, find_visible
from fedinet.search import store
from fedinet.search.model import NOTHING, Found, Search, Sort, handle_of, is_address, read_text
from fedinet.search.operators import Author, read_where
from fedinet.search.posts_store import list_posts

logger = logging.getLogger(__name__)

TIME_LIMIT_S: Final = 10.0
MAX_REQUESTS: Final = 12


@dataclass(frozen=True, slots=True)
class Finder:
    """What a search asks. One per process."""

    pool: Pool
    uris: NodeUris
    actors: ActorSource
    posts: PostSource


FINDER: web.AppKey[Finder] = web.AppKey("search_finder", Finder)


async def find(finder: Finder, viewer: Viewer, search: Search) -> Found:
    """Find what the viewer may see. An address or a handle gives that one thing, or nothing.

    Never fails for what another server does: what cannot be had is not found.
    """
    text = read_text(search.text)
    handle = handle_of(text)
    if is_address(text):
        return await _at_address(finder, viewer, text, search)
    if handle is not None and search.offset == 0 and Sort.PEOPLE in search.sorts:
        actor = await _by_handle(finder, handle, ask=search.resolve)
        if actor is not None:
            async with finder.pool.acquire() as conn:
                return await _person(conn, viewer, actor)
    return await _by_words(finder, viewer, text, search)


async def _by_words(finder: Finder, viewer: Viewer, text: str, search: Search) -> Found:
    tag = hashtag(text)
    limit, offset = search.limit, search.offset
    name, _, domain = text.removeprefix("@").partition("@")
    async with finder.pool.acquire() as conn:
        people = posts = tags = None
        if Sort.PEOPLE in search.sorts and not text.startswith("#"):
            people = await store.list_people(
                conn,
                viewer,
                name,
                limit=limit,
                offset=offset,
                domain=domain.lower() or None,
                following=search.following,
                saying=search.saying,
            )
        if Sort.POSTS in search.sorts and text and not text.startswith("@"):
            posts = await _posts(conn, viewer, text, search)
        if Sort.TAGS in search.sorts and tag is not None:
            tags = await store.list_tags(conn, viewer, tag[0], limit=limit, offset=offset)
    return Found(
        people=tuple(actor for actor, _ in people or ()),
        relations={actor.id: relation for actor, relation in people or ()},
        posts=tuple(posts or ()),
        tags=tuple(tags or ()),
    )


async def _posts(conn: Conn, viewer: Viewer, text: str, search: Search) -> list[Post]:
    """Posts by words and operators. Whom nobody knows wrote nothing."""
    where = read_where(text)
    author_id = None if search.author_id is None else ActorId(search.author_id)
    if where.author is not None:
        author = await _named(conn, viewer, where.author)
        if author is None or author_id not in {None, author}:
            return []
        author_id = author
    not_author = where.not_author and await _named(conn, viewer, where.not_author)
    return await list_posts(
        conn,
        viewer,
        where,
        Page(limit=search.limit, max_id=search.max_id, min_id=search.min_id),
        offset=search.offset,
        author_id=author_id,
        not_author_id=not_author,
    )


async def _named(conn: Conn, viewer: Viewer, author: Author) -> ActorId | None:
    if author == Author("me"):
        return viewer.actor_id
    if author.domain is None:
        actor = await find_local_by_name(conn, author.name)
    else:
        actor = await find_by_handle(conn, author.name, Domain(author.domain))
    return None if actor is None else actor.id


async def _at_address(finder: Finder, viewer: Viewer, url: str, search: Search) -> Found:
    if search.offset:
        return NOTHING
    post_id, actor = await _known(finder, url)
    if post_id is None and actor is None and search.resolve and not finder.uris.is_ours(url):
        post_id, actor = await _ask(finder, url)
    async with finder.pool.acquire() as conn:
        if post_id is not None and Sort.POSTS in search.sorts:
            post = await find_visible(conn, viewer, post_id)
            return NOTHING if post is None else Found(posts=(post,))
        if actor is not None and Sort.PEOPLE in search.sorts:
            return await _person(conn, viewer, actor)
    return NOTHING


async def _known(finder: Finder, url: str) -> tuple[PostId | None, Actor | None]:
    """What this address names here, without asking anybody."""
    if not finder.uris.is_ours(url):
        post_id = await find_post_id_by_uri(finder.pool, url)
        return post_id, None if post_id else await find_actor_by_uri(finder.pool, url)
    post_id = await finder.posts.find(url)
    path = url.removeprefix(str(finder.uris.origin))
    for beginning in ("/@", "/users/"):
        if post_id is None and path.startswith(beginning):
            name = path.removeprefix(beginning).rstrip("/")
            return None, await find_local_by_name(finder.pool, name)
    return post_id, None


async def _ask(finder: Finder, url: str) -> tuple[PostId | None, Actor | None]:
    budget = Budget(MAX_REQUESTS)
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            post_id = await finder.posts.find(url, budget=budget)
            if post_id is not None:
                return post_id, None
            return None, await finder.actors.refresh(url, budget=budget)
    except (FedinetError, TimeoutError) as error:
        logger.info("search.not_found address=%s why=%s", url, error)
        return None, None


async def _by_handle(finder: Finder, handle: str, *, ask: bool) -> Actor | None:
    if not ask:
        return None
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            return await finder.actors.resolve_handle(handle, budget=Budget(MAX_REQUESTS))
    except (FedinetError, TimeoutError) as error:
        logger.info("search.not_found handle=%s why=%s", handle, error)
        return None


async def _person(conn: Conn, viewer: Viewer, actor: Actor) -> Found:
    if actor.is_gone or actor.is_suspended:
        return NOTHING
    relation = STRANGERS
    if viewer.actor_id is not None:
        relation = await find_relationship(conn, viewer.actor_id, actor.id)
    return NOTHING if relation.blocked_by else Found((actor,), {actor.id: relation})
