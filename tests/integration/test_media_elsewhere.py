"""What others show, seen from here: through copies of ours, behind the gate, never from them."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.kernel.ids import PostId
from fedinet.kernel.pictures import actor_picture_path, attachment_path
from fedinet.media.upkeep import upkeep_once
from fedinet.moderation.reporting import report
from tests import made_files as made
from tests.integration.apps import App, given_app, given_token
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.members import Member, copy_of, follows, given_member_of, publishes
from tests.integration.nodes import RunningNode

FILES = {
    "/photo.jpg": made.photograph((1000, 600)),
    "/film.mp4": made.film(),
    "/lies.jpg": made.SVG,
    "/page.png": made.HTML,
    "/bomb.png": made.png_header(60_000, 60_000),
    "/huge.jpg": made.photograph() + bytes(17 * 1024 * 1024),
}


class Elsewhere:
    """A server that shows pictures, and counts who asks for them."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.began = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        self.began.set()
        await self.go.wait()
        assert "Cookie" not in request.headers and "Referer" not in request.headers
        if request.path == "/inside":
            raise web.HTTPFound("http://169.254.169.254/latest/")
        if request.path == "/flaky.jpg" and self.asked[request.path] == 1:
            return web.Response(status=503)
        content = FILES.get(request.path, FILES["/photo.jpg"] if "flaky" in request.path else None)
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="image/jpeg")


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    there = Elsewhere()
    app = web.Application()
    app.router.add_get("/{name:.*}", there.answer)
    async with TestServer(app) as server:
        there.url = str(server.make_url("/")).rstrip("/")
        yield there


async def test_stewards_see_the_picture_of_a_reported_letter(
    start_node: StartNode, elsewhere: Elsewhere
) -> None:
    node, other = await start_node(), await start_node()
    await given_account(node, "olga", role="owner")
    ada = await given_member_of(node, "ada")
    post_id = await given_post(node, other, ada, f"{elsewhere.url}/photo.jpg")
    await node.pool.execute("UPDATE posts SET visibility = 'mentioned' WHERE id = $1", post_id)
    await node.pool.execute("INSERT INTO audience_members VALUES ($1, $2)", post_id, ada.actor_id)
    async with transaction(node.pool) as tx:
        author = await tx.fetchval("SELECT author_id FROM posts WHERE id = $1", post_id)
        me, of = await get_actor(tx, ada.actor_id), await get_actor(tx, author)
        one = await report(
            tx,
            node.services.uris,
            me,
            of,
            post_ids=[post_id],
            comment="Rude",
            category="other",
            forward=False,
        )
    path = attachment_path(post_id, f"{elsewhere.url}/photo.jpg")
    async with browser(node) as olga:
        await olga.sign_in("olga")
        html = (await olga.open(f"/admin/reports/{one.id}")).html
        [behind] = set(re.findall(rf'(?:href|src)="{path}(?:/small)?([^"]*)"', html))
        for address, status in ((path, 404), (path + behind, 200), (f"{path}/small{behind}", 200)):
            assert await status_of(olga.http, address) == status, address


async def given_post(node: RunningNode, other: RunningNode, reader: Member, *urls: str) -> PostId:
    """A post of somebody on another node, with these files, as it is stored here."""
    bob = await given_member_of(other, "bob")
    await follows(reader, bob)
    await other.pool.execute("UPDATE follows SET state = 'accepted'")
    await node.pool.execute("UPDATE follows SET state = 'accepted'")
    post = await copy_of(reader, await publishes(bob, "Look at this"))
    files = ", ".join(f'{{"url": "{url}", "media_type": "image/jpeg"}}' for url in urls)
    await node.pool.execute(
        "UPDATE posts SET attachments = $2::jsonb, revision = revision + 1 WHERE id = $1",
        post.id,
        f"[{files}]",
    )
    return post.id


async def test_a_picture_is_fetched_once_made_safe_and_shown_by_us(
    start_node: StartNode, elsewhere: Elsewhere
) -> None:
    node, other = await start_node(), await start_node()
    ada = await given_member_of(node, "ada")
    post_id = await given_post(
        node, other, ada, *(elsewhere.url + path for path in (*FILES, "/inside", "/none.jpg"))
    )
    path = attachment_path(post_id, f"{elsewhere.url}/photo.jpg")
    async with browser(node) as visitor:
        page = await visitor.open(f"/@bob@{other.domain}/{post_id}")
    assert elsewhere.url not in page.html
    assert f'src="{path}/small"' in page.html

    elsewhere.go.clear()

    async def look(address: str) -> tuple[int, bytes, str]:
        async with node.http.get(address) as answer:
            return answer.status, await answer.read(), answer.headers.get("Cache-Control", "")

    viewers = [asyncio.create_task(look(path)) for _ in range(20)]
    await elsewhere.began.wait()
    elsewhere.go.set()
    seen = await asyncio.gather(*viewers)
    assert {(status, caching) for status, _, caching in seen} == {
        (200, "public, max-age=31536000, immutable")
    }
    assert len({content for _, content, _ in seen}) == 1
    assert made.SECRET not in seen[0][1] and made.SCRIPT not in seen[0][1]
    assert len((await look(path + "/small"))[1]) < len(seen[0][1])
    assert elsewhere.asked["/photo.jpg"] == 1

    for name, status in (
        ("/film.mp4", 200),
        ("/lies.jpg", 404),
        ("/page.png", 404),
        ("/bomb.png", 404),
        ("/huge.jpg", 404),
        ("/inside", 404),
        ("/none.jpg", 404),
    ):
        address = attachment_path(post_id, elsewhere.url + name)
        for _ in range(2):
            assert (await look(address))[0] == status, name
        assert elsewhere.asked[name] == 1, f"{name} is asked for again at once"
    assert (await look(attachment_path(post_id, "http://127.0.0.1/other")))[0] == 404

    await node.pool.execute("UPDATE remote_media SET used_at = now() - interval '31 days'")
    await node.drain()
    assert not await node.pool.fetchval("SELECT count(*) FROM remote_media")
    assert not copies(node)
    assert (await look(path))[0] == 200
    assert elsewhere.asked["/photo.jpg"] == 2


async def test_only_who_may_see_a_post_sees_its_pictures_and_apps_by_a_pass(
    start_node: StartNode, elsewhere: Elsewhere
) -> None:
    node, other = await start_node(), await start_node()
    ada = await given_member_of(node, "ada")
    cyd = await given_app(node, "cyd")
    post_id = await given_post(node, other, ada, f"{elsewhere.url}/flaky.jpg")
    await node.pool.execute("UPDATE posts SET visibility = 'followers' WHERE id = $1", post_id)
    path = attachment_path(post_id, f"{elsewhere.url}/flaky.jpg")
    async with browser(node) as reader, browser(node) as stranger:
        await reader.sign_in("ada")
        await stranger.sign_in("cyd")
        assert (await status_of(stranger.http, path), elsewhere.asked.total()) == (404, 0)
        assert (await status_of(node.http, path), elsewhere.asked.total()) == (404, 0)
        assert await status_of(reader.http, path) == 404  # its server is unwell
        await node.pool.execute("UPDATE remote_media SET until = now()")
        async with reader.http.get(path) as answer:
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")

    assert await cyd.status("GET", f"/v1/statuses/{post_id}") == 404
    app = await app_of(ada)
    [shown] = (await app.get(f"/v1/statuses/{post_id}"))["media_attachments"]
    assert elsewhere.url not in str(shown)
    for url in (shown["url"], shown["preview_url"]):
        assert await status_of(node.http, url) == 200
        assert await status_of(node.http, re.sub(r"\w$", "x", url)) == 404
    assert await status_of(node.http, f"{path}?pass=0.{'0' * 32}") == 404


async def test_a_face_elsewhere_comes_through_us_and_is_nobodys_where_it_cannot_be_had(
    start_node: StartNode, elsewhere: Elsewhere
) -> None:
    node, other = await start_node(), await start_node()
    ada, bob = await given_member_of(node, "ada"), await given_member_of(other, "bob")
    them = await ada.sees(bob)
    for name, status in (("/photo.jpg", 200), ("/film.mp4", 302), ("/lies.jpg", 302)):
        url = elsewhere.url + name
        await node.pool.execute("UPDATE actors SET avatar_url = $2 WHERE id = $1", them.id, url)
        path = actor_picture_path(them.id, "avatar", url)
        async with node.http.get(path, allow_redirects=False) as answer:
            assert answer.status == status
            if status == 302:
                assert answer.headers["Location"].startswith("/assets/avatar")
    async with browser(node) as reader:
        await reader.sign_in("ada")
        assert f'src="{path}"' in (await reader.open(f"/@{them.handle}")).html
    account = await (await app_of(ada)).get(f"/v1/accounts/{them.id}")
    assert account["avatar"] == f"{node.origin}{path}"
    assert await status_of(node.http, f"/media/actors/{them.id}/avatar/{'0' * 16}") == 404


async def test_the_cache_is_never_larger_than_it_may_be(
    start_node: StartNode, elsewhere: Elsewhere
) -> None:
    node, other = await start_node(media_cache_mb=1), await start_node()
    ada = await given_member_of(node, "ada")
    urls = [f"{elsewhere.url}/photo.jpg?{number}" for number in range(3)]
    post_id = await given_post(node, other, ada, *urls)
    for url in urls:
        assert await status_of(node.http, attachment_path(post_id, url)) == 200
    await node.pool.execute("UPDATE remote_media SET bytes = 600000")
    await upkeep_once(node.pool, node.services.library.files, node.services.settings)
    assert await node.pool.fetchval("SELECT count(*) FROM remote_media") == 1
    assert len(copies(node)) == 2


def copies(node: RunningNode) -> list[Path]:
    return list((node.services.settings.data / "cache").rglob("*.*"))


async def app_of(member: Member) -> App:
    token = await given_token(member.node, member.account_id, "read write follow")
    return App(member.node, token, member.account_id, member.actor_id)


async def status_of(http: object, url: str) -> int:
    async with http.get(url, allow_redirects=False) as answer:  # type: ignore[attr-defined]
        return answer.status
