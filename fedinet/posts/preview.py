"""How a post will look, shown above the form in which it is written. Nothing is published."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors, get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.params import Params
from fedinet.kernel.ids import PostId
from fedinet.polls.model import ShownPoll, shown_to
from fedinet.posts import changing, commands
from fedinet.posts.articles import Article, article_of
from fedinet.posts.mentions import LookedUp, look_up_mentions
from fedinet.posts.model import Change, Draft, Post
from fedinet.posts.seen import Quoted
from fedinet.posts.shown import ShownFile, shown_files
from fedinet.posts.store import find_visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What people would read now: for ``posts/says.html``, as an entry of a list is."""

    post: Post
    author: Actor
    answered: Actor | None
    quoted: Quoted | None
    poll: ShownPoll | None
    names: LookedUp
    """Whom the text names."""
    path: str = "#preview"
    warning: str = ""
    blurs: bool = False
    is_own: bool = True

    @property
    def files(self) -> tuple[ShownFile, ...]:
        return shown_files(self.post)

    @property
    def article(self) -> Article | None:
        return article_of(self.post)


def wants_preview(fields: Params) -> bool:
    """Whether the writer asked to see the post, instead of publishing it."""
    return fields.text("do") == "preview"


async def preview_of(request: web.Request, writer: Member, draft: Draft) -> Preview:
    """The post as it would be published now.

    Raises:
        Unprocessable, Forbidden, NotFound: it would not be.
    """
    names = await look_up_mentions(request.app[ACTORS], draft.text)
    now = datetime.now(UTC)
    async with transaction(request.app[POOL]) as tx:
        author = await get_actor(tx, writer.actor_id)
        post = await commands.foresee(
            tx, request.app[URIS], author, draft, mentioned=names.found, now=now
        )
        return await _around(tx, writer, author, post, names)


async def preview_of_change(
    request: web.Request, writer: Member, post: Post, change: Change
) -> Preview:
    """The post as it would be after a change; raises as ``preview_of`` does."""
    names = await look_up_mentions(request.app[ACTORS], change.text)
    now = datetime.now(UTC)
    async with transaction(request.app[POOL]) as tx:
        author = await get_actor(tx, writer.actor_id)
        edited = await changing.foresee_change(
            tx, request.app[URIS], author, post, change, mentioned=names.found, now=now
        )
        return await _around(tx, writer, author, edited, names)


async def _around(
    tx: Tx,
    writer: Member,
    author: Actor,
    post: Post,
    names: LookedUp,
) -> Preview:
    quote = post.quote
    wanted = (post.parent_id, quote.post_id if quote is not None and quote.is_shown else None)
    parent, quoted = [
        None if one is None else await find_visible(tx, writer.viewer, PostId(one))
        for one in wanted
    ]
    people = await find_actors(tx, {one.author_id for one in (parent, quoted) if one is not None})
    poll = None
    if post.poll is not None:
        now = datetime.now(UTC)
        poll = shown_to(post.poll, chosen=(), is_own=True, is_member=True, now=now)
    return Preview(
        post=post,
        author=author,
        answered=None if parent is None else people.get(parent.author_id),
        quoted=None if quoted is None else Quoted(quoted, people[quoted.author_id]),
        poll=poll,
        names=names,
    )
