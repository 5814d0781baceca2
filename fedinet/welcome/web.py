"""The page to which a new member comes: a face, a hello, people to follow. Each can be skipped."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.store import find_inviters
from fedinet.actors.model import Actor
from fedinet.actors.store import find_local_by_name, get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Tx
from fedinet.follows import commands as follows
from fedinet.follows.model import STRANGERS, Relationship
from fedinet.follows.relations_store import find_relationship
from fedinet.http.auth import Member, require_member
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.http.redirects import see_other
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import problems_of
from fedinet.markup.sanitise import plain_text
from fedinet.people.store import suggest_members
from fedinet.posts import kept_store
from fedinet.posts.context import ON_PUBLISHED
from fedinet.posts.kept_store import Kept
from fedinet.posts.mentions import resolve_mentions
from fedinet.welcome import commands, store
from fedinet.welcome.model import MAX_HELLO, SUGGESTED

routes = web.RouteTableDef()
PATH: Final = "/welcome"
_HELLO: Final = "hello"
_FORM: Final = "welcome"
"""The key by which first words are kept that were not said yet: they are a draft as others are."""
_WAYS: Final = {
    "picture": f"/settings/pictures?next={PATH}",
    "about": f"/settings?next={PATH}",
    "zone": f"/settings/time-zone?next={PATH}",
    "people": "/people",
    "following": "/people/following",
    "community": "/community",
    "home": "/",
}


@routes.get(PATH)
async def show_welcome(request: web.Request) -> web.Response:
    """Three small steps, and the way home. What was begun of the first words stands in it."""
    me = require_member(request)
    begun = await kept_store.find_form(request.app[POOL], me.account_id, _FORM)
    form = EMPTY_FORM if begun.kept is None else Form(begun.kept.values)
    return await _page(request, me, form)


@routes.post(PATH)
async def go_on(request: web.Request) -> web.Response:
    """Publish a member's first words, or keep them and do what the button says."""
    me, fields = require_member(request), await read_form(request)
    text = fields.text("text")
    try:
        return see_other(await _do(request, me, fields.text("do"), text))
    except Unprocessable as error:
        form = Form({"text": text}, problems_of(error, "text"))
        return await _page(request, me, form, status=422)


async def _do(request: web.Request, me: Member, what: str, text: str) -> str:
    if what == _HELLO:
        await _say_hello(request, me, text)
        return PATH
    async with transaction(request.app[POOL]) as tx:
        if text.strip():
            await kept_store.keep(tx, me.account_id, _FORM, Kept(values={"text": text}))
        else:
            await kept_store.drop(tx, me.account_id, _FORM)
        if way := _WAYS.get(what):
            return way
        await _follow(tx, me, what)
    return f"{PATH}#people"


async def _follow(tx: Tx, me: Member, what: str) -> None:
    act, _, username = what.partition(" ")
    target = await find_local_by_name(tx, username)
    if target is None or act not in {"follow", "unfollow"}:
        raise Unprocessable(f"no such way on: {what[:40]!r}")
    actor = await get_actor(tx, me.actor_id)
    if act == "follow":
        await follows.follow(tx, actor, target, now=datetime.now(UTC))
    else:
        await follows.unfollow(tx, actor, target)


async def _say_hello(request: web.Request, me: Member, text: str) -> None:
    mentioned = await resolve_mentions(request.app[ACTORS], text)
    async with transaction(request.app[POOL]) as tx:
        await commands.say_hello(
            tx,
            request.app[URIS],
            await get_actor(tx, me.actor_id),
            text,
            language=me.language,
            mentioned=mentioned,
            now=datetime.now(UTC),
            on_published=request.app[ON_PUBLISHED],
        )
        await kept_store.drop(tx, me.account_id, _FORM)


async def _page(request: web.Request, me: Member, form: Form, *, status: int = 200) -> web.Response:
    async with request.app[POOL].acquire() as conn:
        actor = await get_actor(conn, me.actor_id)
        hello = await store.find_welcome(conn, me.actor_id)
        people = await _to_follow(conn, me)
    return render(
        request,
        "welcome/welcome.html",
        status=status,
        form=form,
        actor=actor,
        about=" ".join(plain_text(actor.summary_html).split()),
        hello=hello,
        clock=f"{datetime.now(zone_of_reader(request)):%H:%M}",
        people=people,
        most=MAX_HELLO,
    )


async def _to_follow(conn: Conn, me: Member) -> list[tuple[Actor, Relationship]]:
    """Who invited them, asked already or not, and members who want to be found."""
    found = await suggest_members(conn, me.actor_id, SUGGESTED)
    inviter = (await find_inviters(conn, [me.actor_id])).get(me.actor_id)
    host = None if inviter is None else await find_local_by_name(conn, inviter.username)
    people = [(one, STRANGERS) for one in found if host is None or one.id != host.id]
    if host is not None:
        people.insert(0, (host, await find_relationship(conn, me.actor_id, host.id)))
    return people[:SUGGESTED]
