"""How much work waits, everywhere it can wait: for stewards, metrics and `check`. Reads only."""

from dataclasses import dataclass

from fedinet.db.query import Conn, query

_READ = query(
    "node.read_backlog",
    """
    SELECT (SELECT count(*) FROM inbound_queue)                              AS inbound,
           (SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)
              FROM inbound_queue)::float8                                    AS inbound_age_s,
           greatest(0, coalesce(extract(epoch FROM now() - least(
                (SELECT min(due_at) FROM jobs WHERE failed_at IS NULL),
                (SELECT min(due_at) FROM signals WHERE failed_at IS NULL))), 0))::float8
                                                                             AS own_age_s,
           (SELECT count(*) FROM outgoing WHERE fanned_out_at IS NULL)       AS outgoing,
           (SELECT count(*) FROM deliveries)                                 AS deliveries,
           (SELECT count(*) FROM outbound_hosts
             WHERE failures > 0 AND dead_at IS NULL)                         AS hosts_failing,
           (SELECT count(*) FROM outbound_hosts WHERE dead_at IS NOT NULL)   AS hosts_dead,
           (SELECT count(*) FROM allies
             WHERE our_until > now() AND trouble = 'unreachable')            AS allies_silent,
           (SELECT count(*) FROM dead_letters)                               AS dead_letters,
           (SELECT count(*) FROM jobs
             WHERE failed_at IS NULL AND due_at <= now() + interval '1 minute') AS jobs,
           (SELECT count(*) FROM jobs
             WHERE failed_at IS NULL AND due_at > now() + interval '1 minute')  AS jobs_later,
           (SELECT count(*) FROM jobs WHERE failed_at IS NOT NULL)           AS jobs_failed,
           (SELECT count(*) FROM signals WHERE failed_at IS NULL)            AS signals,
           (SELECT count(*) FROM signals WHERE failed_at IS NOT NULL)        AS signals_failed
""",
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows that wait, by queue; the field names are those of the metrics."""

    inbound: int
    inbound_age_s: float
    own_age_s: float
    """Since when the oldest of our own work is due: jobs and signals. A claim moves that on."""
    outgoing: int
    deliveries: int
    hosts_failing: int
    hosts_dead: int
    allies_silent: int
    """Communities that we named, and whose server did not answer the last time."""
    dead_letters: int
    jobs: int
    """Running (a claim holds for a minute), or due within a minute."""
    jobs_later: int
    """For a later moment: a post to be published, an account that ends, an answer to look for."""
    jobs_failed: int
    signals: int
    signals_failed: int


async def read_backlog(conn: Conn) -> Backlog:
    """Count everything at one moment."""
    row = await conn.fetchrow(_READ)
    assert row is not None  # noqa: S101  # a SELECT without FROM has one row
    return Backlog(**row)
