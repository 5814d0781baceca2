"""What members write on pages and in apps, in the ActivityPub inboxes of members whom it reaches.

What their clients post is put there by ``client.commands``. The object is only
named: whoever reads the inbox is shown it through the gate.
"""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.inbox import activities_store
from fedinet.posts import activities
from fedinet.posts.model import Post

_PUBLIC: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET})


async def place_create(tx: Tx, author: Actor, post: Post, inside: Sequence[Actor]) -> None:
    """Keep the Create of a new post. One for this community has no such form.

    ``inside``: whom it speaks to, of those who may see it.
    """
    if post.visibility is Visibility.COMMUNITY:
        return
    await activities_store.keep_own(
        tx,
        uri=activities.create_uri(post),
        actor_id=author.id,
        kind="Create",
        object_uri=post.uri,
        is_public=post.visibility in _PUBLIC,
        envelope=activities.create_envelope(post, author, inside),
        named=sorted(actor.id for actor in inside if actor.is_local),
        to_followers=post.visibility is not Visibility.MENTIONED,
    )
