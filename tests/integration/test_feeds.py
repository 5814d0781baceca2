"""Feeds and posts to be embedded: what everybody may read, and nothing narrower."""

from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.test_media_posts import uploaded

parsed = ElementTree.fromstring  # what is read here, we wrote
_ATOM = "{http://www.w3.org/2005/Atom}"


async def test_what_is_public_can_be_read_and_embedded_elsewhere(start_node: StartNode) -> None:
    ada = await given_app(await start_node(), "ada")
    picture = await uploaded(ada, 'A "loaf"')
    bread = await ada.publish("Bread & *butter* #Bread", media_ids=[picture["id"]])
    noted = await ada.publish("Secret ending #bread", spoiler_text="The film")
    hidden = [
        await ada.publish(f"Hidden {visibility} #bread", visibility=visibility)
        for visibility in ("unlisted", "private", "direct")
    ]
    hidden.append(await ada.publish("Hidden here #bread", local_only="true"))
    await ada.publish("Hidden answer", in_reply_to_id=bread["id"])
    for path in ("/@ada.rss", "/tags/Bread.rss"):
        text, root = await _read(ada, path)
        titles = [item.findtext("title") for item in root.iter("item")]
        assert titles == ["The film", "Bread & butter #Bread"] and "Hidden" not in text, path
    _, community = await _read(ada, "/community.rss")
    assert [*community.iter("item")] == [], "she has not chosen to be found"
    await ada.node.pool.execute("UPDATE actors SET discoverable = true WHERE username = 'ada'")
    text, community = await _read(ada, "/community.rss")
    titles = [item.findtext("title") for item in community.iter("item")]
    assert titles == ["The film", "Bread & butter #Bread"] and "Hidden" not in text
    async with ada.node.http.get("/") as front:
        assert 'type="application/rss+xml" title="Test community" href="/community.rss"' in (
            await front.text()
        )
    _, atom = await _read(ada, "/@ADA.atom")
    [newest, last] = atom.iter(f"{_ATOM}entry")
    assert f'<img src="{picture["url"]}" alt="A &quot;loaf&quot;">' in (
        last.findtext(f"{_ATOM}content") or ""
    )
    assert newest.findtext(f"{_ATOM}id") == noted["uri"]
    assert await _not_modified_until_deleted(ada, noted)
    for path in ("/@bob.rss", "/@ada@b.example.rss", "/tags/!.atom", "/@ada.xml"):
        async with ada.node.http.get(path) as answer:
            assert answer.status == 404, path
    await _is_embedded(ada, bread, hidden)


async def _read(ada: App, path: str) -> tuple[str, ElementTree.Element]:
    """The feed as it is for everybody, a member's token or not."""
    headers = {"Authorization": f"Bearer {ada.token}"}
    async with ada.node.http.get(path, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        assert answer.content_type == f"application/{path.rpartition('.')[2]}+xml"
        return text, parsed(text)


async def _not_modified_until_deleted(ada: App, post: dict[str, str]) -> bool:
    http = ada.node.http
    async with http.get("/@ada.rss") as answer:
        known = {"If-None-Match": answer.headers["ETag"]}
    async with http.get("/@ada.rss", headers=known) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    await ada.call("DELETE", f"/api/v1/statuses/{post['id']}")
    async with http.get("/@ada.rss", headers=known) as answer:
        return answer.status == 200 and "The film" not in await answer.text()


async def _is_embedded(ada: App, post: dict[str, Any], hidden: list[dict[str, Any]]) -> None:
    picture_tag = f'"og:image" content="{post["media_attachments"][0]["url"]}"'
    visitor = App(ada.node)
    for page, links in (
        ("/@ada", ("/@ada.rss", "/@ada.atom")),
        ("/tags/bread", ("/tags/bread.rss", "/tags/bread.atom")),
        (f"/@ada/{post['id']}", ("/api/oembed?url=", "og:url", picture_tag)),
    ):
        async with ada.node.http.get(page) as answer:
            html = await answer.text()
            assert all(link in html for link in links), page
    for name in ("url", "uri"):
        embed = await visitor.get(f"/oembed?url={quote(post[name])}&maxwidth=200&maxheight=x")
        assert (embed["type"], embed["width"], embed["author_name"]) == ("rich", 200, "Ada")
        assert "<em>butter</em>" in embed["html"] and "<script" not in embed["html"]
    for one in hidden:
        async with ada.node.http.get(f"/@ada/{one['id']}") as answer:
            assert "/api/oembed" not in await answer.text()
        assert await ada.status("GET", f"/oembed?url={quote(one['url'])}") == 404
    assert await visitor.status("GET", f"/oembed?url={quote(post['url'])}&format=xml") == 501
    origin = ada.node.origin
    for url in (
        "",
        "https://b.example/@bo/1",
        f"{origin}/about",
        f"{post['url']}9",
        f"{origin}/\0/1",
    ):
        assert await visitor.status("GET", f"/oembed?url={quote(url)}") == 404
