"""What members do with posts: check, store, promise delivery. Never the network.

Changing one is in ``changing``.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from fedinet.actors.model import Actor, check_is_here
from fedinet.audiences.store import forget_audiences
from fedinet.db.query import Tx
from fedinet.emojis.own_store import find_written
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, ActorUri, ObjectUri, PostId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_
from fedinet.markup.compose import MentionLink, Rendered, render
from fedinet.media.model import Media
from fedinet.polls.commands import open_poll
from fedinet.polls.model import new_poll
from fedinet.posts import local_store, quoted, reach, store
from fedinet.posts.beginning_store import Beginning, begin_post
from fedinet.posts.files import (
    attachments_of,
    give_files,
    hold_files,
    take_back_files,
)
from fedinet.posts.local_inboxes import place_create
from fedinet.posts.model import (
    MAX_MENTIONS,
    Draft,
    Post,
    Tag,
    UnexpectedMentions,
    check,
)
from fedinet.posts.signals import PostDeleted, published
from fedinet.queue.signals import announce
from fedinet.vocab.about import NOTHING, About

OnPublished: TypeAlias = Callable[[Tx, Post], Awaitable[None]]
Mentioned: TypeAlias = Mapping[str, Actor]
"""Who the handles of a text are (as ``find_mentions`` gives them), as far as that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A draft that may be published at this moment, with what it needs for that."""

    draft: Draft
    """Trimmed, and for nobody more than ``place`` says."""
    rendered: Rendered
    held: Sequence[Media]
    place: reach.Place
    quote: quoted.NewQuote | None


async def weigh(
    tx: Tx, uris: NodeUris, author: Actor, draft: Draft, *, mentioned: Mentioned
) -> Weighed:
    """Find out whether a draft may be published, without doing it.

    Raises:
        Unprocessable: empty, too long, too many mentions, a quote that may not be.
        Forbidden: the author has moved away.
        NotFound: the post to answer or to quote is not there, or not for this author.
    """
    check_is_here(author)
    draft = check(draft)
    rendered, typed = render_text(uris, draft.text, mentioned)
    held = await hold_files(tx, author, draft.files)
    place = await reach.find_place(tx, author, draft, typed)
    _check_mentions(draft, place)
    quote = await quoted.find_quoted(tx, uris, author, draft, place.visibility)
    return Weighed(
        draft=replace(draft, visibility=place.visibility),
        rendered=rendered,
        held=held,
        place=place,
        quote=quote,
    )


async def publish(
    tx: Tx,
    uris: NodeUris,
    author: Actor,
    draft: Draft,
    *,
    mentioned: Mentioned,
    now: datetime,
    on_published: OnPublished,
    begun: Beginning | None = None,
) -> Post:
    """Store a post and promise its delivery.

    A reply gets the audience of its parent where the draft asks for a wider
    one, and always speaks to the parent's author. ``on_published`` writes the
    author's own home row in this transaction. ``begun``: what was read with the author.

    Raises:
        Unprocessable, Forbidden, NotFound: as for ``weigh``.
    """
    weighed = await weigh(tx, uris, author, draft, mentioned=mentioned)
    held, place, quote = weighed.held, weighed.place, weighed.quote
    begun = begun or await begin_post(tx, author.id)
    post = await _post_of(tx, uris, author, weighed, post_id=begun.post_id, now=now)
    if post.quote_policy is None:
        post = replace(post, quote_policy=begun.quote_policy)
    await local_store.insert_post(tx, post, published(post, is_awaited=begun.is_awaited))
    await give_files(tx, author, post, held)
    await quoted.keep_quoted(tx, post, quote)
    if post.poll is not None:
        await open_poll(tx, post.id, post.poll)
    await reach.take_snapshot(tx, post, place)
    inside = await reach.send_create(tx, author, post, list(place.people.values()), begun)
    await place_create(tx, author, post, inside)
    await on_published(tx, post)
    return post


async def foresee(
    tx: Tx, uris: NodeUris, author: Actor, draft: Draft, *, mentioned: Mentioned, now: datetime
) -> Post:
    """Say what a draft would become if it was published now. Stores nothing.

    Raises:
        Unprocessable, Forbidden, NotFound: as for ``weigh``.
    """
    weighed = await weigh(tx, uris, author, draft, mentioned=mentioned)
    return await _post_of(tx, uris, author, weighed, post_id=PostId(0), now=now)


async def _post_of(
    tx: Tx, uris: NodeUris, author: Actor, weighed: Weighed, *, post_id: PostId, now: datetime
) -> Post:
    draft, rendered, place = weighed.draft, weighed.rendered, weighed.place
    return Post(
        id=post_id,
        uri=uris.post(post_id),
        page_url=uris.post_page(author.username, post_id),
        author_id=author.id,
        is_local=True,
        kind=_kind(draft),
        visibility=place.visibility,
        source=draft.text,
        html=rendered.html,
        content_note=draft.content_note,
        sensitive=draft.sensitive,
        language=draft.language,
        parent_id=None if place.parent is None else place.parent.id,
        parent_uri=None if place.parent is None else place.parent.uri,
        root_id=post_id if place.parent is None else place.parent.root_id,
        context_uri=None if place.parent is None else place.parent.context,
        attachments=attachments_of(weighed.held, uris, has_cover=bool(draft.title)),
        about=About(title=draft.title) if draft.title else NOTHING,
        poll=None if draft.poll is None else new_poll(draft.poll, now),
        published_at=now,
        mentions=tuple(sorted(place.people)),
        tags=tags_of(rendered),
        emojis=await find_written(
            tx,
            str(uris.origin),
            rendered.html,
            draft.content_note,
            draft.title or "",
            *(() if draft.poll is None else draft.poll.options),
        ),
        quote=None if weighed.quote is None else weighed.quote.quote,
        quote_policy=draft.quote_policy,
    )


async def delete(
    tx: Tx,
    author: Actor,
    post_id: PostId,
    *,
    uri: ObjectUri | None = None,
    keep_files: bool = False,
) -> Post:
    """Delete a post of the author for good, here and wherever it went. Returns what it was.

    ``uri``: the id of the Delete, where that is given already. ``keep_files``: its
    pictures stay with the author for a day, for a post written anew.

    Raises:
        NotFound: not a post of this author.
    """
    post = await store.lock_own(tx, reach.as_viewer(author), post_id)
    await reach.send_delete(tx, author, post, uri=uri)
    await forget_audiences(tx, [post_id])
    if keep_files:
        await take_back_files(tx, post)
    await local_store.delete_posts(tx, [post_id], author=author.uri)
    await announce(tx, PostDeleted(post.id, author.id, post.uri))
    return post


async def erase_some_of(tx: Tx, author_id: ActorId, *, uri: ActorUri, limit: int) -> int:
    """Delete the oldest posts of a member who left; returns how many there were.

    ``uri``: the address that the author had. Other servers are not told of each:
    the Delete of their author says it all.
    """
    posts = await local_store.lock_some_of(tx, author_id, limit=limit)
    await forget_audiences(tx, [post_id for post_id, _ in posts])
    await local_store.delete_posts(tx, [post_id for post_id, _ in posts], author=uri)
    await announce(tx, *(PostDeleted(post_id, author_id, post_uri) for post_id, post_uri in posts))
    return len(posts)


async def erase_posts(tx: Tx, ids: Sequence[PostId]) -> int:
    """Delete posts of anybody that were deleted before: nobody is told again. Idempotent.

    Returns how many there were.
    """
    found = await local_store.lock_any(tx, ids)
    await forget_audiences(tx, [post_id for post_id, *_ in found])
    by_author: dict[ActorUri, list[PostId]] = {}
    for post_id, _, _, author_uri in found:
        by_author.setdefault(author_uri, []).append(post_id)
    for author_uri, theirs in by_author.items():
        await local_store.delete_posts(tx, theirs, author=author_uri)
    await announce(tx, *(PostDeleted(post_id, author, uri) for post_id, uri, author, _ in found))
    return len(found)


def _check_mentions(draft: Draft, place: reach.Place) -> None:
    """Raises ``UnexpectedMentions`` for people whom the draft must not speak to."""
    if draft.may_mention is None:
        return
    answered = () if place.parent is None else (place.parent.author_id,)
    others = [person for person in place.people if person not in (*draft.may_mention, *answered)]
    if others:
        raise UnexpectedMentions(others)


def _kind(draft: Draft) -> str:
    if draft.title:
        return "Article"
    return "Note" if draft.poll is None else "Question"


def render_text(
    uris: NodeUris, text: str, mentioned: Mentioned
) -> tuple[Rendered, Sequence[Actor]]:
    """Make the HTML, and find whom the text names, in its order.

    Raises:
        Unprocessable: more people than one post may address.
    """
    links = {
        handle: MentionLink(href=actor.page_url, actor_uri=actor.uri, name=actor.username)
        for handle, actor in mentioned.items()
    }
    rendered = render(text, mentions=links, tag_url=uris.tag_page)
    if len(rendered.mentions) > MAX_MENTIONS:
        raise Unprocessable(
            f"{len(rendered.mentions)} mentions",
            public=N_("A post mentions at most %(most)d people"),
            values={"most": MAX_MENTIONS},
        )
    actors = reach.by_uri(mentioned)
    return rendered, [actors[ActorUri(link.actor_uri)] for link in rendered.mentions]


def tags_of(rendered: Rendered) -> tuple[Tag, ...]:
    return tuple(Tag(name, written) for name, written in rendered.tags)
