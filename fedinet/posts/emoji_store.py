"""Which emoji of its server a post of somebody else uses. SQL of ``posts.emojis`` is here only."""

from collections.abc import Sequence

import msgspec

from fedinet.db.query import Tx, query
from fedinet.emojis.store import keep_emojis
from fedinet.kernel.ids import PostId
from fedinet.kernel.uris import origin_of
from fedinet.posts.arrivals import Arrival

_SET = query(
    "posts.set_emojis",
    """
    UPDATE posts
       SET emojis = n.emojis
      FROM jsonb_to_recordset($1::jsonb) AS n (post_id bigint, emojis jsonb)
     WHERE posts.id = n.post_id AND posts.emojis <> n.emojis
""",
)


async def keep_emojis_of(tx: Tx, posts: Sequence[tuple[PostId, Arrival]]) -> None:
    """Store the emoji that occur in posts which are stored already."""
    origins = {post_id: str(origin_of(arrival.author_uri)) for post_id, arrival in posts}
    kept = await keep_emojis(
        tx, ((origins[post_id], emoji) for post_id, arrival in posts for emoji in arrival.emojis)
    )
    rows = [
        {
            "post_id": post_id,
            "emojis": [
                kept[origins[post_id], emoji.shortcode]
                for emoji in arrival.emojis
                if (origins[post_id], emoji.shortcode) in kept
            ],
        }
        for post_id, arrival in posts
    ]
    await tx.execute(_SET, msgspec.json.encode(rows).decode())
