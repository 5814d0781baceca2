"""Settings: what comes by mail and push, and when it is quiet."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.store import find_mailbox
from fedinet.db.pool import transaction
from fedinet.digests import store
from fedinet.digests.choosing import choose_rhythm
from fedinet.digests.form import (
    PACE_WORDS,
    RING_WORDS,
    RUBRIC_WORDS,
    WEEKDAYS,
    form_of,
    read_form_of,
)
from fedinet.digests.model import RUNG
from fedinet.http.auth import Member, require_member
from fedinet.http.context import BOX, POOL, SETTINGS
from fedinet.http.forms import Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_of_reader
from fedinet.mail.model import Topic
from fedinet.mail.server import sends_mail
from fedinet.mail.stopping import stops_of
from fedinet.mail.words import TOPIC_WORDS

routes = web.RouteTableDef()
PATH: Final = "/settings/notifications/when"
_TOPICS: Final = (None, Topic.NOTICES, Topic.DAILY, Topic.WEEKLY, Topic.DIGEST)
"""What stops such mail; None: a dead address stops all."""


@routes.get(PATH)
async def show_rhythm(request: web.Request) -> web.Response:
    """What the member chose, or what holds for who has chosen nothing."""
    member = require_member(request)
    rhythm = await store.find_rhythm(request.app[POOL], member.account_id)
    return await _page(request, member, form_of(rhythm))


@routes.post(PATH)
async def save_rhythm(request: web.Request) -> web.Response:
    """Keep what was chosen; the clock that it goes by has a page of its own."""
    member = require_member(request)
    rhythm, form = read_form_of((await read_form(request)).text)
    if form.problems:
        return await _page(request, member, form, status=422)
    async with transaction(request.app[POOL]) as tx:
        before = await store.find_rhythm(tx, member.account_id)
        chosen = replace(rhythm, time_zone=before.time_zone)
        await choose_rhythm(tx, member.account_id, chosen, now=datetime.now(UTC))
    return see_other(f"{PATH}?saved=1")


async def _page(
    request: web.Request, member: Member, form: Form, *, status: int = 200
) -> web.Response:
    """Say, too, why mail that is chosen here does not come all the same."""
    pool, box = request.app[POOL], request.app[BOX]
    mailbox = await find_mailbox(pool, member.account_id)
    stops = [] if mailbox is None else await stops_of(pool, box, mailbox.address)
    return render(
        request,
        "digests/when.html",
        status=status,
        nav="settings",
        form=form,
        saved="saved" in request.query,
        has_mailbox=mailbox is not None,
        sends_mail=await sends_mail(pool, request.app[SETTINGS]),
        stops=[stop for stop in stops if stop.topic in _TOPICS],
        topics=TOPIC_WORDS,
        rubrics=RUBRIC_WORDS,
        paces=PACE_WORDS,
        rings=RING_WORDS,
        rung=RUNG,
        weekdays=WEEKDAYS,
        clock=f"{datetime.now(zone_of_reader(request)):%H:%M}",
    )
