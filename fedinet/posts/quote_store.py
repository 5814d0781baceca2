"""Rows of ``quotes``: which post quotes which, and whether it may. SQL lives here only.

Nothing here returns text, so nothing here has a viewer; whoever shows the quoted
post reads it through the gate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from fedinet.audiences.gate import keeps_server_away
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, ActorUri, ObjectUri, PostId
from fedinet.posts.quoting import Quote, QuoteState

_CLAIM = query(
    "posts.claim_quotes",
    """
    INSERT INTO quotes AS q
           (quoting_uri, post_id, quoter_id, quoted_uri, quoted_id, state, stamp_uri)
    SELECT n.quoting_uri, n.post_id, n.quoter_id, n.quoted_uri, quoted.id,
           CASE WHEN quoted.author_id = n.quoter_id THEN 'accepted' ELSE n.state END, n.stamp_uri
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
           AS n (quoting_uri, post_id, quoter_id, quoted_uri, state, stamp_uri)
      LEFT JOIN posts quoted ON quoted.uri = n.quoted_uri
     ORDER BY n.quoting_uri
    ON CONFLICT (quoting_uri) DO UPDATE
       SET post_id = excluded.post_id,
           quoter_id = excluded.quoter_id,
           quoted_uri = excluded.quoted_uri,
           quoted_id = excluded.quoted_id,
           state = CASE WHEN q.quoter_id = excluded.quoter_id AND q.quoted_uri = excluded.quoted_uri
                             AND q.state IN ('accepted', 'rejected', 'revoked')
                        THEN q.state ELSE excluded.state END,
           stamp_uri = CASE WHEN q.quoter_id = excluded.quoter_id
                                 AND q.quoted_uri = excluded.quoted_uri
                            THEN coalesce(q.stamp_uri, excluded.stamp_uri)
                            ELSE excluded.stamp_uri END
""",
)

_INSERT_OWN = query(
    "posts.insert_own_quote",
    """
    INSERT INTO quotes
        (id, quoting_uri, post_id, quoter_id, quoted_uri, quoted_id, state, stamp_uri)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
""",
)

_FACTS = """
    SELECT q.id, q.quoting_uri, q.post_id, q.quoter_id, q.quoted_uri, q.quoted_id, q.state,
           q.stamp_uri, q.request_uri, quoted.author_id AS quoted_author_id,
           author.uri AS quoted_author_uri, author.is_local AS quoted_is_ours,
           quoter.uri AS quoter_uri, quoter.is_local AS quoter_is_ours
      FROM quotes q
      JOIN actors quoter ON quoter.id = q.quoter_id
      LEFT JOIN posts quoted ON quoted.id = q.quoted_id
      LEFT JOIN actors author ON author.id = quoted.author_id
     WHERE """

_OF_POST = query("posts.find_quote_of_post", _FACTS + "q.post_id = $1 FOR UPDATE OF q")
_BY_URI = query("posts.find_quote_by_quoting", _FACTS + "q.quoting_uri = $1 FOR UPDATE OF q")
_BY_REQUEST = query("posts.find_quote_by_request", _FACTS + "q.request_uri = $1 FOR UPDATE OF q")
_BY_STAMP = query(
    "posts.list_quotes_by_stamp",
    _FACTS + "q.stamp_uri = $1 AND quoted.author_id = $2 ORDER BY q.id LIMIT 100 FOR UPDATE OF q",
)
_TO_ASK = query(
    "posts.list_quotes_to_ask",
    _FACTS
    + """q.post_id = ANY($1::bigint[]) AND q.state = 'pending' AND q.request_uri IS NULL
       AND quoter.is_local AND NOT author.is_local
     ORDER BY q.id FOR UPDATE OF q""",
)

_GRANT = query(
    "posts.grant_quote",
    """
    INSERT INTO quotes (id, quoting_uri, quoter_id, quoted_uri, quoted_id, state, stamp_uri)
    VALUES ($1, $2, $3, $4, $5, 'accepted', $6)
""",
)

_COUNT_UNSEEN = query(
    "posts.count_unseen_grants",
    """
    SELECT count(*) FROM (
        SELECT FROM quotes
         WHERE quoter_id = $1 AND post_id IS NULL AND created_at > now() - interval '1 day'
         LIMIT $2) AS unseen
""",
)

_SETTLE = query(
    "posts.settle_quote",
    """
    UPDATE quotes
       SET state = $2, stamp_uri = coalesce($3, stamp_uri), quoted_id = coalesce($4, quoted_id)
     WHERE id = $1
""",
)

_SET_STAMP = query("posts.set_quote_stamp", "UPDATE quotes SET stamp_uri = $2 WHERE id = $1")
_SET_REQUEST = query("posts.set_quote_request", "UPDATE quotes SET request_uri = $2 WHERE id = $1")
_DROP = query("posts.drop_quote", "DELETE FROM quotes WHERE post_id = $1")
_NEXT_ID = query("posts.next_quote_id", "SELECT new_id()")

_FIND_GRANTED = query(
    "posts.find_granted_quote",
    """
    SELECT q.quoting_uri, q.quoted_uri, author.uri AS author_uri
      FROM quotes q
      JOIN posts p ON p.id = q.quoted_id AND p.is_local AND p.visibility = 'everyone'
      JOIN actors author ON author.id = p.author_id
           AND author.suspended_at IS NULL AND author.gone_at IS NULL
     WHERE q.id = $1 AND q.state = 'accepted' AND q.stamp_uri IS NOT NULL
""",
)

_LIST_QUOTING = query(
    "posts.list_quoting",
    """
    SELECT q.id, q.post_id
      FROM quotes q
     WHERE q.quoted_id = $1 AND q.state = 'accepted' AND q.post_id IS NOT NULL
       AND ($2::bigint IS NULL OR q.id < $2)
     ORDER BY q.id DESC
     LIMIT $3
""",
)

_FIND_TARGET = query(
    "posts.find_quote_target",
    """
    SELECT p.id, p.author_id, p.visibility, p.quote_policy, p.is_local,
           EXISTS (SELECT FROM follows f
                    WHERE f.follower_id = $2 AND f.target_id = p.author_id
                      AND f.state = 'accepted') AS follows_author,
           EXISTS (SELECT FROM blocks b
                    WHERE (b.actor_id = p.author_id AND b.target_id = $2)
                       OR (b.actor_id = $2 AND b.target_id = p.author_id))
           OR"""
    + keeps_server_away("$2", "p.author_id")
    + "OR"
    + keeps_server_away("p.author_id", "$2")
    + """ AS blocked
      FROM posts p
      JOIN actors author ON author.id = p.author_id
           AND author.suspended_at IS NULL AND author.gone_at IS NULL
     WHERE p.uri = $1
""",
)

_SET_POLICY = query(
    "posts.set_quote_policy",
    "UPDATE posts SET quote_policy = $2 WHERE id = $1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRow:
    """A quote and those between whom it is. No quoted author where their post is not here."""

    id: int
    quoting_uri: ObjectUri
    post_id: PostId | None
    quoter_id: ActorId
    quoter_uri: ActorUri
    quoter_is_ours: bool
    quoted_uri: ObjectUri
    quoted_id: PostId | None
    quoted_author_id: ActorId | None
    quoted_author_uri: ActorUri | None
    quoted_is_ours: bool
    state: QuoteState
    stamp_uri: str | None
    request_uri: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a post of somebody else says that it quotes."""

    quoting_uri: ObjectUri
    post_id: PostId
    quoter_id: ActorId
    quoted_uri: str
    stamp_uri: str | None
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTarget:
    """A post that somebody wants to quote, and how they stand to its author."""

    id: PostId
    author_id: ActorId
    visibility: Visibility
    policy: QuotePolicy | None
    is_local: bool
    follows_author: bool
    blocked: bool


async def claim_quotes(tx: Tx, claims: Sequence[Claim]) -> None:
    """Store what posts of others quote. Nobody has agreed yet, but authors to themselves.

    Where the quoted author was asked before the post came, the answer stands.
    """
    await tx.execute(
        _CLAIM,
        [claim.quoting_uri for claim in claims],
        [claim.post_id for claim in claims],
        [claim.quoter_id for claim in claims],
        [claim.quoted_uri for claim in claims],
        [QuoteState.PENDING if c.asks else QuoteState.UNAUTHORISED for c in claims],
        [claim.stamp_uri for claim in claims],
    )


async def next_quote_id(tx: Tx) -> int:
    return int(await tx.fetchval(_NEXT_ID))


async def insert_own(
    tx: Tx, quote_id: int, quote: Quote, *, quoting: ObjectUri, post_id: PostId, author_id: ActorId
) -> None:
    """Store what a post of ours quotes."""
    await tx.execute(
        _INSERT_OWN,
        quote_id,
        quoting,
        post_id,
        author_id,
        quote.uri,
        quote.post_id,
        quote.state,
        quote.stamp_uri,
    )


async def lock_of_post(tx: Tx, post_id: PostId) -> QuoteRow | None:
    """Read what a post quotes, and hold the row."""
    return _row(await tx.fetchrow(_OF_POST, post_id))


async def lock_by_quoting(tx: Tx, uri: str) -> QuoteRow | None:
    return _row(await tx.fetchrow(_BY_URI, uri))


async def lock_by_request(tx: Tx, uri: str) -> QuoteRow | None:
    return _row(await tx.fetchrow(_BY_REQUEST, uri))


async def list_by_stamp(tx: Tx, uri: str, quoted_author: ActorId) -> list[QuoteRow]:
    """List the quotes of an author's posts that go by this stamp, and hold the rows.

    Anybody may write the address of a stamp under a post, so there may be several.
    """
    rows = await tx.fetch(_BY_STAMP, uri, quoted_author)
    return [row for row in map(_row, rows) if row is not None]


async def list_to_ask(tx: Tx, post_ids: Sequence[PostId]) -> list[QuoteRow]:
    """List the quotes of our posts for which nobody has been asked yet, and hold the rows."""
    rows = await tx.fetch(_TO_ASK, list(post_ids))
    return [row for row in map(_row, rows) if row is not None]


async def grant(
    tx: Tx,
    quote_id: int,
    *,
    quoting: str,
    quoter_id: ActorId,
    quoted: ObjectUri,
    quoted_id: PostId,
    stamp_uri: str,
) -> None:
    """Store that a post which is not here may quote one of ours."""
    await tx.execute(_GRANT, quote_id, quoting, quoter_id, quoted, quoted_id, stamp_uri)


async def count_unseen(tx: Tx, quoter_id: ActorId, *, most: int) -> int:
    """Count what somebody was granted within a day for posts that are not here."""
    return int(await tx.fetchval(_COUNT_UNSEEN, quoter_id, most))


async def settle(
    tx: Tx,
    quote_id: int,
    state: QuoteState,
    *,
    stamp_uri: str | None = None,
    quoted_id: PostId | None = None,
) -> None:
    """Store an answer; what is None stays as it is."""
    await tx.execute(_SETTLE, quote_id, state, stamp_uri, quoted_id)


async def set_stamp(tx: Tx, quote_id: int, stamp_uri: str) -> None:
    """Remember which stamp a post claims; it is not checked by that."""
    await tx.execute(_SET_STAMP, quote_id, stamp_uri)


async def set_request(tx: Tx, quote_id: int, request_uri: str) -> None:
    await tx.execute(_SET_REQUEST, quote_id, request_uri)


async def drop_quote(tx: Tx, post_id: PostId) -> None:
    await tx.execute(_DROP, post_id)


async def find_granted(conn: Conn, quote_id: int) -> tuple[str, str, str] | None:
    """Read (quoting, quoted, author) of a stamp of ours that stands; None for any other."""
    row = await conn.fetchrow(_FIND_GRANTED, quote_id)
    return None if row is None else (row["quoting_uri"], row["quoted_uri"], row["author_uri"])


async def list_quoting(
    conn: Conn, quoted_id: PostId, *, before: int | None, limit: int
) -> list[tuple[int, PostId]]:
    """List (cursor, post) of the posts here that quote this one, newest first. No gate yet."""
    rows = await conn.fetch(_LIST_QUOTING, quoted_id, before, limit)
    return [(row["id"], PostId(row["post_id"])) for row in rows]


async def find_target(conn: Conn, uri: str, who: ActorId) -> QuoteTarget | None:
    """Read what decides whether ``who`` may quote this post."""
    row = await conn.fetchrow(_FIND_TARGET, uri, who)
    if row is None:
        return None
    policy = row["quote_policy"]
    return QuoteTarget(
        id=PostId(row["id"]),
        author_id=ActorId(row["author_id"]),
        visibility=Visibility(row["visibility"]),
        policy=None if policy is None else QuotePolicy(policy),
        is_local=row["is_local"],
        follows_author=row["follows_author"],
        blocked=row["blocked"],
    )


async def set_policy(tx: Tx, post_id: PostId, policy: QuotePolicy) -> None:
    await tx.execute(_SET_POLICY, post_id, policy)


def _row(row: asyncpg.Record | None) -> QuoteRow | None:
    if row is None:
        return None
    return QuoteRow(
        id=row["id"],
        quoting_uri=ObjectUri(row["quoting_uri"]),
        post_id=row["post_id"],
        quoter_id=ActorId(row["quoter_id"]),
        quoter_uri=ActorUri(row["quoter_uri"]),
        quoter_is_ours=row["quoter_is_ours"],
        quoted_uri=ObjectUri(row["quoted_uri"]),
        quoted_id=row["quoted_id"],
        quoted_author_id=row["quoted_author_id"],
        quoted_author_uri=row["quoted_author_uri"],
        quoted_is_ours=bool(row["quoted_is_ours"]),
        state=QuoteState(row["state"]),
        stamp_uri=row["stamp_uri"],
        request_uri=row["request_uri"],
    )
