"""Two owners take each other's role at once: by whatever doors, one of them stays, and can act."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import product

from fedinet.accounts.standing_store import lock_owners
from fedinet.accounts.store import get_account
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import FedinetError
from fedinet.leaving.commands import close_account
from fedinet.moderation.commands import act_on, give_role
from fedinet.moderation.rights import COMMAND_LINE, Act, Acting
from tests.integration.people import given_member

NOW = datetime.now(UTC)
Door = Callable[[Tx, Acting, Acting], Awaitable[object]]
"""What the first does, to the other or to themselves."""

_IS_WAITING = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


def acts(what: Act) -> Door:
    async def act(tx: Tx, me: Acting, other: Acting) -> object:
        assert other.actor_id is not None
        return await act_on(tx, other.actor_id, what, by=me, now=NOW)

    return act


async def demotes(tx: Tx, me: Acting, other: Acting) -> object:
    assert other.actor_id is not None
    return await give_role(tx, other.actor_id, "member", by=me)


async def demotes_by_command_line(tx: Tx, _me: Acting, other: Acting) -> object:
    return await demotes(tx, COMMAND_LINE, other)


async def leaves(tx: Tx, me: Acting, _other: Acting) -> object:
    assert me.account_id is not None
    return await close_account(tx, await get_account(tx, me.account_id))


DOORS: tuple[Door, ...] = (
    demotes, demotes_by_command_line, acts(Act.SUSPEND), acts(Act.FREEZE), leaves,
)  # fmt: skip


async def given_owner(tx: Tx, name: str) -> Acting:
    one = await given_member(tx, name)
    await give_role(tx, one.id, "owner", by=COMMAND_LINE)
    account_id = await tx.fetchval("SELECT id FROM accounts WHERE actor_id = $1", one.id)
    return Acting(name=name, actor_id=one.id, account_id=account_id, role="owner")


async def test_two_owners_at_once_leave_one_who_can_act(pool: Pool) -> None:
    for number, (mine, theirs) in enumerate(product(DOORS, DOORS)):
        async with transaction(pool) as tx:
            await tx.execute("UPDATE accounts SET role = 'member'")
            ada, bo = [await given_owner(tx, f"{name}{number}") for name in ("ada", "bo")]
        async with asyncio.timeout(20):
            async with transaction(pool) as tx:
                await mine(tx, ada, bo)
                second = asyncio.create_task(goes_through(pool, theirs, bo, ada))
                await is_waiting(pool, second)
            went = await second
        async with transaction(pool) as tx:
            owners = await lock_owners(tx)
        stays = bo if mine is leaves else ada
        assert owners == {stays.account_id}, number
        assert not (went and theirs is not leaves), number  # who is owner no more may still leave


async def is_waiting(pool: Pool, second: "asyncio.Task[object]") -> None:
    """Return once somebody waits for a lock."""
    async with pool.acquire() as watcher:
        while not await watcher.fetchval(_IS_WAITING):
            assert not second.done(), "nobody waited for the first: nothing is locked"


async def goes_through(pool: Pool, door: Door, me: Acting, other: Acting) -> bool:
    try:
        async with transaction(pool) as tx:
            await door(tx, me, other)
    except FedinetError:
        return False
    return True
