"""A member chooses when mail and push come, and by which clock. A command."""

from datetime import datetime

from fedinet.db.query import Tx
from fedinet.digests import plans_store, store
from fedinet.digests.model import Rhythm
from fedinet.kernel.ids import AccountId


async def choose_rhythm(tx: Tx, account_id: AccountId, rhythm: Rhythm, *, now: datetime) -> None:
    """Keep it, and plan the next mail by it."""
    await store.set_rhythm(tx, account_id, rhythm)
    await plans_store.look_now(tx, account_id, now)
