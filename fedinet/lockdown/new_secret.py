"""Another ``secret.key``: all that is sealed is sealed anew, while no process of the node runs.

Whatever stops in the middle, everything still opens, and the next run goes on: the file
holds both keys until nothing is sealed with the old one any more.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from fedinet.actors import keys_store
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool, Tx
from fedinet.inbox import held_store
from fedinet.invitations.listed import links
from fedinet.invitations.listed import store as listed_store
from fedinet.joining import letters as joining_letters
from fedinet.joining import sealed_store as joining_store
from fedinet.kernel.errors import Unprocessable
from fedinet.lockdown import store
from fedinet.mail import server, server_store
from fedinet.mail import store as mail_store
from fedinet.mail.commands import row_of as mail_row
from fedinet.node import push_key_store, push_keys
from fedinet.node.resealing import SealedColumn, reseal
from fedinet.node.secrets import SecretBox, begin_new_key, finish_new_key
from fedinet.push.store import delete_every
from fedinet.security import store as security_store

logger = logging.getLogger(__name__)

SEALED: Final[tuple[tuple[SealedColumn, Callable[[Any], str]], ...]] = (
    (keys_store.SEALED, str),
    (push_key_store.SEALED, lambda _: push_keys.ROW),
    (server_store.SEALED, lambda _: server.ROW),
    (security_store.SEALED, security_store.row_of),
    (held_store.SEALED, held_store.sealed_row),
    (mail_store.SEALED, mail_row),
    (listed_store.SEALED, links.row_of),
    (joining_store.SEALED_KEYS, joining_letters.row_of),
    (joining_store.SEALED_INVITATIONS, joining_letters.row_of),
)
"""Columns, and what their rows are called. What phones are rung with ends with its token."""


class StillRuns(Unprocessable):
    """A process of the node would go on with the old key."""


async def check_stopped(conn: Conn | Pool) -> None:
    """Raise ``StillRuns`` where anything but this command is connected to the database."""
    others = await store.list_processes(conn)
    if others:
        raise StillRuns(f"connected: {', '.join(others)}")


async def renew_secret(pool: Pool, data: Path) -> int:
    """Make ``secret.key`` anew. Returns how many secrets were sealed anew.

    Raises:
        StillRuns: the node runs. WrongSecretKey: something does not open; nothing is changed.
    """
    await check_stopped(pool)
    box = begin_new_key(data)
    async with transaction(pool) as tx:
        count = await _seal_anew(tx, box)
    finish_new_key(data)
    logger.warning("lockdown.new_secret_key sealed=%d", count)
    return count


async def _seal_anew(tx: Tx, box: SecretBox) -> int:
    await delete_every(tx)  # the tokens that they hold have ended
    return sum([await reseal(tx, box, column, row_of) for column, row_of in SEALED])
