"""Gather who will read what a member is about to publish, for the page on which they write it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.http.auth import Member, require_member
from fedinet.http.context import ACTORS, POLICY, POOL
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId, Domain, PostId
from fedinet.markup.compose import find_mentions
from fedinet.policy.model import Mode, Scope, Verdict
from fedinet.posts import reach, store
from fedinet.posts.mentions import LookedUp, look_up_mentions
from fedinet.posts.model import MAX_MENTIONS, Post
from fedinet.posts.naming import (
    Asked,
    Offered,
    beginnings,
    doubtful_names,
    offer,
    read_name,
    without_sign,
    written_names,
)
from fedinet.posts.naming_store import list_meant
from fedinet.posts.readers_store import Nearby, count_readers, list_readers
from fedinet.posts.readership import Known, Readership, home_of


@dataclass(frozen=True, slots=True)
class Around:
    """What a new post is about: what it answers, what it quotes."""

    parent: Post | None
    quoted: Post | None


@dataclass(frozen=True, slots=True)
class Names:
    """The handles of a text. ``found``: who they are; None: only known people are looked for."""

    handles: tuple[str, ...] = ()
    found: Mapping[str, Actor] | None = None
    silent: tuple[str, ...] = ()
    """Whose server does not answer now."""
    offered: tuple[Offered, ...] = ()
    """Whom those may mean that lead to nobody."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Whom the text names and nobody answers for."""
        if self.found is None:
            return ()
        told = {*self.found, *self.silent}
        return tuple(f"@{handle}" for handle in self.handles if handle not in told)

    def signs_of(self, people: Sequence[Actor], text: str) -> tuple[str, ...]:
        """Buttons that take the sign from the handles of these people, in this text."""
        found = (self.found or {}).items()
        return without_sign(text, [handle for handle, actor in found if actor in people])


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a page of writing says of people. ``people``: who is answered and quoted, by id."""

    readership: Readership
    people: Mapping[ActorId, Actor]


async def read_around(request: web.Request, writer: Member, parent: str, quoted: str) -> Around:
    """Read what the fields of a page name; empty for nothing.

    Raises:
        NotFound: there is no such post, or none for this member.
    """
    return Around(await _post(request, writer, parent), await _post(request, writer, quoted))


def named_in(text: str, looked_up: LookedUp) -> Names:
    """The handles of a text, once they were looked up."""
    return Names(find_mentions(text), looked_up.found, looked_up.silent)


async def read_names(request: web.Request, text: str, silent: Collection[str] = ()) -> Names:
    """Find out whom a text names, and may name. May ask other servers, but for ``silent``."""
    names = named_in(text, await look_up_mentions(request.app[ACTORS], text, silent))
    return replace(names, offered=await _offered(request, text, names))


async def read_readership(
    request: web.Request, writer: Member, around: Around, names: Names
) -> Read:
    """Read who will see a post, whatever its audience turns out to be."""
    parent = around.parent
    near = [post.author_id for post in (parent, around.quoted) if post is not None]
    found = names.found or {}
    typed = names.handles[:MAX_MENTIONS] if names.found is None else ()
    async with request.app[POOL].acquire() as conn:
        counted = await count_readers(conn, writer.actor_id)
        nearby = await list_readers(
            conn,
            writer.actor_id,
            answered=None if parent is None else parent.id,
            asked={*near, *(actor.id for actor in found.values())},
            typed=typed,
        )
    named = _named(writer, around, names, nearby)
    missing = [handle for handle in typed if handle not in nearby.typed]
    rules = await request.app[POLICY].current.rules()
    return Read(
        readership=Readership(
            counts=counted.places,
            members=nearby.members,
            followers=nearby.followers,
            named=named,
            answered=None if parent is None else parent.author_id,
            reading=_reading(parent, nearby),
            allied=_meant(parent, counted.allied, nearby),
            refused=await _refused(request, named),
            allies_only=rules.mode in (Mode.ALLIES, Mode.CLOSED),
            silent=tuple(f"@{one}" for one in names.silent),
            unknown=names.unknown + tuple(f"@{one}" for one in missing if "@" not in one),
            unmet=tuple(f"@{one}" for one in missing if "@" in one),
        ),
        people={actor_id: nearby.asked[actor_id].actor for actor_id in near},
    )


async def _offered(request: web.Request, text: str, names: Names) -> tuple[Offered, ...]:
    nobody = [(_ways(written), None) for written in written_names(text, names.unknown)]
    doubtful = [
        ([(name, asked) for name, asked in _ways(written) if " " in name], told)
        for written, told in doubtful_names(text, names.found or {})
    ]
    flat = [asked for ways, _ in nobody + doubtful for _, asked in ways]
    found = iter(await list_meant(request.app[POOL], require_member(request).actor_id, flat))
    offered = [
        offer([(name, asked, next(found)) for name, asked in ways], told)
        for ways, told in nobody + doubtful
    ]
    return tuple(one for one in offered if one is not None)


def _ways(written: str) -> list[tuple[str, Asked]]:
    """The names that a text may begin with, as they are looked for."""
    read = ((name, read_name(name)) for name in beginnings(written))
    return [(name, asked) for name, asked in read if asked is not None]


async def _post(request: web.Request, writer: Member, raw: str) -> Post | None:
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 18):
        raise NotFound(f"no post {raw[:40]!r} to answer")
    async with request.app[POOL].acquire() as conn:
        return await store.get_visible(conn, writer.viewer, PostId(int(raw)))


def _named(writer: Member, around: Around, names: Names, nearby: Nearby) -> Sequence[Known]:
    """To whom the post speaks, as ``reach.find_place`` will find them."""
    typed = (
        list(nearby.typed.values())
        if names.found is None
        else [nearby.asked[actor.id] for actor in names.found.values() if actor.id in nearby.asked]
    )
    people = {one.actor.id: one for one in typed}
    parent = around.parent
    if parent is not None:
        people.setdefault(parent.author_id, nearby.asked[parent.author_id])
        if parent.visibility is Visibility.MENTIONED and not names.handles:
            reading = _reading(parent, nearby)
            for one in nearby.told:
                if one.actor.id in reading:
                    people.setdefault(one.actor.id, one)
    people.pop(writer.actor_id, None)
    return list(people.values())


def _reading(parent: Post | None, nearby: Nearby) -> frozenset[ActorId]:
    """Who wrote and was told what is answered, without those who were told in secret."""
    if parent is None:
        return frozenset()
    told = reach.spoken_to(parent, (one.actor.id for one in nearby.told))
    return frozenset({parent.author_id, *told})


def _meant(
    parent: Post | None, allied: Mapping[str, Domain], nearby: Nearby
) -> Mapping[str, Domain]:
    """An answer to what was for some allies is for those alone: their node actors were told."""
    if parent is None or parent.visibility is not Visibility.ALLIES:
        return allied
    told = {str(home_of(one.actor)) for one in nearby.told}
    return {origin: name for origin, name in allied.items() if origin.partition("://")[2] in told}


async def _refused(request: web.Request, named: Sequence[Known]) -> frozenset[Domain]:
    """The servers of these people that this community sends nothing to."""
    homes = {home_of(one.actor) for one in named if not one.actor.is_local}
    if not homes:
        return frozenset()
    decided = await request.app[POLICY].about_many(Scope.OUTBOUND, homes)
    return frozenset(
        home for home, decision in decided.items() if decision.verdict is not Verdict.ACCEPT
    )
