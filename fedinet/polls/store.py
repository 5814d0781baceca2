"""Rows of ``polls`` and ``poll_votes``. SQL lives here only.

Who voted for what is read to count and to refuse a second vote, and to tell a
voter their own choices; for nothing else. Counts change under a lock of the poll.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from fedinet.audiences.gate import VISIBLE, VISIBLE_TO
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.emojis.model import Emoji, emojis_of
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.polls.model import Poll
from fedinet.polls.rows import poll_of

_INSERT_POLLS = query(
    "polls.insert",
    """
    INSERT INTO polls
        (post_id, options, counts, multiple, voters, hides_totals, ends_at, closed_at)
    SELECT n.post_id, n.options, n.counts, n.multiple, n.voters, n.hides_totals, n.ends_at,
           n.closed_at
      FROM jsonb_to_recordset($1::jsonb)
           AS n (post_id bigint, options text[], counts bigint[], multiple boolean, voters bigint,
                 hides_totals boolean, ends_at timestamptz, closed_at timestamptz)
        ON CONFLICT (post_id) DO NOTHING
""",
)

_LOCK_VOTED = query(
    "polls.lock_voted",
    """
    SELECT viewer.ord, polls.post_id, to_jsonb(polls) AS poll
      FROM (SELECT came.ord, came.actor_id, came.post_uri, false AS is_member
              FROM unnest($1::bigint[], $2::text[])
                   WITH ORDINALITY AS came (actor_id, post_uri, ord)) AS viewer
      JOIN posts p ON p.uri = viewer.post_uri AND p.is_local
      JOIN polls ON polls.post_id = p.id
     WHERE"""
    + VISIBLE_TO
    + "ORDER BY polls.post_id FOR UPDATE OF polls",
)

_LOCK_ONE = query(
    "polls.lock_one",
    """
    SELECT p.id, p.uri, p.author_id, p.is_local, p.emojis, to_jsonb(polls) AS poll
      FROM posts p
      JOIN polls ON polls.post_id = p.id
     WHERE p.id = $3 AND"""
    + VISIBLE
    + "FOR UPDATE OF polls",
)

_FIND = query(
    "polls.find",
    """
    SELECT p.id, p.uri, p.author_id, p.is_local, p.emojis, to_jsonb(polls) AS poll
      FROM posts p
      JOIN polls ON polls.post_id = p.id
     WHERE p.id = $3 AND"""
    + VISIBLE,
)

_LIST_CHOSEN = query(
    "polls.list_chosen",
    """
    SELECT v.post_id, v.actor_id, v.choice
      FROM unnest($1::bigint[], $2::bigint[]) AS asked (post_id, actor_id)
      JOIN poll_votes v ON v.post_id = asked.post_id AND v.actor_id = asked.actor_id
""",
)

_LIST_OWN = query(
    "polls.list_own_votes",
    """
    SELECT actor_id, post_id, choice
      FROM poll_votes
     WHERE post_id = ANY($2::bigint[]) AND actor_id = ANY($1::bigint[])
     ORDER BY post_id, choice
""",
)

_INSERT_VOTES = query(
    "polls.insert_votes",
    """
    INSERT INTO poll_votes (post_id, actor_id, choice)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[])
""",
)

_SET_COUNTS = query(
    "polls.set_counts",
    """
    UPDATE polls
       SET counts = n.counts, voters = n.voters
      FROM jsonb_to_recordset($1::jsonb) AS n (post_id bigint, counts bigint[], voters bigint)
     WHERE polls.post_id = n.post_id
""",
)

_LOCK_STORED = query(
    "polls.lock_stored",
    "SELECT to_jsonb(polls) AS poll, said_at FROM polls WHERE post_id = $1 FOR UPDATE",
)

_SET_SAID = query(
    "polls.set_said",
    """
    UPDATE polls
       SET options = $2, counts = $3, multiple = $4, voters = $5, ends_at = $6, closed_at = $7,
           said_at = coalesce($8, said_at)
     WHERE post_id = $1
""",
)

_HAS_VOTES = query("polls.has_votes", "SELECT EXISTS (SELECT FROM poll_votes WHERE post_id = $1)")

_DELETE_VOTES = query("polls.delete_votes", "DELETE FROM poll_votes WHERE post_id = $1")

_DELETE = query("polls.delete", "DELETE FROM polls WHERE post_id = $1")

_CLOSE = query(
    "polls.close",
    """
    UPDATE polls SET closed_at = ends_at
     WHERE post_id = $1 AND closed_at IS NULL AND ends_at <= $2
""",
)

_FIND_REMOTE_URI = query(
    "polls.find_remote_uri",
    """
    SELECT p.uri
      FROM posts p JOIN polls ON polls.post_id = p.id
     WHERE p.id = $1 AND NOT p.is_local
""",
)

_LOOK_AT = query(
    "polls.look_at",
    """
    UPDATE polls SET looked_at = $2
     WHERE post_id = $1
       AND (looked_at IS NULL
            OR looked_at < coalesce(closed_at, ends_at, $2) AND looked_at < $2 - $3::interval)
       AND NOT EXISTS (SELECT FROM posts p WHERE p.id = $1 AND p.is_local)
    RETURNING true
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPoll:
    """A poll and whose it is, for somebody who may see it."""

    post_id: PostId
    post_uri: ObjectUri
    author_id: ActorId
    is_local: bool
    emojis: tuple[Emoji, ...]
    """Those of its post, which its options may use."""
    poll: Poll


@dataclass(frozen=True, slots=True)
class StoredPoll:
    """What an Update must know of the poll that it changes."""

    poll: Poll
    said_at: datetime | None


async def insert_polls(tx: Tx, polls: Iterable[tuple[PostId, Poll]]) -> None:
    """Store the polls of new posts."""
    rows = [{"post_id": post_id, **msgspec.to_builtins(poll)} for post_id, poll in polls]
    if rows:
        await tx.execute(_INSERT_POLLS, msgspec.json.encode(rows).decode())


async def lock_voted(
    tx: Tx, asked: Sequence[tuple[ActorId, str]]
) -> list[tuple[PostId, Poll] | None]:
    """Find our polls by (voter elsewhere, URI of the post), in this order, and hold their rows.

    None: there is no such poll here, or not for this voter.
    """
    rows = await tx.fetch(_LOCK_VOTED, [who for who, _ in asked], [uri for _, uri in asked])
    found = {row["ord"]: (PostId(row["post_id"]), poll_of(row["poll"])) for row in rows}
    return [found.get(ord_) for ord_ in range(1, len(asked) + 1)]


async def lock_asked(tx: Tx, viewer: Viewer, post_id: PostId) -> AskedPoll | None:
    """Read the poll of a post that the viewer may see, and hold its row until ``tx`` ends."""
    return await _asked(tx, _LOCK_ONE, viewer, post_id)


async def find_asked(conn: Conn, viewer: Viewer, post_id: PostId) -> AskedPoll | None:
    return await _asked(conn, _FIND, viewer, post_id)


async def list_chosen(
    tx: Tx, asked: Sequence[tuple[PostId, ActorId]]
) -> dict[tuple[PostId, ActorId], set[int]]:
    """Read what voters chose before. The caller holds the polls."""
    chosen: dict[tuple[PostId, ActorId], set[int]] = {pair: set() for pair in asked}
    rows = await tx.fetch(_LIST_CHOSEN, [post for post, _ in asked], [who for _, who in asked])
    for row in rows:
        chosen[PostId(row["post_id"]), ActorId(row["actor_id"])].add(row["choice"])
    return chosen


async def list_own_votes(
    conn: Conn, actor_id: ActorId, post_ids: Iterable[PostId]
) -> Mapping[PostId, tuple[int, ...]]:
    """Read what somebody voted for themselves; posts without are missing."""
    return (await list_own_votes_of(conn, [actor_id], post_ids)).get(actor_id, {})


async def list_own_votes_of(
    conn: Conn, actor_ids: Collection[ActorId], post_ids: Iterable[PostId]
) -> Mapping[ActorId, Mapping[PostId, tuple[int, ...]]]:
    """The same for several voters at once; those who did not vote are missing."""
    own: dict[ActorId, dict[PostId, tuple[int, ...]]] = {}
    for row in await conn.fetch(_LIST_OWN, list(actor_ids), list(post_ids)):
        of, post_id = own.setdefault(ActorId(row["actor_id"]), {}), PostId(row["post_id"])
        of[post_id] = (*of.get(post_id, ()), row["choice"])
    return own


async def insert_votes(
    tx: Tx, votes: Sequence[tuple[PostId, ActorId, int]], polls: Mapping[PostId, Poll]
) -> None:
    """Store votes, and the polls as they are counted now. The caller holds their rows."""
    await tx.execute(
        _INSERT_VOTES,
        [post_id for post_id, _, _ in votes],
        [actor_id for _, actor_id, _ in votes],
        [choice for _, _, choice in votes],
    )
    counted = [
        {"post_id": post_id, "counts": poll.counts, "voters": poll.voters}
        for post_id, poll in polls.items()
    ]
    await tx.execute(_SET_COUNTS, msgspec.json.encode(counted).decode())


async def lock_stored(tx: Tx, post_id: PostId) -> StoredPoll | None:
    """Read the poll of a post that its author changes, and hold its row."""
    row = await tx.fetchrow(_LOCK_STORED, post_id)
    return None if row is None else StoredPoll(poll_of(row["poll"]), row["said_at"])


async def set_said(tx: Tx, post_id: PostId, poll: Poll, *, said_at: datetime | None) -> None:
    """Store what the author's server says of its poll."""
    await tx.execute(
        _SET_SAID,
        post_id,
        list(poll.options),
        list(poll.counts),
        poll.multiple,
        poll.voters,
        poll.ends_at,
        poll.closed_at,
        said_at,
    )


async def has_votes(tx: Tx, post_id: PostId) -> bool:
    """Tell whether anybody known here has voted."""
    return bool(await tx.fetchval(_HAS_VOTES, post_id))


async def forget_votes(tx: Tx, post_id: PostId) -> None:
    """Other options, other votes: those for the old ones are gone."""
    await tx.execute(_DELETE_VOTES, post_id)


async def delete_poll(tx: Tx, post_id: PostId) -> None:
    await tx.execute(_DELETE, post_id)


async def close_poll(tx: Tx, post_id: PostId, now: datetime) -> bool:
    """Record that everybody is told of the end. False: not over yet, or told before."""
    return await tx.execute(_CLOSE, post_id, now) == "UPDATE 1"


async def find_remote_uri(conn: Conn | Pool, post_id: PostId) -> ObjectUri | None:
    """Tell where the poll of somebody elsewhere lives. No gate: it is asked there."""
    found = await conn.fetchval(_FIND_REMOTE_URI, post_id)
    return None if found is None else ObjectUri(found)


async def may_look_at(tx: Conn | Pool, post_id: PostId, now: datetime, *, pause: timedelta) -> bool:
    """Tell whether the counts of a remote poll are worth asking for, and note that it is done.

    Once after its end; before that not more often than ``pause``.
    """
    return bool(await tx.fetchval(_LOOK_AT, post_id, now, pause))


async def _asked(conn: Conn, sql: str, viewer: Viewer, post_id: PostId) -> AskedPoll | None:
    row = await conn.fetchrow(sql, viewer.actor_id, viewer.is_member, post_id)
    if row is None:
        return None
    return AskedPoll(
        post_id=PostId(row["id"]),
        post_uri=ObjectUri(row["uri"]),
        author_id=ActorId(row["author_id"]),
        is_local=row["is_local"],
        emojis=emojis_of(row["emojis"]),
        poll=poll_of(row["poll"]),
    )
