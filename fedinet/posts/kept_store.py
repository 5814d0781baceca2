"""Rows of ``kept_drafts``: what members write, kept for a day. SQL of it lives here only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.ids import AccountId, PostId
from fedinet.posts.model import Draft, FileChoice

MOST_KEPT = 20
"""Of one member; the oldest make room, but for those whose post is deleted already."""

_INSERT = query(
    "posts.keep_draft",
    "INSERT INTO kept_drafts (account_id, of_post, kept) VALUES ($1, $2, $3::jsonb) RETURNING id",
)

_UPDATE = query(
    "posts.keep_draft_on",
    """
    UPDATE kept_drafts SET kept = $3::jsonb, kept_at = now() WHERE account_id = $1 AND id = $2
    RETURNING id
""",
)

_MAKE_ROOM = query(
    "posts.make_room_for_drafts",
    """
    DELETE FROM kept_drafts
     WHERE account_id = $1 AND of_post IS NULL
       AND id <= (SELECT id FROM kept_drafts WHERE account_id = $1 ORDER BY id DESC
                  OFFSET $2 LIMIT 1)
""",
)

_FIND = query(
    "posts.find_kept_draft", "SELECT kept FROM kept_drafts WHERE account_id = $1 AND id = $2"
)

_FIND_OF_POST = query(
    "posts.find_draft_of_post", "SELECT id FROM kept_drafts WHERE account_id = $1 AND of_post = $2"
)

_FIND_NEWEST = query(
    "posts.find_newest_draft",
    "SELECT id, kept_at FROM kept_drafts WHERE account_id = $1 ORDER BY id DESC LIMIT 1",
)

_DELETE = query(
    "posts.drop_kept_draft", "DELETE FROM kept_drafts WHERE account_id = $1 AND id = $2"
)

_PRUNE = query(
    "posts.prune_kept_drafts",
    """
    DELETE FROM kept_drafts
     WHERE ctid = ANY (ARRAY(
        SELECT ctid
          FROM kept_drafts
         WHERE kept_at < now() - $1::interval
         ORDER BY kept_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED))
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """``values``: the fields of the form as typed. ``before``: says what the form does not show."""

    values: Mapping[str, str]
    files: tuple[FileChoice, ...] = ()
    before: Draft | None = None


async def keep(
    tx: Tx,
    account_id: AccountId,
    kept: Kept,
    *,
    draft_id: int | None = None,
    of_post: PostId | None = None,
) -> int:
    """Keep what somebody writes, in place of ``draft_id`` if that is still there. Returns its id.

    ``of_post``: the post that it was until now.
    """
    said = msgspec.json.encode(kept).decode()
    if draft_id is not None and await tx.fetchval(_UPDATE, account_id, draft_id, said) is not None:
        return draft_id
    made = await tx.fetchval(_INSERT, account_id, of_post, said)
    await tx.execute(_MAKE_ROOM, account_id, MOST_KEPT)
    return int(made)


async def find(conn: Conn | Pool, account_id: AccountId, draft_id: int) -> Kept | None:
    """None: it is not there any more, or somebody else's."""
    said = await conn.fetchval(_FIND, account_id, draft_id)
    return None if said is None else msgspec.json.decode(said, type=Kept)


async def find_of_post(conn: Conn | Pool, account_id: AccountId, post_id: PostId) -> int | None:
    """Which draft a post became that its author deleted to write it again."""
    return await conn.fetchval(_FIND_OF_POST, account_id, post_id)


async def find_newest(conn: Conn | Pool, account_id: AccountId) -> tuple[int, datetime] | None:
    """The number of what somebody began last, and when it was kept; None: there is nothing."""
    row = await conn.fetchrow(_FIND_NEWEST, account_id)
    return None if row is None else (row["id"], row["kept_at"])


async def drop(tx: Tx, account_id: AccountId, draft_id: int) -> None:
    """It is published, or not wanted any more."""
    await tx.execute(_DELETE, account_id, draft_id)


async def prune(tx: Tx, kept_for: timedelta, *, limit: int) -> int:
    """Forget the oldest that are older than that. Returns how many."""
    tag = await tx.execute(_PRUNE, kept_for, limit)
    return int(tag.rpartition(" ")[2])
