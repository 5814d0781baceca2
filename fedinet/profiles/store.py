"""What stands around somebody's posts on their page. SQL lives here.

It reads; ``look_at`` also promises jobs that read again what is old.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asyncpg import Record

from fedinet.accounts.store import INVITER
from fedinet.actors.refresh import PROMISE, READ_AGAIN_AFTER
from fedinet.audiences.gate import VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, query
from fedinet.follows.model import Relationship
from fedinet.follows.relations_store import RELATION, RELATION_FROM, relationship_of
from fedinet.kernel.ids import ActorId, PostId
from fedinet.people.store import ENDORSED
from fedinet.pins.jobs import LOOK_AT_FEATURED, LOOK_EVERY
from fedinet.pins.store import PINNED, TAKE_LOOK
from fedinet.posts.model import Tag
from fedinet.queue.jobs import promised_of_each

_BESIDE: Final = f"""
    SELECT {RELATION},
           ({INVITER.replace(":who", "other.id")}) AS inviter,
           ARRAY({PINNED.replace(":who", "other.id")} AND {VISIBLE}
                 ORDER BY pinned.id DESC LIMIT $4) AS pinned,
           ARRAY({ENDORSED.replace(":who", "other.id").replace(":reader", "$1::bigint")}
                 ORDER BY e.id DESC LIMIT $5) AS endorsed,
           ARRAY(SELECT ARRAY[t.tag, t.name] FROM featured_tags t
                  WHERE t.actor_id = other.id ORDER BY t.id LIMIT 20) AS tags
      FROM (SELECT $3::bigint AS id) AS other
      {RELATION_FROM}"""

_READ = query("profiles.read_beside", _BESIDE)

_LOOK_AT = query(
    "profiles.look_at",
    "WITH"
    + PROMISE.replace(":now", "$6::timestamptz")
    .replace(":who", "$3")
    .replace(":older_than", "$7::interval")
    + ", unseen AS ("
    + TAKE_LOOK.replace(":now", "$6::timestamptz")
    .replace(":who", "$3")
    .replace(":every", "$8::interval")
    + f"), shown AS ({promised_of_each(LOOK_AT_FEATURED, 'unseen')})"
    + _BESIDE,
)
"""What stands beside, and the promise that it is a day old at most the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """``relation``: how the viewer stands to them. The rest is what stands beside the posts."""

    relation: Relationship
    inviter: ActorId | None
    """Who let them in, where that is still a member. For members alone to see."""
    pinned: tuple[PostId, ...]
    endorsed: tuple[ActorId, ...]
    tags: tuple[Tag, ...]


async def read_beside(
    conn: Conn, viewer: Viewer, actor_id: ActorId, *, pinned: int, endorsed: int
) -> Beside:
    """Read it as far as the viewer may see it: at most so many posts and people."""
    row = await conn.fetchrow(_READ, viewer.actor_id, viewer.is_member, actor_id, pinned, endorsed)
    return _beside(row)


async def look_at(
    conn: Conn, viewer: Viewer, actor_id: ActorId, *, pinned: int, endorsed: int, now: datetime
) -> Beside:
    """As ``read_beside``, of somebody elsewhere at whom a member looks: jobs read them again."""
    asked = (viewer.actor_id, viewer.is_member, actor_id, pinned, endorsed)
    return _beside(await conn.fetchrow(_LOOK_AT, *asked, now, READ_AGAIN_AFTER, LOOK_EVERY))


def _beside(row: Record | None) -> Beside:
    assert row is not None  # noqa: S101  # one actor, one row
    return Beside(
        relation=relationship_of(row),
        inviter=row["inviter"],
        pinned=tuple(row["pinned"]),
        endorsed=tuple(row["endorsed"]),
        tags=tuple(Tag(name, written) for name, written in row["tags"]),
    )
