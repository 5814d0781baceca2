"""Every address that can be read, asked by every kind of viewer: each sees what is for them.

The routes are those of the running application, so that a new one is walked
without being named here; one with an unknown part in its address fails.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from typing import Final

from yarl import URL

from fedinet.actors.store import get_actor
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.follows import blocking
from fedinet.http.cookies import session_cookie
from fedinet.http.sessions import open_session
from fedinet.posts import changing, commands
from fedinet.posts.model import Change, Draft, Post
from fedinet.reactions import commands as reactions
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from fedinet.timelines.commands import place_own_post
from tests.integration.apps import given_token
from tests.integration.conftest import StartNode
from tests.integration.friends import befriend
from tests.integration.members import Member, accepts, follows, given_member_of
from tests.integration.nodes import RunningNode

PUBLIC: Final = {Visibility.EVERYONE, Visibility.QUIET}
INSIDE: Final = {Visibility.COMMUNITY, Visibility.ALLIES}
SEEN_BY: Final[Mapping[str, set[Visibility]]] = {
    "author": set(Visibility),
    "follower": PUBLIC | INSIDE | {Visibility.FOLLOWERS},
    "named": PUBLIC | INSIDE | {Visibility.MENTIONED},
    "member": PUBLIC | INSIDE,
    "blocked": set(),
    "visitor": PUBLIC,
    "follower elsewhere": PUBLIC | {Visibility.FOLLOWERS},
    "stranger elsewhere": PUBLIC,
    "ally elsewhere": PUBLIC | {Visibility.ALLIES},
}
AT_ONCE: Final = 8
_ACTIVITY: Final = {"Accept": "application/activity+json"}


@dataclass
class Viewer:
    """Somebody who asks; ``ways``: with which headers. A token counts below /api only."""

    name: str
    member: Member | None = None
    ways: list[Mapping[str, str]] = field(default_factory=list)
    token: str = ""

    def ways_to(self, path: str) -> list[Mapping[str, str]]:
        if self.token and path.startswith("/api/"):
            return [{"Authorization": f"Bearer {self.token}"}]
        return self.ways


async def test_each_address_shows_each_viewer_what_is_for_them(start_node: StartNode) -> None:
    node, other, friend = await start_node(), await start_node(), await start_node()
    ada = await given_member_of(node, "ada")
    viewers = await given_viewers(node, other, ada)
    await befriend(node, friend)
    viewers.append(Viewer("ally elsewhere", await given_member_of(friend, "ally"), [_ACTIVITY]))
    posts = await given_posts(ada, viewers)
    doors = [path for path in paths(node) for path in await filled(node, path, ada, posts)]
    assert len(doors) > 100

    seen: dict[str, set[Visibility]] = {viewer.name: set() for viewer in viewers}
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(viewer: Viewer, path: str, way: Mapping[str, str]) -> None:
        async with places:
            text = await read(node, viewer, path, way)
        shown = {audience for audience in posts if secret(audience) in text}
        assert shown <= SEEN_BY[viewer.name], f"{viewer.name} reads {shown} at {path}"
        seen[viewer.name] |= shown

    for viewer in viewers:
        await asyncio.gather(
            *(ask(viewer, door, way) for door in doors for way in viewer.ways_to(door))
        )
    assert seen == SEEN_BY


def paths(node: RunningNode) -> Iterator[str]:
    """What can be asked for with GET, as it was registered."""
    for route in node.app.router.routes():
        if route.method == "GET" and route.resource is not None:
            yield re.sub(r"\\", "", route.resource.canonical)


async def filled(
    node: RunningNode, path: str, ada: Member, posts: Mapping[Visibility, Post]
) -> list[str]:
    """The addresses that a route stands for here, with every question that it takes."""
    ids = await node.pool.fetch("SELECT id FROM posts")
    numbers = [str(row["id"]) for row in ids]
    if "/accounts/" in path:
        numbers = [str(ada.actor_id)]
    elif "/notifications/" in path:
        numbers = [str(row["id"]) for row in await node.pool.fetch("SELECT id FROM notifications")]
    elif path.startswith("/activities/"):
        promised = await node.pool.fetch("SELECT activity_uri FROM outgoing")
        numbers = [row["activity_uri"].rpartition("/")[2] for row in promised]
    choices = {
        "id": numbers,
        "number": [str(row["id"]) for row in await node.pool.fetch("SELECT id FROM inbound_log")],
        "handle": ["ada"],
        "name": ["ada"],
        "tag": ["bread"],
        "version": ["2.1"],
        "hue": ["200"],
        "digest": ["0" * 16],
        "domain": [row["domain"] for row in await node.pool.fetch("SELECT domain FROM allies")],
        "kind": ["avatar", "header", "terms"],
        "date": ["2026-01-01"],
        "language": ["en", "nl"],
        "format": ["rss", "atom"],
        "paper": ["rules"],
        "key": [row["key"] for row in await node.pool.fetch("SELECT key FROM media")],
        "collection": ["likes", "shares", "followers", "following"],
    }
    names = re.findall(r"{(\w+)}", path)
    addresses = [
        path.format_map(dict(zip(names, values, strict=True)))
        for values in product(*(choices[name] for name in names))
    ]
    return [address + question for address in addresses for question in questions(path, posts)]


def questions(path: str, posts: Mapping[Visibility, Post]) -> list[str]:
    """What is asked for behind the question mark; always also nothing."""
    every = list(posts.values())
    asked = {
        "/write": [f"?{act}={post.id}" for post in every for act in ("reply", "quote")],
        "/report": [f"?post={post.id}" for post in every],
        "/report/visitor": [f"?post={post.id}" for post in every],
        "/search": ["?q=sourdough", "?q=bread&kind=posts", "?q=%23bread"],
        "/authorize_interaction": [f"?uri={post.uri}" for post in every],
        "/remote-follow": [f"?uri={post.uri}" for post in every],
        "/@{handle}/{id}": ["?after=1"],
        "/@{handle}": ["?tab=replies", "?with_replies=1"],
        "/api/v1/statuses": ["?" + "&".join(f"id[]={post.id}" for post in every)],
        "/api/v2/search": [
            "?q=sourdough&type=statuses",
            *(f"?q={post.uri}&resolve=true" for post in every),
            *(f"?q={post.page_url}&resolve=true" for post in every),
        ],
        "/users/{name}/outbox": ["?page=true"],
        "/posts/{id}/replies": ["?page=true"],
        "/posts/{id}/context": ["?page=true"],
        "/posts/{id}/{collection}": ["?page=true"],
        "/users/{name}/liked": ["?page=true"],
        "/api/v1/accounts/{id}/statuses": ["?exclude_replies=true", "?pinned=true"],
        "/api/v1/timelines/public": ["?local=true", "?remote=true"],
    }
    return ["", *asked.get(path, [])]


async def read(node: RunningNode, viewer: Viewer, path: str, way: Mapping[str, str]) -> str:
    """Ask once, in one way. What is broken on our side is no answer."""
    url = URL(node.origin + path)
    headers = dict(way)
    if "elsewhere" in viewer.name and viewer.member is not None:
        key = await viewer.member.node.services.signer.signing_key(viewer.member.actor_id)
        headers |= sign_cavage(key, Outgoing("GET", str(url)), now=datetime.now(UTC))
    async with node.http.get(url, headers=headers, allow_redirects=False) as answer:
        assert answer.status < 500, f"{answer.status} for {viewer.name} at {path}"
        return await answer.text(errors="replace")


async def given_viewers(node: RunningNode, other: RunningNode, ada: Member) -> list[Viewer]:
    """One of each kind; those who follow have ada's yes, and one is blocked by her."""
    people = {"author": ada}
    for name in ("follower", "named", "member", "blocked"):
        people[name] = await given_member_of(node, name)
    viewers = [await signed_in(name, person) for name, person in people.items()]
    viewers.append(Viewer("visitor", None, [{}, _ACTIVITY]))
    for name in ("follower", "stranger"):
        person = await given_member_of(other, name)
        viewers.append(Viewer(f"{name} elsewhere", person, [_ACTIVITY]))
        if name == "follower":
            await follows(person, ada)
            await accepts(ada, person)
    await follows(people["follower"], ada)
    await accepts(ada, people["follower"])
    them = await ada.sees(people["blocked"])
    await ada.does(lambda tx, me: blocking.block(tx, me, them))
    return viewers


async def signed_in(name: str, member: Member) -> Viewer:
    """With a browser, a browser that asks for documents, and an app."""
    node = member.node
    async with transaction(node.pool) as tx:
        session = await open_session(
            tx, member.account_id, stay=False, user_agent="", now=datetime.now(UTC)
        )
    cookie = {"Cookie": f"{session_cookie(node.services.uris.origin)}={session}"}
    token = await given_token(node, member.account_id, "read write follow")
    return Viewer(name, member, [cookie, cookie | _ACTIVITY], token)


async def given_posts(ada: Member, viewers: list[Viewer]) -> dict[Visibility, Post]:
    """One post of ada's for each audience; each was changed once, and whoever may thanks for it.

    Those that only some members may see have an article beside them, which is drawn otherwise.
    """
    uris, posts = ada.node.services.uris, dict[Visibility, Post]()
    people = {viewer.name: viewer.member for viewer in viewers}
    named = people["named"]
    assert named is not None
    narrow = (Visibility.FOLLOWERS, Visibility.MENTIONED)
    drafts = [(audience, None) for audience in Visibility]
    drafts += [(audience, f"On {secret(audience)}") for audience in narrow]
    async with transaction(ada.node.pool) as tx:
        for audience, title in drafts:
            greeting = "@named " if audience is Visibility.MENTIONED else ""
            text = f"{greeting}Sourdough #bread {secret(audience)}"
            found = {"named": await get_actor(tx, named.actor_id)} if greeting else {}
            me = await get_actor(tx, ada.actor_id)
            now = datetime.now(UTC)
            post = await commands.publish(
                tx,
                uris,
                me,
                Draft(text=text, visibility=audience, title=title),
                mentioned=found,
                now=now,
                on_published=place_own_post,
            )
            posts.setdefault(audience, post)
            change = Change(text=f"{text}, still")
            await changing.edit(tx, uris, me, post.id, change, mentioned=found, now=now)
    for viewer in viewers:
        if viewer.member is None or viewer.member.node is not ada.node:
            continue
        for audience in SEEN_BY[viewer.name]:
            post_id = posts[audience].id
            await viewer.member.does(lambda tx, me, of=post_id: reactions.like(tx, me, of))
    await ada.node.drain()
    return posts


def secret(audience: Visibility) -> str:
    """A word that stands in the post alone, and is never asked for."""
    return f"{audience.value}crumb"
