"""Writing one member's mail: gathered, promised and noted as told in one transaction.

A process that dies before the commit has told nothing; after it, the message is in the queue
of mail, and what it tells is never told again. Clocks may jump: a day is told once, and what
was told is kept by the time of what it was.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.digests import plans_store
from fedinet.digests.clock import day_before, day_due, next_look, quiet_until
from fedinet.digests.gather import Wanted, gather
from fedinet.digests.model import Pace, Rhythm, Rubric
from fedinet.digests.readers import Desk, Reader, filters_of, lock_reader, may_write_to
from fedinet.digests.retelling import wanted_fact
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import AccountId
from fedinet.mail.commands import write_mail
from fedinet.mail.model import MailKind
from fedinet.queue.jobs import enqueue_job

logger = logging.getLogger(__name__)

WRITE_PLANNED: Final = "digests.planned"
"""Job with ``{"account_id": …}``: the mail of a day or a week."""
WRITE_AT_ONCE: Final = "digests.at_once"
"""The same for what a member wants at once."""
_APART: Final = timedelta(minutes=10)
"""Between two mails at once; what comes meanwhile goes together."""
_SETTLES: Final = timedelta(minutes=1)
"""What is newer is left for the next look: transactions that began earlier may still commit."""
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_OLDEST: Final = timedelta(days=8)
_MOST_AT_A_TIME: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What is to be told, and how."""

    kind: MailKind
    rubrics: frozenset[Rubric]
    window: timedelta
    """How far back, where nothing of a rubric was ever told."""
    seen: frozenset[Rubric] = frozenset()
    """Of these all is told again that still holds."""


_Writing: TypeAlias = Callable[[Desk, Tx, Reader, datetime], Awaitable[None]]
"""Writes to a member what is due, in the transaction that has their plan locked."""


async def promise_letters(desk: Desk, now: datetime) -> int:
    """Promise a job for each member who may be due, some at a time. Returns how many."""
    async with transaction(desk.pool) as tx:
        planned = await plans_store.claim_due(tx, now, most=_MOST_AT_A_TIME)
        at_once = await plans_store.claim_at_once(tx, now - _SETTLES, most=_MOST_AT_A_TIME)
        for kind, accounts in ((WRITE_PLANNED, planned), (WRITE_AT_ONCE, at_once)):
            for account_id in accounts:
                await enqueue_job(tx, kind, {"account_id": account_id}, unique_key=str(account_id))
    return len(planned) + len(at_once)


async def write_planned(
    desk: Desk, payload: Mapping[str, object], now: datetime | None = None
) -> None:
    """Write the mail of a day or of a week where it is due, and plan the next look.

    Raises:
        Malformed: not a payload of this job.
    """
    await _write_to(desk, payload, now, _planned)


async def write_at_once(
    desk: Desk, payload: Mapping[str, object], now: datetime | None = None
) -> None:
    """Write what a member wants at once, unless it is quiet or they had a mail just now.

    Raises:
        Malformed: not a payload of this job.
    """
    await _write_to(desk, payload, now, _at_once)


async def _write_to(
    desk: Desk, payload: Mapping[str, object], now: datetime | None, write: _Writing
) -> None:
    account_id, now = payload.get("account_id"), now or datetime.now(UTC)
    if not isinstance(account_id, int):
        raise Malformed(f"a letter to {payload}")
    async with transaction(desk.pool) as tx:
        reader = await lock_reader(desk, tx, AccountId(account_id))
        if reader is not None:
            await write(desk, tx, reader, now)


async def _planned(desk: Desk, tx: Tx, reader: Reader, now: datetime) -> None:
    plan, rhythm, zone = reader.plan, reader.rhythm, reader.zone
    last = plan.told_day or day_before(rhythm, zone, now)
    day = day_due(rhythm, zone, now, last)
    if day is not None:
        is_week = day.isoweekday() == rhythm.weekday
        wants = is_week and await may_write_to(desk, tx, reader, MailKind.WEEKLY)
        await _write(desk, tx, reader, _of_day(rhythm, is_week=wants), now)
        last = day
    look = next_look(rhythm, zone, now, last)
    await plans_store.set_due(tx, plan.account_id, look, last)


async def _at_once(desk: Desk, tx: Tx, reader: Reader, now: datetime) -> None:
    plan, rhythm = reader.plan, reader.rhythm
    if (until := quiet_until(rhythm, reader.zone, now)) is not None:
        await plans_store.set_at_once(tx, plan.account_id, until)
        return
    letter = _Letter(kind=MailKind.NEWS, rubrics=rhythm.of_pace(Pace.AT_ONCE), window=_DAY)
    wrote = await _write(desk, tx, reader, letter, now)
    after = now + _APART if wrote else now
    await plans_store.set_at_once(tx, plan.account_id, after, now - _SETTLES)


def _of_day(rhythm: Rhythm, *, is_week: bool) -> _Letter:
    """On the day of the weekly mail it takes the place of the daily one, unless it was ended."""
    if is_week and rhythm.of_pace(Pace.WEEKLY):
        return _Letter(
            kind=MailKind.WEEKLY,
            rubrics=rhythm.of_pace(Pace.DAILY, Pace.WEEKLY),
            window=_WEEK,
            seen=frozenset({Rubric.WAITING}),
        )
    return _Letter(kind=MailKind.DAILY, rubrics=rhythm.of_pace(Pace.DAILY), window=_DAY)


async def _write(desk: Desk, tx: Tx, reader: Reader, letter: _Letter, now: datetime) -> bool:
    """Promise the message and note what it tells. False: there is nothing to tell, or nobody."""
    plan, mailbox = reader.plan, reader.mailbox
    if mailbox is None or not letter.rubrics:
        return False
    if not await may_write_to(desk, tx, reader, letter.kind):
        return False
    told, until = await plans_store.list_told(tx, plan.account_id), now - _SETTLES
    since = {
        rubric: now - letter.window
        if rubric in letter.seen
        else min(max(told.get(rubric, now - letter.window), now - _OLDEST), until)
        for rubric in letter.rubrics
    }
    wanted = Wanted(since=since, until=until, seen=letter.seen)
    overview = await gather(tx, plan.actor_id, wanted, await filters_of(tx, reader), now)
    await plans_store.set_told(tx, plan.account_id, letter.rubrics, until)
    if overview.is_empty:
        return False
    await write_mail(tx, mailbox, letter.kind, now=now, facts=wanted_fact(wanted))
    logger.info("digest.written kind=%s account=%d", letter.kind, plan.account_id)
    return True
