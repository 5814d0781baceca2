"""Uploading by an app: kept and served without its past, cut off, lying, too large, refused."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image

from fedinet.media.upkeep import hold_files, let_go_of_files, upkeep_once
from tests import made_files as made
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode


def form(content: bytes, filename: str = "picture.jpg", **fields: str) -> FormData:
    data = FormData()
    for name, value in fields.items():
        data.add_field(name, value)
    data.add_field("file", io.BytesIO(content), filename=filename, content_type="text/html")
    return data


async def uploaded(ada: App, content: bytes, **fields: str) -> Any:
    return await ada.post("/v2/media", data=form(content, **fields))


async def test_a_photograph_is_kept_without_its_past_and_served_as_a_picture_only(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    media = await ada.post(
        "/v1/media",
        data=form(
            made.photograph((1000, 600)),
            "../../etc/passwd.svg",
            description="Bread on a table",
            focus="0.5,-2",
        ),
    )
    assert (media["type"], media["description"]) == ("image", "Bread on a table")
    original = {"width": 600, "height": 1000, "size": "600x1000", "aspect": 0.6}
    assert media["meta"]["original"] == original
    assert media["meta"]["small"]["size"] == "384x640"
    assert media["meta"]["focus"] == {"x": 0.5, "y": -1.0}
    for url in (media["url"], media["preview_url"]):
        async with node.http.get(url, headers={"Accept": "text/html"}) as answer:
            content = await answer.read()
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src")
            assert answer.headers["Content-Disposition"].startswith("inline")
            assert answer.headers["Cache-Control"] == "no-store"  # in no post yet
            Image.open(io.BytesIO(content)).load()
            assert made.SECRET not in content and made.SCRIPT not in content

    changed = await ada.call(
        "PUT", f"/api/v1/media/{media['id']}", data={"description": " A loaf ", "focus": "0,0"}
    )
    assert changed.body["description"] == "A loaf"
    assert (await ada.get(f"/v1/media/{media['id']}"))["meta"]["focus"] == {"x": 0.0, "y": 0.0}
    for method in ("GET", "PUT", "DELETE"):
        assert await bo.status(method, f"/v1/media/{media['id']}") == 404
    long = {"description": "x" * 1501}
    assert await ada.status("PUT", f"/v1/media/{media['id']}", data=long) == 422
    assert await ada.status("DELETE", f"/v1/media/{media['id']}") == 200
    async with node.http.get(media["url"]) as answer:
        assert answer.status == 404
    await node.drain()
    assert not files_of(node)


async def test_parts_of_a_film_are_sent_on_request(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    media = await uploaded(ada, made.film())
    assert (media["type"], media["preview_url"]) == ("video", None)
    assert media["meta"]["original"]["duration"] == 2.0
    async with node.http.get(media["url"], headers={"Range": "bytes=4-7"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"ftyp")


async def test_what_is_refused_leaves_nothing_behind(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    for content, status in (
        (made.SVG, 422),
        (made.PDF, 422),
        (made.png_header(1, 100_000), 422),
        (b"", 422),
        (made.photograph() + bytes(16 * 1024 * 1024), 422),
    ):
        answer = await ada.call("POST", "/api/v2/media", data=form(content))
        assert (answer.status, bool(answer.body["error"])) == (status, True)
    many = FormData()
    for number in range(9):
        many.add_field("file", b"x", filename=f"{number}.jpg")
    assert await ada.status("POST", "/v2/media", data=many) == 400
    assert await ada.status("POST", "/v2/media", data={"file": "no file"}) == 422
    visitor = App(node)
    assert await visitor.status("POST", "/v2/media", data=form(made.photograph())) == 401
    assert await visitor.status("POST", "/v2/media", data=form(bytes(2_000_000))) in (401, 413)
    elsewhere = await ada.call("POST", "/api/v1/statuses", data=form(bytes(2_000_000)))
    assert elsewhere.status == 413
    assert not files_of(node)


async def test_a_form_that_lies_or_breaks_off_is_refused_and_leaves_nothing(
    start_node: StartNode, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
    bodies = [
        (head + "Content-Length: 3\r\n\r\nlonger than three\r\n--b--\r\n", True),
        (head + "Content-Length: 99999999\r\n\r\nshort\r\n--b--\r\n", True),
        (head + "Content-Length: -1\r\n\r\nshort\r\n--b--\r\n", True),
        (head + "Content-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--\r\n", True),
        (head + "Content-Encoding: gzip\r\n\r\nx\r\n--b--\r\n", True),
        (head + "\r\nno end", True),
        (head + "\r\n" + "x" * 700_000, False),
        ("nothing of a form", True),
    ]
    for body, is_whole in bodies:
        said = await raw_upload(node, ada.token, body.encode(), 0 if is_whole else 5_000_000)
        assert said is None or said in (400, 422), (body[:120], said)
    assert await ada.status("GET", "/v1/preferences") == 200
    assert "http.failed" not in caplog.text
    assert not files_of(node)
    assert not await node.pool.fetchval("SELECT count(*) FROM media")


async def test_what_is_never_published_goes_after_a_day_and_not_during_a_backup(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    await uploaded(ada, made.photograph((1000, 600)))
    assert len(files_of(node)) == 2
    await node.drain()
    assert len(files_of(node)) == 2
    await node.pool.execute("UPDATE media SET created_at = now() - interval '25 hours'")
    files, settings = node.services.library.files, node.services.settings
    async with node.pool.acquire() as conn:
        await hold_files(conn)
        assert await upkeep_once(node.pool, files, settings) == 1  # the row
        assert len(files_of(node)) == 2
        await let_go_of_files(conn)
    assert await upkeep_once(node.pool, files, settings) == 2
    assert not files_of(node)


def files_of(node: RunningNode) -> list[Path]:
    folder = node.services.settings.data / "media"
    return [path for path in folder.rglob("*") if path.is_file()]


async def raw_upload(node: RunningNode, token: str, body: bytes, promised: int) -> int | None:
    """Send bytes as they are; hang up where more was promised. The status, where there is one."""
    port = node.services.uris.origin.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST /api/v2/media HTTP/1.1\r\nHost: {node.domain}\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {promised or len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    if promised:
        writer.close()
        await writer.wait_closed()
        return None
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    status = int(answer.split(b" ", 2)[1])
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    return status
