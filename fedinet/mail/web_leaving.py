"""The page behind "no more messages of this kind": by a signed link, without signing in.

Mail programs POST to the link by themselves when their reader presses their button
(RFC 8058), so this address asks for no form token: the link is the permission, and
opens nothing else. Opening it (GET) changes nothing, since programs open links too.
"""

from typing import Final

from aiohttp import web

from fedinet.db.pool import transaction
from fedinet.http.context import BOX, POOL
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.mail import stops_store
from fedinet.mail.model import WIDER, StopReason, Topic
from fedinet.mail.stopping import LEAVING_PAGE, read_leaving
from fedinet.mail.words import TOPIC_WORDS

routes = web.RouteTableDef()

_ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")


@routes.get(LEAVING_PAGE)
async def show_leaving(request: web.Request) -> web.Response:
    """What would end, and a button; two where more like it is sent."""
    tag, topic = _asked(request)
    return await _page(request, tag, topic)


@routes.post(LEAVING_PAGE)
async def leave(request: web.Request) -> web.Response:
    """Stop one kind of message, or all like it, or begin again. The same again does nothing.

    The button of mail programs stops the one kind: theirs has no way to ask which.
    """
    tag, topic = _asked(request)
    fields = await read_form(request)
    name, value = _ONE_CLICK
    do = "stop" if fields.text(name) == value else fields.text("do")
    async with transaction(request.app[POOL]) as tx:
        match do:
            case "stop":
                await stops_store.insert_stop(tx, tag, topic, StopReason.ASKED, said="")
            case "stop_all" if topic in WIDER:
                await stops_store.insert_stop(tx, tag, WIDER[topic], StopReason.ASKED, said="")
            case "again":
                await stops_store.delete_stop(tx, tag, topic)
                if topic in WIDER:
                    await stops_store.delete_stop(tx, tag, WIDER[topic])
            case other:
                raise Unprocessable(f"no such act on messages: {other[:40]!r}")
    return await _page(request, tag, topic, done=True)


def _asked(request: web.Request) -> tuple[str, Topic]:
    found = read_leaving(request.app[BOX], request.query.get("token", ""))
    if found is None:
        raise NotFound("not a link of ours to stop messages")
    return found


async def _page(
    request: web.Request, tag: str, topic: Topic, *, done: bool = False
) -> web.Response:
    stopped = {stop.topic for stop in await stops_store.list_stops(request.app[POOL], tag)}
    wider = WIDER.get(topic)
    alike = {one for one in WIDER if WIDER[one] is wider}
    all_ended = wider is not None and (wider in stopped or alike <= stopped)
    return render(
        request,
        "mail/unsubscribe.html",
        topic=TOPIC_WORDS[wider if wider is not None and all_ended else topic],
        token=request.query["token"],
        stopped=all_ended or topic in stopped,
        may_end_all=wider is not None and not all_ended,
        is_chosen=wider is not None,
        done=done,
    )
