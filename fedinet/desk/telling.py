"""How any part of the node tells the stewards, and says that it is settled."""

from collections.abc import Mapping

from fedinet.db.query import Tx
from fedinet.desk import store
from fedinet.desk.model import MAX_NAME, MAX_SUBJECT, MatterKind
from fedinet.desk.signals import MatterRaised
from fedinet.kernel.ids import ActorId
from fedinet.queue.signals import announce


async def tell_stewards(
    tx: Tx,
    kind: MatterKind,
    subject: str,
    *,
    name: str,
    href: str,
    by: ActorId | None = None,
    about: ActorId | None = None,
) -> int | None:
    """Put a line on the stewards' desk and notify each of them once. Idempotent by subject.

    ``subject`` tells matters of a kind apart: while one is open, the same again is
    counted and tells nobody. ``name`` is what it is about as people call it (a domain,
    a handle, a rule's key), ``href`` the page where it is answered. ``by`` caused it and
    is not told; if ``about`` is a steward, they are not told by whom. Returns the
    matter's id; None: too many of the kind are open.
    """
    new = store.NewMatter(
        kind=kind,
        subject=subject[:MAX_SUBJECT],
        name=name.replace("\0", "")[:MAX_NAME],
        href=href,
        by=by,
        about=about,
    )
    raised = await store.raise_matter(tx, new)
    if raised is None:
        return None
    matter_id, is_new = raised
    if is_new:
        await announce(tx, MatterRaised(matter_id))
    return matter_id


async def tell_once(tx: Tx, kind: MatterKind, wanted: Mapping[str, tuple[str, str]]) -> None:
    """Make the open matters of a kind be these: subject to name and page.

    For what is looked at by the clock. What was told before is not told again,
    settled or not; what is not wanted any more leaves the desk.
    """
    known = await store.find_known(tx, kind, wanted)
    for subject, (name, href) in wanted.items():
        if subject not in known:
            await tell_stewards(tx, kind, subject, name=name, href=href)
    await store.settle_all_but(tx, kind, wanted)


async def settle_matter(tx: Tx, kind: MatterKind, *subjects: str) -> None:
    """Take lines off the desk: what they were about is done. Idempotent."""
    await store.settle(tx, kind, [subject[:MAX_SUBJECT] for subject in subjects])


async def was_settled_lately(tx: Tx, kind: MatterKind, subject: str) -> bool:
    """Tell whether the same was settled within a day: for what others can raise without end."""
    return await store.was_settled_lately(tx, kind, subject[:MAX_SUBJECT])
