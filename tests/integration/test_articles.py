"""Articles of members: written, read, changed and sent, on the pages and through apps."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from aiohttp import FormData

from tests import made_files as made
from tests.integration.apps import App, given_app
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser, seen
from tests.integration.conftest import StartNode
from tests.integration.members import Member, follows, given_member_of
from tests.integration.nodes import RunningNode

TEXT = f"Bread is *patient*. {'It waits for whoever is late. ' * 30}\n\n# Rye\n\nThe very end."
TITLE = "On bread & <patience>"


async def test_an_article_is_written_read_changed_and_sent(start_node: StartNode) -> None:
    node, other = await start_node(), await start_node()
    app, reader = await given_app(node, "ada"), await given_member_of(other, "bo")
    await follows(reader, Member(node, app.account_id, app.id))
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        path = await writes_an_article(ada)
        await looks_at(ada, visitor, path)
        number = path.rpartition("/")[2]
        document = await document_of(node, number)
        looks_like_an_article(document, f"{node.origin}{path}")
        await node.drain()
        await is_an_article_there(other)
        asked = await ada.open(f"{path}/delete")
        assert f"we cannot make it: {other.services.uris.origin.domain}." in asked.text
        assert "ask those servers to delete" in (await ada.open("/write")).text
        await is_changed_by_an_app(app, number)
        await is_changed_on_the_page(ada, path)
        assert await titles_in_the_archive(ada) == ["On rye"]
        hidden = await publish(ada, {"title": "Among us", "text": "Bread", "audience": "community"})
        for one in (hidden.path, f"/posts/{hidden.path.rpartition('/')[2]}", "/@ada", "/@ada.atom"):
            assert "Among us" not in (await visitor.open(one)).html
        again = await ada.fill(f"{hidden.path}/again", f"{hidden.path}/again", {})
        assert again.form("/write").fields["title"] == "Among us"
    await node.drain()
    assert await other.pool.fetchval("SELECT about ->> 'title' FROM posts") == "On rye"


async def writes_an_article(ada: Browser) -> str:
    assert 'href="/write?as=article"' in (await ada.open("/write")).html
    begins = (await ada.open("/write?as=article")).form("/write").fields
    assert begins["audience"] == "community", "as the page says"
    wrong = await publish(ada, {"title": "x" * 151, "text": "  ", "content_note": "Food"})
    assert (
        wrong.status == 422 and "this one has 151" in wrong.text and "Write something" in wrong.text
    )
    assert {"#title", "#text"} <= {
        f"#{name}" for name in ("title", "text") if f'href="#{name}"' in wrong.html
    }
    assert wrong.form("/write").fields["content_note"] == "Food" and "x" * 151 in wrong.html
    nameless = await publish(ada, {"title": " \u200b ", "text": TEXT})
    assert nameless.status == 422 and "Give your article a title" in nameless.text
    looked = await publish(ada, {"title": TITLE, "text": TEXT, "do": "preview"})
    assert looked.status == 200 and ">On bread &amp; &lt;patience&gt;</bdi></h4>" in looked.html
    asked = await publish(ada, {"title": TITLE, "text": TEXT}, made.photograph((1000, 600)))
    assert "Say in a sentence what is in your picture" in asked.text
    form = asked.form("/write")
    [cover] = [field for field in form.fields if field.startswith("media[")]
    page = await ada.post("/write", {**form.fields, "audience": "everyone", cover: "A loaf"})
    assert page.path.startswith("/@ada/")
    return page.path


async def looks_at(ada: Browser, visitor: Browser, path: str) -> None:
    """In the feed it begins; on its page, printed and as a link elsewhere, it has its title."""
    feed, page = await ada.open("/"), await visitor.open(path)
    shown = "<bdi>On bread &amp; &lt;patience&gt;</bdi>"
    assert f'<h4><a href="{path}">{shown}</a></h4>' in feed.html and "The very end" not in feed.text
    assert f"<h1>{shown}</h1>" in page.html and "The very end." in page.text
    assert "<h2>Rye</h2><p>The very end" in page.html
    assert page.html.count('alt="A loaf"') == feed.html.count('alt="A loaf"') == 1
    assert '<meta property="og:title" content="On bread &amp; &lt;patience&gt;">' in page.html
    assert '<meta property="og:description" content="Bread is patient. It waits' in page.html
    assert '<meta property="og:image:alt" content="A loaf">' in page.html
    entries = (await visitor.open("/@ada.atom")).html
    assert "<title>On bread &amp; &lt;patience&gt;</title>" in entries
    assert "&lt;strong&gt;On bread" not in entries and entries.count("A loaf") == 1
    assert entries.index("A loaf") < entries.index("Bread is")


def looks_like_an_article(document: Mapping[str, Any], page: str) -> None:
    """As FEP-b2b8 has it, and with what Mastodon shows of one."""
    assert (document["type"], document["name"], document["url"]) == ("Article", TITLE, page)
    assert document["summary"].startswith("Bread is patient. It waits")
    assert len(document["summary"]) <= 320 and "<em>patient</em>" in document["content"]
    assert "<h2>Rye</h2>" in document["content"]
    assert document["image"]["type"] == "Image" and document["image"]["name"] == "A loaf"
    assert [one["url"] for one in document["attachment"]] == [document["image"]["url"]]
    preview = document["preview"]
    assert preview["type"] == "Note" and preview["attachment"] == [document["image"]]
    assert "<strong>On bread &amp; &lt;patience&gt;</strong>" in preview["content"]
    assert page in preview["content"] and "The very end" not in preview["content"]


async def is_an_article_there(other: RunningNode) -> None:
    [row] = await other.pool.fetch("SELECT id, kind, about, attachments, html FROM posts")
    assert row["kind"] == "Article" and json.loads(row["about"])["title"] == TITLE
    assert [file["is_cover"] for file in json.loads(row["attachments"])] == [True]
    assert row["html"].count("Bread is <em>patient</em>") == 1  # no summary on top of it
    assert "<h2>Rye</h2>" in row["html"]
    async with browser(other) as bo:
        await bo.sign_in("bo")
        assert 'alt="A loaf"' in (await bo.open("/")).html


async def is_changed_by_an_app(app: App, number: str) -> None:
    """An app that knows no titles leaves it, and the cover, as they are."""
    status = await app.get(f"/v1/statuses/{number}")
    assert status["content"].startswith(
        "<p><strong>On bread &amp; &lt;patience&gt;</strong></p><p>Bread"
    )
    assert "<p><strong>Rye</strong></p>" in status["content"], "apps are not used to headings"
    source = await app.get(f"/v1/statuses/{number}/source")
    assert source["text"] == TEXT
    changed = await app.call(
        "PUT", f"/api/v1/statuses/{number}", json={"status": TEXT + " " + "More. " * 1000}
    )
    assert changed.status == 200 and "<strong>On bread &amp;" in changed.body["content"]
    assert len(changed.body["media_attachments"]) == 1


async def is_changed_on_the_page(ada: Browser, path: str) -> None:
    edit = f"{path}/edit"
    form = (await ada.open(edit)).form(edit).fields
    assert form["title"] == TITLE
    empty = await ada.post(edit, {**form, "title": " "})
    assert empty.status == 422 and "Give your article a title" in empty.text
    page = await ada.post(edit, {**form, "title": "On rye"})
    assert "<h1><bdi>On rye</bdi></h1>" in page.html and "media--wide" in page.html
    history = await ada.open(f"{path}/history")
    assert history.text.index("On rye") < history.text.index(TITLE)


async def document_of(node: RunningNode, number: str) -> Mapping[str, Any]:
    headers = {"Accept": "application/activity+json"}
    async with node.http.get(f"/posts/{number}", headers=headers) as answer:
        return await answer.json(content_type=None)


async def titles_in_the_archive(ada: Browser) -> list[str]:
    take = (await ada.open("/settings/leaving")).form("/settings/leaving/archive").fields
    take["archive_password"] = PASSWORD
    async with ada.http.post("/settings/leaving/archive", data=take) as answer:
        with ZipFile(BytesIO(await answer.read())) as files:
            [name] = [one for one in files.namelist() if one.endswith("outbox.json")]
            sent = [one["object"] for one in json.loads(files.read(name))["orderedItems"]]
            for one in sent:
                assert any(place.endswith(one["image"]["url"]) for place in files.namelist())
                assert one["preview"]["attachment"][0]["url"] == one["image"]["url"]
            return [one["name"] for one in sent]


async def publish(ada: Browser, fields: dict[str, str], file: bytes | None = None) -> SeenPage:
    form = (await ada.open("/write?as=article")).form("/write")
    assert form.fields["as"] == "article"
    data = FormData({**form.fields, "audience": "everyone", **fields})
    if file is not None:
        data.add_field("file", BytesIO(file), filename="a.jpg")
    async with ada.http.post("/write", data=data) as answer:
        return seen(answer.status, answer.url.path, await answer.text(), answer.headers)
