"""Keeping a file that was read, beginning with it, stopping, forgetting it. Never the network."""

from datetime import datetime
from typing import Final

from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.problems import N_
from fedinet.queue.jobs import enqueue_job
from fedinet.transfers import store
from fedinet.transfers.model import MAX_KEPT, Import, Reading, State

BRING: Final = "transfers.bring"
"""Job with ``{"import_id": …, "run": …, "turn": …}``: the next lines of an import."""


async def prepare(tx: Tx, actor_id: ActorId, reading: Reading, *, now: datetime) -> Import:
    """Keep what was read, for a look before it begins. What was only looked at before goes.

    Raises:
        Unprocessable: too many are at work.
    """
    await store.lock_owner(tx, actor_id)
    kept: list[Import] = []
    for one in await store.list_imports(tx, actor_id):
        if one.state is State.READY:
            await store.delete_import(tx, one.id)
        else:
            kept.append(one)
    resting = [one for one in kept if one.state is not State.WORKING]
    if len(kept) >= MAX_KEPT:
        if not resting:
            raise Unprocessable(
                f"{actor_id} brings {len(kept)} files",
                public=N_("Ten files are being brought in already. Wait until one is done."),
            )
        await store.delete_import(tx, resting[-1].id)
    return await store.insert_import(tx, actor_id, reading, now)


async def begin(
    tx: Tx, actor_id: ActorId, import_id: int, *, overwrite: bool = False, now: datetime
) -> Import:
    """Begin, or go on after a stop. ``overwrite`` counts at the beginning alone.

    Raises:
        NotFound: no such import of this member.
        Unprocessable: no line of it can be used.
    """
    one = await _own(tx, actor_id, import_id)
    if not one.may_begin:
        return one
    counts = await store.count_rows(tx, one.id)
    if not counts.waiting and not counts.done:
        raise Unprocessable(
            f"import {one.id} has no line", public=N_("No line of this file can be used.")
        )
    over = overwrite if one.state is State.READY else one.overwrite
    begun = await store.set_state(tx, one, State.WORKING, overwrite=over, run=one.run + 1)
    await promise(tx, begun, turn=0, due_at=now)
    return begun


async def stop(tx: Tx, actor_id: ActorId, import_id: int, *, now: datetime) -> Import:
    """Do nothing more, and take nothing back. Idempotent.

    Raises:
        NotFound: no such import of this member.
    """
    one = await _own(tx, actor_id, import_id)
    if one.state is not State.WORKING:
        return one
    return await store.set_state(tx, one, State.STOPPED, ended_at=now)


async def throw_away(tx: Tx, actor_id: ActorId, import_id: int) -> None:
    """Forget a file and what became of its lines. What was done stays. Idempotent."""
    one = await store.find_import(tx, actor_id, import_id)
    if one is not None and one.state is not State.WORKING:
        await store.delete_import(tx, one.id)


async def promise(tx: Tx, one: Import, *, turn: int, due_at: datetime) -> None:
    """Let the next lines be worked on. Each turn promises the next: a job cannot promise itself."""
    payload = {"import_id": one.id, "run": one.run, "turn": turn}
    key = f"{one.id}:{one.run}:{turn}"
    await enqueue_job(tx, BRING, payload, unique_key=key, due_at=due_at)


async def _own(tx: Tx, actor_id: ActorId, import_id: int) -> Import:
    one = await store.lock_import(tx, import_id)
    if one is None or one.actor_id != actor_id:
        raise NotFound(f"no import {import_id} of {actor_id}")
    return one
