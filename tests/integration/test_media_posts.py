"""Posts with pictures: by app and by page, to other servers and back, changed, deleted, kept in."""

import io
from typing import Any

from aiohttp import FormData
from PIL import Image

from tests import made_files as made
from tests.integration.apps import App, given_app, given_token
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.members import Member, follows, given_member_of
from tests.integration.nodes import RunningNode


async def uploaded(ada: App, description: str = "A loaf", **fields: str) -> Any:
    data = FormData({"description": description, **fields})
    data.add_field("file", io.BytesIO(made.photograph((1000, 600))), filename="a.jpg")
    return await ada.post("/v2/media", data=data)


async def status_of(http: Any, url: str, **options: Any) -> int:
    async with http.get(url, allow_redirects=False, **options) as answer:
        return answer.status


async def test_a_picture_goes_out_as_others_read_it_and_is_seen_there_through_a_copy(
    start_node: StartNode,
) -> None:
    node, other = await start_node(), await start_node()
    ada, reader = await given_app(node, "ada"), await given_member_of(other, "bo")
    author = Member(node, ada.account_id, ada.id)
    await follows(reader, author)
    media = [await uploaded(ada, focus="0.25,-0.5"), await uploaded(ada, "")]
    status = await ada.publish("Bread", media_ids=[one["id"] for one in media])
    assert [one["id"] for one in status["media_attachments"]] == [one["id"] for one in media]
    assert await ada.status("GET", f"/v1/media/{media[0]['id']}") == 404  # published
    await ada.publish("Without pictures", local_only=True)
    [shown] = await ada.get(f"/v1/accounts/{ada.id}/statuses?only_media=true")
    assert shown["id"] == status["id"]
    async with node.http.get(
        f"/posts/{status['id']}", headers={"Accept": "application/activity+json"}
    ) as answer:
        note = await answer.json(content_type=None)
    first, second = note["attachment"]
    assert first == {
        "type": "Document",
        "mediaType": "image/jpeg",
        "url": media[0]["url"],
        "name": "A loaf",
        "width": 600,
        "height": 1000,
        "blurhash": media[0]["blurhash"],
        "focalPoint": [0.25, -0.5],
    }
    assert second["name"] is None
    async with node.http.get(media[0]["url"]) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    await node.drain()
    app = await app_of(reader)
    [seen] = await app.get("/v1/timelines/home")
    there = seen["media_attachments"][0]
    assert there["url"].startswith(other.origin) and there["description"] == "A loaf"
    assert there["meta"]["focus"] == {"x": 0.25, "y": -0.5}
    assert (there["blurhash"], there["meta"]["original"]["height"]) == (first["blurhash"], 1000)
    assert await status_of(other.http, there["preview_url"]) == 200

    changed = await ada.call(
        "PUT",
        f"/api/v1/statuses/{status['id']}",
        json={
            "status": "",
            "media_ids": [media[0]["id"]],
            "media_attributes": [{"id": media[0]["id"], "description": "A large loaf"}],
        },
    )
    assert changed.status == 200, changed.body
    assert [one["description"] for one in changed.body["media_attachments"]] == ["A large loaf"]
    await node.drain()
    assert await status_of(node.http, media[1]["url"]) == 404
    seen = await app.get(f"/v1/statuses/{seen['id']}")
    assert [one["description"] for one in seen["media_attachments"]] == ["A large loaf"]

    await ada.call("DELETE", f"/api/v1/statuses/{status['id']}")
    assert await status_of(node.http, media[0]["url"]) == 404
    again = await ada.publish("", media_ids=[media[0]["id"]])  # deleted to be written anew
    [kept] = again["media_attachments"]
    assert kept["description"] == "A large loaf" and kept["url"] != media[0]["url"]
    assert await status_of(node.http, kept["url"]) == 200
    assert await ada.status("DELETE", f"/v1/statuses/{again['id']}?delete_media=true") == 200
    anew = {"status": "", "media_ids": [kept["id"]]}
    assert await ada.status("POST", "/v1/statuses", json=anew) == 422


async def test_what_cannot_be_attached_is_refused_in_words(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    own, others = await uploaded(ada), await uploaded(bo)
    await ada.publish("Bread", media_ids=[own["id"]])
    for ids in ([own["id"]], [others["id"]], ["7"], ["x"], ["9" * 30]):
        body = {"status": "More bread", "media_ids": ids}
        answer = await ada.call("POST", "/api/v1/statuses", json=body)
        assert (answer.status, "not there any more" in answer.body["error"]) == (422, True)
    change = {"media_attributes": [{"id": "9" * 5000, "description": "x"}]}
    there = (await ada.get(f"/v1/accounts/{ada.id}/statuses"))[0]["id"]
    assert await ada.status("PUT", f"/v1/statuses/{there}", json=change) == 200
    five = {"status": "x", "media_ids": [(await uploaded(ada))["id"] for _ in range(5)]}
    assert await ada.status("POST", "/v1/statuses", json=five) == 422
    assert await ada.status("POST", "/v1/statuses", json={"status": "", "media_ids": []}) == 422


async def test_what_stays_in_this_community_is_shown_to_members_and_to_their_apps(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    urls: dict[str, str] = {}
    for visibility, fields in (
        ("community", {"local_only": True}),
        ("private", {"visibility": "private"}),
    ):
        media = await uploaded(ada)
        body = {"status": "In", "media_ids": [media["id"]], **fields}
        status = await ada.post("/v1/statuses", json=body)
        urls[visibility] = media["url"]
        if visibility == "community":
            [shown] = (await bo.get(f"/v1/statuses/{status['id']}"))["media_attachments"]
            for url in (shown["url"], shown["preview_url"]):
                assert "?pass=" in url
                assert await status_of(node.http, url) == 200
            assert await status_of(node.http, urls["community"]) == 404
            async with browser(node) as member:
                await member.sign_in("bo")
                async with member.http.get(urls["community"]) as answer:
                    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    async with node.http.get(urls["private"]) as answer:  # who knows the key was shown it
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    await node.pool.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", ada.id)
    assert await status_of(node.http, urls["private"]) == 404


async def test_a_picture_on_the_page_stays_while_the_rest_is_put_right(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    async with browser(node) as writer:
        await writer.sign_in("ada")
        typed = {"text": "Bread", "audience": "community"}
        refused = await send(writer, "/write", typed, made.SVG)
        for _ in range(2):  # nothing is published without it by the way
            assert refused.method == "GET" and ">\nBread<" in refused.html
            assert "“a.jpg” is not taken. Drawings in SVG can carry programs. Save" in refused.text
            assert 'href="#files"><b>Pictures, films or sounds:</b>' in refused.html
            refused = await writer.post("/write", refused.form("/write").fields)
        kept = refused.form("/write").fields
        page = await writer.post("/write", {**kept, "do": "leave-0"})
        assert (page.status, "not taken" in page.html) == (200, False)
        missed = {**page.form("/write").fields, "refused[x]": ""}  # as a script says it
        page = await writer.post("/write", missed)
        assert "“Your file” is not taken. It did not come through" in page.text
        page = await send(
            writer, "/write", {**kept, "audience": "", "do": "show"}, made.photograph()
        )
        assert (page.status, "not taken" in page.html) == (200, False)  # another was chosen
        form = page.form("/write")
        [name] = [field for field in form.fields if field.startswith("media[")]
        page = await writer.post("/write", {**form.fields, "audience": "community"})
        assert "publish as it is" in page.html  # nothing said of the picture yet
        form = page.form("/write")
        fields = {**form.fields, name: "A loaf", "audience": "community", "content_note": "Food"}
        point = name.replace("media", "focus")
        assert form.fields[point] == "0,0"
        for broken in ("x", "1", "nan,0"):  # is no point: it stays as it was
            look = {**fields, point: broken, "do": "show"}
            assert (await writer.post("/write", look)).form("/write").fields[point] == "0,0"
        fields[point] = "-0.25,9"
        page = await writer.post("/write", fields)
        assert page.path.startswith("/@ada/")
        folded = page.html.partition('<details class="cw">')[2].partition("</article>")[0]
        assert 'alt="A loaf"' in folded.partition("</summary>")[2]
        assert page.html.count('<details class="cw">') == 1
        key = await node.pool.fetchval("SELECT key FROM media")
        assert f'href="/media/{key}"' in page.html

        await nothing_can_be_kept(node, writer, typed)
        changed = await writer.fill(
            f"{page.path}/edit", f"{page.path}/edit", {name: "A large loaf", "content_note": ""}
        )
        assert 'alt="A large loaf"' in changed.html and "not everybody" not in changed.html
        form = (await writer.open(f"{page.path}/edit")).form(f"{page.path}/edit")
        assert form.fields[point] == "-0.25,1"
        del form.fields[name]
        changed = await writer.post(f"{page.path}/edit", form.fields)
        assert "/media/" not in changed.html
    await node.drain()
    assert not await node.pool.fetchval("SELECT count(*) FROM media")
    assert ada.actor_id and not list((node.services.settings.data / "media").rglob("*.*"))


async def nothing_can_be_kept(node: RunningNode, writer: Browser, typed: dict[str, str]) -> None:
    """The server may not write where files lie: the words stay, and stewards are told."""
    folder = node.services.settings.media
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("not a folder")
    unkept = await send(writer, "/write", typed, made.photograph())
    assert (unkept.method, unkept.form("/write").fields["text"]) == ("GET", "Bread")
    assert "The server cannot keep files now. Tell those who look after it." in unkept.text
    await node.pool.execute("UPDATE accounts SET role = 'owner'")
    for desk in ("/admin", "/admin/health"):
        told = (await writer.open(desk)).text
        assert "Pictures and films of members cannot be stored." in told
    folder.unlink()
    folder.with_name("elsewhere").rename(folder)


async def test_a_member_has_a_face_here_and_elsewhere_and_changes_it(start_node: StartNode) -> None:
    node, other = await start_node(), await start_node()
    ada, reader = await given_app(node, "ada"), await given_member_of(other, "bo")
    await follows(reader, Member(node, ada.account_id, ada.id))
    data = FormData({"display_name": "Ada"})
    for kind in ("avatar", "header"):
        data.add_field(kind, io.BytesIO(made.photograph((1000, 600))), filename="me.jpg")
    changed = await ada.call("PATCH", "/api/v1/accounts/update_credentials", data=data)
    assert changed.body["display_name"] == "Ada"
    lines = {
        "note": "Bakes.\n\nhttps://ada.example",
        "fields_attributes": [{"name": "At", "value": "B"}],
    }
    typed = (await ada.call("PATCH", "/api/v1/profile", json=lines)).body
    assert (typed["note"], typed["display_name"]) == (lines["note"], "Ada")
    async with node.http.get("/@ada") as answer:
        assert f'<img class="cover" src="{changed.body["header"]}"' in await answer.text()
    assert (typed["fields"][0]["value"], typed["avatar"]) == ("B", changed.body["avatar"])
    assert typed == await ada.get("/v1/profile")
    async with node.http.get(
        "/users/ada", headers={"Accept": "application/activity+json"}
    ) as answer:
        document = await answer.json(content_type=None)
    assert document["icon"]["url"] == changed.body["avatar"]
    assert document["image"]["url"] == changed.body["header"]
    async with node.http.get(changed.body["avatar"]) as answer:
        face = Image.open(io.BytesIO(await answer.read()))
        assert (face.size, answer.headers["Cache-Control"][:6]) == ((240, 400), "public")

    async with browser(node) as writer:
        await writer.sign_in("ada")
        refused = await send(writer, "/settings/pictures", {}, made.film(), "avatar")
        assert (refused.status, "Choose a picture: JPEG" in refused.html) == (422, True)
        page = await send(writer, "/settings/pictures", {}, made.photograph(), "avatar")
        assert page.status == 200 and changed.body["avatar"] not in page.html
        assert await status_of(node.http, changed.body["avatar"]) == 404
        await node.drain()
        there = await (await app_of(reader)).get(
            "/v1/accounts/lookup", params={"acct": f"ada@{node.domain}"}
        )
        assert there["avatar"].startswith(other.origin)
        assert await status_of(other.http, there["avatar"]) == 200
        page = await writer.fill(
            "/settings/pictures", "/settings/pictures", {"do": "remove-header"}
        )
    assert (await ada.actor()).header_url is None
    assert await ada.status("DELETE", "/v1/profile/avatar") == 200
    assert (await ada.actor()).avatar_url is None
    typed = await ada.get("/v1/profile")
    assert typed["avatar"] is typed["header_static"] is None
    assert not await node.pool.fetchval("SELECT count(*) FROM media")


async def send(
    writer: Browser, path: str, changes: dict[str, str], file: bytes, field: str = "file"
) -> SeenPage:
    """Fill a form in, with a file chosen."""
    form = (await writer.open(path)).form(path)
    data = FormData({**form.fields, **changes})
    data.add_field(field, io.BytesIO(file), filename="a.jpg")
    return await writer.post(path, data)  # pyright: ignore[reportArgumentType]


async def app_of(member: Member) -> App:
    token = await given_token(member.node, member.account_id, "read write follow")
    return App(member.node, token, member.account_id, member.actor_id)
