"""Links of posts have cards: read once, by nobody's browser, for everyone in the community."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from fedinet.cards.jobs import READ_PAGE
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode


@dataclass
class Site:
    server: TestServer
    asked: Counter[str] = field(default_factory=Counter[str])

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    picture = BytesIO()
    Image.new("RGB", (40, 20), "red").save(picture, "PNG")

    async def answer(request: web.Request) -> web.StreamResponse:
        site.asked[request.path] += 1
        match request.path:
            case "/story":
                return web.Response(
                    text="<title>Bread</title><meta property=og:image content=/p.png>"
                    "<meta property=og:description content='How to bake'>"
                    "<link type='application/json+oembed' href=/oembed>",
                    content_type="text/html",
                )
            case "/oembed":
                return web.json_response({"author_name": "Bo", "html": "<script>"})
            case "/p.png":
                return web.Response(body=picture.getvalue(), content_type="image/png")
            case "/huge":
                return web.Response(
                    text="<title>Huge</title>" + "x" * 3_000_000, content_type="text/html"
                )
            case "/round":
                raise web.HTTPFound("/round")
            case "/hangs-up":
                assert request.transport is not None
                request.transport.abort()
                raise web.HTTPGone
            case "/file":
                return web.Response(body=b"<title>No page</title>", content_type="application/pdf")
            case _:
                raise web.HTTPNotFound

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        site = Site(server)
        yield site


@pytest.fixture
async def ada(start_node: StartNode) -> App:
    return await given_app(await start_node(), "ada")


async def card_of(app: App, status: dict[str, str]) -> dict[str, object] | None:
    return (await app.get(f"/v1/statuses/{status['id']}"))["card"]


async def test_a_link_is_read_once_and_shown_to_everyone(ada: App, site: Site) -> None:
    first = await ada.publish(f"Look: {site.url('/story')}")
    await ada.node.drain()
    again = await ada.publish(f"Again {site.url('/story#part')}", visibility="public")
    await ada.node.drain()
    card = await card_of(ada, again)
    assert card is not None
    assert card == await card_of(ada, first)
    assert card["title"] == "Bread"
    assert card["description"] == "How to bake"
    assert card["type"] == "link"
    assert card["html"] == card["embed_url"] == ""
    assert card["authors"] == [{"name": "Bo", "url": "", "account": None}]
    assert site.asked == Counter({"/story": 1, "/oembed": 1})

    image = str(card["image"])
    assert image.startswith(f"{ada.node.origin}/media/cards/")
    async with ada.node.http.get(image) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
    async with ada.node.http.get(image[:-16] + "0" * 16) as answer:
        assert answer.status == 404
    async with ada.node.http.get(f"/@ada/{again['id']}") as page:
        shown = await page.text()
    assert "Bread" in shown
    assert site.url("/p.png") not in shown, "no browser asks the site"

    edited = await ada.call(
        "PUT", f"/api/v1/statuses/{again['id']}", json={"status": "no link any more"}
    )
    assert edited.status == 200
    await ada.node.drain()
    assert await card_of(ada, again) is None


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_what_is_for_fewer_than_the_community_asks_nobody(
    ada: App, site: Site, visibility: str
) -> None:
    status = await ada.publish(f"@ada {site.url('/story')}", visibility=visibility)
    await ada.node.drain()
    assert await card_of(ada, status) is None
    assert not site.asked


async def test_posts_that_come_together_look_at_one_page_once(ada: App, site: Site) -> None:
    posts = [await ada.publish(f"{n} {site.url('/story')}") for n in range(3)]
    await ada.node.drain()
    titles = [(await card_of(ada, post) or {})["title"] for post in posts]
    assert titles == ["Bread"] * 3
    assert site.asked["/story"] == 1


async def test_a_page_that_hangs_up_is_asked_three_times_in_all(ada: App, site: Site) -> None:
    post = await ada.publish(site.url("/hangs-up"))
    for failed in (1, 2, 3):
        await ada.node.drain()
        [card] = await ada.node.pool.fetch("SELECT attempts, due_at > now() AS rests FROM cards")
        assert (card["attempts"], card["rests"]) == (failed, True)
        waiting = "UPDATE jobs SET due_at = now() WHERE kind = $1 AND due_at > now() RETURNING id"
        assert len(await ada.node.pool.fetch(waiting, READ_PAGE)) == (failed < 3)
    assert await card_of(ada, post) is None


async def test_pages_that_are_none_have_no_card(ada: App, site: Site) -> None:
    huge = await ada.publish(site.url("/huge"))
    none = [await ada.publish(site.url(path)) for path in ("/round", "/file", "/missing")]
    none.append(await ada.publish(f"{ada.node.origin}/@ada/{huge['id']} #bread @ada"))
    none.append(await ada.publish("http://10.0.0.1/ is private"))
    await ada.node.drain()
    card = await card_of(ada, huge)
    assert card is not None, "the beginning says enough"
    assert card["title"] == "Huge"
    assert [await card_of(ada, status) for status in none] == [None] * len(none)
