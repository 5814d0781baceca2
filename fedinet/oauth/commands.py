"""Codes become tokens. Never the network."""

from datetime import datetime

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.http.tokens import create_token, revoke_tokens_of_code
from fedinet.oauth import store
from fedinet.oauth.model import App, OAuthRefused, is_verified
from fedinet.oauth.store import Code, hash_secret

_WRONG = "The code is unknown, over, used before, or was given for something else"


async def redeem_code(
    pool: Pool, app: App, *, code: str, redirect_uri: str, verifier: str | None, now: datetime
) -> tuple[str, tuple[str, ...]]:
    """Give the token that a code stands for, once, to whom it was given. Returns it and its scopes.

    A code that comes a second time has been stolen: what was given for it ends.

    Raises:
        OAuthRefused: ``invalid_grant``, whatever of it does not fit.
    """
    async with transaction(pool) as tx:
        found = await store.lock_code(tx, code)
        if found is not None and found.is_used:
            await revoke_tokens_of_code(tx, hash_secret(code))
        token = None
        if found is not None and _fits(found, app, redirect_uri, verifier, now):
            await store.use_code(tx, code, now=now)
            token = await create_token(
                tx,
                found.account_id,
                found.scopes,
                app.name,
                app_id=app.id,
                code_hash=hash_secret(code),
            )
    if token is None or found is None:  # after the commit: what a replay revoked stays revoked
        raise OAuthRefused("invalid_grant", _WRONG)
    return token, found.scopes


def _fits(found: Code, app: App, redirect_uri: str, verifier: str | None, now: datetime) -> bool:
    return (
        not found.is_used
        and found.app_id == app.id
        and found.expires_at > now
        and found.redirect_uri == redirect_uri
        and is_verified(found.challenge, verifier)
    )
