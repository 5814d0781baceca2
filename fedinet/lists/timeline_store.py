"""What the people of a list write and share, read when it is looked at. SQL lives here only.

A home is written because it is read all day; a list is computed: of each of
its people the newest, merged. So a list is complete from its first moment.
"""

from typing import Final

from fedinet.audiences.model import Viewer
from fedinet.db.paged import Paged, read_page
from fedinet.db.query import Conn, query
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.lists.model import List
from fedinet.timelines.model import Item
from fedinet.timelines.rows import BOOSTS, BOOSTS_SHOWN, POSTS, POSTS_SHOWN, item_of

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
    POSTS
    + """
           p.author_id = people.actor_id
       AND (NOT $8::boolean OR p.attachments <> '[]')
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
"""
    + POSTS_SHOWN
)

# A post stands once: by its author where they are in the list, else as last shared.
_BOOSTS: Final = (
    BOOSTS
    + """
           b.actor_id = people.actor_id
       AND (NOT $8::boolean OR p.attachments <> '[]')
       AND NOT EXISTS (
            SELECT FROM follows
             WHERE follows.follower_id = $1 AND follows.target_id = b.actor_id
               AND NOT follows.boosts)
       AND NOT EXISTS (SELECT FROM people too WHERE too.actor_id = p.author_id)
       AND NOT EXISTS (
            SELECT FROM boosts newer JOIN people too ON too.actor_id = newer.actor_id
             WHERE newer.post_id = b.post_id AND newer.id > b.id)
       AND NOT EXISTS (
            SELECT FROM mutes
             WHERE mutes.actor_id = $1 AND mutes.target_id = p.author_id
               AND (mutes.until IS NULL OR mutes.until > now()))
"""
    + BOOSTS_SHOWN
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


_LIST = Paged(
    newest=query("lists.list_timeline", _merged("ORDER BY item_id DESC")),
    nearest=query("lists.list_timeline_up", _merged("ORDER BY item_id")),
)


async def list_timeline(
    conn: Conn, viewer: Viewer, of: List, page: Page = FIRST_PAGE, *, with_files: bool = False
) -> list[Item]:
    """Read a list of the viewer's own, newest first, as far as the gate lets it be seen.

    ``with_files``: only what shows something.
    """
    which = (of.id, of.replies_policy, with_files)
    rows = await read_page(conn, _LIST, page, viewer.actor_id, viewer.is_member, *which)
    return [item_of(row) for row in rows]
