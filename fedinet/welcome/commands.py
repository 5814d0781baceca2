"""Saying hello to the community, and who answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_once, tell_stewards
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import NodeUris
from fedinet.notifications.commands import ask_to_welcome
from fedinet.posts import commands as posts
from fedinet.posts.commands import OnPublished
from fedinet.posts.model import Draft
from fedinet.welcome import greeters_store, store
from fedinet.welcome.model import OF_NEWCOMERS, Welcome


async def say_hello(
    tx: Tx,
    uris: NodeUris,
    newcomer: Actor,
    text: str,
    *,
    language: str,
    mentioned: Mapping[str, Actor],
    now: datetime,
    on_published: OnPublished,
) -> None:
    """Publish a member's first words, for this community. Once: the same again changes nothing.

    Raises:
        Unprocessable, Forbidden: as for every post.
    """
    if not await store.begin_welcome(tx, newcomer.id, now=now):
        return
    draft = Draft(text=text, visibility=Visibility.COMMUNITY, language=language)
    post = await posts.publish(
        tx, uris, newcomer, draft, mentioned=mentioned, now=now, on_published=on_published
    )
    await store.note_post(tx, newcomer.id, post.id)
    chosen = await greeters_store.choose_greeters(tx, newcomer.id, now=now)
    if chosen:
        await ask_to_welcome(tx, post.id, chosen)
        return
    await tell_stewards(
        tx,
        MatterKind.NEWCOMER,
        str(post.id),
        name=newcomer.display_name,
        href=f"/@{newcomer.handle}/{post.id}",
        by=newcomer.id,
    )


async def settle(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Take what was answered, or is gone, off the desk. Idempotent."""
    for kind in OF_NEWCOMERS:
        await settle_matter(tx, kind, *map(str, post_ids))


async def tell_of_late(tx: Tx, *, now: datetime) -> None:
    """Show stewards whom nobody answered in time, each once: a line is either new or late."""
    late = await store.list_late(tx, now=now)
    people = await find_actors(tx, [one.actor_id for one in late])
    wanted = {
        str(one.post_id): (people[one.actor_id].display_name, _href(people[one.actor_id], one))
        for one in late
    }
    await settle_matter(tx, MatterKind.NEWCOMER, *wanted)
    await tell_once(tx, MatterKind.UNWELCOMED, wanted)


def _href(newcomer: Actor, one: Welcome) -> str:
    return f"/@{newcomer.handle}/{one.post_id}"
