"""The stewards' page for the first day: the steps of the handbook, and which are done."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.backups.passphrase import ensure_passphrase, mark_of
from fedinet.backups.store import find_kept
from fedinet.charter.imprint_store import find_imprint
from fedinet.charter.store import list_rules
from fedinet.db.query import Conn
from fedinet.first_day.model import FIRST_POSTS, Facts, list_steps
from fedinet.first_day.store import read_beginning
from fedinet.http.auth import Member, require_steward
from fedinet.http.context import BOX, POOL, SETTINGS
from fedinet.http.pages import render
from fedinet.joining.readings_store import count_stewards
from fedinet.mail.server import mail_settings, way_of
from fedinet.mail.server_store import read_proof
from fedinet.security.passkey_store import list_passkeys
from fedinet.security.store import has_totp

routes = web.RouteTableDef()


@routes.get("/admin/first-day")
async def show_first_day(request: web.Request) -> web.Response:
    """What is done, by whomever, and what is next."""
    me = require_steward(request)
    async with request.app[POOL].acquire() as conn:
        steps = list_steps(await _gather(request, conn, me))
    done = sum(is_done for _, is_done in steps)
    return render(request, "first_day/first-day.html", steps=steps, left=len(steps) - done)


async def _gather(request: web.Request, conn: Conn, me: Member) -> Facts:
    settings = request.app[SETTINGS]
    present = await mail_settings(conn, request.app[BOX], settings)
    proof = await read_proof(conn, way_of(present), now=datetime.now(UTC))
    kept = await find_kept(conn)
    posts, has_invited = await read_beginning(conn, me.actor_id, most=FIRST_POSTS)
    return Facts(
        mail_proven=proof.proven_at is not None,
        passphrase_kept=kept is not None and kept[0] == mark_of(ensure_passphrase(settings.data)),
        is_safe=await has_totp(conn, me.account_id)
        or bool(await list_passkeys(conn, me.account_id)),
        are_two=await count_stewards(conn) > 1,
        has_rules=bool(await list_rules(conn)),
        has_imprint=bool((await find_imprint(conn)).controller),
        has_posts=posts >= FIRST_POSTS,
        has_invited=has_invited,
    )
