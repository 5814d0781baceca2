"""Whether something a member was told rings an app, and the message: read through the gate."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import msgspec

from fedinet.accounts.store import find_language
from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.digests.model import RUNG, Rubric
from fedinet.digests.rubrics import rubric_of
from fedinet.filters.folding import done_to
from fedinet.filters.model import Context
from fedinet.filters.store import list_filters
from fedinet.follows.relations_store import find_relationship
from fedinet.http.assets import Assets
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.kernel.paging import Page
from fedinet.kernel.pictures import actor_picture_path
from fedinet.notifications.store import find_notification, list_notifications
from fedinet.notifications.wanted import WORDS
from fedinet.posts.model import Post
from fedinet.posts.store import find_visible
from fedinet.push.encryption import MAX_PLAIN_BYTES
from fedinet.push.model import Policy, Subscription
from fedinet.push.words import body, title

_NEWS_FOR: Final = timedelta(hours=4)
"""Later nobody is rung: the app has read by itself."""
_HELD_FOR: Final = timedelta(hours=26)
"""Quiet hours end within a day."""
_MOST_HELD: Final = 5
"""Of what came in quiet hours so many ring: a phone with fifty lines tells nothing."""


class Message(msgspec.Struct, frozen=True):
    """As apps read it. Source: Mastodon 4.2-4.7 ``web/notification_serializer.rb``."""

    access_token: str
    preferred_locale: str
    notification_id: int
    notification_type: str
    icon: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say, before it is known to which token."""

    number: int
    word: str
    language: str
    icon: str
    title: str
    body: str


async def find_told(
    conn: Conn,
    uris: NodeUris,
    to: Subscription,
    told_id: int,
    now: datetime,
    *,
    rung: Collection[Rubric],
    was_held: bool,
) -> Told | None:
    """Read what rings; None where it does not (any more).

    Put away, muted, blocked, deleted, hidden by a filter, of somebody whom the
    app's policy leaves out, turned off meanwhile, or hours old. ``rung``: of what
    can be turned off for all apps, what is not. ``was_held``: it came in quiet hours.
    """
    owner = Viewer(actor_id=to.owner_id, is_member=True)
    told = await find_notification(conn, owner, told_id)
    if told is None or told.created_at < now - (_HELD_FOR if was_held else _NEWS_FOR):
        return None
    if was_held and not await _is_newest(conn, owner, to, told_id):
        return None
    word = WORDS.get(told.kind)
    language = await find_language(conn, to.owner_id)
    if word is None or word not in to.choice.alerts or language is None:
        return None
    if not await _is_wanted_from(conn, to, told.actor_id):
        return None
    post = None if told.post_id is None else await find_visible(conn, owner, told.post_id)
    if told.post_id is not None and (
        post is None or await _is_hidden(conn, to.owner_id, post, now)
    ):
        return None
    rubric = rubric_of(told.kind, None if post is None else post.visibility)
    actor = (await find_actors(conn, [told.actor_id])).get(told.actor_id)
    if actor is None or (rubric in RUNG and rubric not in rung):
        return None
    return Told(
        number=told.id,
        word=word,
        language=language,
        icon=_icon(uris, actor),
        title=title(told.kind, actor.display_name, post, language),
        body=body(post),
    )


def encode(told: Told, access_token: str) -> bytes:
    """Write the message; what would make it too long for push services is left out."""
    message = Message(
        access_token=access_token,
        preferred_locale=told.language,
        notification_id=told.number,
        notification_type=told.word,
        icon=told.icon,
        title=told.title,
        body=told.body,
    )
    encoded = msgspec.json.encode(message)
    if len(encoded) > MAX_PLAIN_BYTES:
        encoded = msgspec.json.encode(msgspec.structs.replace(message, icon="", body=""))
    return encoded


async def _is_newest(conn: Conn, owner: Viewer, to: Subscription, told_id: int) -> bool:
    kinds = [kind for kind, word in WORDS.items() if word in to.choice.alerts]
    newest = await list_notifications(conn, owner, Page(limit=_MOST_HELD), kinds=kinds)
    return any(one.id == told_id for one in newest)


async def _is_wanted_from(conn: Conn, to: Subscription, actor_id: ActorId) -> bool:
    match to.choice.policy:
        case Policy.ALL:
            return True
        case Policy.NONE:
            return False
        case Policy.FOLLOWED:
            return (await find_relationship(conn, to.owner_id, actor_id)).following
        case Policy.FOLLOWER:
            return (await find_relationship(conn, to.owner_id, actor_id)).followed_by


async def _is_hidden(conn: Conn, owner_id: ActorId, post: Post, now: datetime) -> bool:
    filters = await list_filters(conn, owner_id)
    looking = [one for one in filters if Context.NOTIFICATIONS in one.contexts]
    return done_to(post, looking, owner_id, now).hidden


def _icon(uris: NodeUris, actor: Actor) -> str:
    """On our server, whoever's it is: no other learns who was rung."""
    url = actor.avatar_url
    if not url:
        return f"{uris.origin}{_stand_in()}"
    return (
        url if uris.is_ours(url) else f"{uris.origin}{actor_picture_path(actor.id, 'avatar', url)}"
    )


@cache
def _stand_in() -> str:
    return Assets().url("avatar.png")
