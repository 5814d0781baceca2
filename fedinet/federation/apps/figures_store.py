"""Counts that apps of stewards ask for. Owns nothing; SQL lives here only."""

from collections.abc import Mapping
from datetime import datetime

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import Domain

_OF_SERVER = query(
    "federation.count_of_server",
    """
    WITH known AS (
        SELECT origin, split_part(origin, '://', 2) AS host
          FROM (SELECT DISTINCT origin FROM actors WHERE NOT is_local) AS one
    ), there AS (
        SELECT a.id
          FROM known k
          JOIN actors a ON a.origin = k.origin AND NOT a.is_local
         WHERE $1 IN (k.host, split_part(k.host, ':', 1))
            OR right(k.host, length($1) + 1) = '.' || $1
            OR right(split_part(k.host, ':', 1), length($1) + 1) = '.' || $1
    )
    SELECT (SELECT count(*) FROM there) AS accounts,
           (SELECT count(*) FROM there t JOIN follows f ON f.target_id = t.id) AS follows,
           (SELECT count(*) FROM there t JOIN follows f ON f.follower_id = t.id) AS followers,
           (SELECT count(*) FROM there t JOIN posts p ON p.author_id = t.id) AS statuses
""",
)


async def count_of_server(conn: Conn, domain: Domain) -> Mapping[str, int]:
    """Count what we know of a server and those below it.

    ``follows``: by members of people there; ``followers``: by people there of members.
    """
    row = await conn.fetchrow(_OF_SERVER, domain)
    return {} if row is None else dict(row)


_OF_US = query(
    "federation.count_of_us",
    """
    SELECT (SELECT count(*) FROM accounts WHERE created_at BETWEEN $1 AND $2) AS new_users,
           (SELECT count(*) FROM reports WHERE created_at BETWEEN $1 AND $2) AS opened_reports,
           (SELECT count(*) FROM reports WHERE resolved_at BETWEEN $1 AND $2) AS resolved_reports
""",
)


async def count_of_us(conn: Conn, since: datetime, until: datetime) -> Mapping[str, int]:
    """Count who joined, and what was reported and settled, in a stretch of time."""
    row = await conn.fetchrow(_OF_US, since, until)
    return {} if row is None else dict(row)
