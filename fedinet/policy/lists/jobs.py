"""Reading lists by the clock and by a steward's word: ask, take in, and tell the stewards."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter, tell_stewards
from fedinet.kernel.errors import FedinetError, NotFound, Overloaded
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.net.fetch import Fetcher
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.changes import READ_LIST
from fedinet.policy.lists.commands import Taken, note_failure, take_list
from fedinet.policy.lists.reading import Complaint, complaint_of, fetch_list
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.loop import every
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

_LOOK_S: Final = 300.0
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading a list: what was taken in, or why nothing could be read."""

    taken: Taken | None = None
    complaint: Complaint | None = None


async def read_list_job(
    pool: Pool, fetcher: Fetcher, settings: Settings, payload: Mapping[str, object]
) -> None:
    """Read one list. A list that went meanwhile is none of ours; a failure waits for its time."""
    ours = (settings.account_domain, settings.uris.origin.domain)
    try:
        await read_now(pool, fetcher, str(payload["name"]), ours=ours)
    except NotFound:
        return


async def read_now(
    pool: Pool, fetcher: Fetcher, name: str, *, ours: Sequence[Domain], accept: str = ""
) -> Read:
    """Ask for a list and take in what it says; ``accept``: the digest of a jump that is wanted.

    Raises:
        NotFound: there is no such list.
    """
    for _ in range(_ROUNDS):
        async with pool.acquire() as conn:
            stored = await lists_store.find_list(conn, name)
        if stored is None:
            raise NotFound(f"no list {name!r}", public=N_("There is no such list"))
        marks = {"etag": stored.etag, "last_modified": stored.last_modified}
        try:
            fetched = await fetch_list(fetcher, stored.document, **({} if accept else marks))
        except Overloaded:
            raise
        except FedinetError as error:
            return await _failed(pool, name, complaint_of(error), error)
        async with transaction(pool) as tx:
            taken = await take_list(
                tx, name, fetched, seen=stored.version, ours=ours, now=datetime.now(UTC),
                accept=accept,
            )  # fmt: skip
            if taken is not None:
                await _tell(tx, name, taken)
                logger.info("list.read name=%s added=%d removed=%d", name, taken.added,
                            taken.removed)  # fmt: skip
                return Read(taken=taken)
    raise Overloaded(f"list {name!r} is changed again and again")


async def keep_lists(pool: Pool, stop: asyncio.Event) -> None:
    """Have lists read whose time has come, each once a night, until ``stop``."""

    async def promise() -> None:
        await promise_due(pool, datetime.now(UTC))

    await every(_LOOK_S, promise, stop, name="policy.lists")


async def promise_due(pool: Pool, now: datetime) -> int:
    """Promise to read every list whose time has come. Returns how many."""
    async with transaction(pool) as tx:
        names = await lists_store.claim_due(tx, now)
        for name in names:
            await enqueue_job(tx, READ_LIST, {"name": name}, unique_key=name)
    return len(names)


async def _failed(pool: Pool, name: str, complaint: Complaint, error: FedinetError) -> Read:
    logger.warning("list.unread name=%s reason=%s", name, error)
    async with transaction(pool) as tx:
        await note_failure(tx, name, complaint, datetime.now(UTC))
        await tell_stewards(tx, MatterKind.LIST_FAILING, name, name=name, href=page_of(name))
    return Read(complaint=complaint)


async def _tell(tx: Tx, name: str, taken: Taken) -> None:
    """Say that there is something to look at: drafts, proposals, or too much at once."""
    await settle_matter(tx, MatterKind.LIST_FAILING, name)
    merged = taken.merged
    is_other = bool(taken.added or taken.removed or taken.changed)
    has_new = merged is not None and bool(merged.put or (is_other and merged.proposals))
    if taken.jump is not None or has_new:
        await tell_stewards(tx, MatterKind.LIST_CHANGED, name, name=name, href=page_of(name))


def page_of(name: str) -> str:
    return f"/admin/policy/lists/{name}"
