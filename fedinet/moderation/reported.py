"""Posts that were reported, as stewards read them."""

from collections.abc import Mapping, Sequence
from typing import Final

from fedinet.audiences.gate import VISIBLE_BY_ID, VISIBLE_TO
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.query import Conn
from fedinet.kernel.ids import PostId
from fedinet.posts.model import Post
from fedinet.posts.store import list_visible

_ANY_MEMBER: Final = Viewer(is_member=True)
FOR_FEW: Final = frozenset({Visibility.FOLLOWERS, Visibility.MENTIONED})
"""Audiences to which a steward need not belong."""

READ_BY_STEWARD: Final = f"""
    (({VISIBLE_BY_ID} OR EXISTS (
        SELECT FROM (SELECT NULL::bigint AS actor_id, true AS is_member) AS viewer
         WHERE {VISIBLE_TO}))
     AND NOT (p.visibility IN ('followers', 'mentioned') AND p.author_id = $1::bigint))"""
"""``VISIBLE_BY_ID`` for a steward, or what every member may read: whom somebody keeps away for
themselves decides nothing about a report. None of their own that few could read: it says who
reported it."""


async def list_reported(
    conn: Conn, steward: Viewer, post_ids: Sequence[PostId]
) -> Mapping[PostId, Post]:
    """Read reported posts, as ``READ_BY_STEWARD`` says which."""
    found = await list_visible(conn, steward, post_ids)
    missing = [one for one in post_ids if one not in found]
    if missing:
        found = {**found, **await list_visible(conn, _ANY_MEMBER, missing)}
    return {
        number: post
        for number, post in found.items()
        if not (post.author_id == steward.actor_id and post.visibility in FOR_FEW)
    }
