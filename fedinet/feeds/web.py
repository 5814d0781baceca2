"""Feeds of a member, the community and a hashtag: what everybody may read, nothing else.

Whoever asks gets no more than a visitor, signed in or not: feeds end up in readers
that others see. Somebody whom the author keeps away gets nothing, as on the page.
Only posts to everyone; quiet ones are found on the page alone.
"""

from collections.abc import Iterable
from hashlib import sha256

from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.pictures import picture_url
from fedinet.actors.store import find_actors, find_local_by_name
from fedinet.audiences.model import VISITOR, Viewer, Visibility
from fedinet.feeds.documents import MEDIA_TYPES, document
from fedinet.feeds.model import MAX_ENTRIES, Entry, Feed, entry_of
from fedinet.follows.model import is_node_actor
from fedinet.http.auth import viewer
from fedinet.http.context import NODE, POOL, URIS
from fedinet.kernel.errors import Gone, NotFound
from fedinet.kernel.names import NodeUris
from fedinet.kernel.paging import Page
from fedinet.markup.sanitise import plain_text
from fedinet.posts.list_store import list_by_tag, list_local
from fedinet.posts.model import Post
from fedinet.posts.store import list_visible
from fedinet.tags.model import read_tag
from fedinet.timelines.profile_store import list_profile

routes = web.RouteTableDef()
_ENDING = "{format:rss|atom}"
_READ = Page(limit=2 * MAX_ENTRIES)


@routes.get("/@{name:[A-Za-z0-9_]{1,30}}." + _ENDING)
async def show_member(request: web.Request) -> web.StreamResponse:
    """What a member writes to everyone: no answers, nothing of others.

    Raises:
        NotFound: nobody of ours, or suspended. Gone: they have left.
    """
    uris, asking = request.app[URIS], await viewer(request)
    async with request.app[POOL].acquire() as conn:
        owner = await find_local_by_name(conn, request.match_info["name"])
        if owner is None or owner.is_suspended or is_node_actor(owner):
            raise NotFound(f"nobody named {request.match_info['name']}")
        if owner.is_gone:
            raise Gone(f"{owner.full_handle} has left")
        items = await list_profile(
            conn, VISITOR, owner.id, _READ, with_replies=False, with_boosts=False, with_direct=False
        )
        posts = await list_visible(conn, asking, [item.post_id for item in items])
    found = [posts[item.post_id] for item in items if item.post_id in posts]
    feed = Feed(
        page=owner.page_url,
        title=f"{owner.display_name} (@{owner.full_handle})",
        about=" ".join(plain_text(owner.summary_html).split()),
        image=picture_url(owner, "avatar", uris) or "",
        entries=_entries(found, [owner], uris),
    )
    return _answer(request, asking, feed, f"{owner.page_url}.{request.match_info['format']}")


@routes.get("/community." + _ENDING)
async def show_community(request: web.Request) -> web.StreamResponse:
    """What members who chose to be found write to everyone: no answers, nothing of others."""
    uris, asking = request.app[URIS], await viewer(request)
    node = await request.app[NODE].get()
    async with request.app[POOL].acquire() as conn:
        public = await list_local(conn, VISITOR, _READ)
        seen = await list_visible(conn, asking, [post.id for post in public])
        authors = await find_actors(conn, {post.author_id for post in seen.values()})
    shown = [author for author in authors.values() if author.discoverable]
    names = {author.id for author in shown}
    page = f"{uris.origin}/"
    feed = Feed(
        page=page,
        title=node.name,
        about=node.purpose,
        image="",
        entries=_entries(
            [post for post in public if post.id in seen and post.author_id in names], shown, uris
        ),
    )
    return _answer(request, asking, feed, f"{page}community.{request.match_info['format']}")


@routes.get("/tags/{tag:[^/.{}]{1,300}}." + _ENDING)
async def show_tag(request: web.Request) -> web.StreamResponse:
    """What members write to everyone with a hashtag."""
    name, written = read_tag(request.match_info["tag"])
    uris, asking = request.app[URIS], await viewer(request)
    async with request.app[POOL].acquire() as conn:
        public = await list_by_tag(conn, VISITOR, name, _READ, local=True)
        seen = await list_visible(conn, asking, [post.id for post in public])
        posts = [post for post in public if post.id in seen]
        authors = await find_actors(conn, {post.author_id for post in posts})
    page = uris.tag_page(name)
    feed = Feed(
        page=page,
        title=f"#{written} · {(await request.app[NODE].get()).name}",
        about=f"#{written}",
        image="",
        entries=_entries(posts, authors.values(), uris),
    )
    return _answer(request, asking, feed, f"{page}.{request.match_info['format']}")


def _entries(posts: Iterable[Post], authors: Iterable[Actor], uris: NodeUris) -> tuple[Entry, ...]:
    by_id = {author.id: author for author in authors}
    kept = [post for post in posts if post.is_local and post.visibility is Visibility.EVERYONE]
    return tuple(entry_of(post, by_id[post.author_id], uris.origin) for post in kept[:MAX_ENTRIES])


def _answer(request: web.Request, asking: Viewer, feed: Feed, address: str) -> web.StreamResponse:
    """Answer, or say that nothing changed since the reader asked.

    By the whole text and not by its date: what was deleted since has changed it too.
    """
    kind = request.match_info["format"]
    body = document(feed, kind, address)
    tag = sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"'}
    if asking == VISITOR:
        headers["Cache-Control"] = "public, max-age=300"
    known = request.if_none_match or ()
    if any(one.value in (tag, "*") for one in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type=MEDIA_TYPES[kind], charset="utf-8")
