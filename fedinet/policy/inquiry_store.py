"""Whom a question is about: a domain, an actor, a post or a held activity. SQL lives here only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from fedinet.db.query import Conn, query
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import domain, origin_of
from fedinet.policy.lists.store import NAMING, Listed, listed_of_json
from fedinet.policy.matching import parents
from fedinet.policy.model import Envelope, Scope

_WHO: Final = """
    SELECT a.uri,
           CASE WHEN a.is_local THEN a.username ELSE a.username || '@' || a.domain END AS handle
"""

_FIND_ACTOR = query(
    "policy.find_actor_of",
    f"""
    {_WHO} FROM actors a WHERE a.uri = $1
     UNION ALL
    {_WHO} FROM posts p JOIN actors a ON a.id = p.author_id WHERE p.uri = $1
     LIMIT 1
""",
)

_FIND_BY_HANDLE = query(
    "policy.find_actor_by_handle",
    f"""
    {_WHO}
      FROM actors a
     WHERE lower(a.username) = lower($1) AND a.domain = $2
     ORDER BY a.gone_at IS NOT NULL, a.handle_checked_at DESC NULLS LAST, a.id
     LIMIT 1
""",
)

_CAME: Final = """
    SELECT id, received_at, activity_type, object_type, activity_uri, outcome, reason
      FROM inbound_log"""

_READ = query(
    "policy.read_inquiry",
    f"""
    SELECT (SELECT coalesce(json_agg(c ORDER BY received_at DESC, id DESC), '[]')
              FROM ({_CAME} WHERE actor_uri = $1
                     ORDER BY received_at DESC LIMIT 10) AS c) AS last,
           (SELECT coalesce(json_agg(c ORDER BY received_at DESC, id DESC), '[]')
              FROM ({_CAME} WHERE domain = $2 AND (activity_uri = $3 OR object_uri = $3)
                     ORDER BY received_at DESC, id DESC LIMIT 10) AS c) AS came,
           (SELECT coalesce(json_agg(e ORDER BY domain, list), '[]')
              FROM ({NAMING.format("$4")}) AS e) AS listed
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a decision is asked about. ``actor`` None: a server as a whole."""

    domain: Domain
    origin: str
    actor: ActorUri | None = None
    handle: str = ""
    """Of the actor."""


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log, as far as it tells what came and what became of it."""

    id: int
    received_at: datetime
    activity_type: str
    object_type: str
    activity_uri: str | None
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """``last``: what became of the actor's last ten activities; ``came``: of what stands at the
    address that was asked about, the latest ten; ``listed``: who names the server.
    """

    last: Sequence[Came]
    came: Sequence[Came]
    listed: Sequence[Listed]


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
    of_actor = origin_of(found["uri"])
    return Subject(
        domain=of_actor.domain,
        origin=str(of_actor),
        actor=ActorUri(found["uri"]),
        handle=found["handle"],
    )


async def _look_up(conn: Conn, asked: str, scheme: str) -> tuple[str, asyncpg.Record | None]:
    """The origin that was asked about, and the actor if that is known."""
    if "://" in asked:
        return str(origin_of(asked)), await conn.fetchrow(_FIND_ACTOR, asked)
    username, _, host = asked.removeprefix("acct:").removeprefix("@").rpartition("@")
    name = domain(host)
    found = await conn.fetchrow(_FIND_BY_HANDLE, username, name) if username else None
    return f"{scheme}://{name}", found


async def read_inquiry(conn: Conn, subject: Subject, asked: str) -> Inquiry:
    """Read what is known of a subject beyond what decides; ``asked``: as the steward typed it."""
    row = await conn.fetchrow(
        _READ, subject.actor, subject.domain, asked, list(parents(subject.domain))
    )
    assert row is not None  # noqa: S101  # of a statement without FROM
    return Inquiry(
        last=msgspec.json.decode(row["last"], type=list[Came]),
        came=msgspec.json.decode(row["came"], type=list[Came]),
        listed=listed_of_json(row["listed"]),
    )


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
