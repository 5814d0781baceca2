"""What remote actors may do to posts: Like, Announce, and taking them back.

Both come often, so they are handled in sets. Idempotent by state: one like and
one boost for each (actor, post); an Undo that comes first is remembered.

Source: ActivityPub 7.10 to 7.12; facts of Mastodon 4.2-4.7, C4, C6 and C7.
"""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from fedinet.actors.store import find_actors
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.follows.store import list_locally_followed
from fedinet.inbox.dispatch import UNKNOWN_OBJECT, Entry, HandlerTable, Inbound
from fedinet.inbox.undo_store import remember_early_undo, spend_early_undos
from fedinet.kernel.ids import ActorId, PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.posts.store import find_post_id_by_uri, is_tombstone
from fedinet.queue.jobs import enqueue_job
from fedinet.reactions import received_store, store
from fedinet.reactions.emoji_inbound import keep_emoji_of_likes
from fedinet.reactions.emoji_store import delete_emoji_of_like
from fedinet.reactions.jobs import FETCH_BOOSTED, BoostedElsewhere
from fedinet.reactions.model import received_boost
from fedinet.reactions.received_store import Reaction, Target
from fedinet.reactions.signals import Boosted, Liked, Unboosted, Unliked
from fedinet.vocab.activity import uri_of
from fedinet.vocab.kinds import ANY_THING, NOTE_TYPES
from fedinet.vocab.note import addressed_visibility
from fedinet.vocab.values import web_url

handlers = HandlerTable()

NO_CHANGE = Dropped("no_change")
UNDONE_BEFORE = Dropped("undone_before")

Decided: TypeAlias = Reaction | Outcome
"""A row to be, or why there is none."""


async def like_posts(tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
    """Keep likes of our posts by people who may see them. Others are their servers' business."""
    undone = await _undone(tx, batch)
    targets = await _targets(tx, batch)
    decided: list[Decided] = [
        UNDONE_BEFORE if _key(inbound) in undone else _like(inbound, target)
        for inbound, target in zip(batch, targets, strict=True)
    ]
    new = await received_store.insert_likes(tx, _reactions(decided))
    kept = [
        (inbound, one.post_id)
        for inbound, one in zip(batch, decided, strict=True)
        if isinstance(one, Reaction)
    ]
    await keep_emoji_of_likes(tx, kept)
    return _conclude(decided, {key: Liked(*key) for key in new})


def _like(inbound: Inbound, target: Target | None) -> Decided:
    if target is None:
        return UNKNOWN_OBJECT
    if not target.is_local:
        return Dropped("not_our_post")
    return Reaction(inbound.actor_id, target.post_id, inbound.activity.id or "")


async def like_post(tx: Tx, inbound: Inbound) -> Outcome:
    return (await like_posts(tx, [inbound]))[0]


async def announce_posts(tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
    """Keep boosts by people whom somebody here follows, and boosts of our posts.

    What is not here yet is fetched by a job: a third server that is slow would
    else hold up everything the booster does.
    """
    undone = await _undone(tx, batch)
    targets = await _targets(tx, batch)
    followed = await list_locally_followed(tx, [inbound.actor_id for inbound in batch])
    reaches = await _reaches(tx, batch)
    decided: list[Decided] = []
    for inbound, target, reach in zip(batch, targets, reaches, strict=True):
        if _key(inbound) in undone:
            decided.append(UNDONE_BEFORE)
        elif target is None:
            is_followed = inbound.actor_id in followed
            decided.append(await _fetch_first(tx, inbound, reach, is_followed=is_followed))
        elif target.is_local or inbound.actor_id in followed:
            decided.append(_boost(inbound, target, reach))
        else:
            decided.append(Dropped("not_relevant"))
    new = await received_store.insert_boosts(tx, _reactions(decided), batch[0].now)
    return _conclude(decided, {key: Boosted(boost_id, *key) for key, boost_id in new.items()})


def _boost(inbound: Inbound, target: Target, reach: Visibility) -> Decided:
    kept = received_boost(target.visibility, reach, is_own_post=target.is_own_post)
    if kept is None:
        return Dropped("not_public")
    return Reaction(inbound.actor_id, target.post_id, inbound.activity.id or "", kept)


async def _fetch_first(
    tx: Tx, inbound: Inbound, reach: Visibility, *, is_followed: bool
) -> Outcome:
    """Promise to fetch an unknown post, for those here who follow the booster."""
    uri = web_url(inbound.activity.object_uri)
    if uri is None:
        return Dropped("malformed")
    if not is_followed:
        return Dropped("not_relevant")
    if await is_tombstone(tx, uri) or await find_post_id_by_uri(tx, uri) is not None:
        return UNKNOWN_OBJECT
    boosted = BoostedElsewhere(inbound.actor_id, inbound.activity.id or "", uri, reach)
    payload = msgspec.structs.asdict(boosted)
    await enqueue_job(tx, FETCH_BOOSTED, payload, unique_key=f"{inbound.actor_id} {uri}")
    return Applied()


async def announce_post(tx: Tx, inbound: Inbound) -> Outcome:
    return (await announce_posts(tx, [inbound]))[0]


for _kind in ("?", ANY_THING, *sorted(NOTE_TYPES)):
    handlers.add(("Like", _kind), Entry(like_post, many=like_posts))
    handlers.add(("Announce", _kind), Entry(announce_post, many=announce_posts))


@handlers.on("Undo", "Like")
async def undo_like(tx: Tx, inbound: Inbound) -> Outcome:
    """A like is taken back: by its post, else by the id of the Like."""
    post_id = await _undone_post(tx, inbound)
    if post_id is None:
        post_id = await _liked(tx, inbound)
    return await _unlike(tx, inbound, post_id)


@handlers.on("Undo", "Announce")
async def undo_announce(tx: Tx, inbound: Inbound) -> Outcome:
    """A boost is taken back: by its post, else by the id of the Announce."""
    post_id = await _undone_post(tx, inbound)
    if post_id is None:
        post_id = await _boosted(tx, inbound)
    return await _unboost(tx, inbound, post_id)


@handlers.on("Undo", "?")
async def undo_reaction_by_uri(tx: Tx, inbound: Inbound) -> Outcome:
    """The same, where only the id of what is undone is named."""
    boosted = await _boosted(tx, inbound)
    if boosted is not None:
        return await _unboost(tx, inbound, boosted)
    liked = await _liked(tx, inbound)
    return UNKNOWN_OBJECT if liked is None else await _unlike(tx, inbound, liked)


async def _unlike(tx: Tx, inbound: Inbound, post_id: PostId | None) -> Outcome:
    if post_id is None or await store.delete_like(tx, inbound.actor_id, post_id) is None:
        return await _too_early(tx, inbound)
    await delete_emoji_of_like(tx, inbound.actor_id, post_id)
    return Applied((Unliked(inbound.actor_id, post_id),))


async def _unboost(tx: Tx, inbound: Inbound, post_id: PostId | None) -> Outcome:
    if post_id is None or await store.delete_boost(tx, inbound.actor_id, post_id) is None:
        return await _too_early(tx, inbound)
    return Applied((Unboosted(inbound.actor_id, post_id),))


async def _too_early(tx: Tx, inbound: Inbound) -> Outcome:
    uri = inbound.activity.object_uri
    if uri is not None:
        await remember_early_undo(tx, inbound.actor_id, uri, inbound.now)
    return Dropped("unknown_reaction")


async def _undone_post(tx: Tx, inbound: Inbound) -> PostId | None:
    post_uri = uri_of((inbound.activity.object_document or {}).get("object"))
    return None if post_uri is None else await find_post_id_by_uri(tx, post_uri)


async def _liked(tx: Tx, inbound: Inbound) -> PostId | None:
    uri = inbound.activity.object_uri
    return None if uri is None else await received_store.find_liked(tx, inbound.actor_id, uri)


async def _boosted(tx: Tx, inbound: Inbound) -> PostId | None:
    uri = inbound.activity.object_uri
    return None if uri is None else await received_store.find_boosted(tx, inbound.actor_id, uri)


def _key(inbound: Inbound) -> tuple[ActorId, str]:
    return (inbound.actor_id, inbound.activity.id or "")


async def _undone(tx: Tx, batch: Sequence[Inbound]) -> frozenset[tuple[ActorId, str]]:
    return await spend_early_undos(tx, [_key(inbound) for inbound in batch], batch[0].now)


async def _targets(tx: Tx, batch: Sequence[Inbound]) -> list[Target | None]:
    asked = [(inbound.actor_id, inbound.activity.object_uri or "") for inbound in batch]
    return await received_store.find_targets(tx, asked)


async def _reaches(tx: Tx, batch: Sequence[Inbound]) -> list[Visibility]:
    """Read whom each boost is addressed to."""
    actors = await find_actors(tx, [inbound.actor_id for inbound in batch])
    return [
        Visibility(
            addressed_visibility(
                inbound.activity.to, inbound.activity.cc, actors[inbound.actor_id].followers_uri
            )
        )
        for inbound in batch
    ]


def _reactions(decided: Sequence[Decided]) -> list[Reaction]:
    return [one for one in decided if isinstance(one, Reaction)]


def _conclude(
    decided: Sequence[Decided], news: dict[tuple[ActorId, PostId], object]
) -> list[Outcome]:
    """Say what became of each; a row that is new is news once, however often it was sent."""
    outcomes: list[Outcome] = []
    for one in decided:
        if not isinstance(one, Reaction):
            outcomes.append(one)
            continue
        fact = news.pop((one.actor_id, one.post_id), None)
        outcomes.append(NO_CHANGE if fact is None else Applied((fact,)))
    return outcomes
