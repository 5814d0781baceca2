"""Rows of ``account_notes``, ``endorsements`` and ``suggestions_dismissed``: written here only."""

from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.audiences.gate import keeps_server_away
from fedinet.db.paged import between, paged, read_page
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import Page

_SET_NOTE = query(
    "people.set_note",
    """
    INSERT INTO account_notes (actor_id, target_id, text) VALUES ($1, $2, $3)
        ON CONFLICT (actor_id, target_id) DO UPDATE SET text = excluded.text
""",
)

_DELETE_NOTE = query(
    "people.delete_note", "DELETE FROM account_notes WHERE actor_id = $1 AND target_id = $2"
)

_LIST_NOTES = query(
    "people.list_notes",
    "SELECT n.text AS note,"
    + ACTOR_COLUMNS
    + """
      FROM account_notes n JOIN actors a ON a.id = n.target_id
     WHERE n.actor_id = $1
     ORDER BY n.target_id
""",
)

_ENDORSE = query(
    "people.endorse",
    "INSERT INTO endorsements (actor_id, target_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
)

_TAKE_BACK = query(
    "people.take_back_endorsement",
    "DELETE FROM endorsements WHERE actor_id = $1 AND target_id = $2",
)

_DISMISS = query(
    "people.dismiss_suggestion",
    """
    INSERT INTO suggestions_dismissed (actor_id, target_id)
    SELECT $1, id FROM actors WHERE id = $2 AND id <> $1
        ON CONFLICT DO NOTHING
""",
)

_SHOWN_TO: Final = """
       a.suspended_at IS NULL AND a.gone_at IS NULL
       AND NOT EXISTS (
            SELECT FROM blocks
             WHERE (blocks.actor_id = a.id AND blocks.target_id = {who})
                OR (blocks.actor_id = {who} AND blocks.target_id = a.id))
       AND NOT """ + keeps_server_away("{who}", "a.id")

_RECOMMENDED: Final = """
      FROM endorsements e
      JOIN actors a ON a.id = e.target_id
      JOIN follows f ON f.follower_id = :who AND f.target_id = e.target_id AND f.state = 'accepted'
     WHERE e.actor_id = :who AND""" + _SHOWN_TO.replace("{who}", ":reader")
ENDORSED: Final = "SELECT e.target_id" + _RECOMMENDED
"""Whom ``:who`` recommends, as ``:reader`` may see it."""
_ENDORSED: Final = (
    "SELECT e.id AS cursor,"
    + ACTOR_COLUMNS
    + _RECOMMENDED.replace(":who", "$1").replace(":reader", "$2")
    + between("e.id")
)
_LIST_ENDORSED = paged("people.list_endorsed", _ENDORSED, by="e.id")

_NEW_TO: Final = """
       a.discoverable AND a.limited_at IS NULL AND a.id <> $1 AND a.moved_to IS NULL
       AND NOT EXISTS (SELECT FROM follows f WHERE f.follower_id = $1 AND f.target_id = a.id)
       AND NOT EXISTS (SELECT FROM mutes m WHERE m.actor_id = $1 AND m.target_id = a.id)
       AND NOT EXISTS (
            SELECT FROM suggestions_dismissed d WHERE d.actor_id = $1 AND d.target_id = a.id)
       AND""" + _SHOWN_TO.replace("{who}", "$1")

_SUGGEST_MEMBERS = query(
    "people.suggest_members",
    "SELECT"
    + ACTOR_COLUMNS
    + """
      FROM accounts JOIN actors a ON a.id = accounts.actor_id
     WHERE accounts.disabled_at IS NULL AND"""
    + _NEW_TO
    + " ORDER BY a.id DESC LIMIT $2",
)

# No order by how many know somebody: that would be a ranking by popularity.
_SUGGEST_FRIENDS = query(
    "people.suggest_friends_of_friends",
    "SELECT"
    + ACTOR_COLUMNS
    + """
      FROM (SELECT theirs.target_id
              FROM follows ours
              JOIN follows theirs
                   ON theirs.follower_id = ours.target_id AND theirs.state = 'accepted'
              JOIN accounts friend ON friend.actor_id = theirs.follower_id
             WHERE ours.follower_id = $1 AND ours.state = 'accepted'
             GROUP BY theirs.target_id
            HAVING count(*) >= $3) AS known
      JOIN actors a ON a.id = known.target_id
     WHERE NOT a.is_local AND"""
    + _NEW_TO
    + " ORDER BY a.id DESC LIMIT $2",
)

_DIRECTORY: Final = (
    "SELECT"
    + ACTOR_COLUMNS
    + """
      FROM actors a
     WHERE a.id IN (
            SELECT accounts.actor_id FROM accounts WHERE accounts.disabled_at IS NULL
             UNION ALL
            SELECT f.target_id FROM follows f
             WHERE NOT $2 AND f.follower_id = $1 AND f.state = 'accepted')
       AND a.discoverable AND a.limited_at IS NULL AND a.moved_to IS NULL
       AND"""
    + _SHOWN_TO.replace("{who}", "$1")
)
_DIRECTORY_NEW = query(
    "people.directory_by_age", _DIRECTORY + " ORDER BY a.id DESC OFFSET $3 LIMIT $4"
)
_DIRECTORY_ACTIVE = query(
    "people.directory_by_last_post",
    _DIRECTORY
    + """
     ORDER BY (SELECT max(p.id) FROM posts p
                WHERE p.author_id = a.id AND p.visibility = 'everyone') DESC NULLS LAST, a.id DESC
    OFFSET $3 LIMIT $4
""",
)


async def set_note(tx: Tx, owner_id: ActorId, about: ActorId, text: str) -> None:
    """Keep a note about somebody, in place of the one before."""
    await tx.execute(_SET_NOTE, owner_id, about, text)


async def delete_note(tx: Tx, owner_id: ActorId, about: ActorId) -> None:
    await tx.execute(_DELETE_NOTE, owner_id, about)


async def list_notes(conn: Conn, owner_id: ActorId) -> list[tuple[Actor, str]]:
    """List whom the owner keeps a note about, and what it says."""
    return [(actor_of(row), row["note"]) for row in await conn.fetch(_LIST_NOTES, owner_id)]


async def endorse(tx: Tx, owner_id: ActorId, other: ActorId) -> None:
    """Idempotent."""
    await tx.execute(_ENDORSE, owner_id, other)


async def take_back_endorsement(tx: Tx, owner_id: ActorId, other: ActorId) -> None:
    """Idempotent."""
    await tx.execute(_TAKE_BACK, owner_id, other)


async def dismiss_suggestion(tx: Tx, owner_id: ActorId, other: ActorId) -> None:
    """Idempotent; whoever is unknown is not suggested either."""
    await tx.execute(_DISMISS, owner_id, other)


async def list_endorsed(
    conn: Conn, owner_id: ActorId, reader_id: ActorId | None, page: Page
) -> list[tuple[int, Actor]]:
    """List (cursor, whom ``owner_id`` recommends), the last first, as ``reader_id`` may see it."""
    rows = await read_page(conn, _LIST_ENDORSED, page, owner_id, reader_id)
    return [(row["cursor"], actor_of(row)) for row in rows]


async def suggest_members(conn: Conn, owner_id: ActorId, limit: int) -> list[Actor]:
    """List members whom one does not follow, the newest first."""
    return [actor_of(row) for row in await conn.fetch(_SUGGEST_MEMBERS, owner_id, limit)]


async def suggest_friends_of_friends(
    conn: Conn, owner_id: ActorId, limit: int, *, known_to: int
) -> list[Actor]:
    """List people elsewhere whom at least ``known_to`` members that one follows do follow."""
    rows = await conn.fetch(_SUGGEST_FRIENDS, owner_id, limit, known_to)
    return [actor_of(row) for row in rows]


async def list_directory(
    conn: Conn,
    reader_id: ActorId | None,
    *,
    local: bool,
    by_last_post: bool,
    offset: int,
    limit: int,
) -> list[Actor]:
    """List who wants to be found: members, and unless ``local`` whom the reader follows."""
    sql = _DIRECTORY_ACTIVE if by_last_post else _DIRECTORY_NEW
    return [actor_of(row) for row in await conn.fetch(sql, reader_id, local, offset, limit)]
