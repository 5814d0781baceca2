"""Passing on what others say about our posts, to followers of ours whom they addressed.

Whoever answers ada and writes to ada's followers cannot know who they are; we
do. Each activity is passed on once, as it came, and only if its own server
brought it: what was passed on to us ends here. What takes back or corrects it
goes the same way.

Source: https://www.w3.org/TR/activitypub/#inbox-forwarding
Deviates: a Mention of somebody is not "an object owned by the server" here, or
anybody could write to all followers of whom they mention.
"""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from fedinet.db.query import Tx
from fedinet.inbox.dispatch import Received
from fedinet.kernel.ids import ActorId, ObjectUri
from fedinet.kernel.uris import origin_of, same_origin
from fedinet.outbox.enqueue import forward
from fedinet.threads import forward_store
from fedinet.vocab.activity import Activity, Document, type_of, uri_of, uris_of
from fedinet.vocab.values import documents, web_url

logger = logging.getLogger(__name__)

MAX_DEPTH: Final = 20
"""How far up a conversation a post of ours is looked for."""
MAX_OWNERS: Final = 20
"""Whose followers one activity is passed on to."""
_MAX_TAGS: Final = 20
_CHANGES: Final = frozenset({"Update", "Delete"})
_FOLLOWERS: Final = "/followers"


async def forward_on(tx: Tx, applied: Sequence[Received]) -> None:
    """Promise to pass on those of the applied activities that should be."""
    for one in applied:
        if one.is_direct:
            await _forward(tx, one)


async def _forward(tx: Tx, one: Received) -> None:
    activity, actor_id = one.inbound.activity, one.inbound.actor_id
    object_uri = activity.object_uri
    owners: dict[ActorId, None] = {}
    if activity.type in _CHANGES and object_uri not in (None, activity.actor):
        owners |= dict.fromkeys(await forward_store.list_told(tx, object_uri, actor_id))
    addressed = list(islice(_owners_addressed(activity), MAX_OWNERS))
    if addressed and await forward_store.is_about_ours(tx, list(_subjects(activity)), MAX_DEPTH):
        owners |= dict.fromkeys(await forward_store.list_owners(tx, addressed, actor_id))
    if not owners:
        return
    came_from = origin_of(activity.actor).domain
    for owner in owners:
        await forward(tx, owner, one.body, uri=activity.id, came_from=came_from)
    if activity.type == "Delete":
        await forward_store.forget(tx, str(object_uri))
    elif object_uri is not None and same_origin(object_uri, activity.actor):
        await forward_store.remember(tx, object_uri, actor_id, list(owners))
    logger.info("threads.forwarded id=%s owners=%d", activity.id, len(owners))


def _owners_addressed(activity: Activity) -> Iterator[str]:
    """Whose followers it is addressed to, besides the actor's own: URIs that may be ours."""
    audience = uris_of(activity.document.get("audience"))
    for uri in dict.fromkeys((*activity.to, *activity.cc, *audience)):
        named = uri.endswith(_FOLLOWERS) and web_url(uri) is not None
        if named and not same_origin(uri, activity.actor):
            yield uri.removesuffix(_FOLLOWERS)


def _subjects(activity: Activity) -> Iterator[ObjectUri]:
    """What it is about: its object and target, and what the object answers or links to."""
    embedded: Document = activity.object_document or {}
    references = [
        activity.object_uri,
        activity.target,
        uri_of(embedded.get("object")),
        uri_of(embedded.get("inReplyTo")),
        *(
            uri_of(tag)
            for tag in islice(documents(embedded.get("tag")), _MAX_TAGS)
            if type_of(tag) != "Mention"
        ),
    ]
    for reference in dict.fromkeys(references):
        if reference is not None:
            yield ObjectUri(reference)
