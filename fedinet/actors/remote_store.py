"""Rows of ``actors`` that other servers describe, and ``handle_lookups``. SQL lives here only."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from fedinet.actors.cleaning import cleaned, cleaned_fields, readable_keys
from fedinet.actors.emoji_store import set_emojis
from fedinet.actors.jrd import Handle
from fedinet.actors.store import announce_change
from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.emojis.store import keep_emojis
from fedinet.kernel.ids import ActorId, ActorUri
from fedinet.kernel.uris import origin_of
from fedinet.vocab.actor import RemoteActor

REMEMBERED_FOR: Final = timedelta(minutes=10)
"""How long the answer to a WebFinger query is remembered, "nobody" too."""

_UPSERT = query(
    "actors.upsert_remote",
    """
    INSERT INTO actors AS a
        (uri, origin, username, domain, is_local, kind, name, summary_html, page_url, inbox_url,
         shared_inbox_url, outbox_uri, followers_uri, following_uri, featured_uri, avatar_url,
         header_url, fields, approves_followers, discoverable, indexable, also_known_as,
         moved_to, joined_at, fetched_at, suspended_at, suspended_there, memorial,
         followers_count)
    VALUES ($1, $2, $3, $4, false, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17::jsonb, $18, $19, $20, $21, $22, least($23::timestamptz, $24), $24,
            CASE WHEN $25 THEN $24 END, $25, $26, $27)
        ON CONFLICT (uri) DO UPDATE
       SET username = excluded.username,
           domain = CASE WHEN lower(a.username) = lower(excluded.username)
                         THEN a.domain ELSE excluded.domain END,
           handle_checked_at = CASE WHEN lower(a.username) = lower(excluded.username)
                                    THEN a.handle_checked_at END,
           kind = excluded.kind, name = excluded.name, summary_html = excluded.summary_html,
           page_url = excluded.page_url, inbox_url = excluded.inbox_url,
           shared_inbox_url = excluded.shared_inbox_url, outbox_uri = excluded.outbox_uri,
           followers_uri = excluded.followers_uri, following_uri = excluded.following_uri,
           featured_uri = excluded.featured_uri, avatar_url = excluded.avatar_url,
           header_url = excluded.header_url, fields = excluded.fields,
           approves_followers = excluded.approves_followers,
           discoverable = excluded.discoverable, indexable = excluded.indexable,
           also_known_as = excluded.also_known_as, moved_to = excluded.moved_to,
           fetched_at = excluded.fetched_at,
           suspended_at = CASE WHEN a.suspended_there THEN excluded.suspended_at
                               ELSE coalesce(a.suspended_at, excluded.suspended_at) END,
           suspended_there = excluded.suspended_there
                             AND (a.suspended_there OR a.suspended_at IS NULL),
           memorial = excluded.memorial, followers_count = excluded.followers_count,
           revision = a.revision + 1
     WHERE NOT a.is_local AND a.gone_at IS NULL
     RETURNING a.id
""",
)

_FIND_ID = query("actors.find_remote_id", "SELECT id FROM actors WHERE uri = $1 AND NOT is_local")

_DROP_KEYS = query(
    "actors.drop_remote_keys",
    "DELETE FROM actor_keys WHERE actor_id = $1 AND id <> ALL($2::text[])",
)

# A key id belongs to the actor that had it first: nobody takes it over by listing it.
_UPSERT_KEYS = query(
    "actors.upsert_remote_keys",
    """
    INSERT INTO actor_keys AS k (id, actor_id, kind, public_der, valid_until)
    SELECT n.id, $1, n.kind, n.public_der, n.valid_until
      FROM unnest($2::text[], $3::text[], $4::bytea[], $5::timestamptz[])
           AS n (id, kind, public_der, valid_until)
        ON CONFLICT (id) DO UPDATE
       SET kind = excluded.kind, public_der = excluded.public_der,
           valid_until = excluded.valid_until, created_at = now()
     WHERE k.actor_id = excluded.actor_id
       AND (k.public_der, k.valid_until)
           IS DISTINCT FROM (excluded.public_der, excluded.valid_until)
""",
)

_BIND = query(
    "actors.bind_handle",
    """
    UPDATE actors
       SET username = $2, domain = $3, handle_checked_at = $4
     WHERE id = $1 AND NOT is_local
""",
)

_UNBIND_OTHERS = query(
    "actors.unbind_other_holders",
    """
    UPDATE actors
       SET handle_checked_at = NULL
     WHERE lower(username) = lower($2) AND domain = $3 AND id <> $1 AND NOT is_local
""",
)

_FIND_LOOKUP = query(
    "actors.find_handle_lookup",
    "SELECT actor_uri FROM handle_lookups WHERE handle = $1 AND checked_at > $2",
)

# Each new answer takes a few dead ones with it, so that nobody else has to.
_REMEMBER_LOOKUP = query(
    "actors.remember_handle_lookup",
    """
      WITH dead AS (
        DELETE FROM handle_lookups
         WHERE handle IN (SELECT handle FROM handle_lookups
                           WHERE checked_at < $4 AND handle <> $1
                           ORDER BY checked_at LIMIT 5 FOR UPDATE SKIP LOCKED)
      )
    INSERT INTO handle_lookups (handle, actor_uri, checked_at)
    VALUES ($1, $2, $3)
        ON CONFLICT (handle) DO UPDATE
       SET actor_uri = excluded.actor_uri, checked_at = excluded.checked_at
""",
)


async def upsert_remote_actor(tx: Tx, remote: RemoteActor, now: datetime) -> ActorId:
    """Store what an authentic document says, cleaned, with its keys. Newer replaces older.

    A handle that was bound stays bound while the username stays; until
    ``bind_handle`` a new one stands under the host of its id. A suspension by its
    own server comes and goes with the document; one by our stewards stays. One of ours, and
    one that is gone, is left as it is.
    """
    actor = cleaned(remote)
    origin = origin_of(actor.uri)
    actor_id = await tx.fetchval(
        _UPSERT,
        actor.uri,
        str(origin),
        actor.username,
        origin.domain,
        actor.kind,
        actor.name,
        actor.summary_html,
        actor.page_url,
        actor.inbox_url,
        actor.shared_inbox_url,
        actor.outbox_uri,
        actor.followers_uri,
        actor.following_uri,
        actor.featured_uri,
        actor.avatar_url,
        actor.header_url,
        msgspec.json.encode(cleaned_fields(actor)).decode(),
        actor.approves_followers,
        actor.discoverable,
        actor.indexable,
        list(actor.also_known_as),
        actor.moved_to,
        actor.published or now,
        now,
        actor.is_suspended,
        actor.is_memorial,
        actor.followers_count,
    )
    if actor_id is None:
        return ActorId(await tx.fetchval(_FIND_ID, actor.uri))
    await _replace_keys(tx, ActorId(actor_id), actor)
    kept = await keep_emojis(tx, ((str(origin), emoji) for emoji in actor.emojis))
    await set_emojis(tx, ActorId(actor_id), list(kept.values()))
    await announce_change(tx, ActorId(actor_id))
    return ActorId(actor_id)


async def bind_handle(tx: Tx, actor_id: ActorId, handle: Handle, now: datetime) -> None:
    """Record that WebFinger led from ``handle`` to this actor; whoever had it before loses it."""
    await tx.execute(_UNBIND_OTHERS, actor_id, handle.username, handle.domain)
    await tx.execute(_BIND, actor_id, handle.username, handle.domain, now)


async def find_lookup(
    conn: Conn | Pool, handle: Handle, *, since: datetime
) -> tuple[ActorUri | None] | None:
    """The remembered answer to a WebFinger query, in a tuple; None where nobody asked since."""
    row = await conn.fetchrow(_FIND_LOOKUP, handle.key, since)
    return None if row is None else (row["actor_uri"],)


async def remember_lookup(
    conn: Conn | Pool, handle: Handle, actor_uri: str | None, now: datetime
) -> None:
    await conn.execute(_REMEMBER_LOOKUP, handle.key, actor_uri, now, now - REMEMBERED_FOR)


async def _replace_keys(tx: Tx, actor_id: ActorId, actor: RemoteActor) -> None:
    keys = readable_keys(actor)
    ids = [key.id for key in keys]
    await tx.execute(_DROP_KEYS, actor_id, [*ids, *actor.named_keys])
    await tx.execute(
        _UPSERT_KEYS,
        actor_id,
        ids,
        [key.key.kind for key in keys],
        [key.key.der for key in keys],
        [key.until for key in keys],
    )
