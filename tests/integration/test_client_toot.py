"""toot, a command-line client that others wrote, as a process of its own against a node of ours."""

import asyncio
import json
import sys
from pathlib import Path

from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.test_oauth import copied_code
from tests.made_files import picture


async def test_a_day_with_toot(start_node: StartNode, tmp_path: Path) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    await _sign_in(ada, tmp_path)
    assert "@ada" in await _toot(tmp_path, "whoami")
    assert "Test community" in await _toot(tmp_path, "instance", node.origin)
    assert "now following" in (await _toot(tmp_path, "follow", "bob")).lower()
    await bob.publish("Bread is ready, @ada")
    await node.drain()
    assert "Bread is ready" in await _toot(
        tmp_path, "timelines", "home", "--no-pager", "--no-clear"
    )
    assert "mention" in (await _toot(tmp_path, "notifications")).lower()
    posted = await _toot(tmp_path, "post", "Coming #soon", "--visibility", "public", "--json")
    status_id = json.loads(posted)["id"]
    assert "Coming" in await _toot(tmp_path, "status", status_id)
    assert "Coming" in await _toot(tmp_path, "timelines", "account", "ada", "--no-pager")
    assert "Bread is ready" in await _toot(tmp_path, "thread", str(await _last(ada)))
    await _toot(tmp_path, "favourite", str(await _last(ada)))
    await _toot(tmp_path, "reblog", str(await _last(ada)))
    assert "bob" in await _toot(tmp_path, "search", "bob")
    assert "bob" in await _toot(tmp_path, "following")
    await _toot(tmp_path, "update-account", "--display-name", "Ada of toot", "--note", "Hi")
    assert "Ada of toot" in await _toot(tmp_path, "whois", "ada")
    (tmp_path / "loaf.png").write_bytes(picture("PNG"))
    shown = ("--media", str(tmp_path / "loaf.png"), "--description", "A loaf on a board")
    answers = ("--reply-to", str(await _last(ada)), "--visibility", "direct")
    sent = json.loads(await _toot(tmp_path, "post", "@bob See?", *shown, *answers, "--json"))
    assert [one["description"] for one in sent["media_attachments"]] == ["A loaf on a board"]
    assert sent["in_reply_to_account_id"] == str(bob.id)
    await node.drain()
    told = await bob.get("/v1/notifications")
    assert {one["type"] for one in told} == {"follow", "favourite", "reblog", "mention"}
    assert "Coming" in await _toot(tmp_path, "timelines", "tag", "soon", "--no-pager")
    await _toot(tmp_path, "bookmark", status_id)
    assert "Coming" in await _toot(tmp_path, "bookmarks")
    await _toot(tmp_path, "mute", "bob")
    assert "bob" in await _toot(tmp_path, "muted")
    await _toot(tmp_path, "delete", status_id)
    assert await ada.status("GET", f"/v1/statuses/{status_id}") == 404


async def _last(app: App) -> int:
    """The last post that bob wrote, in the reader's home."""
    home = await app.get("/v1/timelines/home")
    return next(int(post["id"]) for post in home if post["account"]["acct"] == "bob")


async def _sign_in(app: App, folder: Path) -> None:
    """``toot login``, with the code from the page that its browser opens."""
    words = ("login", "-i", app.node.origin)
    toot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "toot", "--no-color", *words),
        env=_environment(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert toot.stdin is not None
    assert toot.stdout is not None
    said = await toot.stdout.readuntil(b"/oauth/authorize/?")
    query = (await toot.stdout.readline()).decode().strip()
    async with browser(app.node) as me:
        await me.sign_in("ada")
        code = await copied_code(me, f"/oauth/authorize/?{query}")
    more, _ = await toot.communicate(f"n\n{code}\n".encode())
    assert "Successfully logged in" in more.decode(), (said + more).decode()


def _environment(folder: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


async def _toot(folder: Path, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "toot",
        "--no-color",
        *words,
        env=_environment(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, (words, said.decode())
    return said.decode()
