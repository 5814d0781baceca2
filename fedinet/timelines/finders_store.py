"""Who of many finds something in their home: ``store.list_home`` for one row and many members.

SQL lives here only.
"""

from collections.abc import Collection

from fedinet.audiences.gate import BOOST_SHOWN_TO, VIEWERS, VISIBLE_TO
from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorId
from fedinet.timelines.rows import HOME_ITEM, HOME_WANTED

_LIST_FINDERS = query(
    "timelines.list_finders",
    f"""
    SELECT h.owner_id
      FROM {VIEWERS}
      JOIN home h ON h.owner_id = viewer.actor_id AND h.item_id = $2
      {HOME_ITEM}
     WHERE"""
    + HOME_WANTED.replace(":owner", "h.owner_id")
    + f"AND (h.boost_id IS NULL OR ({BOOST_SHOWN_TO})) AND"
    + VISIBLE_TO,
)


async def list_finders(conn: Conn, owners: Collection[ActorId], item_id: int) -> set[ActorId]:
    """Keep those who find this post or boost in their home now, as far as the gate lets them."""
    rows = await conn.fetch(_LIST_FINDERS, list(owners), item_id)
    return {ActorId(row["owner_id"]) for row in rows}
