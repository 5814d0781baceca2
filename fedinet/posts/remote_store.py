"""Rows of posts that others wrote: facts about arrivals, insert, edit. SQL lives here only.

In sets, for the inbox. Nothing here returns text, so nothing here has a viewer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from fedinet.audiences.gate import VISIBLE_TO
from fedinet.audiences.model import Visibility
from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.posts.arrivals import Arrival, Facts, Keep, Person
from fedinet.posts.rows import encode_about, encode_attachments

_LOCK_URIS = query(
    "posts.lock_uris",
    """
    SELECT CASE WHEN k.is_own THEN pg_advisory_xact_lock(k.key)
                ELSE pg_advisory_xact_lock_shared(k.key) END
      FROM unnest($1::bigint[], $2::boolean[]) AS k (key, is_own)
""",
)

_LIST_FACTS = query(
    "posts.list_arrival_facts",
    """
    SELECT new_id(coalesce(n.published_at, clock_timestamp())) AS new_id,
           a.followers_uri,
           coalesce(nullif(ally.allies_uri, ''), a.origin || '/actor/allies') AS allies_uri,
           coalesce(ally.mutual_until > now(), false) AS is_ally,
           a.suspended_at IS NOT NULL OR a.gone_at IS NOT NULL AS author_hidden,
           known.id IS NOT NULL AS is_known,
           CASE WHEN NOT known.announced AND known.author_id = n.author_id
                THEN known.id END AS fetched_id,
           EXISTS (SELECT FROM tombstones t
                    WHERE t.uri = n.uri AND t.actor_uri = a.uri) AS is_deleted,
           EXISTS (SELECT FROM follows f JOIN actors here ON here.id = f.follower_id
                    WHERE f.target_id = a.id AND f.state = 'accepted'
                      AND here.is_local) AS is_followed,
           EXISTS (SELECT FROM quotes granted
                    WHERE granted.quoting_uri = n.uri AND granted.quoter_id = n.author_id
                      AND granted.state = 'accepted') AS quotes_ours,
           parent.id AS parent_id, parent.root_id AS parent_root_id
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[])
           WITH ORDINALITY AS n (uri, author_id, parent_uri, published_at, ord)
      JOIN actors a ON a.id = n.author_id
      LEFT JOIN allies ally ON ally.origin = a.origin
      LEFT JOIN posts known ON known.uri = n.uri
      LEFT JOIN LATERAL (
           SELECT p.id, p.root_id
             FROM posts p, (SELECT a.id AS actor_id, false AS is_member) AS viewer
            WHERE p.uri = n.parent_uri AND (NOT p.is_local OR ("""
    + VISIBLE_TO
    + """))
           ) AS parent ON n.parent_uri IS NOT NULL
     ORDER BY n.ord
""",
)

_FIND_PEOPLE = query(
    "posts.find_people",
    """
    SELECT uri, id, is_local
      FROM actors
     WHERE uri = ANY($1::text[]) AND gone_at IS NULL AND suspended_at IS NULL
""",
)

_INSERT_ARRIVALS = query(
    "posts.insert_arrivals",
    """
    WITH arrived AS (
        INSERT INTO posts
            (id, uri, page_url, author_id, is_local, visibility, kind, html, content_note,
             sensitive, language, parent_id, parent_uri, root_id, attachments, published_at,
             edited_at, announced, context_uri, about, quote_policy)
        SELECT n.id, n.uri, n.page_url, n.author_id, false, n.visibility, n.kind, n.html,
               n.content_note, n.sensitive, n.language, n.parent_id, n.parent_uri, n.root_id,
               n.attachments::jsonb, n.published_at, n.edited_at, $22, n.context_uri,
               n.about::jsonb, n.quote_policy
          FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                      $7::text[], $8::text[], $9::boolean[], $10::text[], $11::bigint[],
                      $12::text[], $13::bigint[], $14::text[], $15::timestamptz[],
                      $16::timestamptz[], $23::text[], $24::text[], $25::text[])
               AS n (id, uri, page_url, author_id, visibility, kind, html, content_note,
                     sensitive, language, parent_id, parent_uri, root_id, attachments,
                     published_at, edited_at, context_uri, about, quote_policy)
        RETURNING id
    ), mentioned AS (
        INSERT INTO post_mentions (post_id, actor_id)
        SELECT m.post_id, m.actor_id
          FROM unnest($17::bigint[], $18::bigint[]) AS m (post_id, actor_id)
    )
    INSERT INTO post_tags (post_id, tag, name)
    SELECT t.post_id, t.tag, t.name
      FROM unnest($19::bigint[], $20::text[], $21::text[]) AS t (post_id, tag, name)
""",
)

_MARK_ANNOUNCED = query(
    "posts.mark_announced", "UPDATE posts SET announced = true WHERE id = ANY($1::bigint[])"
)

_LOCK_REMOTE = query(
    "posts.lock_remote",
    """
    SELECT p.id, p.author_id, p.visibility, p.parent_id,
           coalesce(p.edited_at, p.published_at) AS written_at, a.followers_uri,
           coalesce(nullif(ally.allies_uri, ''), a.origin || '/actor/allies') AS allies_uri,
           (p.html, p.content_note, p.sensitive, p.language, p.attachments, p.about)
               IS NOT DISTINCT FROM
           ($2::text, $3::text, $4::boolean, $5::text, $6::jsonb, $7::jsonb) AS is_same,
           (SELECT options FROM polls WHERE post_id = p.id) AS asked
      FROM posts p
      JOIN actors a ON a.id = p.author_id
      LEFT JOIN allies ally ON ally.origin = a.origin
     WHERE p.uri = $1 AND NOT p.is_local
       FOR UPDATE OF p
""",
)

_UPDATE_REMOTE = query(
    "posts.update_remote",
    """
    UPDATE posts
       SET html = $2, content_note = $3, sensitive = $4, language = $5, attachments = $6::jsonb,
           page_url = $7, edited_at = $8, visibility = $9, about = $10::jsonb,
           revision = revision + 1, quote_policy = coalesce($11, quote_policy), kind = $12
     WHERE id = $1
""",
)

_NARROW = query(
    "posts.narrow",
    "UPDATE posts SET visibility = $2, revision = revision + 1 WHERE id = $1",
)

_LOCK_BY_URI = query(
    "posts.lock_remote_by_uri",
    "SELECT id, author_id, parent_id FROM posts WHERE uri = $1 AND NOT is_local FOR UPDATE",
)

_DELETE_SOME_OF = query(
    "posts.delete_some_of",
    """
    DELETE FROM posts
     WHERE id = ANY (ARRAY(
        SELECT id FROM posts WHERE author_id = $1 AND NOT is_local ORDER BY id LIMIT $2))
    RETURNING id, uri
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an Update must know of the row that it changes."""

    id: PostId
    author_id: ActorId
    visibility: Visibility
    parent_id: PostId | None
    written_at: datetime
    followers_uri: str | None
    allies_uri: str
    is_same: bool
    """The text, note and attachments are what we have already."""
    asked: Sequence[str] | None
    """The options of its poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """An arrival that is kept, with its place in a thread."""

    id: PostId
    arrival: Arrival
    keep: Keep
    parent_id: PostId | None
    root_id: PostId


async def lock_uris(tx: Tx, own: Iterable[str], parents: Iterable[str] = ()) -> None:
    """Let nobody else store or delete these posts until ``tx`` ends.

    ``parents`` are locked against being stored meanwhile, so that of a parent
    and its answer that arrive side by side the later one sees the other.
    """
    keys = {_lock_key(uri): False for uri in parents} | {_lock_key(uri): True for uri in own}
    ordered = sorted(keys)
    await tx.execute(_LOCK_URIS, ordered, [keys[key] for key in ordered])


async def list_facts(tx: Tx, arrivals: Sequence[Arrival], *, delivered: bool) -> list[Facts]:
    """Read what decides about each arrival, in their order, and draw a new id for each.

    The id of a delivered post is of now; of one that we fetched, of its publication.
    """
    rows = await tx.fetch(
        _LIST_FACTS,
        [arrival.uri for arrival in arrivals],
        [arrival.author_id for arrival in arrivals],
        [arrival.parent_uri for arrival in arrivals],
        [None if delivered else arrival.published_at for arrival in arrivals],
    )
    return [
        Facts(
            new_id=PostId(row["new_id"]),
            followers_uri=row["followers_uri"],
            allies_uri=row["allies_uri"],
            is_ally=row["is_ally"],
            author_hidden=row["author_hidden"],
            is_known=row["is_known"],
            fetched_id=row["fetched_id"],
            is_deleted=row["is_deleted"],
            is_followed=row["is_followed"],
            parent_id=row["parent_id"],
            parent_root_id=row["parent_root_id"],
            quotes_ours=row["quotes_ours"],
        )
        for row in rows
    ]


async def find_people(conn: Conn, arrivals: Iterable[Arrival]) -> Mapping[str, Person]:
    """Read those we know of all whom the arrivals address or tag."""
    uris = {uri for a in arrivals for uri in (*a.addressed, *a.tagged)}
    if not uris:
        return {}
    rows = await conn.fetch(_FIND_PEOPLE, list(uris))
    return {row["uri"]: Person(ActorId(row["id"]), row["is_local"]) for row in rows}


async def insert_arrivals(tx: Tx, rows: Sequence[NewRow], *, announced: bool) -> None:
    """Store posts of others with their mentions and tags. The caller holds their URIs.

    ``announced``: their authors sent them, so that followers and those mentioned hear of them.
    """
    mentions = [(row.id, actor_id) for row in rows for actor_id in row.keep.mentions]
    tags = [(row.id, tag.name, tag.written) for row in rows for tag in row.arrival.tags]
    await tx.execute(
        _INSERT_ARRIVALS,
        [row.id for row in rows],
        [row.arrival.uri for row in rows],
        [row.arrival.page_url for row in rows],
        [row.arrival.author_id for row in rows],
        [row.keep.visibility for row in rows],
        [row.arrival.kind for row in rows],
        [row.arrival.html for row in rows],
        [row.arrival.content_note for row in rows],
        [row.arrival.sensitive for row in rows],
        [row.arrival.language for row in rows],
        [row.parent_id for row in rows],
        [row.arrival.parent_uri for row in rows],
        [row.root_id for row in rows],
        [encode_attachments(row.arrival.attachments) for row in rows],
        [row.arrival.published_at for row in rows],
        [row.arrival.edited_at for row in rows],
        [post_id for post_id, _ in mentions],
        [actor_id for _, actor_id in mentions],
        [post_id for post_id, _, _ in tags],
        [name for _, name, _ in tags],
        [written for _, _, written in tags],
        announced,
        [row.arrival.context_uri for row in rows],
        [encode_about(row.arrival.about) for row in rows],
        [row.arrival.quote_policy for row in rows],
    )


async def mark_announced(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Remember that posts which we had fetched were now sent by their authors."""
    await tx.execute(_MARK_ANNOUNCED, post_ids)


async def lock_stored(tx: Tx, arrival: Arrival) -> Stored | None:
    """Find the remote post that an arrival would change, and hold its row."""
    row = await tx.fetchrow(
        _LOCK_REMOTE,
        arrival.uri,
        arrival.html,
        arrival.content_note,
        arrival.sensitive,
        arrival.language,
        encode_attachments(arrival.attachments),
        encode_about(arrival.about),
    )
    if row is None:
        return None
    return Stored(
        id=PostId(row["id"]),
        author_id=ActorId(row["author_id"]),
        visibility=Visibility(row["visibility"]),
        parent_id=row["parent_id"],
        written_at=row["written_at"],
        followers_uri=row["followers_uri"],
        allies_uri=row["allies_uri"],
        is_same=row["is_same"],
        asked=row["asked"],
    )


async def update_remote(
    tx: Tx, post_id: PostId, arrival: Arrival, *, edited_at: datetime, visibility: Visibility
) -> None:
    """Store what a remote post says now. The caller keeps the revision first."""
    await tx.execute(
        _UPDATE_REMOTE,
        post_id,
        arrival.html,
        arrival.content_note,
        arrival.sensitive,
        arrival.language,
        encode_attachments(arrival.attachments),
        arrival.page_url,
        edited_at,
        visibility,
        encode_about(arrival.about),
        arrival.quote_policy,
        arrival.kind,
    )


async def narrow(tx: Tx, post_id: PostId, visibility: Visibility) -> None:
    """Take people out of the audience, the text untouched."""
    await tx.execute(_NARROW, post_id, visibility)


async def lock_author_of(tx: Tx, uri: ObjectUri) -> tuple[PostId, ActorId] | None:
    """Find a remote post and who wrote it, and hold its row."""
    row = await tx.fetchrow(_LOCK_BY_URI, uri)
    return None if row is None else (PostId(row["id"]), ActorId(row["author_id"]))


async def delete_some_of(
    tx: Tx, author_id: ActorId, *, limit: int
) -> Sequence[tuple[PostId, ObjectUri]]:
    """Delete the oldest posts of a remote author; returns which."""
    rows = await tx.fetch(_DELETE_SOME_OF, author_id, limit)
    return [(PostId(row["id"]), ObjectUri(row["uri"])) for row in rows]


def _lock_key(uri: str) -> int:
    return int.from_bytes(blake2b(uri.encode(), digest_size=8).digest(), "big", signed=True)
