"""Rows of ``ally_people``: who in allied communities may be found. SQL lives here only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fedinet.db.query import Conn, Tx, query
from fedinet.kernel.ids import Domain

MOST_PEOPLE: Final = 1000
"""Of one community. Twice what a community has."""

_REPLACE = query(
    "allies.insert_people",
    """
    INSERT INTO ally_people (domain, actor_uri, sort_name, username, name, summary, page_url)
    SELECT $1, one.actor_uri, lower(coalesce(nullif(one.name, ''), one.username)), one.username,
           one.name, one.summary, one.page_url
      FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS one (actor_uri, username, name, summary, page_url)
        ON CONFLICT DO NOTHING
""",
)

_FORGET = query("allies.forget_people", "DELETE FROM ally_people WHERE domain = $1")

_LIST = query(
    "allies.list_people",
    """
    SELECT p.domain, p.actor_uri, p.sort_name, p.username, p.name, p.summary, p.page_url
      FROM ally_people p
      JOIN allies a ON a.domain = p.domain AND a.mutual_until > now()
     WHERE ($1::text IS NULL OR (p.sort_name, p.actor_uri) > ($1, $2))
       AND ($4 = '' OR position($4 IN p.sort_name) > 0 OR position($4 IN lower(p.username)) > 0)
     ORDER BY p.sort_name, p.actor_uri
     LIMIT $3
""",
)

_LIST_OURS = query(
    "allies.list_own_people",
    """
    SELECT a.uri, a.username, a.name, a.summary_html, a.page_url
      FROM actors a
      JOIN accounts c ON c.actor_id = a.id AND c.disabled_at IS NULL
     WHERE a.is_local AND a.kind = 'Person' AND a.discoverable AND a.suspended_at IS NULL
       AND a.limited_at IS NULL AND a.gone_at IS NULL AND a.moved_to IS NULL
     ORDER BY a.id
     LIMIT $1
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody who said that they may be found. ``summary`` is plain text."""

    actor_uri: str
    username: str
    name: str
    summary: str
    page_url: str
    domain: Domain | None = None
    sort_name: str = ""


async def replace_people(tx: Tx, domain: Domain, people: Sequence[Listed]) -> None:
    """Write down who may be found there now, and nobody else."""
    await tx.execute(_FORGET, domain)
    await tx.execute(
        _REPLACE,
        domain,
        [one.actor_uri for one in people],
        [one.username for one in people],
        [one.name for one in people],
        [one.summary for one in people],
        [one.page_url for one in people],
    )


async def forget_people(tx: Tx, domain: Domain) -> None:
    await tx.execute(_FORGET, domain)


async def list_people(
    conn: Conn, *, words: str = "", after: tuple[str, str] | None = None, limit: int = 50
) -> Sequence[Listed]:
    """People of those who are allies now, by name. ``after``: folded name and actor."""
    name, uri = after or (None, None)
    return [
        Listed(
            domain=Domain(row["domain"]),
            actor_uri=row["actor_uri"],
            sort_name=row["sort_name"],
            username=row["username"],
            name=row["name"],
            summary=row["summary"],
            page_url=row["page_url"],
        )
        for row in await conn.fetch(_LIST, name, uri, limit, words.lower())
    ]


async def list_own_people(conn: Conn) -> Sequence[tuple[Listed, str]]:
    """Members who said that they may be found, with their words as HTML; at most 1,000."""
    return [
        (
            Listed(
                actor_uri=row["uri"],
                username=row["username"],
                name=row["name"],
                summary="",
                page_url=row["page_url"],
            ),
            row["summary_html"],
        )
        for row in await conn.fetch(_LIST_OURS, MOST_PEOPLE)
    ]
