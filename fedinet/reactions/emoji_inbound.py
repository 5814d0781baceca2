"""Thanks as an emoji: EmojiReact, a Like that carries one, and taking them back.

A Like with an emoji is a Like as well, and goes with it. Pleroma's people may leave
several EmojiReacts under a post, Misskey's one Like. Idempotent by state.

Source: FEP-c0e0; facts of Pleroma 2.7, Akkoma 3.15, Misskey 2026.
"""

from collections.abc import Iterable

from fedinet.db.query import Tx
from fedinet.emojis.store import keep_emojis
from fedinet.inbox.dispatch import UNKNOWN_OBJECT, HandlerTable, Inbound
from fedinet.inbox.undo_store import remember_early_undo, spend_early_undos
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import origin_of
from fedinet.posts.store import find_post_id_by_uri
from fedinet.reactions import emoji_store
from fedinet.reactions.emoji import EmojiThanks
from fedinet.reactions.received_store import find_targets
from fedinet.reactions.signals import Reacted, Unreacted
from fedinet.vocab.activity import uri_of
from fedinet.vocab.emoji import RemoteReaction, parse_reaction
from fedinet.vocab.note import NOTE_TYPES

handlers = HandlerTable()


@handlers.on("EmojiReact", "?", *sorted(NOTE_TYPES))
async def react_to_post(tx: Tx, inbound: Inbound) -> Outcome:
    """Keep an emoji under a post of ours, by somebody who may see it."""
    reaction = parse_reaction(inbound.activity.document)
    uri = inbound.activity.id or ""
    if reaction is None or inbound.activity.object_uri is None:
        return Dropped("malformed")
    if await spend_early_undos(tx, [(inbound.actor_id, uri)], inbound.now):
        return Dropped("undone_before")
    [target] = await find_targets(tx, [(inbound.actor_id, inbound.activity.object_uri)])
    if target is None:
        return UNKNOWN_OBJECT
    if not target.is_local:
        return Dropped("not_our_post")
    if not await _keep(tx, inbound, target.post_id, reaction, is_like=False):
        return Dropped("no_change")
    return Applied((Reacted(inbound.actor_id, target.post_id),))


@handlers.on("Undo", "EmojiReact")
async def undo_reaction(tx: Tx, inbound: Inbound) -> Outcome:
    """Take an emoji back: by the id of its activity, else by the post and the emoji."""
    undone = inbound.activity.object_document or {}
    post_id = await _taken_back(tx, inbound)
    if post_id is None:
        reaction, post_uri = parse_reaction(undone), uri_of(undone.get("object"))
        found = None if post_uri is None else await find_post_id_by_uri(tx, post_uri)
        if reaction is not None and found is not None:
            gone = await emoji_store.delete_emoji(tx, inbound.actor_id, found, reaction.name)
            post_id = found if gone else None
    if post_id is not None:
        return Applied((Unreacted(inbound.actor_id, post_id),))
    if inbound.activity.object_uri is not None:
        await remember_early_undo(tx, inbound.actor_id, inbound.activity.object_uri, inbound.now)
    return Dropped("unknown_reaction")


@handlers.on("Undo", "?")
async def undo_reaction_by_uri(tx: Tx, inbound: Inbound) -> Outcome:
    """The same, where only the id of the EmojiReact is named."""
    post_id = await _taken_back(tx, inbound)
    return UNKNOWN_OBJECT if post_id is None else Applied((Unreacted(inbound.actor_id, post_id),))


async def keep_emoji_of_likes(tx: Tx, likes: Iterable[tuple[Inbound, PostId]]) -> None:
    """Keep the emoji that Likes carry, which were stored before; most carry none."""
    for inbound, post_id in likes:
        reaction = parse_reaction(inbound.activity.document)
        if reaction is not None:
            await _keep(tx, inbound, post_id, reaction, is_like=True)


async def _keep(
    tx: Tx, inbound: Inbound, post_id: PostId, reaction: RemoteReaction, *, is_like: bool
) -> bool:
    picture = None
    if reaction.custom is not None:
        origin = str(origin_of(inbound.activity.actor))
        kept = await keep_emojis(tx, [(origin, reaction.custom)])
        picture = kept.get((origin, reaction.custom.shortcode))
    thanks = EmojiThanks(inbound.actor_id, post_id, reaction.name, picture)
    uri = inbound.activity.id or ""
    return await emoji_store.insert_emoji(tx, thanks, is_like=is_like, uri=uri)


async def _taken_back(tx: Tx, inbound: Inbound) -> PostId | None:
    uri = inbound.activity.object_uri
    return None if uri is None else await emoji_store.delete_emoji_by_uri(tx, inbound.actor_id, uri)
