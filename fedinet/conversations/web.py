"""The page of what a member and others write to each other alone: whose turn it is, and an end."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.conversations import store
from fedinet.conversations.model import Talk, Turn, others_in
from fedinet.filters.folding import done_to
from fedinet.filters.model import Context
from fedinet.filters.reader import reader_filters
from fedinet.http.auth import require_member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.paging import older_address, read_page
from fedinet.posts.model import Post
from fedinet.posts.store import list_visible
from fedinet.posts.words import first_words

routes = web.RouteTableDef()
_MOST_WORDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One conversation, by its newest letter."""

    talk: Talk
    people: tuple[Actor, ...]
    """All but the member, who wrote last first."""
    post: Post
    author: Actor
    warning: str
    """What the member calls the filter that meets the letter; ``""``: none does."""

    @property
    def path(self) -> str:
        return f"/@{self.author.handle}/{self.post.id}"

    @property
    def words(self) -> str:
        return first_words(self.post, _MOST_WORDS)


@routes.get("/conversations")
async def show_letters(request: web.Request) -> web.Response:
    """Every private conversation of the member, the newest first, by whose turn it is.

    Looking marks nothing as read.
    """
    found, page = require_member(request), read_page(request, default=store.MOST_ON_PAGE)
    filters, now = reader_filters(request, Context.THREAD), datetime.now(UTC)
    async with request.app[POOL].acquire() as conn:
        talks = await store.list_talks(conn, found.viewer, now, page)
        posts = await list_visible(conn, found.viewer, [one.last_post_id for one in talks])
        people = await store.list_people(conn, posts)
        actors = await find_actors(conn, {who for several in people.values() for who in several})
    lines: dict[Turn, list[Line]] = {turn: [] for turn in Turn}
    for talk in talks:
        post = posts.get(talk.last_post_id)
        author = None if post is None else actors.get(post.author_id)
        if post is None or author is None:
            continue
        others = others_in(people[post.id], author.id, found.actor_id)
        line = Line(
            talk=talk,
            people=tuple(actors[one] for one in others if one in actors),
            post=post,
            author=author,
            warning=done_to(post, filters, found.actor_id, now).warning,
        )
        lines[talk.turn].append(line)
    return render(
        request,
        "conversations/letters.html",
        nav="conversations",
        lines=lines,
        older=older_address(request, page, [talk.cursor for talk in talks]),
        earlier_page=page.max_id is not None,
    )
