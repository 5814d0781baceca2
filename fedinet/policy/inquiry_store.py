"""Whom a question is about: a domain, an actor, a post or a held activity. SQL lives here only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fedinet.db.query import Conn, query
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.problems import N_
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

_FIND_BY_HANDLE = query(
    "policy.find_actor_by_handle",
    """
    SELECT a.uri
      FROM actors a
     WHERE lower(a.username) = lower($1) AND a.domain = $2
     ORDER BY a.gone_at IS NOT NULL, a.handle_checked_at DESC NULLS LAST, a.id
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
    """Read what a steward typed: a domain, a handle, or the address of an actor or a post.

    Of whom or what we do not know, it is the server that is meant. ``scheme`` is ours.

    Raises:
        Malformed: none of these.
    """
    try:
        server, found = await _look_up(conn, asked, scheme)
    except Malformed as error:
        told = N_("Write a server, @name@server, or an address that begins with https://")
        raise Malformed(str(error), public=told) from error
    if found is None:
        return Subject(domain=origin_of(server).domain, origin=server)
    of_actor = origin_of(found)
    return Subject(domain=of_actor.domain, origin=str(of_actor), actor=ActorUri(found))


async def _look_up(conn: Conn, asked: str, scheme: str) -> tuple[str, str | None]:
    """The origin that was asked about, and the id of the actor if that is known."""
    if "://" in asked:
        return str(origin_of(asked)), await conn.fetchval(_FIND_ACTOR, asked)
    username, _, host = asked.removeprefix("acct:").removeprefix("@").rpartition("@")
    name = domain(host)
    found = await conn.fetchval(_FIND_BY_HANDLE, username, name) if username else None
    return f"{scheme}://{name}", found


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
