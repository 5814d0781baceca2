"""Work of accounts that can wait."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from fedinet.accounts.addresses import ask_to_confirm
from fedinet.accounts.links_store import list_unasked
from fedinet.accounts.resets import RESET_ASKED, send_reset
from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import Malformed
from fedinet.mail.proving import MAIL_PROVEN
from fedinet.node.secrets import SecretBox

_AT_ONCE: Final = 50


async def ask_again(pool: Pool, box: SecretBox, payload: Mapping[str, object]) -> None:
    """Mail works now: ask those to confirm their address whose link nobody could send before.

    Twice is as once: who was asked since the proof is not asked again.

    Raises:
        Malformed: not a payload of this job.
    """
    since = payload.get("since")
    if not isinstance(since, str):
        raise Malformed(f"{MAIL_PROVEN} without its time")
    asked = 1
    while asked:
        async with transaction(pool) as tx:
            people = await list_unasked(tx, since=datetime.fromisoformat(since), limit=_AT_ONCE)
            for one in people:
                await ask_to_confirm(tx, one, box=box, now=datetime.now(UTC))
        asked = len(people)


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
