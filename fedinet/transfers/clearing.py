"""Taking away what a file does not name, where it was to replace what was here.

In small transactions, at the end: whoever stops before has lost nothing. Idempotent.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final

from fedinet.actors.model import Actor
from fedinet.audiences.model import Viewer
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool, Tx
from fedinet.follows import blocking, blocks_store, domain_blocking, domain_blocks_store
from fedinet.follows import commands as follows
from fedinet.follows import store as follows_store
from fedinet.follows.model import FollowState
from fedinet.kernel.ids import ActorId, Domain, PostId
from fedinet.kernel.paging import Page
from fedinet.lists import store as lists_store
from fedinet.reactions.bookmarks_store import list_bookmarks
from fedinet.reactions.commands import unsave
from fedinet.transfers.model import Kind
from fedinet.transfers.store import Named

_AT_ONCE: Final = 100
Listing = Callable[[Conn, Page], Awaitable[Sequence[Any]]]
"""A list that is walked by key: its rows begin with their cursor."""
TakeAway = Callable[[Tx, Sequence[Any]], Awaitable[None]]


async def clear(pool: Pool, me: Actor, kind: Kind, named: Named) -> None:
    """Take away what the file does not name."""
    match kind:
        case Kind.FOLLOWS:
            for state in FollowState:
                await _people(pool, named, _following(me, state), _each(me, follows.unfollow))
        case Kind.BLOCKS:
            blocked: Listing = lambda conn, page: blocks_store.list_blocked(conn, me.id, page)  # noqa: E731
            await _people(pool, named, blocked, _each(me, blocking.unblock))
        case Kind.MUTES:
            muted: Listing = lambda conn, page: blocks_store.list_muted(conn, me.id, page)  # noqa: E731
            await _people(pool, named, muted, _each(me, blocking.unmute))
        case Kind.SERVERS:
            await _servers(pool, me, named)
        case Kind.BOOKMARKS:
            await _bookmarks(pool, me, named)
        case Kind.LISTS:
            await _lists(pool, me, named)


def _following(me: Actor, state: FollowState) -> Listing:
    return lambda conn, page: follows_store.list_following(conn, me.id, page, state=state)


def _each(me: Actor, act: Callable[[Tx, Actor, Actor], Awaitable[object]]) -> TakeAway:
    async def take_away(tx: Tx, others: Sequence[Any]) -> None:
        for other in others:
            await act(tx, me, other)

    return take_away


async def _people(
    pool: Pool, named: Named, listing: Listing, take_away: TakeAway, *, title: str = ""
) -> None:
    def is_named(row: Sequence[Any]) -> bool:
        return named.has(row[1].full_handle, row[1].id, title=title)

    await _walk(pool, listing, is_named, take_away)


async def _servers(pool: Pool, me: Actor, named: Named) -> None:
    async def take_away(tx: Tx, servers: Sequence[Domain]) -> None:
        for server in servers:
            await domain_blocking.let_back(tx, me, server)

    await _walk(
        pool,
        lambda conn, page: domain_blocks_store.list_domain_blocks(conn, me.id, page),
        lambda row: named.has(row[1]),
        take_away,
    )


async def _bookmarks(pool: Pool, me: Actor, named: Named) -> None:
    viewer = Viewer(me.id, is_member=True)

    async def take_away(tx: Tx, posts: Sequence[PostId]) -> None:
        for post_id in posts:
            await unsave(tx, me, post_id)

    await _walk(
        pool,
        lambda conn, page: list_bookmarks(conn, viewer, page),
        lambda row: named.has("", row[1]),
        take_away,
    )


async def _lists(pool: Pool, me: Actor, named: Named) -> None:
    async with transaction(pool) as tx:
        await lists_store.lock_owner(tx, me.id)
        there = await lists_store.list_lists(tx, me.id)
        for one in there:
            if one.title not in named.titles:
                await lists_store.delete_list(tx, one.id)
    for one in there:
        if one.title in named.titles:
            await _people(
                pool,
                named,
                lambda conn, page, one=one: lists_store.list_members(conn, one, page),
                _out_of(one.id),
                title=one.title,
            )


def _out_of(list_id: int) -> TakeAway:
    async def take_away(tx: Tx, others: Collection[Actor]) -> None:
        ids: list[ActorId] = [other.id for other in others]
        await lists_store.remove_members(tx, list_id, ids)

    return take_away


async def _walk(
    pool: Pool,
    listing: Listing,
    is_named: Callable[[Sequence[Any]], bool],
    take_away: TakeAway,
) -> None:
    page = Page(limit=_AT_ONCE)
    while True:
        async with transaction(pool) as tx:
            rows = await listing(tx, page)
            await take_away(tx, [row[1] for row in rows if not is_named(row)])
        if len(rows) < _AT_ONCE:
            return
        page = Page(limit=_AT_ONCE, max_id=rows[-1][0])
