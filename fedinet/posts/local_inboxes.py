"""What members write on pages and in apps, in the ActivityPub inboxes of members whom it reaches.

What their clients post is put there by ``client.commands``. The object is only
named: whoever reads the inbox is shown it through the gate.
"""

from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.inbox import activities_store
from fedinet.posts import activities, reach
from fedinet.posts.model import Post

_PUBLIC: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET})


async def place_create(tx: Tx, author: Actor, post: Post) -> None:
    """Keep the Create of a new post. One for this community has no such form."""
    if post.visibility is Visibility.COMMUNITY:
        return
    inside = await reach.list_inside(tx, post)
    create = activities.create_note(post, author, inside)
    activity_id = await activities_store.insert_own(
        tx,
        uri=activities.create_uri(post),
        actor_id=author.id,
        kind="Create",
        object_uri=post.uri,
        is_public=post.visibility in _PUBLIC,
        envelope={**{k: v for k, v in create.items() if k != "@context"}, "object": post.uri},
    )
    await activities_store.place(
        tx,
        activity_id,
        actor_id=author.id,
        named=sorted(actor.id for actor in inside if actor.is_local),
        to_followers=post.visibility is not Visibility.MENTIONED,
    )
