"""The client API about the confirmation of one's address.

Source: https://docs.joinmastodon.org/methods/emails/
"""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.accounts import store
from fedinet.accounts.confirming import ask
from fedinet.http.auth import require_scope
from fedinet.http.context import POOL
from fedinet.http.json import json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import Forbidden

routes = web.RouteTableDef()

_CONFIRMED = "This method is only available while the e-mail is awaiting confirmation"
_ANOTHER = "Change your address in the settings of this community: that needs your password"


@routes.post("/api/v1/emails/confirmations")
async def send_again(request: web.Request) -> web.Response:
    """Send the link again. Unlike Mastodon's, no app changes the address: it opens the account.

    Raises:
        Forbidden: nothing waits, or ``email`` is another address.
        TooManyRequests: it was sent often enough.
    """
    member = require_scope(request, "write:accounts")
    me = await store.get_account(request.app[POOL], member.account_id)
    if me.email is None or me.email_confirmed:
        raise Forbidden("no address waits", public=_CONFIRMED)
    email = (await read_params(request)).text("email", me.email)
    if email.strip().lower() != me.email.lower():
        raise Forbidden("an app gave another address", public=_ANOTHER)
    await ask(request, me, me.email, now=datetime.now(UTC))
    return json_response({})


@routes.get("/api/v1/emails/check_confirmation")
async def is_confirmed(request: web.Request) -> web.Response:
    """``true``, unless an address waits: who gave none has nothing to confirm."""
    member = require_scope(request, "read:accounts")
    me = await store.get_account(request.app[POOL], member.account_id)
    return json_response(me.email is None or me.email_confirmed)
