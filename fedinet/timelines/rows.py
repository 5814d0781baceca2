"""What one place of a timeline is in SQL, for every list of posts and boosts."""

from typing import Final

import asyncpg

from fedinet.audiences.gate import BOOST_SHOWN, VISIBLE
from fedinet.db.paged import between
from fedinet.kernel.ids import PostId
from fedinet.timelines.model import Item

POSTS: Final = """
    SELECT p.id AS item_id, p.id AS post_id, NULL::bigint AS boost_id, NULL::bigint AS booster_id
      FROM posts p
     WHERE
"""
"""Posts ``p`` as places; the list's own conditions follow, then ``POSTS_SHOWN``."""
POSTS_SHOWN: Final = between("p.id") + "AND" + VISIBLE

BOOSTS: Final = """
    SELECT b.id AS item_id, b.post_id, b.id AS boost_id, b.actor_id AS booster_id
      FROM boosts b
      JOIN posts p ON p.id = b.post_id
      JOIN actors booster ON booster.id = b.actor_id
     WHERE
"""
"""Boosts ``b`` of posts ``p`` as places; the same, then ``BOOSTS_SHOWN``."""
BOOSTS_SHOWN: Final = between("b.id") + "AND" + BOOST_SHOWN + "AND" + VISIBLE

HOME_ITEM: Final = """
      JOIN posts p ON p.id = h.post_id
      LEFT JOIN boosts b ON b.id = h.boost_id
      LEFT JOIN actors booster ON booster.id = b.actor_id
"""
"""What a row ``home h`` is about."""
HOME_WANTED: Final = """
       NOT EXISTS (
            SELECT FROM mutes
             WHERE mutes.actor_id = :owner AND mutes.target_id IN (p.author_id, b.actor_id)
               AND mutes.target_id <> :owner
               AND (mutes.until IS NULL OR mutes.until > now()))
       AND NOT EXISTS (
            SELECT FROM lists l JOIN list_members m ON m.list_id = l.id
             WHERE l.owner_id = :owner AND l.exclusive
               AND m.actor_id = coalesce(b.actor_id, p.author_id) AND m.actor_id <> :owner)
"""
"""Condition on it: ``:owner`` neither muted it nor reads it in a list instead."""


def item_of(row: asyncpg.Record) -> Item:
    return Item(row["item_id"], PostId(row["post_id"]), row["boost_id"], row["booster_id"])
