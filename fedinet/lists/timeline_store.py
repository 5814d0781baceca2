"""What the people of a list write and share, read when it is looked at. SQL lives here only.

A home is written because it is read all day; a list is computed: of each of
its people the newest, merged. So a list is complete from its first moment.
"""

from typing import Final

from fedinet.audiences.gate import BOOST_SHOWN, VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import PostId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.lists.model import List
from fedinet.timelines.model import Item

_PEOPLE: Final = """
    WITH people AS MATERIALIZED (
        SELECT m.actor_id
          FROM list_members m
         WHERE m.list_id = $6
           AND (m.actor_id = $1 OR EXISTS (
                SELECT FROM follows f
                 WHERE f.follower_id = $1 AND f.target_id = m.actor_id AND f.state = 'accepted'))
           AND NOT EXISTS (
                SELECT FROM mutes
                 WHERE mutes.actor_id = $1 AND mutes.target_id = m.actor_id
                   AND (mutes.until IS NULL OR mutes.until > now()))
    )
"""

# Answers: Mastodon 4.2-4.7 `feed_manager.rb#filter_from_list?`.
_POSTS: Final = (
    """
    SELECT p.id AS item_id, p.id AS post_id, NULL::bigint AS boost_id, NULL::bigint AS booster_id
      FROM posts p
     WHERE p.author_id = people.actor_id
       AND (p.parent_uri IS NULL OR EXISTS (
            SELECT FROM posts parent
             WHERE parent.id = p.parent_id
               AND (parent.author_id IN (p.author_id, $1)
                    OR ($7 = 'list' AND EXISTS (
                        SELECT FROM people too WHERE too.actor_id = parent.author_id))
                    OR ($7 = 'followed' AND EXISTS (
                        SELECT FROM follows also
                         WHERE also.follower_id = $1 AND also.target_id = parent.author_id
                           AND also.state = 'accepted')))))
       AND ($3::bigint IS NULL OR p.id < $3)
       AND ($4::bigint IS NULL OR p.id > $4)
       AND"""
    + VISIBLE
)

# A post stands once: by its author where they are in the list, else as last shared.
_BOOSTS: Final = (
    """
    SELECT b.id AS item_id, b.post_id, b.id AS boost_id, b.actor_id AS booster_id
      FROM boosts b
      JOIN posts p ON p.id = b.post_id
      JOIN actors booster ON booster.id = b.actor_id
     WHERE b.actor_id = people.actor_id
       AND NOT EXISTS (SELECT FROM people too WHERE too.actor_id = p.author_id)
       AND NOT EXISTS (
            SELECT FROM boosts newer JOIN people too ON too.actor_id = newer.actor_id
             WHERE newer.post_id = b.post_id AND newer.id > b.id)
       AND NOT EXISTS (
            SELECT FROM mutes
             WHERE mutes.actor_id = $1 AND mutes.target_id = p.author_id
               AND (mutes.until IS NULL OR mutes.until > now()))
       AND ($3::bigint IS NULL OR b.id < $3)
       AND ($4::bigint IS NULL OR b.id > $4)
       AND"""
    + BOOST_SHOWN
    + "AND"
    + VISIBLE
)


def _merged(order: str) -> str:
    """Of each person the first ``$5`` in this order, then the first ``$5`` of all."""
    return (
        _PEOPLE
        + f"""
    SELECT said.*
      FROM people
     CROSS JOIN LATERAL (
            ({_POSTS} {order} LIMIT $5) UNION ALL ({_BOOSTS} {order} LIMIT $5)) AS said
     {order} LIMIT $5"""
    )


_LIST = query("lists.list_timeline", _merged("ORDER BY item_id DESC"))
_LIST_UP = query("lists.list_timeline_up", _merged("ORDER BY item_id"))


async def list_timeline(
    conn: Conn, viewer: Viewer, of: List, page: Page = FIRST_PAGE
) -> list[Item]:
    """Read a list of the viewer's own, newest first, as far as the gate lets it be seen."""
    rows = await conn.fetch(
        _LIST_UP if page.is_ascending else _LIST,
        viewer.actor_id,
        viewer.is_member,
        page.max_id,
        page.newer_than,
        page.limit,
        of.id,
        of.replies_policy,
    )
    return [
        Item(row["item_id"], PostId(row["post_id"]), row["boost_id"], row["booster_id"])
        for row in page.newest_first(rows)
    ]
