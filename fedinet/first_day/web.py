"""The stewards' page for the first day: the steps of the handbook, and which are done."""

from datetime import UTC, datetime

from aiohttp import web

from fedinet.backups.passphrase import ensure_passphrase, mark_of
from fedinet.db.query import Conn
from fedinet.first_day.model import FIRST_POSTS, Facts, list_steps
from fedinet.first_day.store import read_beginning
from fedinet.http.auth import Member, require_steward
from fedinet.http.context import BOX, POOL, SETTINGS
from fedinet.http.pages import render
from fedinet.mail.server import mail_settings, way_of
from fedinet.mail.server_store import read_proof

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
    there = await read_beginning(conn, me.actor_id, me.account_id, most=FIRST_POSTS)
    return Facts(
        mail_proven=proof.proven_at is not None,
        passphrase_kept=there.kept_mark == mark_of(ensure_passphrase(settings.data)),
        is_safe=there.is_safe,
        are_two=there.stewards > 1,
        has_rules=there.has_rules,
        has_imprint=there.has_imprint,
        has_posts=there.posts >= FIRST_POSTS,
        has_invited=there.has_invited,
    )
