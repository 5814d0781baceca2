"""Whom a post of ours speaks to, and whom its activities are sent to. The gate decides.

A mention alone widens no audience (docs/architecture.md, "Meanings").
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.allies import posts_store as ally_store
from fedinet.audiences.model import Viewer, Visibility
from fedinet.audiences.store import list_named, name_members, who_sees
from fedinet.db.query import Conn, Tx
from fedinet.kernel.ids import ActorId, ActorUri, Domain, ObjectUri, PostId
from fedinet.kernel.uris import origin_of
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.posts import activities, local_store, store
from fedinet.posts.beginning_store import Beginning
from fedinet.posts.model import Draft, Post, reply_visibility
from fedinet.posts.readers_store import list_inboxes
from fedinet.vocab.activity import Document, uris_of

_TO_FOLLOWERS: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET, Visibility.FOLLOWERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a new post belongs: what it answers, for whom it is, to whom it speaks."""

    parent: Post | None
    visibility: Visibility
    people: Mapping[ActorId, Actor]
    allies: Sequence[ActorId] = ()
    """The node actors of the allied communities that it is for."""


async def find_place(tx: Tx, author: Actor, draft: Draft, typed: Sequence[Actor]) -> Place:
    """Find the audience of a draft. ``typed``: whom its text names.

    An answer keeps the audience of its parent, or a narrower one, and speaks to
    the parent's author too. An answer to people mentioned that names nobody
    goes to all who are in that conversation; one that names some, to those.

    Raises:
        NotFound: the parent is not there, or not for this author.
    """
    if draft.parent_id is None:
        visibility, people = draft.visibility, _people(author, typed)
        allies = await allies_of(tx, visibility, None)
        return Place(parent=None, visibility=visibility, people=people, allies=allies)
    parent = await store.get_answerable(tx, as_viewer(author), draft.parent_id)
    wanted = {parent.author_id}
    if parent.visibility is Visibility.MENTIONED and not typed:
        wanted |= spoken_to(parent, await list_named(tx, parent.id))
    others = (await find_actors(tx, wanted)).values()
    visibility = reply_visibility(parent.visibility, draft.visibility)
    return Place(
        parent=parent,
        visibility=visibility,
        people=_people(author, [*typed, *others]),
        allies=await allies_of(tx, visibility, parent),
    )


def spoken_to(letter: Post, named: Iterable[ActorId]) -> set[ActorId]:
    """To whom of those in a letter's audience an answer to all goes, so that others read of them.

    Not to those whom a client of one's own addressed in secret (``bto``, ``bcc``).
    """
    return {one for one in named if not letter.is_local or one in letter.mentions}


async def allies_of(tx: Tx, visibility: Visibility, parent: Post | None) -> Sequence[ActorId]:
    """The allies of now that a post is for: in an answer, of those that what it answers was for."""
    if visibility is not Visibility.ALLIES:
        return ()
    keeps_to = None if parent is None or parent.visibility is not Visibility.ALLIES else parent.id
    return await ally_store.list_reached(tx, keeps_to)


async def take_snapshot(tx: Tx, post: Post, place: Place) -> None:
    """Write down who belongs to the audience by name: of a post to followers, the one answered."""
    if place.visibility is Visibility.MENTIONED:
        await name_members(tx, post.id, place.people)
    elif place.visibility is Visibility.ALLIES:
        await name_members(tx, post.id, place.allies)
    elif place.visibility is Visibility.FOLLOWERS and place.parent is not None:
        await name_members(tx, post.id, place.people.keys() & {place.parent.author_id})


async def send_create(
    tx: Tx, author: Actor, post: Post, people: Sequence[Actor], begun: Beginning
) -> Sequence[Actor]:
    """Promise a new post to the followers, and to those of ``people`` who may see it: its answer.

    Nothing is promised where all of them are here.
    """
    if post.visibility is Visibility.COMMUNITY:
        return ()
    inside = await _inside(tx, post, people)
    elsewhere = {actor.id for actor in inside if not actor.is_local}
    if post.visibility is Visibility.ALLIES:
        elsewhere |= set(await ally_store.list_reached(tx, post.id))
    elif post.visibility is Visibility.EVERYONE:
        elsewhere |= set(begun.allies)
    followers = post.visibility in _TO_FOLLOWERS
    if elsewhere or (followers and begun.followed_elsewhere):
        activity = activities.create_note(post, author, inside)
        await _promise(tx, author, post, elsewhere, activity, followers=followers)
    return inside


async def send_given(
    tx: Tx, author: Actor, post: Post, people: Sequence[Actor], *, followers: bool
) -> Document:
    """Promise a new post to exactly whom its client addressed it. Returns the Create.

    ``people``: by any address, also a hidden one; the gate subtracts who blocks.
    """
    inside = await _inside(tx, post, people)
    shown = [actor for actor in inside if actor.id in post.mentions]
    activity = activities.create_note(post, author, shown)
    elsewhere = tuple(actor.id for actor in inside if not actor.is_local)
    if followers or elsewhere:
        audience = Audience(followers=followers, actors=elsewhere, direct=not followers)
        await enqueue(tx, author.id, audience, activity)
    return activity


async def send_update(
    tx: Tx,
    author: Actor,
    post: Post,
    *,
    uri: ObjectUri | None = None,
    besides: Sequence[Actor] = (),
) -> None:
    """Promise an edit to its audience, and to those who did something to it and may see it.

    The document names only who is mentioned. ``uri``: its id, where that is given
    already; ``besides``: whom it is addressed to, too.
    """
    await _send_update(tx, author, post, uri=uri, besides=besides)


async def _send_update(
    tx: Tx,
    author: Actor,
    post: Post,
    *,
    uri: ObjectUri | None = None,
    besides: Sequence[Actor] = (),
    counted_at: datetime | None = None,
) -> None:
    if post.visibility is Visibility.COMMUNITY:
        return
    touched = await local_store.list_touched(tx, post.id)
    people = await find_actors(tx, {*post.mentions, *touched, *(actor.id for actor in besides)})
    inside = await _inside(tx, post, list(people.values()))
    named = [actor for actor in inside if actor.id in post.mentions]
    activity = activities.update_note(post, author, named, uri=uri, counted_at=counted_at)
    await _send(tx, author, post, inside, activity)


async def send_counts(tx: Tx, author: Actor, post: Post, now: datetime) -> None:
    """Promise the counts of a poll to its audience, and to those who voted. It is no edit."""
    await _send_update(tx, author, post, counted_at=now)


async def send_delete(tx: Tx, author: Actor, post: Post, *, uri: ObjectUri | None = None) -> None:
    """Promise a Delete to everyone who may have a copy, blocked since or not."""
    if post.visibility is Visibility.COMMUNITY:
        return
    touched = await local_store.list_touched(tx, post.id)
    allies = await ally_store.list_told(tx, post.id, post.published_at)
    people = await find_actors(tx, {*touched, *allies})
    named = [people[actor_id] for actor_id in post.mentions if actor_id in people]
    activity = activities.delete_note(post, author, named, uri=uri)
    await _send(tx, author, post, list(people.values()), activity)


async def list_asked(tx: Tx, author: Actor, post: Post) -> Sequence[Domain]:
    """The servers that ``send_delete`` asks, by name."""
    if post.visibility is Visibility.COMMUNITY:
        return ()
    touched = await local_store.list_touched(tx, post.id)
    allies = await ally_store.list_told(tx, post.id, post.published_at)
    followers = post.visibility in _TO_FOLLOWERS and _names_followers(post, author)
    followers_of = author.id if followers else None
    inboxes = await list_inboxes(tx, {*touched, *allies}, followers_of=followers_of)
    return sorted({origin_of(inbox).domain for inbox in inboxes})


async def list_inside(conn: Conn, post: Post) -> list[Actor]:
    """Read whom a post mentions and reaches: those its document names."""
    return (await list_inside_many(conn, [post]))[post.id]


async def list_inside_many(conn: Conn, posts: Sequence[Post]) -> dict[PostId, list[Actor]]:
    """The same for several posts at once; each post has an entry."""
    people = await find_actors(conn, {a for post in posts for a in post.mentions})
    reached = await who_sees(conn, [(post.id, a) for post in posts for a in post.mentions])
    return {
        post.id: [people[a] for a in post.mentions if a in people and (post.id, a) in reached]
        for post in posts
    }


def as_viewer(author: Actor) -> Viewer:
    """A local author as the gate sees them."""
    return Viewer(author.id, is_member=True)


def by_uri(actors: Mapping[str, Actor]) -> dict[ActorUri, Actor]:
    return {actor.uri: actor for actor in actors.values()}


def _people(author: Actor, actors: Sequence[Actor]) -> dict[ActorId, Actor]:
    return {actor.id: actor for actor in actors if actor.id != author.id}


async def _inside(conn: Conn, post: Post, people: Sequence[Actor]) -> list[Actor]:
    reached = await who_sees(conn, [(post.id, actor.id) for actor in people])
    return [actor for actor in people if (post.id, actor.id) in reached]


async def _send(
    tx: Tx, author: Actor, post: Post, people: Sequence[Actor], activity: Document
) -> None:
    elsewhere = {actor.id for actor in people if not actor.is_local}
    if post.visibility is Visibility.ALLIES:
        elsewhere |= set(await ally_store.list_reached(tx, post.id))
    elif post.visibility is Visibility.EVERYONE and post.given is None:
        elsewhere |= set(await ally_store.list_reached(tx, None))
    followers = post.visibility in _TO_FOLLOWERS and _names_followers(post, author)
    if followers or elsewhere:
        await _promise(tx, author, post, elsewhere, activity, followers=followers)


async def _promise(
    tx: Tx,
    author: Actor,
    post: Post,
    elsewhere: Collection[ActorId],
    activity: Document,
    *,
    followers: bool,
) -> None:
    direct = post.visibility is Visibility.MENTIONED
    audience = Audience(followers=followers, actors=tuple(sorted(elsewhere)), direct=direct)
    await enqueue(tx, author.id, audience, activity)


def _names_followers(post: Post, author: Actor) -> bool:
    """Whether a post goes to the followers: always, unless its client addressed it otherwise."""
    if post.given is None:
        return True
    addressed = (*uris_of(post.given.get("to")), *uris_of(post.given.get("cc")))
    return author.followers_uri in addressed
