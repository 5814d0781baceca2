"""The community's own emoji: stewards add them, members write them, everybody sees them."""

from typing import Any

from tests import made_files as made
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.test_media_posts import send

PATH = "/admin/emoji"
LIST = "/v1/custom_emojis"
AS2 = {"Accept": "application/activity+json"}


async def test_stewards_add_emoji_that_members_write(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob, visitor = await given_app(node, "ada"), await given_app(node, "bob"), App(node)
    await node.pool.execute("UPDATE accounts SET role = 'moderator' WHERE actor_id = $1", ada.id)
    square, moving = made.picture("PNG", (300, 300)), made.animation(size=(24, 24))
    async with browser(node) as steward, browser(node) as member:
        await steward.sign_in("ada")
        await member.sign_in("bob")
        assert (await member.open(PATH)).status == 403
        await _refused(steward, square)
        assert await visitor.get(LIST) == []

        typed = {"shortcode": ":loaf:", "category": "Bread"}
        assert "Saved." in (await send(steward, PATH, typed, square, "picture")).text
        taken = await send(steward, PATH, typed, square, "picture")
        assert taken.status == 422 and "There is an emoji of this name." in taken.text
        await send(steward, PATH, {"shortcode": "spin"}, moving, "picture")

        spin, loaf = await visitor.get(LIST)
        assert loaf == {
            "shortcode": "loaf",
            "url": loaf["url"],
            "static_url": loaf["url"],
            "visible_in_picker": True,
            "category": "Bread",
        }
        assert spin["static_url"] == f"{spin['url']}/still" and "category" not in spin
        await _pictures(visitor, loaf, spin)
        await _written(bob, loaf, spin)
        path = loaf["url"].removeprefix(node.origin)
        assert f'src="{path}" alt=":loaf:"' in (await member.open("/@bob")).html

        number = path.split("/")[3]
        act = f"{PATH}/{number}"
        await steward.fill(PATH, act, {"do": "save", "category": "", "is_hidden": "1"})
        [hidden] = [one for one in await visitor.get(LIST) if one["shortcode"] == "loaf"]
        assert hidden["visible_in_picker"] is False and "category" not in hidden
        form = (await steward.open(PATH)).form(act)
        assert (await member.post(act, {**form.fields, "do": "delete"})).status == 403
        assert (await steward.post(act, {**form.fields, "do": "x"})).status == 422
        file = await node.pool.fetchval(
            "SELECT file FROM house_emojis WHERE emoji_id = $1", int(number)
        )
        await steward.post(act, {**form.fields, "do": "delete"})
        assert [one["shortcode"] for one in await visitor.get(LIST)] == ["spin"]
        async with node.http.get(path) as answer:
            assert answer.status == 404
        assert await node.pool.fetchval(
            "SELECT true FROM doomed_files WHERE file = $1 AND due_at <= now()", file
        )
        missing = await steward.post(act, {**form.fields, "do": "save"})
        assert missing.status == 404


async def _document(app: App, uri: str) -> Any:
    async with app.node.http.get(uri.removeprefix(app.node.origin), headers=AS2) as answer:
        assert answer.status == 200
        return await answer.json(content_type=None)


async def _refused(steward: Browser, square: bytes) -> None:
    for shortcode, file, why in (
        ("loaf", b"", "Choose a picture first."),
        ("loaf", square + bytes(256 * 1024), "Choose a picture of at most 256 kB."),
        ("loaf", made.picture("JPEG"), "Choose a PNG, GIF or WebP picture."),
        ("loaf", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Drawings in SVG"),
        ("loaf", square[:60], "This picture is damaged"),
        ("loaf", made.png_header(60_000, 60_000), "too many pixels"),
        ("loaf", made.picture("PNG", (90, 30)), "too long and thin"),
        ("l-f", square, "Please use 2 to 30 letters"),
    ):
        page = await send(steward, PATH, {"shortcode": shortcode}, file, "picture")
        assert page.status == 422 and why in page.text, why


async def _pictures(visitor: App, loaf: Any, spin: Any) -> None:
    node = visitor.node
    for url, kind in (
        (loaf["url"], "image/png"),
        (spin["url"], "image/gif"),
        (spin["static_url"], "image/"),
    ):
        async with node.http.get(url.removeprefix(node.origin)) as answer:
            assert answer.status == 200 and answer.content_type.startswith(kind)
            assert "immutable" in answer.headers["Cache-Control"]
            assert made.SECRET not in await answer.read()
    async with node.http.get(loaf["url"].removeprefix(node.origin) + "/still") as answer:
        assert answer.status == 404, "it does not move"


async def _written(bob: App, loaf: Any, spin: Any) -> None:
    status = await bob.post(
        "/v1/statuses",
        json={
            "status": "Fresh :loaf: not :other:",
            "spoiler_text": ":spin:",
            "visibility": "public",
        },
    )
    assert [one["shortcode"] for one in status["emojis"]] == ["loaf", "spin"]
    assert [one["url"] for one in status["emojis"]] == [loaf["url"], spin["url"]]
    note = await _document(bob, status["uri"])
    tag = {
        "type": "Emoji",
        "name": ":loaf:",
        "icon": {"type": "Image", "mediaType": "image/png", "url": loaf["url"]},
    }
    assert tag in note["tag"] and len(note["tag"]) == 2
    assert any("Emoji" in part for part in note["@context"] if isinstance(part, dict))
    edited = await bob.call(
        "PUT", f"/api/v1/statuses/{status['id']}", json={"status": "Eaten", "spoiler_text": ""}
    )
    assert edited.body["emojis"] == []
    asked = await bob.post(
        "/v1/statuses",
        json={"status": "Which?", "poll": {"options": [":loaf:", "none"], "expires_in": 600}},
    )
    assert [one["shortcode"] for one in asked["poll"]["emojis"]] == ["loaf"]
    saved = await bob.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={"display_name": "Bob :loaf:", "note": "I :spin:"},
    )
    me = saved.body
    assert [one["shortcode"] for one in me["emojis"]] == ["loaf", "spin"]
    assert tag in (await _document(bob, me["uri"]))["tag"]
