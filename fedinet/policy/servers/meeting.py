"""A server becomes met, or a stranger again: written to the audit, never the network."""

from datetime import datetime

import msgspec

from fedinet.db.query import Tx
from fedinet.kernel.ids import Domain
from fedinet.policy import store
from fedinet.policy.audit_store import MEET, UNMEET, Change, write_down
from fedinet.policy.commands import BY_TIME, Steward
from fedinet.policy.servers import graduation_store
from fedinet.policy.servers.graduation import Acquaintance


async def meet_by_word(tx: Tx, domain: Domain, *, by: Steward) -> bool:
    """A steward welcomes a server. False: it was met already."""
    standing = await store.lock_policy(tx)
    if not await graduation_store.meet(tx, domain, "steward"):
        return False
    await _write(tx, MEET, domain, by, standing.version)
    return True


async def meet_by_time(tx: Tx, domain: Domain, known: Acquaintance, now: datetime) -> bool:
    """A server has been around for long enough; the audit says what spoke for it."""
    standing = await store.lock_policy(tx)
    if not await graduation_store.meet(tx, domain, "time"):
        return False
    by = Steward(name=BY_TIME, now=now)
    await _write(tx, MEET, domain, by, standing.version, after=known)
    return True


async def unmeet(tx: Tx, domain: Domain, *, by: Steward) -> bool:
    """Take it back. False: nobody has met it, or what members do with it makes it met."""
    standing = await store.lock_policy(tx)
    if not await graduation_store.unmeet(tx, domain):
        return False
    await _write(tx, UNMEET, domain, by, standing.version)
    return True


async def _write(
    tx: Tx,
    action: str,
    domain: Domain,
    by: Steward,
    version: int,
    *,
    after: Acquaintance | None = None,
) -> None:
    change = Change(
        action=action,
        subject=domain,
        domains=(domain,),
        after=None if after is None else msgspec.json.encode(after).decode(),
    )
    await write_down(tx, [change], at=by.now, by=by.name, reason=by.reason, version=version)
