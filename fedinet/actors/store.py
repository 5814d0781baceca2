"""Rows of ``actors`` and ``names``. SQL lives in stores of this room only.

Whoever changes an actor tells every process (``ACTORS_CHANNEL``), in the same transaction.
"""

import re
from collections.abc import Iterable

import msgspec

from fedinet.actors.emoji_store import with_own_emojis
from fedinet.actors.model import Actor, ProfileChange, is_remote_username
from fedinet.actors.rows import ACTOR_COLUMNS, actor_of
from fedinet.db.plans import unseen
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId, ActorUri, Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_

ACTORS_CHANNEL = "fedinet_actors"
"""NOTIFY with an actor id: every process forgets what it cached of that actor."""

_FIND_MANY = query(
    "actors.find_many",
    f"SELECT {ACTOR_COLUMNS} FROM actors a WHERE a.id = ANY({unseen('$1', 'bigint[]')})",
)

_FIND_BY_URIS = query(
    "actors.find_by_uris",
    "SELECT" + ACTOR_COLUMNS + "FROM actors a WHERE a.uri = ANY($1::text[])",
)

_FIND_LOCAL_BY_NAME = query(
    "actors.find_local_by_name",
    "SELECT" + ACTOR_COLUMNS + "FROM actors a WHERE lower(a.username) = lower($1) AND a.is_local",
)

_FIND_BY_HANDLE = query(
    "actors.find_by_handle",
    "SELECT"
    + ACTOR_COLUMNS
    + """FROM actors a
     WHERE lower(a.username) = lower($1) AND a.domain = $2
     ORDER BY a.gone_at IS NOT NULL, a.handle_checked_at DESC NULLS LAST, a.id
     LIMIT 1
""",
)

_TAKE_NAME = query(
    "actors.take_name",
    "INSERT INTO names (name) VALUES (lower($1)) ON CONFLICT DO NOTHING RETURNING name",
)

_GIVE_NAME = query(
    "actors.give_name",
    "UPDATE names SET actor_id = $2 WHERE name = lower($1)",
)

_INSERT_LOCAL = query(
    "actors.insert_local",
    """
    INSERT INTO actors
        (uri, origin, username, domain, is_local, kind, name, page_url, inbox_url,
         shared_inbox_url, outbox_uri, followers_uri, following_uri, handle_checked_at,
         featured_uri)
    VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $11, $12, now(),
            CASE WHEN $5 <> 'Application' THEN $1 || '/collections/featured' END)
    RETURNING id
""",
)

_UPDATE_PROFILE = query(
    "actors.update_profile",
    """
    UPDATE actors
       SET name = coalesce($2, name),
           summary_source = coalesce($3, summary_source),
           summary_html = coalesce($4, summary_html),
           fields = coalesce($5::jsonb, fields),
           approves_followers = coalesce($6, approves_followers),
           discoverable = coalesce($7, discoverable),
           indexable = coalesce($8, indexable),
           avatar_url = nullif(coalesce($9, avatar_url), ''),
           header_url = nullif(coalesce($10, header_url), ''),
           kind = coalesce(CASE WHEN $11 THEN 'Service' WHEN NOT $11 THEN 'Person' END, kind),
           presentation = presentation || $12::jsonb,
           revision = revision + 1
     WHERE id = $1 AND is_local AND gone_at IS NULL
     RETURNING id
""",
)

_MARK_GONE = query(
    "actors.mark_gone",
    """
    UPDATE actors
       SET gone_at = coalesce(gone_at, now()), revision = revision + 1, name = '',
           summary_html = '', summary_source = '', fields = '[]', avatar_url = NULL,
           header_url = NULL, presentation = '{}'
     WHERE id = $1
""",
)

_REVIVE = query(
    "actors.revive",
    "UPDATE actors SET gone_at = NULL, revision = revision + 1 WHERE id = $1 AND NOT is_local",
)

_SET_SUSPENDED = query(
    "actors.set_suspended",
    """
    UPDATE actors
       SET suspended_at = CASE WHEN $2 THEN coalesce(suspended_at, now()) END,
           suspended_there = false,
           revision = revision + 1
     WHERE id = $1
     RETURNING id
""",
)


_SET_LIMITED = query(
    "actors.set_limited",
    """
    UPDATE actors
       SET limited_at = CASE WHEN $2 THEN coalesce(limited_at, now()) END,
           revision = revision + 1
     WHERE id = $1
     RETURNING id
""",
)


async def find_actor(conn: Conn | Pool, actor_id: ActorId) -> Actor | None:
    row = await conn.fetchrow(_FIND_MANY, [actor_id])
    return None if row is None else actor_of(row)


async def get_actor(conn: Conn | Pool, actor_id: ActorId) -> Actor:
    """Read one actor.

    Raises:
        NotFound: there is no such row.
    """
    actor = await find_actor(conn, actor_id)
    if actor is None:
        raise NotFound(f"no actor {actor_id}")
    return actor


async def find_actors(conn: Conn | Pool, ids: Iterable[ActorId]) -> dict[ActorId, Actor]:
    """Read many actors at once. Unknown ids are missing from the answer."""
    wanted = list(set(ids))
    rows = await conn.fetch(_FIND_MANY, wanted) if wanted else ()
    return {actor.id: actor for actor in map(actor_of, rows)}


async def find_actor_by_uri(conn: Conn | Pool, uri: str) -> Actor | None:
    """Find by the exact id of the document, byte for byte."""
    return (await find_actors_by_uri(conn, [uri])).get(ActorUri(uri))


async def find_actors_by_uri(conn: Conn | Pool, uris: Iterable[str]) -> dict[ActorUri, Actor]:
    """Read many actors at once. Unknown URIs are missing from the answer."""
    rows = await conn.fetch(_FIND_BY_URIS, list({uri for uri in uris if _is_text(uri)}))
    return {actor.uri: actor for actor in map(actor_of, rows)}


async def find_local_by_name(conn: Conn | Pool, username: str) -> Actor | None:
    """Find one of ours, whatever the case; gone and suspended ones too."""
    if not is_remote_username(username):
        return None
    row = await conn.fetchrow(_FIND_LOCAL_BY_NAME, username)
    return None if row is None else actor_of(row)


async def find_by_handle(conn: Conn | Pool, username: str, domain: Domain) -> Actor | None:
    """Find who is known here by a handle; one that WebFinger confirmed goes before any claim."""
    if not is_remote_username(username):
        return None
    row = await conn.fetchrow(_FIND_BY_HANDLE, username, domain)
    return None if row is None else actor_of(row)


async def insert_local_actor(
    tx: Tx,
    *,
    uris: NodeUris,
    account_domain: Domain,
    username: str,
    kind: str,
    name: str = "",
) -> ActorId:
    """Give a name, for good, and make the actor that has it. Its keys follow (``keys_store``).

    ``username`` has passed ``check_username``.

    Raises:
        Unprocessable: the name was given before, even if its owner has left.
    """
    if await tx.fetchval(_TAKE_NAME, username) is None:
        raise Unprocessable(f"name taken: {username}", public=N_("This name is taken"))
    uri = uris.actor(username)
    actor_id = ActorId(
        await tx.fetchval(
            _INSERT_LOCAL,
            uri,
            str(uris.origin),
            username,
            account_domain,
            kind,
            name,
            uris.profile_page(username),
            f"{uri}/inbox",
            uris.shared_inbox,
            f"{uri}/outbox",
            f"{uri}/followers",
            f"{uri}/following",
        )
    )
    await tx.execute(_GIVE_NAME, username, actor_id)
    return actor_id


async def insert_node_actor(tx: Tx, *, uris: NodeUris, account_domain: Domain) -> ActorId:
    """Make the actor that stands for the server itself. Its name is the account domain's host."""
    return ActorId(
        await tx.fetchval(
            _INSERT_LOCAL,
            uris.node_actor,
            str(uris.origin),
            node_username(account_domain),
            account_domain,
            "Application",
            "",
            f"{uris.origin}/about",
            uris.shared_inbox,
            uris.shared_inbox,
            f"{uris.node_actor}/outbox",
            None,
            None,
        )
    )


def node_username(account_domain: Domain) -> str:
    """Name the node actor as Mastodon does: the host. A colon cannot stand in a username."""
    host, _, port = account_domain.rpartition(":")
    name = host if host and port.isdigit() else account_domain
    return re.sub(r"[^a-z0-9-]+", ".", name).strip(".-")


async def update_local_profile(tx: Tx, actor_id: ActorId, change: ProfileChange) -> Actor:
    """Change what is given, raise the revision and return the actor as it is now.

    Raises:
        NotFound: not one of ours, or gone.
    """
    fields = None if change.fields is None else msgspec.json.encode(change.fields).decode()
    changed = await tx.fetchval(
        _UPDATE_PROFILE,
        actor_id,
        change.name,
        change.summary_source,
        change.summary_html,
        fields,
        change.approves_followers,
        change.discoverable,
        change.indexable,
        change.avatar_url,
        change.header_url,
        change.is_automatic,
        msgspec.json.encode(change.presentation).decode(),
    )
    if changed is None:
        raise NotFound(f"no local actor {actor_id}")
    await announce_change(tx, actor_id)
    return await with_own_emojis(tx, await get_actor(tx, actor_id))


async def mark_gone(tx: Tx, actor_id: ActorId) -> None:
    """Remember that its owner deleted it, and forget what it said of itself. Idempotent."""
    await tx.execute(_MARK_GONE, actor_id)
    await announce_change(tx, actor_id)


async def revive(tx: Tx, actor_id: ActorId) -> None:
    """Forget that a remote actor was gone: its own server shows it again."""
    await tx.execute(_REVIVE, actor_id)
    await announce_change(tx, actor_id)


async def set_suspended(tx: Tx, actor_id: ActorId, *, suspended: bool) -> None:
    """Suspend an actor here, or lift it. Idempotent.

    Raises:
        NotFound: there is no such row.
    """
    if await tx.fetchval(_SET_SUSPENDED, actor_id, suspended) is None:
        raise NotFound(f"no actor {actor_id}")
    await announce_change(tx, actor_id)


async def set_limited(tx: Tx, actor_id: ActorId, *, limited: bool) -> None:
    """Let only followers meet what somebody writes, or lift it. Idempotent.

    Raises:
        NotFound: there is no such row.
    """
    if await tx.fetchval(_SET_LIMITED, actor_id, limited) is None:
        raise NotFound(f"no actor {actor_id}")
    await announce_change(tx, actor_id)


def _is_text(uri: str) -> bool:
    """Tell whether PostgreSQL could hold it at all: no NUL, no half of a surrogate pair."""
    return not any(ch == "\0" or "\ud800" <= ch <= "\udfff" for ch in uri)


async def announce_change(tx: Tx, actor_id: ActorId) -> None:
    """Let every process forget what it cached of an actor, once ``tx`` commits."""
    await tx.execute("SELECT pg_notify($1, $2)", ACTORS_CHANNEL, str(actor_id))
