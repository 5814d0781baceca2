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


def item_of(row: asyncpg.Record) -> Item:
    return Item(row["item_id"], PostId(row["post_id"]), row["boost_id"], row["booster_id"])
