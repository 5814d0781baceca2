"""What members do with their lists. Nobody else is told."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from fedinet.db.query import Conn, Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_
from fedinet.lists import store
from fedinet.lists.model import MAX_LISTS, MAX_MEMBERS, List, RepliesPolicy, check_title

_SECOND_CLICK: Final = timedelta(minutes=1)


async def create(
    tx: Tx,
    owner_id: ActorId,
    title: str,
    *,
    replies_policy: RepliesPolicy = RepliesPolicy.LIST,
    exclusive: bool = False,
) -> List:
    """Begin a list without people.

    Raises:
        Unprocessable: the title cannot be, or there are ``MAX_LISTS``.
    """
    title = check_title(title)
    await store.lock_owner(tx, owner_id)
    if await store.count_lists(tx, owner_id) >= MAX_LISTS:
        raise Unprocessable(
            f"{owner_id} has {MAX_LISTS} lists",
            public=N_("There are %(most)d lists: delete one before you make another"),
            values={"most": MAX_LISTS},
        )
    return await store.insert_list(tx, owner_id, title, replies_policy, exclusive=exclusive)


async def create_once(
    tx: Tx, owner_id: ActorId, title: str, now: datetime, *, exclusive: bool
) -> List:
    """Begin a list on the pages: one of this title, made a moment ago, is that of a second click.

    Raises:
        Unprocessable: as ``create``.
    """
    await store.lock_owner(tx, owner_id)
    begun = await store.find_since(tx, owner_id, check_title(title), now - _SECOND_CLICK)
    return begun or await create(tx, owner_id, title, exclusive=exclusive)


async def get(conn: Conn, owner_id: ActorId, list_id: int) -> List:
    """Raises ``NotFound`` for none, and for somebody else's."""
    found = await store.find_list(conn, owner_id, list_id)
    if found is None:
        raise NotFound(f"no list {list_id} of {owner_id}")
    return found


async def add(tx: Tx, of: List, actor_ids: Collection[int]) -> None:
    """Put people into a list, all or none. The caller holds ``store.lock_owner``.

    Raises:
        NotFound: somebody whom the owner does not follow.
        Unprocessable: somebody is in it already, or it would hold more than ``MAX_MEMBERS``.
    """
    wanted = set(actor_ids)
    if len(wanted) > MAX_MEMBERS:
        raise _too_many(of)
    allowed = await store.may_add(tx, of.owner_id, wanted)
    if allowed != wanted:
        raise NotFound(f"{of.owner_id} does not follow {sorted(wanted - allowed)[:5]}")
    if await store.count_members(tx, of.id) + len(wanted) > MAX_MEMBERS:
        raise _too_many(of)
    if await store.add_members(tx, of.id, allowed) != allowed:
        raise Unprocessable(
            f"list {of.id} has somebody of {sorted(wanted)[:5]}",
            public=N_("Somebody of them is in this list already"),
        )


def _too_many(of: List) -> Unprocessable:
    return Unprocessable(
        f"list {of.id} would hold more than {MAX_MEMBERS}",
        public=N_("A list holds at most %(most)d people"),
        values={"most": MAX_MEMBERS},
    )
