"""How a row of ``posts`` becomes a ``Post``; for joins of other slices too."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Final

import asyncpg
import msgspec

from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.cards.rows import card_of
from fedinet.emojis.model import emojis_of
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.polls.rows import poll_of
from fedinet.posts.model import Attachment, Post, Tag
from fedinet.posts.quoting import Quote, QuoteState
from fedinet.vocab.about import NOTHING, About

POST_COLUMNS: Final = """
    p.id, p.uri, p.page_url, p.author_id, p.is_local, p.visibility, p.kind, p.source, p.html,
    p.content_note, p.sensitive, p.language, p.parent_id, p.parent_uri, p.root_id,
    p.context_uri, p.attachments, p.about, p.given, p.published_at, p.edited_at, p.revision,
    p.replies_count, p.likes_count, p.boosts_count,
    ARRAY(SELECT post_mentions.actor_id FROM post_mentions
           WHERE post_mentions.post_id = p.id
           ORDER BY post_mentions.actor_id) AS mentions,
    ARRAY(SELECT ARRAY[post_tags.tag, post_tags.name] FROM post_tags
           WHERE post_tags.post_id = p.id
           ORDER BY post_tags.tag) AS tags,
    p.quote_policy,
    (SELECT ARRAY[q.quoted_uri, q.state, q.quoted_id::text, q.stamp_uri, quoted.page_url]
       FROM quotes q LEFT JOIN posts quoted ON quoted.id = q.quoted_id
      WHERE q.post_id = p.id) AS quote,
    p.emojis,
    CASE WHEN p.kind = 'Question'  -- nothing is asked for others
         THEN (SELECT to_jsonb(polls) FROM polls WHERE polls.post_id = p.id) END AS poll,
    (SELECT ARRAY[c.id::text, c.version::text, c.said::text]
       FROM post_cards pc JOIN cards c ON c.id = pc.card_id
      WHERE pc.post_id = p.id AND c.said IS NOT NULL) AS card
"""
"""What ``post_of`` reads, of ``posts p``. The statement must carry the gate."""


def post_of(row: asyncpg.Record) -> Post:
    """Map a row that has ``POST_COLUMNS``."""
    return Post(
        id=PostId(row["id"]),
        uri=ObjectUri(row["uri"]),
        page_url=row["page_url"] or row["uri"],
        author_id=ActorId(row["author_id"]),
        is_local=row["is_local"],
        visibility=Visibility(row["visibility"]),
        kind=row["kind"],
        source=row["source"],
        html=row["html"],
        content_note=row["content_note"],
        sensitive=row["sensitive"],
        language=row["language"],
        parent_id=row["parent_id"],
        parent_uri=row["parent_uri"],
        root_id=PostId(row["root_id"]),
        context_uri=row["context_uri"],
        attachments=decode_attachments(row["attachments"]) or (),
        about=_about(row["about"]),
        emojis=emojis_of(row["emojis"]),
        card=card_of(row["card"]),
        poll=None if row["poll"] is None else poll_of(row["poll"]),
        given=None if row["given"] is None else msgspec.json.decode(row["given"]),
        published_at=row["published_at"],
        edited_at=row["edited_at"],
        revision=row["revision"],
        mentions=tuple(row["mentions"]),
        tags=tuple(Tag(name, written) for name, written in row["tags"]),
        replies_count=row["replies_count"],
        likes_count=row["likes_count"],
        boosts_count=row["boosts_count"],
        quote=_quote(row["quote"]),
        quote_policy=None if row["quote_policy"] is None else QuotePolicy(row["quote_policy"]),
    )


def _quote(stored: list[str | None] | None) -> Quote | None:
    if stored is None:
        return None
    uri, state, post_id, stamp_uri, page_url = stored
    return Quote(
        uri=ObjectUri(uri or ""),
        state=QuoteState(state or ""),
        post_id=None if post_id is None else PostId(int(post_id)),
        stamp_uri=stamp_uri,
        page_url=page_url or uri or "",
    )


def encode_attachments(attachments: Sequence[Attachment]) -> str:
    """Write attachments as they are stored: what is not known is left out."""
    if not attachments:
        return "[]"
    return msgspec.json.encode([_known(attachment) for attachment in attachments]).decode()


def encode_about(about: About) -> str | None:
    """Write what a post says besides its text as it is stored; None for nothing."""
    return None if about == NOTHING else msgspec.json.encode(about).decode()


def _known(attachment: Attachment) -> dict[str, object]:
    values = ((name, getattr(attachment, name)) for name in _DEFAULTS)
    return {name: value for name, value in values if value != _DEFAULTS[name]}


_DEFAULTS: Final[Mapping[str, object]] = {field.name: field.default for field in fields(Attachment)}


def decode_attachments(stored: str | None) -> tuple[Attachment, ...] | None:
    """Read attachments as they are stored; None where it is not known which there were."""
    if stored is None or stored == "[]":
        return None if stored is None else ()
    return tuple(msgspec.json.decode(stored, type=list[Attachment]))


def _about(stored: str | None) -> About:
    return NOTHING if stored is None else msgspec.json.decode(stored, type=About)
