"""What stewards do with activities that policy keeps aside. Never the network."""

import logging
from collections.abc import Sequence

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.inbox import held_store
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import origin_of
from fedinet.node.secrets import SecretBox
from fedinet.policy.commands import Steward
from fedinet.policy.facts_store import find_met, meet_servers
from fedinet.policy.model import Builtin
from fedinet.policy.servers.graduation_store import remember_thrown_away
from fedinet.policy.servers.meeting import meet_by_word

logger = logging.getLogger(__name__)

_CHUNK = 500


async def release(tx: Tx, box: SecretBox, ids: Sequence[int]) -> int:
    """Let held activities in, past the policy, in their old order. Returns how many."""
    rows = await held_store.take_held(tx, ids)
    bodies = [box.open(row.body_sealed, row=held_store.sealed_row(row.id)) for row in rows]
    if rows:
        await held_store.requeue(tx, rows, bodies)
    return len(rows)


async def release_server(
    pool: Pool, box: SecretBox, domain: Domain, *, reason: str | None = None
) -> int:
    """Let in all that is held of a server, some at a time. Returns how many.

    ``reason``: only what is held for it, e.g. ``first_contact``; what a rule holds stays then.
    """
    released = 0
    while True:
        async with transaction(pool) as tx:
            ids = await held_store.list_held_ids(tx, domain, reason=reason, limit=_CHUNK)
            released += await release(tx, box, ids)
        if len(ids) < _CHUNK:
            return released


async def release_rule(pool: Pool, box: SecretBox, rule: str) -> int:
    """Let in all that a rule held, some at a time, e.g. after it has ended. Returns how many."""
    released = 0
    while True:
        async with transaction(pool) as tx:
            ids = await held_store.list_held_ids_of_rule(tx, rule, limit=_CHUNK)
            released += await release(tx, box, ids)
        if len(ids) < _CHUNK:
            return released


async def welcome(pool: Pool, box: SecretBox, domain: Domain, *, by: Steward) -> int:
    """Count a server as met from now on, at a steward's word, and let in what waited for that."""
    async with transaction(pool) as tx:
        await meet_by_word(tx, domain, by=by)
    return await release_server(pool, box, domain, reason=Builtin.FIRST_CONTACT)


async def discard(tx: Tx, ids: Sequence[int]) -> int:
    """Throw held activities away; time alone meets their servers no more. Returns how many."""
    rows = await held_store.take_held(tx, ids)
    await remember_thrown_away(tx, {origin_of(row.actor_uri).domain for row in rows})
    return len(rows)


async def release_met(pool: Pool, box: SecretBox, *, scheme: str) -> int:
    """Let in what was held of servers because nobody had met them, and somebody has since.

    What a steward's rule holds stays held. Returns how many.
    """
    async with transaction(pool) as tx:
        unmet = await held_store.list_unmet(tx)
        met = await find_met(tx, {domain: f"{scheme}://{domain}" for domain in unmet})
        if met:
            await meet_servers(tx, met)
    reason = Builtin.FIRST_CONTACT
    return sum([await release_server(pool, box, one, reason=reason) for one in sorted(met)])


async def forget_old(pool: Pool) -> int:
    """Throw away what nobody has let in for 30 days, and what is too much. Returns how many."""
    async with transaction(pool) as tx:
        trimmed = await held_store.trim_held(tx, limit=5000)
        if trimmed:
            logger.warning("inbox.held_trimmed count=%d", trimmed)
        return trimmed + await held_store.purge_held(tx, limit=5000)
