"""Signing somebody out of all that is open for them, in the transaction of what causes it."""

from fedinet.db.query import Tx
from fedinet.http.sessions import close_other_sessions
from fedinet.http.tokens import revoke_tokens
from fedinet.kernel.ids import AccountId
from fedinet.oauth.store import delete_codes


async def sign_out_everywhere(tx: Tx, account_id: AccountId, *, but_not: str = "") -> None:
    """End every session, every app's token, and codes that would still become tokens.

    ``but_not``: the cookie of a session that stays.
    """
    await close_other_sessions(tx, account_id, but_not)
    await revoke_tokens(tx, account_id)
    await delete_codes(tx, account_id)
