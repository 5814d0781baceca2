"""How a row of ``actors`` becomes an ``Actor``; for joins of other slices too."""

from typing import Final

import asyncpg
import msgspec

from fedinet.actors.model import PLAIN, Actor, Presentation, ProfileField, StoredKey
from fedinet.emojis.model import emojis_of
from fedinet.kernel.ids import ActorId, ActorUri, Domain, InboxUrl, KeyUri

ACTOR_COLUMNS: Final = """
    a.id, a.uri, a.username, a.domain, a.is_local, a.kind, a.name, a.summary_html,
    a.summary_source, a.page_url, a.inbox_url, a.shared_inbox_url, a.outbox_uri,
    a.followers_uri, a.following_uri, a.featured_uri, a.avatar_url, a.header_url, a.fields,
    a.emojis, a.approves_followers, a.discoverable, a.indexable, a.also_known_as, a.moved_to,
    a.joined_at, a.revision, a.fetched_at, a.handle_checked_at,
    a.suspended_at IS NOT NULL AS is_suspended, a.gone_at IS NOT NULL AS is_gone,
    a.limited_at IS NOT NULL AS is_limited, a.memorial AS is_memorial, a.presentation
"""
"""What ``actor_of`` reads, of ``actors a``."""


def actor_of(row: asyncpg.Record) -> Actor:
    """Map a row that has the columns of ``Actor``, e.g. of another slice's join."""
    return Actor(
        id=ActorId(row["id"]),
        uri=ActorUri(row["uri"]),
        username=row["username"],
        domain=Domain(row["domain"]),
        is_local=row["is_local"],
        kind=row["kind"],
        name=row["name"],
        summary_html=row["summary_html"],
        summary_source=row["summary_source"],
        page_url=row["page_url"] or row["uri"],
        inbox_url=InboxUrl(row["inbox_url"]),
        shared_inbox_url=row["shared_inbox_url"],
        outbox_uri=row["outbox_uri"],
        followers_uri=row["followers_uri"],
        following_uri=row["following_uri"],
        featured_uri=row["featured_uri"],
        avatar_url=row["avatar_url"],
        header_url=row["header_url"],
        fields=tuple(msgspec.json.decode(row["fields"], type=list[ProfileField])),
        emojis=emojis_of(row["emojis"]),
        approves_followers=row["approves_followers"],
        discoverable=row["discoverable"],
        indexable=row["indexable"],
        also_known_as=tuple(row["also_known_as"]),
        moved_to=row["moved_to"],
        joined_at=row["joined_at"],
        revision=row["revision"],
        fetched_at=row["fetched_at"],
        handle_checked_at=row["handle_checked_at"],
        is_suspended=row["is_suspended"],
        is_gone=row["is_gone"],
        is_limited=row["is_limited"],
        is_memorial=row["is_memorial"],
        presentation=_presentation(row["presentation"]),
    )


def _presentation(stored: str) -> Presentation:
    """Nearly everybody has chosen nothing; everyone elsewhere has not."""
    return PLAIN if stored == "{}" else msgspec.json.decode(stored, type=Presentation)


def key_of(row: asyncpg.Record) -> StoredKey:
    return StoredKey(
        id=KeyUri(row["id"]),
        actor_id=ActorId(row["actor_id"]),
        kind=row["kind"],
        public_der=row["public_der"],
        private_sealed=row["private_sealed"],
        valid_until=row["valid_until"],
    )
