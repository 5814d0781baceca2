"""The demo with somebody from a server that others wrote among its people."""

import signal
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from tests.integration.processes import is_alive
from tests.integration.test_demo import four_free_ports, page, sign_in, start
from tests.interop.fedify_peer import why_not

pytestmark = pytest.mark.interop


async def test_the_guest_is_read_and_answered_and_comes_back_as_the_same_person(
    tmp_path: Path,
) -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    folder, port = tmp_path / "demo-data", four_free_ports()
    demo = start(folder, port)
    left = demo.everything()
    try:
        assert demo.facts["guest"] == f"solveig@127.0.0.1:{port + 3}", demo.facts["note"]
        origin, password = demo.origins["De Loods"], demo.facts["password"]
        async with ClientSession(cookie_jar=CookieJar()) as browser:
            await sign_in(browser, origin, "joris", password)
            home = await page(browser, origin, "/")
            assert "A number that admits it is frozen" in home
            assert "Solveig Aune" in await page(browser, origin, "/people/followers")
            assert "Solveig Aune" in await page(browser, origin, "/notifications")
        key = await public_key(port)
    finally:
        assert demo.stop(signal.SIGINT) == 0
    assert [process for process in left if is_alive(process.pid)] == []

    again = start(folder, port)
    try:
        assert again.facts["guest"] == demo.facts["guest"]
        assert await public_key(port) == key
    finally:
        assert again.stop(signal.SIGINT) == 0


async def public_key(port: int) -> str:
    headers = {"Accept": "application/activity+json"}
    async with (
        ClientSession(f"http://127.0.0.1:{port + 3}", headers=headers) as http,
        http.get("/users/solveig") as answer,
    ):
        return (await answer.json(content_type=None))["publicKey"]["publicKeyPem"]
