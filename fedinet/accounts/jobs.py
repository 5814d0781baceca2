"""Work of accounts that can wait."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fedinet.accounts.resets import RESET_ASKED, send_reset
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import Malformed
from fedinet.node.secrets import SecretBox


async def reset_asked(pool: Pool, box: SecretBox, payload: Mapping[str, object]) -> None:
    """Look whose password was forgotten, and send them the link.

    Raises:
        Malformed: not a payload of this job.
    """
    sealed = payload.get("sealed")
    if not isinstance(sealed, str):
        raise Malformed(f"{RESET_ASKED} without what was typed")
    async with transaction(pool) as tx:
        await send_reset(tx, sealed, box=box, now=datetime.now(UTC))
