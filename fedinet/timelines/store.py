"""Rows of ``home``: candidates for each member's home page. SQL of that table lives here only.

Written in sets after each batch of signals; every read applies the gate again,
so that a stale row shows nothing.

What belongs there: what the people write whom one follows, oneself included. A
reply only where its parent's author is followed too, or is oneself (Mastodon's
rule, ``feed_manager.rb#filter_from_home?``); a post to people mentioned only for
these; a boost unless the post was there within a day. And what has a hashtag
that one follows, as far as the page of the hashtag has it: also what gets it by an
edit; what loses it by one stays, as for Mastodon.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fedinet.audiences.gate import BOOST_SHOWN, VISIBLE
from fedinet.audiences.model import Viewer
from fedinet.db.paged import paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, PostId, first_id_at
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.timelines.model import HOME_CAPACITY, Item
from fedinet.timelines.rows import HOME_ITEM, HOME_WANTED, item_of

BACKFILL: Final = 40
"""How many posts of somebody newly followed come into the home at once."""
_ONCE_IN: Final = timedelta(days=1)

_BELONGS: Final = """
       (p.parent_uri IS NULL
            OR parent.author_id IN (p.author_id, f.follower_id)
            OR EXISTS (
                SELECT FROM follows also
                 WHERE also.follower_id = f.follower_id AND also.target_id = parent.author_id
                   AND also.state = 'accepted'
                OFFSET 0))  -- each asked on its own; hashed, all follows would be read
   AND (p.visibility <> 'mentioned'
            OR EXISTS (
                SELECT FROM audience_members named
                 WHERE named.audience_id = p.id AND named.actor_id = f.follower_id
                   AND named.until IS NULL))
"""

# One's own follow of oneself is none: then `f.languages` is NULL.
_SPOKEN: Final = """
   AND (f.languages IS NULL OR p.language IS NULL OR p.language = ANY (f.languages)
        OR split_part(p.language, '-', 1) = ANY (f.languages))
"""

_PLACE_OWN = query(
    "timelines.place_own",
    """
    INSERT INTO home (owner_id, item_id, post_id)
    VALUES ($1, $2, $2)
    ON CONFLICT DO NOTHING
""",
)

# Where a boost came before its post, the post takes its place: it need not be there for a boost.
# So does an answer that was boosted before what it answers was here.
_PLACE_POSTS = query(
    "timelines.place_posts",
    """
    WITH due AS (
    SELECT unnest($1::bigint[]) AS id
     UNION
    SELECT answer.id FROM posts answer WHERE answer.parent_id = ANY($1::bigint[])),
    placed AS (
    INSERT INTO home (owner_id, item_id, post_id)
    SELECT f.follower_id, p.id, p.id
      FROM due
     CROSS JOIN LATERAL (  -- from the posts on: joined plainly, it may begin with all follows
            SELECT * FROM posts WHERE posts.id = due.id OFFSET 0) AS p
     CROSS JOIN LATERAL (
            SELECT follows.follower_id, follows.languages
              FROM follows
              JOIN actors owner ON owner.id = follows.follower_id AND owner.is_local
             WHERE follows.target_id = p.author_id AND follows.state = 'accepted'
            OFFSET 0) AS f
      LEFT JOIN LATERAL (
            SELECT posts.author_id FROM posts WHERE posts.id = p.parent_id
            OFFSET 0) AS parent ON true
     WHERE"""
    + _BELONGS
    + _SPOKEN
    + """
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    RETURNING owner_id, post_id)
    SELECT array_agg(boosted.owner_id) AS owners, array_agg(boosted.item_id) AS items
      FROM home boosted
      JOIN placed USING (post_id, owner_id)
     WHERE boosted.post_id = ANY(ARRAY(SELECT id FROM due)) AND boosted.boost_id IS NOT NULL
""",
)

# A statement of its own, since to end nothing there takes its time as well.
_REPLACE_BOOSTS = query(
    "timelines.replace_boosts",
    """
    DELETE FROM home h
     USING unnest($1::bigint[], $2::bigint[]) AS replaced (owner_id, item_id)
     WHERE h.owner_id = replaced.owner_id AND h.item_id = replaced.item_id
""",
)

_LISTED: Final = """p.visibility IN ('everyone', 'allies', 'community')
       AND EXISTS (SELECT FROM actors author
                    WHERE author.id = p.author_id AND author.limited_at IS NULL)"""
# In a home `h`: the post itself is there, and would be for its hashtags alone.
_FOR_A_TAG: Final = f"""(h.boost_id IS NULL AND EXISTS (
            SELECT FROM post_tags tagged
              JOIN followed_tags followed ON followed.tag = tagged.tag
              JOIN posts p ON p.id = tagged.post_id
             WHERE tagged.post_id = h.post_id AND followed.owner_id = h.owner_id
               AND {_LISTED}))
"""

# Whoever may not see one of these does not find it: the gate is asked when a home is read.
_PLACE_TAGGED = query(
    "timelines.place_tagged",
    """
    INSERT INTO home (owner_id, item_id, post_id)
    SELECT DISTINCT followed.owner_id, p.id, p.id
      FROM post_tags tagged
      JOIN followed_tags followed ON followed.tag = tagged.tag
      JOIN posts p ON p.id = tagged.post_id
     WHERE tagged.post_id = ANY($1::bigint[])
       AND NOT EXISTS (
            SELECT FROM home there
             WHERE there.owner_id = followed.owner_id AND there.post_id = p.id)
       AND """
    + _LISTED
    + """
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING
""",
)

_REMOVE_TAGGED = query(
    "timelines.remove_tagged",
    """
    DELETE FROM home h
     USING unnest($1::bigint[], $2::text[]) AS ended (owner_id, tag), post_tags tagged, posts p
     WHERE h.owner_id = ended.owner_id AND h.boost_id IS NULL
       AND tagged.tag = ended.tag AND tagged.post_id = h.post_id AND p.id = h.post_id
       AND p.author_id <> h.owner_id
       AND NOT EXISTS (
            SELECT FROM follows
             WHERE follows.follower_id = h.owner_id AND follows.target_id = p.author_id
               AND follows.state = 'accepted')
       AND NOT """
    + _FOR_A_TAG,
)

_PLACE_BOOSTS = query(
    "timelines.place_boosts",
    """
    INSERT INTO home (owner_id, item_id, post_id, boost_id)
    SELECT DISTINCT ON (owner.id, b.post_id) owner.id, b.id, b.post_id, b.id
      FROM boosts b
      JOIN posts p ON p.id = b.post_id
      CROSS JOIN LATERAL (
            SELECT follower.id
              FROM follows f JOIN actors follower ON follower.id = f.follower_id
             WHERE f.target_id = b.actor_id AND f.state = 'accepted' AND follower.is_local
               AND f.boosts"""
    + _SPOKEN
    + """
             UNION ALL
            SELECT booster.id FROM actors booster WHERE booster.id = b.actor_id AND booster.is_local
           ) AS owner
     WHERE b.id = ANY($1::bigint[])
       AND NOT EXISTS (
            SELECT FROM home there
             WHERE there.owner_id = owner.id AND there.post_id = b.post_id
               AND there.item_id > $2)
     ORDER BY owner.id, b.post_id, b.id
    ON CONFLICT DO NOTHING
""",
)

# A post and its boost that are placed at once, by two workers (or by one that was killed and
# the next), would not see each other's rows, and stand in one home twice.
_LOCK_PLACING = query(
    "timelines.lock_placing", "SELECT pg_advisory_xact_lock(hashtext('timelines placing'))"
)

_BACKFILL = query(
    "timelines.backfill",
    """
    INSERT INTO home (owner_id, item_id, post_id)
    SELECT f.follower_id, p.id, p.id
      FROM unnest($1::bigint[], $2::bigint[]) AS begun (follower_id, target_id)
      JOIN follows f ON f.follower_id = begun.follower_id AND f.target_id = begun.target_id
           AND f.state = 'accepted'
      JOIN actors owner ON owner.id = f.follower_id AND owner.is_local
      CROSS JOIN LATERAL (
            SELECT id, author_id, parent_id, parent_uri, visibility, language
              FROM posts
             WHERE posts.author_id = f.target_id
             ORDER BY posts.id DESC
             LIMIT $3) AS p
      LEFT JOIN posts parent ON parent.id = p.parent_id
     WHERE"""
    + _BELONGS
    + _SPOKEN
    + """
     ORDER BY 1, 2
    ON CONFLICT DO NOTHING
""",
)

_NARROW = query(
    "timelines.narrow",
    """
    DELETE FROM home h
     USING unnest($1::bigint[], $2::bigint[]) AS changed (owner_id, author_id), follows f, posts p
     WHERE h.owner_id = changed.owner_id AND p.id = h.post_id
       AND f.follower_id = changed.owner_id AND f.target_id = changed.author_id
       AND h.item_id IN (
            SELECT own.item_id
              FROM home own
              JOIN posts said ON said.id = own.post_id
              LEFT JOIN boosts b ON b.id = own.boost_id
             WHERE own.owner_id = changed.owner_id
               AND coalesce(b.actor_id, said.author_id) = changed.author_id)
       AND NOT ((h.boost_id IS NULL OR f.boosts)"""
    + _SPOKEN
    + ") AND NOT "
    + _FOR_A_TAG,
)

_REMOVE = query(
    "timelines.remove",
    """
    DELETE FROM home h
     USING unnest($1::bigint[], $2::bigint[]) AS ended (owner_id, author_id)
     WHERE h.owner_id = ended.owner_id
       AND h.item_id IN (
            SELECT own.item_id
              FROM home own
              JOIN posts p ON p.id = own.post_id
              LEFT JOIN boosts b ON b.id = own.boost_id
             WHERE own.owner_id = ended.owner_id
               AND coalesce(b.actor_id, p.author_id) = ended.author_id)
       AND NOT EXISTS (
            SELECT FROM follows again
             WHERE again.follower_id = ended.owner_id AND again.target_id = ended.author_id
               AND again.state = 'accepted')
       AND NOT """
    + _FOR_A_TAG,
)

_TRIM = query(
    "timelines.trim",
    """
    DELETE FROM home h
     USING (SELECT DISTINCT owner_id FROM home WHERE post_id = ANY($1::bigint[])) AS touched,
           LATERAL (SELECT own.item_id FROM home own
                     WHERE own.owner_id = touched.owner_id
                     ORDER BY own.item_id DESC OFFSET $2 LIMIT 1) AS beyond
     WHERE h.owner_id = touched.owner_id AND h.item_id <= beyond.item_id
""",
)

_FORGET_POSTS = query(
    "timelines.forget_posts",
    "DELETE FROM home WHERE post_id = ANY($1::bigint[])",
)

_STRETCH: Final = """
       AND ($3::bigint IS NULL OR h.item_id < $3) AND ($4::bigint IS NULL OR h.item_id > $4) """
"""Unlike ``between``: with that, PostgreSQL takes a home for so short that it sorts all of it."""
_HOME: Final = (
    "SELECT h.item_id, h.post_id, h.boost_id, b.actor_id AS booster_id FROM home h"
    + HOME_ITEM
    + "WHERE h.owner_id = $1"
    + _STRETCH
    + "AND"
    + HOME_WANTED.replace(":owner", "$1")
    + f"AND (h.boost_id IS NULL OR ({BOOST_SHOWN})) AND"
    + VISIBLE
)
_LIST_HOME = paged("timelines.list_home", _HOME, by="h.item_id")


async def place_own(tx: Tx, owner_id: ActorId, post_id: PostId) -> None:
    """Put somebody's new post into their own home."""
    await tx.execute(_PLACE_OWN, owner_id, post_id)


async def place_posts(tx: Tx, post_ids: Sequence[PostId], *, tagged: Sequence[PostId] = ()) -> None:
    """Put new posts into the homes of all who follow the authors. Idempotent.

    ``tagged``: those of them that go to who follows a hashtag, too. Answers that came before
    the post they answer could not be placed then; they are now. Where a boost was there
    before the post, the post takes its place.
    """
    await tx.fetchval(_LOCK_PLACING)
    boosted = await tx.fetchrow(_PLACE_POSTS, list(post_ids))
    if boosted is not None and boosted["owners"]:
        await tx.execute(_REPLACE_BOOSTS, boosted["owners"], boosted["items"])
    if tagged:
        await tx.execute(_PLACE_TAGGED, list(tagged))


async def place_tagged(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Put edited posts where a hashtag is followed that they have now. Idempotent."""
    await tx.fetchval(_LOCK_PLACING)
    await tx.execute(_PLACE_TAGGED, list(post_ids))


async def place_boosts(tx: Tx, boost_ids: Sequence[int], now: datetime) -> None:
    """Put boosts into the homes of the boosters' followers and their own. Idempotent."""
    await tx.fetchval(_LOCK_PLACING)
    await tx.execute(_PLACE_BOOSTS, list(boost_ids), first_id_at(now - _ONCE_IN))


async def backfill(tx: Tx, begun: Sequence[tuple[ActorId, ActorId]]) -> None:
    """For each (follower, followed): put the last posts where they belong by time."""
    followers, followed = [who for who, _ in begun], [whom for _, whom in begun]
    await tx.execute(_BACKFILL, followers, followed, BACKFILL)


async def remove(tx: Tx, ended: Sequence[tuple[ActorId, ActorId]]) -> None:
    """For each (follower, followed): take out the posts and boosts of who is followed no more.

    What is there for a hashtag, too, stays.
    """
    await tx.execute(_REMOVE, [who for who, _ in ended], [whom for _, whom in ended])


async def narrow(tx: Tx, changed: Sequence[tuple[ActorId, ActorId]]) -> None:
    """For each (follower, followed): take out boosts and languages that are not wanted any more.

    What is there for a hashtag, too, stays.
    """
    await tx.execute(_NARROW, [who for who, _ in changed], [whom for _, whom in changed])


async def remove_tagged(tx: Tx, ended: Sequence[tuple[ActorId, str]]) -> None:
    """For each (owner, hashtag): take out what stood there for that hashtag alone."""
    await tx.execute(_REMOVE_TAGGED, [who for who, _ in ended], [tag for _, tag in ended])


async def trim_homes(tx: Tx, post_ids: Sequence[PostId], *, capacity: int = HOME_CAPACITY) -> None:
    """Cut the homes that hold one of these posts to their capacity."""
    await tx.execute(_TRIM, list(post_ids), capacity)


async def forget_posts(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Remove the places of posts that are deleted."""
    await tx.execute(_FORGET_POSTS, list(post_ids))


async def list_home(conn: Conn, viewer: Viewer, page: Page = FIRST_PAGE) -> list[Item]:
    """Read the home of a member, newest first, as far as the gate lets it be seen now.

    The limit counts what is shown: rows that the gate takes out do not shorten the page.
    """
    rows = await read_page(conn, _LIST_HOME, page, viewer.actor_id, viewer.is_member)
    return [item_of(row) for row in rows]
