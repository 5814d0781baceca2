"""The member whose mail it is: their plan, locked, what they chose, and where they get mail."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fedinet.accounts.store import find_mailbox
from fedinet.db.query import Pool, Tx
from fedinet.digests import plans_store, store
from fedinet.digests.model import Rhythm
from fedinet.digests.plans_store import Plan
from fedinet.filters.model import Context, Filter
from fedinet.filters.store import list_filters
from fedinet.kernel.ids import AccountId
from fedinet.kernel.zones import UTC_NAME, zone_of
from fedinet.mail.model import TOPICS, MailKind, Recipient
from fedinet.mail.stopping import may_write
from fedinet.node.secrets import SecretBox
from fedinet.node.store import get_time_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What it takes to write."""

    pool: Pool
    box: SecretBox
    house_zone: str = UTC_NAME
    """Where neither the member nor the stewards chose a time zone."""


@dataclass(frozen=True, slots=True)
class Reader:
    """``mailbox`` None: nothing can be sent."""

    plan: Plan
    rhythm: Rhythm
    zone: ZoneInfo
    mailbox: Recipient | None


async def lock_reader(desk: Desk, tx: Tx, account_id: AccountId) -> Reader | None:
    """Wait for whoever else writes to them just now. None: the member is gone, or suspended."""
    plan = await plans_store.lock_plan(tx, account_id)
    if plan is None:
        return None
    rhythm = await store.find_rhythm(tx, account_id)
    zone = zone_of(rhythm.time_zone, await get_time_zone(tx), desk.house_zone)
    return Reader(plan, rhythm, zone, await find_mailbox(tx, account_id))


async def filters_of(tx: Tx, reader: Reader) -> list[Filter]:
    """Those that look at what they are told."""
    filters = await list_filters(tx, reader.plan.actor_id)
    return [one for one in filters if Context.NOTIFICATIONS in one.contexts]


async def may_write_to(desk: Desk, tx: Tx, reader: Reader, kind: MailKind) -> bool:
    """Tell whether a message of this kind would be sent to them now."""
    mailbox = reader.mailbox
    return mailbox is not None and await may_write(tx, desk.box, mailbox.address, TOPICS[kind])
