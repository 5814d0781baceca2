"""Rows of ``kept_drafts``: what members write, kept for a day. SQL of it lives here only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import AccountId, PostId
from fedinet.kernel.problems import N_
from fedinet.posts.model import Draft, FileChoice

MOST_KEPT: Final = 20
"""Of one member, of what they write; the oldest make room."""
MOST_DELETED: Final = 50
"""Of one member, of what was a post: as many as one report names, which go at once."""
MOST_BYTES: Final = 256 * 1024
"""Of one draft. The longest article with all that may stand around it has room twice."""

_TOO_LARGE: Final = N_(
    "This is more than can be kept while you write. Everything is still here: shorten it, "
    "then go on"
)

_INSERT = query(
    "posts.keep_draft",
    """
    INSERT INTO kept_drafts (account_id, of_post, form, kept) VALUES ($1, $2, $3, $4::jsonb)
    ON CONFLICT (account_id, form) WHERE form IS NOT NULL
    DO UPDATE SET kept = excluded.kept, kept_at = now()
""",
)

_INSERT_CHANGE = query(
    "posts.keep_change",
    """
    INSERT INTO kept_drafts (account_id, changes, kept) VALUES ($1, $2, $3::jsonb)
    ON CONFLICT (account_id, changes) WHERE changes IS NOT NULL
    DO UPDATE SET kept = excluded.kept, kept_at = now()
""",
)

_MAKE_ROOM = query(
    "posts.make_room_for_drafts",
    """
    DELETE FROM kept_drafts
     WHERE account_id = $1 AND (of_post IS NOT NULL) = $2::boolean
       AND (kept_at, id) <= (SELECT kept_at, id FROM kept_drafts
                              WHERE account_id = $1 AND (of_post IS NOT NULL) = $2::boolean
                              ORDER BY kept_at DESC, id DESC OFFSET $3 LIMIT 1)
""",
)

_FIND_OF_POST = query(
    "posts.find_draft_of_post",
    "SELECT form FROM kept_drafts WHERE account_id = $1 AND of_post = $2",
)

_FIND_CHANGE = query(
    "posts.find_kept_change", "SELECT kept FROM kept_drafts WHERE account_id = $1 AND changes = $2"
)

_FIND_FORM = query(
    "posts.find_form",
    """
    SELECT (SELECT kept FROM kept_drafts WHERE account_id = $1 AND form = $2) AS kept,
           (SELECT post_id FROM idempotency_keys WHERE account_id = $1 AND key = $2) AS post_id,
           ARRAY(SELECT to_json(begun)::text
                   FROM (SELECT form, kept_at, begins AS words
                           FROM kept_drafts
                          WHERE account_id = $1 AND form IS NOT NULL
                            AND $3::boolean
                            AND NOT EXISTS (SELECT FROM kept_drafts
                                             WHERE account_id = $1 AND form = $2)
                          ORDER BY kept_at DESC, id DESC
                          LIMIT 100) AS begun) AS begun
""",
)

_DELETE = query(
    "posts.drop_kept_draft",
    "DELETE FROM kept_drafts WHERE account_id = $1 AND form = $2",
)

_DELETE_CHANGE = query(
    "posts.drop_kept_change", "DELETE FROM kept_drafts WHERE account_id = $1 AND changes = $2"
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


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken: what its writer calls it, and the sentence they were told."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """``values``: the fields of the form as typed. ``before``: says what the form does not show."""

    values: Mapping[str, str]
    files: tuple[FileChoice, ...] = ()
    refused: tuple[Refused, ...] = ()
    before: Draft | None = None


class Begun(msgspec.Struct, frozen=True):
    """A form that is kept, and how what it says begins."""

    form: str
    kept_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class KnownForm:
    """What became of a form: kept, published, or neither yet."""

    kept: Kept | None
    published: PostId | None
    begun: Sequence[Begun]
    """All that its member began or deleted to write it again, the last first."""


async def keep(
    tx: Tx, account_id: AccountId, form: str, kept: Kept, *, of_post: PostId | None = None
) -> None:
    """Keep what somebody writes in the form with this key, in place of what it was before.

    ``of_post``: the post that it was until now.

    Raises:
        Unprocessable: it is too large.
    """
    await tx.execute(_INSERT, account_id, of_post, form, _written(kept))
    is_of_post = of_post is not None
    await tx.execute(_MAKE_ROOM, account_id, is_of_post, MOST_DELETED if is_of_post else MOST_KEPT)


async def keep_change(tx: Tx, account_id: AccountId, post_id: PostId, kept: Kept) -> None:
    """Keep how somebody would change a post; raises as ``keep`` does."""
    await tx.execute(_INSERT_CHANGE, account_id, post_id, _written(kept))
    await tx.execute(_MAKE_ROOM, account_id, False, MOST_KEPT)


async def find_change(conn: Conn | Pool, account_id: AccountId, post_id: PostId) -> Kept | None:
    """None: nothing is begun, or a day has passed."""
    return _read(await conn.fetchval(_FIND_CHANGE, account_id, post_id))


async def find_of_post(conn: Conn | Pool, account_id: AccountId, post_id: PostId) -> str | None:
    """In which form a post stands now that its author deleted to write it again."""
    return await conn.fetchval(_FIND_OF_POST, account_id, post_id)


async def find_form(
    conn: Conn | Pool, account_id: AccountId, form: str, *, beside: bool = False
) -> KnownForm:
    """What is known of the form with this key.

    ``beside``: where nothing is kept of it, what else was begun.
    """
    [row] = await conn.fetch(_FIND_FORM, account_id, form, beside)
    begun = [msgspec.json.decode(one, type=Begun) for one in row["begun"]]
    return KnownForm(_read(row["kept"]), row["post_id"], begun)


async def drop(tx: Tx, account_id: AccountId, form: str) -> None:
    """It is published, or not wanted any more."""
    await tx.execute(_DELETE, account_id, form)


async def drop_change(tx: Tx, account_id: AccountId, post_id: PostId) -> None:
    """It is saved, or not wanted any more."""
    await tx.execute(_DELETE_CHANGE, account_id, post_id)


async def prune(tx: Tx, kept_for: timedelta, *, limit: int) -> int:
    """Forget the oldest that are older than that. Returns how many."""
    tag = await tx.execute(_PRUNE, kept_for, limit)
    return int(tag.rpartition(" ")[2])


def _written(kept: Kept) -> str:
    said = msgspec.json.encode(kept)
    if len(said) > MOST_BYTES:
        raise Unprocessable(f"draft of {len(said)} bytes", public=_TOO_LARGE)
    return said.decode()


def _read(said: str | None) -> Kept | None:
    return None if said is None else msgspec.json.decode(said, type=Kept)
