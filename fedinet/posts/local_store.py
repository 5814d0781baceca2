"""Rows of posts written here: insert, edit, delete, and whom that concerns. SQL lives here only."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from fedinet.db.query import Conn, Pool, Tx, query
from fedinet.emojis.store import stored as stored_emojis
from fedinet.kernel.ids import AccountId, ActorId, ActorUri, ObjectUri, PostId
from fedinet.posts.model import Post, Tag
from fedinet.posts.rows import encode_about, encode_attachments
from fedinet.queue.signals import announcing, stored_facts

_NEXT_ID = query("posts.next_id", "SELECT new_id(coalesce($1, clock_timestamp()))")

_INSERT = query(
    "posts.insert_local",
    f"""
    WITH stored AS (
        INSERT INTO posts
            (id, uri, page_url, author_id, is_local, visibility, source, html, content_note,
             sensitive, language, parent_id, parent_uri, root_id, attachments, published_at,
             context_uri, quote_policy, kind, emojis, about)
        VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15,
                $16, $17, $18, $19::jsonb, $20::jsonb)),
    {announcing(21)}
""",  # constants
)

_KEEP_REVISION = query(
    "posts.keep_revision",
    """
    INSERT INTO post_revisions
        (post_id, revision, title, html, source, content_note, sensitive, written_at,
         attachments, language, asked)
    SELECT id, revision, coalesce(about ->> 'title', ''), html, source, content_note, sensitive,
           coalesce(edited_at, published_at), attachments, language, $2::text[]
      FROM posts
     WHERE id = $1
""",
)

_FORGET_REVISIONS = query(
    "posts.forget_revisions",
    """
    DELETE FROM post_revisions
     WHERE post_id = $1
       AND revision <= (SELECT posts.revision FROM posts WHERE posts.id = $1) - $2::integer
""",
)

_UPDATE_LOCAL = query(
    "posts.update_local",
    """
    UPDATE posts
       SET source = $2, html = $3, content_note = $4, sensitive = $5, language = $6,
           edited_at = $7, attachments = $8::jsonb, emojis = $9::jsonb, about = $10::jsonb,
           revision = revision + 1
     WHERE id = $1
""",
)

_INSERT_MENTIONS = query(
    "posts.insert_mentions",
    """
    INSERT INTO post_mentions (post_id, actor_id)
    SELECT $1, mentioned FROM unnest($2::bigint[]) AS mentioned
        ON CONFLICT DO NOTHING
""",
)

_DELETE_OTHER_MENTIONS = query(
    "posts.delete_other_mentions",
    "DELETE FROM post_mentions WHERE post_id = $1 AND actor_id <> ALL($2::bigint[])",
)

_DELETE_TAGS = query("posts.delete_tags", "DELETE FROM post_tags WHERE post_id = $1")

_INSERT_TAGS = query(
    "posts.insert_tags",
    """
    INSERT INTO post_tags (post_id, tag, name)
    SELECT $1, t.tag, t.name FROM unnest($2::text[], $3::text[]) AS t (tag, name)
        ON CONFLICT DO NOTHING
""",
)

_DELETE = query(
    "posts.delete",
    """
    WITH gone AS (
        DELETE FROM posts WHERE id = ANY ($1::bigint[])
     RETURNING uri, visibility IN ('everyone', 'quiet') AS was_public)
    INSERT INTO tombstones (uri, actor_uri, was_public) SELECT uri, $2, was_public FROM gone
        ON CONFLICT DO NOTHING
""",
)

_INSERT_TOMBSTONE = query(
    "posts.insert_tombstone",
    "INSERT INTO tombstones (uri, actor_uri) VALUES ($1, $2) ON CONFLICT DO NOTHING",
)

_LOCK_SOME_OF = query(
    "posts.lock_some_of",
    """
    SELECT id, uri FROM posts WHERE author_id = $1 AND is_local ORDER BY id LIMIT $2 FOR UPDATE
""",
)
_LOCK_ANY = query(
    "posts.lock_any",
    """
    SELECT p.id, p.uri, p.author_id, a.uri AS author_uri
      FROM posts p JOIN actors a ON a.id = p.author_id
     WHERE p.id = ANY ($1::bigint[])
     ORDER BY p.id
       FOR UPDATE OF p
""",
)
_FORGET_FILES = query(
    "posts.forget_files",
    """
    UPDATE posts
       SET attachments = (
               SELECT coalesce(jsonb_agg(kept.file ORDER BY kept.place), '[]')
                 FROM jsonb_array_elements(attachments) WITH ORDINALITY AS kept (file, place)
                WHERE kept.file -> 'media_id' IS NULL
                   OR (kept.file ->> 'media_id')::bigint <> ALL ($2::bigint[])),
           revision = revision + 1
     WHERE id = $1
""",
)
_FORGET_FILES_BEFORE = query(
    "posts.forget_files_said_before",
    """
    UPDATE post_revisions
       SET attachments = (
               SELECT coalesce(jsonb_agg(kept.file ORDER BY kept.place), '[]')
                 FROM jsonb_array_elements(attachments) WITH ORDINALITY AS kept (file, place)
                WHERE kept.file -> 'media_id' IS NULL
                   OR (kept.file ->> 'media_id')::bigint <> ALL ($2::bigint[]))
     WHERE post_id = $1 AND attachments IS NOT NULL
""",
)
_LIST_TOUCHED = query(
    "posts.list_touched",
    """
    SELECT touched.actor_id
      FROM (SELECT actor_id FROM post_mentions WHERE post_id = $1
             UNION
            SELECT actor_id FROM audience_members WHERE audience_id = $1
             UNION
            SELECT parent.author_id
              FROM posts child JOIN posts parent ON parent.id = child.parent_id
             WHERE child.id = $1
             UNION
            SELECT actor_id FROM likes WHERE post_id = $1
             UNION
            SELECT actor_id FROM boosts WHERE post_id = $1
             UNION
            SELECT actor_id FROM poll_votes WHERE post_id = $1
             UNION
            SELECT author_id FROM posts WHERE parent_id = $1) AS touched
      JOIN actors a ON a.id = touched.actor_id
     WHERE NOT a.is_local AND a.gone_at IS NULL AND a.suspended_at IS NULL
     ORDER BY touched.actor_id
     LIMIT 20000
""",
)

_LOCK_KEY = query(
    "posts.lock_idempotency_key",
    "SELECT pg_advisory_xact_lock(hashtextextended('idempotency ' || $1::bigint || ' ' || $2, 0))",
)

_FIND_BY_KEY = query(
    "posts.find_by_idempotency_key",
    "SELECT post_id FROM idempotency_keys WHERE account_id = $1 AND key = $2",
)

_INSERT_KEY = query(
    "posts.insert_idempotency_key",
    """
    INSERT INTO idempotency_keys (account_id, key, post_id) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
""",
)

_PRUNE_KEYS = query(
    "posts.prune_idempotency_keys",
    """
    DELETE FROM idempotency_keys
     WHERE ctid = ANY (ARRAY(
        SELECT ctid
          FROM idempotency_keys
         WHERE created_at < now() - $1::interval
         ORDER BY created_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED))
""",
)

KEPT_REVISIONS = 50


async def next_post_id(tx: Tx, at: datetime | None = None) -> PostId:
    """A number for a post: of now, or of the moment at which it is said to be published."""
    return PostId(await tx.fetchval(_NEXT_ID, at))


async def insert_post(tx: Tx, post: Post, *facts: object) -> None:
    """Store a post of ours with its mentions and tags, and announce ``facts``."""
    await tx.execute(
        _INSERT,
        post.id,
        post.uri,
        post.page_url,
        post.author_id,
        post.visibility,
        post.source,
        post.html,
        post.content_note,
        post.sensitive,
        post.language,
        post.parent_id,
        post.parent_uri,
        post.root_id,
        encode_attachments(post.attachments),
        post.published_at,
        post.context_uri,
        post.quote_policy,
        post.kind,
        stored_emojis(post.emojis),
        encode_about(post.about),
        *stored_facts(facts),
    )
    await _insert_mentions(tx, post.id, post.mentions)
    await _insert_tags(tx, post.id, post.tags)


async def update_post(tx: Tx, post: Post) -> None:
    """Keep what the post said as a revision, and store what it says now. The caller holds its row.

    Mentions are only added: who was told of the post stays in its story.
    """
    await keep_revision(tx, post.id, None if post.poll is None else post.poll.options)
    await tx.execute(
        _UPDATE_LOCAL,
        post.id,
        post.source,
        post.html,
        post.content_note,
        post.sensitive,
        post.language,
        post.edited_at,
        encode_attachments(post.attachments),
        stored_emojis(post.emojis),
        encode_about(post.about),
    )
    await _insert_mentions(tx, post.id, post.mentions)
    await replace_tags(tx, post.id, post.tags)


async def keep_revision(tx: Tx, post_id: PostId, asked: Sequence[str] | None) -> None:
    """Copy what a post says now to its history, which keeps the newest 50.

    ``asked``: the options of its poll; they may be others in its row already.
    """
    await tx.execute(_KEEP_REVISION, post_id, asked)
    await tx.execute(_FORGET_REVISIONS, post_id, KEPT_REVISIONS)


async def replace_mentions(tx: Tx, post_id: PostId, actor_ids: Sequence[ActorId]) -> None:
    await tx.execute(_DELETE_OTHER_MENTIONS, post_id, list(actor_ids))
    await _insert_mentions(tx, post_id, actor_ids)


async def replace_tags(tx: Tx, post_id: PostId, tags: Sequence[Tag]) -> None:
    await tx.execute(_DELETE_TAGS, post_id)
    await _insert_tags(tx, post_id, tags)


async def delete_posts(tx: Tx, ids: Sequence[PostId], *, author: ActorUri) -> None:
    """Remove posts of one author and all that hangs on them, and leave tombstones.

    Answers to them stay. A tombstone says whether its post was for everybody.
    """
    await tx.execute(_DELETE, ids, author)


async def lock_some_of(tx: Tx, author_id: ActorId, *, limit: int) -> list[tuple[PostId, ObjectUri]]:
    """List the oldest posts of one of ours, held until ``tx`` ends."""
    rows = await tx.fetch(_LOCK_SOME_OF, author_id, limit)
    return [(PostId(row["id"]), ObjectUri(row["uri"])) for row in rows]


async def lock_any(
    tx: Tx, ids: Sequence[PostId]
) -> list[tuple[PostId, ObjectUri, ActorId, ActorUri]]:
    """Hold posts of anybody: id and address of each, and of its author."""
    rows = await tx.fetch(_LOCK_ANY, ids)
    return [(row["id"], row["uri"], row["author_id"], row["author_uri"]) for row in rows]


async def forget_files(tx: Tx, post_id: PostId, media_ids: Sequence[int]) -> None:
    """Let a post say no more of files that are gone, and that it ever did."""
    await tx.execute(_FORGET_FILES, post_id, media_ids)
    await tx.execute(_FORGET_FILES_BEFORE, post_id, media_ids)


async def insert_tombstone(tx: Tx, uri: ObjectUri, author: ActorUri) -> None:
    """Remember that ``author`` deleted ``uri``. Idempotent."""
    await tx.execute(_INSERT_TOMBSTONE, uri, author)


async def list_touched(conn: Conn, post_id: PostId) -> tuple[ActorId, ...]:
    """List the remote actors who have, or should have, a copy besides the followers.

    Mentioned, named (now or before), author of the parent, who liked, boosted, answered, voted.
    """
    return tuple(ActorId(row["actor_id"]) for row in await conn.fetch(_LIST_TOUCHED, post_id))


async def find_post_by_key(tx: Tx, account_id: AccountId, key: str) -> PostId | None:
    """Find what an app published with this Idempotency-Key; others with the key wait for ``tx``."""
    await tx.execute(_LOCK_KEY, account_id, key)
    found = await tx.fetchval(_FIND_BY_KEY, account_id, key)
    return None if found is None else PostId(found)


async def find_remembered(conn: Conn | Pool, account_id: AccountId, key: str) -> PostId | None:
    """The same for who only looks."""
    return await conn.fetchval(_FIND_BY_KEY, account_id, key)


async def remember_key(tx: Tx, account_id: AccountId, key: str, post_id: PostId) -> None:
    await tx.execute(_INSERT_KEY, account_id, key, post_id)


async def prune_keys(tx: Tx, kept_for: timedelta, *, limit: int) -> int:
    """Forget the oldest keys that are older than that. Returns how many."""
    tag = await tx.execute(_PRUNE_KEYS, kept_for, limit)
    return int(tag.rpartition(" ")[2])


async def _insert_mentions(tx: Tx, post_id: PostId, actor_ids: Iterable[ActorId]) -> None:
    wanted = list(actor_ids)
    if wanted:
        await tx.execute(_INSERT_MENTIONS, post_id, wanted)


async def _insert_tags(tx: Tx, post_id: PostId, tags: Sequence[Tag]) -> None:
    if tags:
        await tx.execute(
            _INSERT_TAGS, post_id, [tag.name for tag in tags], [tag.written for tag in tags]
        )
