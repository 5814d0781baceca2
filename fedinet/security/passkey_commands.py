"""Passkeys are added and used. Never the network.

A challenge is taken before anything else is looked at, so that no answer is tried twice.
"""

import logging
from datetime import datetime

from fedinet.db.query import Tx
from fedinet.kernel.ids import AccountId
from fedinet.security import passkey_store as store
from fedinet.security.passkeys import (
    Passkey,
    Site,
    answered_challenge,
    answering_credential,
    check_new,
    check_use,
)

logger = logging.getLogger(__name__)


async def add_passkey(
    tx: Tx,
    account_id: AccountId,
    answer: str,
    name: str,
    *,
    browser: str,
    site: Site,
    now: datetime,
) -> bool:
    """Keep what the browser made at our asking; False where it is not that."""
    challenge = answered_challenge(answer, new=True)
    if challenge is None or not await store.use_challenge(
        tx, challenge, browser, "add", account_id, now=now
    ):
        return False
    new = check_new(answer, challenge, site)
    return new is not None and await store.insert_passkey(tx, account_id, new, name, now=now)


async def use_passkey(
    tx: Tx,
    answer: str,
    *,
    after_password_of: AccountId | None,
    browser: str,
    site: Site,
    now: datetime,
) -> Passkey | None:
    """Find whose passkey answers, and that it does; None for everybody else.

    ``after_password_of``: it has to be one of theirs. Without, the device has
    to have seen who holds it: then it is both steps in one.
    """
    challenge = answered_challenge(answer, new=False)
    purpose = "enter" if after_password_of is None else "second"
    if challenge is None or not await store.use_challenge(
        tx, challenge, browser, purpose, after_password_of, now=now
    ):
        return None
    passkey = await store.lock_passkey(tx, answering_credential(answer))
    if passkey is None or after_password_of not in (None, passkey.account_id):
        return None
    verified = after_password_of is None
    count = check_use(answer, challenge, site, passkey, verified=verified)
    if count is None:
        logger.warning("security.passkey_refused passkey=%d", passkey.id)
        return None
    await store.update_use(tx, passkey.id, count, now=now)
    return passkey
