"""Whom a question is about: a domain, an actor, a post or a held activity. SQL lives here only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fedinet.db.query import Conn, query
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.uris import domain, origin_of
from fedinet.policy.model import Envelope, Scope

_FIND_ACTOR = query(
    "policy.find_actor_of",
    """
    SELECT a.uri FROM actors a WHERE a.uri = $1
     UNION ALL
    SELECT a.uri FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.uri = $1
     LIMIT 1
""",
)

_LAST_SEEN = query(
    "policy.list_last_outcomes",
    """
    SELECT received_at, activity_type, object_type, activity_uri, outcome, reason
      FROM inbound_log
     WHERE actor_uri = $1
     ORDER BY received_at DESC
     LIMIT 10
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a decision is asked about. ``actor`` None: a server as a whole."""

    domain: Domain
    origin: str
    actor: ActorUri | None = None


async def find_subject(conn: Conn, asked: str, *, scheme: str) -> Subject:
    """Read what a steward typed: a domain, or the address of an actor or a post.

    An address that we do not know stands for its server. ``scheme`` is ours.

    Raises:
        Malformed: neither a domain nor an address.
    """
    if "://" not in asked:
        name = domain(asked.removeprefix("@"))
        return Subject(domain=name, origin=f"{scheme}://{name}")
    origin = origin_of(asked)
    found = await conn.fetchval(_FIND_ACTOR, asked)
    if found is None:
        return Subject(domain=origin.domain, origin=str(origin))
    of_actor = origin_of(found)
    return Subject(domain=of_actor.domain, origin=str(of_actor), actor=ActorUri(found))


async def list_last_outcomes(conn: Conn, actor: ActorUri) -> list[dict[str, object]]:
    """List what became of an actor's last ten activities here, newest first."""
    return [dict(row) for row in await conn.fetch(_LAST_SEEN, actor)]


def cases_of(subject: Subject, now: datetime) -> Mapping[str, Envelope]:
    """What could happen between us and them, the most telling first."""
    base = Envelope(scope=Scope.INBOUND, domain=subject.domain, now=now, actor=subject.actor)
    note = replace(base, activity="Create", object="Note", audience="everyone")
    return {
        "speaks to somebody here": replace(note, reaches_out=True),
        "asks to follow": replace(base, activity="Follow"),
        "publishes": note,
        "takes something back": replace(base, activity="Delete", is_shrinking=True),
        "is sent something": replace(base, scope=Scope.OUTBOUND),
        "is asked for something": replace(base, scope=Scope.FETCH),
        "asks for something": replace(base, scope=Scope.SERVE),
        "has its pictures shown": replace(base, scope=Scope.MEDIA),
    }
