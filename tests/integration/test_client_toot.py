"""toot, a command-line client that others wrote, as a process of its own against a node of ours."""

import asyncio
import json
import sys
from pathlib import Path

from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode


async def test_an_evening_with_toot(start_node: StartNode, tmp_path: Path) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    _sign_in(ada, tmp_path)
    assert "@ada" in await _toot(tmp_path, "whoami")
    assert "Test community" in await _toot(tmp_path, "instance", node.origin)
    assert "now following" in (await _toot(tmp_path, "follow", "bob")).lower()
    await bob.publish("Bread is ready, @ada")
    await node.drain()
    assert "Bread is ready" in await _toot(
        tmp_path, "timelines", "home", "--no-pager", "--no-clear"
    )
    assert "mention" in (await _toot(tmp_path, "notifications")).lower()
    posted = await _toot(tmp_path, "post", "Coming #soon", "--visibility", "unlisted", "--json")
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
    await _toot(tmp_path, "mute", "bob")
    assert "bob" in await _toot(tmp_path, "muted")
    await _toot(tmp_path, "delete", status_id)
    assert await ada.status("GET", f"/v1/statuses/{status_id}") == 404


async def _last(app: App) -> int:
    """The last post that bob wrote, in the reader's home."""
    home = await app.get("/v1/timelines/home")
    return next(int(post["id"]) for post in home if post["account"]["acct"] == "bob")


def _sign_in(app: App, folder: Path) -> None:
    """What ``toot login`` would have written, with a token made here."""
    domain = app.node.domain
    config = {
        "apps": {
            domain: {
                "instance": domain,
                "base_url": app.node.origin,
                "client_id": "-",
                "client_secret": "-",
            }
        },
        "users": {
            f"ada@{domain}": {"instance": domain, "username": "ada", "access_token": app.token}
        },
        "active_user": f"ada@{domain}",
    }
    (folder / "toot").mkdir()
    (folder / "toot" / "config.json").write_text(json.dumps(config))


async def _toot(folder: Path, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "toot",
        "--no-color",
        *words,
        env={"XDG_CONFIG_HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, (words, said.decode())
    return said.decode()
