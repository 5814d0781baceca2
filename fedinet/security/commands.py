"""The second step is turned on, asked for, and turned off. Never the network."""

from datetime import datetime

from fedinet.accounts.links_store import delete_every_link
from fedinet.accounts.resets import RESET_ASKED
from fedinet.accounts.sign_out import sign_out_everywhere
from fedinet.db.query import Tx
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.node.secrets import SecretBox
from fedinet.oauth.store import delete_every_code
from fedinet.queue.jobs import forget_jobs
from fedinet.security import pending_store, store
from fedinet.security.mailed import SIGN_IN_ASKED
from fedinet.security.mailed_store import delete_every_mailed
from fedinet.security.model import (
    MAX_ATTEMPTS,
    Over,
    Passed,
    Wrong,
    is_of_app,
    matching_step,
    new_recovery_codes,
    new_secret,
    plain_code,
)
from fedinet.security.passkey_store import delete_passkeys

WRONG_CODE = N_(
    "This is not the code of this moment. Wait for the next one, and see that your device’s"
    " clock is right."
)


async def begin(tx: Tx, account_id: AccountId, *, box: SecretBox, now: datetime) -> None:
    """Make a secret that a member can put into their app. It asks for nothing until confirmed."""
    await store.upsert_secret(tx, account_id, new_secret(), box=box, now=now)


async def confirm(
    tx: Tx, account_id: AccountId, typed: str, *, box: SecretBox, now: datetime
) -> tuple[str, ...]:
    """Turn the second step on, for a code that the secret makes now.

    Returns the recovery codes, readable here and never again; none where it was on already.

    Raises:
        Invalid: another code.
    """
    totp = await store.find_totp(tx, account_id, box=box, now=now)
    if totp is not None and totp.confirmed:
        return ()
    step = None if totp is None else matching_step(totp.secret, plain_code(typed), now)
    if step is None:
        raise Invalid(Problem("code", WRONG_CODE))
    if not await store.confirm_totp(tx, account_id, step, now=now):
        return ()
    return await renew_codes(tx, account_id, box=box)


async def renew_codes(tx: Tx, account_id: AccountId, *, box: SecretBox) -> tuple[str, ...]:
    """Make ten recovery codes; those of before open nothing any more. None while it is off."""
    if not await store.has_totp(tx, account_id):
        return ()
    codes = new_recovery_codes()
    await store.replace_recovery_codes(tx, account_id, codes, box=box)
    return codes


async def turn_off(tx: Tx, account_id: AccountId) -> bool:
    """Ask for the password alone from now on. False: that was so."""
    await pending_store.delete_pending_of(tx, account_id)
    return await store.delete_totp(tx, account_id)


async def take_off(tx: Tx, account_id: AccountId) -> bool:
    """Do that for somebody who lost everything, passkeys too; what the lost device opens ends."""
    had_passkeys = await delete_passkeys(tx, account_id)
    was_on = await turn_off(tx, account_id) or had_passkeys
    await sign_out_everywhere(tx, account_id)
    return was_on


async def try_code(
    tx: Tx, token: str, typed: str, *, box: SecretBox, now: datetime
) -> Passed | Wrong | Over:
    """Hold a typed code against what is waiting for one. Each counts, and none passes twice."""
    attempts = await pending_store.lock_pending(tx, token)
    pending = await pending_store.find_pending(tx, token, now=now)
    if pending is None:
        return Over()
    await pending_store.count_code(tx, token)
    if await _is_right(tx, pending.account_id, plain_code(typed), box=box, now=now):
        await pending_store.delete_pending(tx, token)
        return Passed(
            pending.account_id,
            stay=pending.stay,
            there=pending.there,
            by_paper=not is_of_app(plain_code(typed)),
        )
    return Over() if attempts + 1 >= MAX_ATTEMPTS else Wrong()


async def is_right_code(
    tx: Tx, account_id: AccountId, typed: str, *, box: SecretBox, now: datetime
) -> bool:
    """Hold a typed code against somebody's second step. None passes twice; count before."""
    return await _is_right(tx, account_id, plain_code(typed), box=box, now=now)


async def _is_right(
    tx: Tx, account_id: AccountId, code: str, *, box: SecretBox, now: datetime
) -> bool:
    if not is_of_app(code):
        return await store.use_recovery_code(tx, account_id, code, box=box)
    totp = await store.find_totp(tx, account_id, box=box, now=now)
    if totp is None or not totp.confirmed:
        return False
    step = matching_step(totp.secret, code, now)
    return step is not None and await store.use_step(tx, account_id, step)


async def end_what_signs_in(tx: Tx) -> None:
    """End what would still become a session or a token: half-finished sign-ins, links in mail.

    Also those that were asked for and not written yet.

    Links that prove an address go too: whoever reads that mailbox could set a new password.
    """
    await delete_every_code(tx)
    await pending_store.delete_every_pending(tx)
    await delete_every_mailed(tx)
    await delete_every_link(tx)
    await forget_jobs(tx, RESET_ASKED, SIGN_IN_ASKED)
