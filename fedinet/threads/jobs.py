"""Work about conversations that can wait. Bound to a ``Backfill`` by ``wiring``."""

from collections.abc import Mapping

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import PostId
from fedinet.threads.backfill import Backfill
from fedinet.threads.commands import FETCH_THREAD
from fedinet.threads.model import ASKED, UNASKED

__all__ = ["FETCH_THREAD", "fetch_thread"]


async def fetch_thread(backfill: Backfill, payload: Mapping[str, object]) -> None:
    """Visit one conversation. The payload is ``{"post_id": …, "asked": …}``.

    Never fails for what other servers do: what is missing now is looked for the next time.
    """
    post_id = payload.get("post_id")
    if not isinstance(post_id, int):
        raise Malformed(f"{FETCH_THREAD} without a post: {payload}")
    await backfill.visit(PostId(post_id), ASKED if payload.get("asked") else UNASKED)
