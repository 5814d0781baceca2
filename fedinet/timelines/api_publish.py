"""The client API for writing: a post now, or one that is published later.

It stands here because one's own new post is put into one's home at once.

Source: https://docs.joinmastodon.org/methods/statuses/#create
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.accounts.entities import ACCOUNTS
from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors, get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, app_id, require_scope
from fedinet.http.context import ACTORS, POOL, URIS
from fedinet.http.json import json_response
from fedinet.http.params import read_params
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.posts import commands, store
from fedinet.posts.beginning_store import begin_post
from fedinet.posts.idempotency import read_key
from fedinet.posts.local_store import find_post_by_key, remember_key
from fedinet.posts.mentions import resolve_mentions
from fedinet.posts.model import Draft, Post, UnexpectedMentions, check
from fedinet.reactions.statuses import Sheet, Shown, get_shown_status, render_posts
from fedinet.scheduled.commands import schedule
from fedinet.scheduled.entities import render_scheduled
from fedinet.scheduled.model import read_moment
from fedinet.scheduled.store import find_by_key
from fedinet.timelines.commands import place_own_post
from fedinet.timelines.status_form import read_draft

routes = web.RouteTableDef()

_KEY_NOT_USABLE: Final = "The Idempotency-Key is not usable"


@routes.post("/api/v1/statuses")
async def publish(request: web.Request) -> web.Response:
    """Publish, now or at ``scheduled_at``; the same Idempotency-Key again answers the same.

    A moment that has passed is now, as for Mastodon.
    """
    found = require_scope(request, "write:statuses")
    key = read_key(request.headers.get("Idempotency-Key"), public=_KEY_NOT_USABLE)
    params = await read_params(request)
    draft = read_draft(params, found)
    check(draft)
    asked = params.text("scheduled_at")
    due_at = read_moment(asked) if asked else None
    mentioned = await resolve_mentions(request.app[ACTORS], draft.text)
    try:
        answer = await _make(request, found, draft, mentioned, due_at=due_at, key=key)
    except UnexpectedMentions as error:
        return await _unexpected(request, found, error)
    return json_response(answer)


async def _make(
    request: web.Request,
    found: Member,
    draft: Draft,
    mentioned: commands.Mentioned,
    *,
    due_at: datetime | None,
    key: str | None,
) -> object:
    async with transaction(request.app[POOL]) as tx:
        if key is not None:
            answer = await _made_before(request, tx, found, key, scheduled=due_at is not None)
            if answer is not None:
                return answer
        draft = await _with_quoted(tx, found, await _with_parent(tx, found, draft))
        if due_at is not None and due_at > datetime.now(UTC):
            answer = await _schedule(
                request, tx, found, draft, mentioned=mentioned, due_at=due_at, key=key
            )
        else:
            answer = await _publish(request, tx, found, draft, mentioned=mentioned, key=key)
    return answer


async def _unexpected(
    request: web.Request, found: Member, error: UnexpectedMentions
) -> web.Response:
    """Say to whom it would have gone. Source: Mastodon 4.3 ``statuses_controller.rb``."""
    async with request.app[POOL].acquire() as conn:
        actors = await find_actors(conn, error.actor_ids)
        accounts = await request.app[ACCOUNTS].render(conn, found.actor_id, actors.values())
    body = {"error": error.public, "unexpected_accounts": list(accounts.values())}
    return json_response(body, status=error.status)


async def _publish(
    request: web.Request,
    tx: Tx,
    found: Member,
    draft: Draft,
    *,
    mentioned: commands.Mentioned,
    key: str | None,
) -> object:
    begun = await begin_post(tx, found.actor_id)
    post = await commands.publish(
        tx,
        request.app[URIS],
        begun.author,
        draft,
        mentioned=mentioned,
        now=datetime.now(UTC),
        on_published=place_own_post,
        begun=begun,
    )
    if key is not None:
        await remember_key(tx, found.account_id, key, post.id)
    return await _render_new(request, tx, found, post, begun.author)


async def _render_new(
    request: web.Request, tx: Tx, found: Member, post: Post, author: Actor
) -> object:
    """Encode what its author has written in this transaction: nobody has done anything to it.

    Where it speaks of nothing else, nothing more is read for it.
    """
    if post.is_reply or post.quote is not None or post.mentions:
        [status] = await render_posts(request, tx, found.viewer, [post])
        return status
    accounts = await request.app[ACCOUNTS].render(tx, found.actor_id, [author])
    sheet = Sheet(request.app, found.viewer, {}, {}, {author.id: author}, accounts, {}, {}, ())
    return sheet.status(Shown(post))


async def _schedule(
    request: web.Request,
    tx: Tx,
    found: Member,
    draft: Draft,
    *,
    mentioned: commands.Mentioned,
    due_at: datetime,
    key: str | None,
) -> object:
    one = await schedule(
        tx,
        request.app[URIS],
        await get_actor(tx, found.actor_id),
        draft,
        due_at,
        mentioned=mentioned,
        now=datetime.now(UTC),
        app_id=app_id(request),
        key=key,
    )
    [entity] = await render_scheduled(tx, request.app[URIS], found.actor_id, [one])
    return entity


async def _made_before(
    request: web.Request, tx: Tx, found: Member, key: str, *, scheduled: bool
) -> object:
    """What this key has made, as it is now; None: nothing that is still there."""
    post_id = await find_post_by_key(tx, found.account_id, key)
    post = None if post_id is None else await store.find_visible(tx, found.viewer, post_id)
    if post is not None:
        [status] = await render_posts(request, tx, found.viewer, [post])
        return status
    one = await find_by_key(tx, found.actor_id, key) if scheduled else None
    if one is None:
        return None
    [entity] = await render_scheduled(tx, request.app[URIS], found.actor_id, [one])
    return entity


async def _with_parent(tx: Tx, found: Member, draft: Draft) -> Draft:
    """An app may answer a boost; what is answered is the post inside.

    Raises:
        Unprocessable: there is no such post for this member, as apps expect to hear it.
    """
    if draft.parent_id is None:
        return draft
    why = "The post you answer is not there"
    return replace(draft, parent_id=await _inside(tx, found, draft.parent_id, why))


async def _with_quoted(tx: Tx, found: Member, draft: Draft) -> Draft:
    """The same for what is quoted."""
    if draft.quoted_id is None:
        return draft
    why = "The post you quote is not there"
    return replace(draft, quoted_id=await _inside(tx, found, draft.quoted_id, why))


async def _inside(tx: Tx, found: Member, number: PostId, why: str) -> PostId:
    try:
        shown = await get_shown_status(tx, found.viewer, number)
    except NotFound as error:
        raise Unprocessable(f"{found.username} names {number}", public=why) from error
    return shown.post.id
