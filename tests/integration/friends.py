"""Communities that name each other, with and without a node at the other end."""

from datetime import UTC, datetime, timedelta

from fedinet.actors.model import Actor
from fedinet.allies import commands, store
from fedinet.allies.model import Ally, Standing
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.kernel.ids import Domain
from fedinet.policy.commands import Steward
from tests.integration.nodes import RunningNode


def steward(reason: str = "we know each other") -> Steward:
    return Steward(name="@ada", now=datetime.now(UTC), reason=reason)


async def names(one: RunningNode, other: RunningNode) -> None:
    """A steward of ``one`` names ``other``; then everything that follows on all nodes."""
    async with transaction(one.pool) as tx:
        await commands.propose(tx, one.services.uris, Domain(other.domain), by=steward())
    await one.drain()


async def befriend(one: RunningNode, other: RunningNode) -> None:
    await names(one, other)
    await names(other, one)


async def part(one: RunningNode, other: RunningNode) -> None:
    async with transaction(one.pool) as tx:
        await commands.end(tx, one.services.uris, Domain(other.domain), by=steward("not any more"))
    await one.drain()


async def ally_of(one: RunningNode, other: RunningNode) -> Ally:
    found = await store.find_ally(one.pool, Domain(other.domain))
    assert found is not None
    return found


async def stands(one: RunningNode, other: RunningNode) -> Standing:
    """How ``one`` sees ``other``."""
    found = await store.find_ally(one.pool, Domain(other.domain))
    return Standing.UNKNOWN if found is None else found.standing(datetime.now(UTC))


async def given_ally(tx: Tx, node: Actor, origin: str, *, until: datetime | None = None) -> Ally:
    """A row as if both had said yes, for tests without another node."""
    now = datetime.now(UTC)
    ends = until or now + timedelta(days=300)
    ally = Ally(
        domain=Domain(origin.rpartition("/")[2]),
        origin=origin,
        node_uri=node.uri,
        node_id=node.id,
        allies_uri=f"{node.uri}/allies",
        our_since=now,
        our_until=ends,
        told=True,
        their_since=now,
        their_until=ends,
        node_key="z6Mk",
        mutual_until=ends,
        allied_at=now,
        checked_at=now,
    )
    await store.save_ally(tx, ally, check_after=now + timedelta(days=1))
    return ally
