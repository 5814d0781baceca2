"""toot, a command-line client that others wrote, against a node of ours: each of its commands.

It signs in as a process of its own; the rest of the day it runs in this one, which saves a start
of Python for each command. It has no streams: it asks.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from click.testing import CliRunner
from toot.cli import cli

from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.test_oauth import copied_code
from tests.made_files import picture

LEFT_OUT: Final = {
    "diag": "is about the machine that toot runs on",
    "env": "the same, by its old name",
    "list_accounts": "lists accounts, by its old name",
    "list_add": "lists add, by its old name",
    "list_create": "lists create, by its old name",
    "list_delete": "lists delete, by its old name",
    "list_remove": "lists remove, by its old name",
    "login": "is tried as a process of its own",
    "login_cli": "sends the password to an app, which Mastodon stopped in 4.4",
    "reblogged_by": "reblogged-by, by its old name",
    "timeline": "timelines, by its old name; waits for a key",
    "timelines trending": "what trends is not counted here",
    "tui": "needs a terminal",
    "update_account": "update-account, by its old name",
}
"""Commands that are not tried, and why."""


@dataclass
class Toot:
    """One member's toot."""

    folder: Path
    done: set[str] = field(default_factory=set[str])

    def __call__(self, *words: str) -> str:
        self.done.add(_command(words))
        ran = CliRunner(env=_environment(self.folder)).invoke(cli, words)
        assert ran.exit_code == 0, (words, ran.output, ran.exception)
        return ran.output

    def read(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))


async def test_a_day_with_every_command_of_toot(start_node: StartNode, tmp_path: Path) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    await _sign_in(ada, tmp_path)
    toot = Toot(tmp_path)
    await bob.call("PATCH", "/api/v1/accounts/update_credentials", json={"indexable": True})
    hello = await bob.publish("Bread is ready, @ada #rye https://bread.example/")
    asked = await bob.publish("Which?", poll={"options": ["Rye", "Oats"], "expires_in": 3600})
    await bob.post(f"/v1/accounts/{ada.id}/follow")
    await node.drain()
    await asyncio.to_thread(_people, toot, node.origin)
    await ada.node.pool.execute("UPDATE actors SET approves_followers = true WHERE id = $1", ada.id)
    for name in ("carl", "dora"):
        asking = await given_app(node, name)
        await asking.post(f"/v1/accounts/{ada.id}/follow")
    await node.drain()
    await asyncio.to_thread(_requests, toot)
    mine = await asyncio.to_thread(_posts, toot, hello["id"], asked["poll"]["id"])
    await node.drain()
    told = await bob.get("/v1/notifications")
    assert {one["type"] for one in told} >= {"follow", "favourite", "reblog", "mention"}
    await asyncio.to_thread(_reads, toot, hello["id"])
    await asyncio.to_thread(_keeps, toot)
    await asyncio.to_thread(_ends, toot, mine)
    assert await ada.status("GET", f"/v1/statuses/{mine}") == 404
    assert set(_commands(cli)) - toot.done == LEFT_OUT.keys()


def _people(toot: Toot, origin: str) -> None:
    assert toot.read("whoami")["acct"] == "ada"
    assert "@ada" in toot("whoami")
    assert "ada@" in toot("auth")
    assert "Test community" in toot("instance", origin)
    assert "now following" in toot("follow", "bob")
    assert "bob" in toot("following")
    assert "bob" in toot("followers")
    toot("update-account", "--display-name", "Ada of toot", "--note", "Hi")
    assert "Ada of toot" in toot("whois", "ada")
    toot("mute", "bob")
    assert "bob" in toot("muted")
    toot("unmute", "bob")
    toot("block", "bob")
    assert "bob" in toot("blocked")
    toot("unblock", "bob")
    toot("follow", "bob")
    toot("unfollow", "bob")
    toot("follow", "bob")
    assert "bob" in toot("search", "bob")


def _requests(toot: Toot) -> None:
    asking = toot("follow-requests", "list")
    assert "carl" in asking and "dora" in asking
    toot("follow-requests", "accept", "carl")
    toot("follow-requests", "reject", "dora")
    assert "carl" in toot("followers") and "dora" not in toot("followers")


def _posts(toot: Toot, hello: str, poll: str) -> str:
    mine: str = toot.read("post", "Coming #soon", "--visibility", "public")["id"]
    assert "Coming" in toot("status", mine)
    loaf = toot.folder / "loaf.png"
    loaf.write_bytes(picture("PNG"))
    assert "image" in toot("upload", str(loaf), "--description", "A loaf")
    shown = ("--media", str(loaf), "--description", "A loaf on a board")
    sent = toot.read("post", "@bob See?", *shown, "--reply-to", hello, "--visibility", "direct")
    assert [one["description"] for one in sent["media_attachments"]] == ["A loaf on a board"]
    assert sent["in_reply_to_id"] == hello
    assert "Oats" in toot("polls", "show", poll)
    toot("polls", "vote", poll, "1")
    assert toot.read("polls", "show", poll)["own_votes"] == [1]
    for done, undone in (("favourite", "unfavourite"), ("reblog", "unreblog")):
        toot(done, hello)
        toot(undone, hello)
        toot(done, hello)
    assert "not reblogged by anyone" in toot("reblogged-by", hello), "who did is for its author"
    toot("reblog", mine)
    assert "ada" in toot("reblogged-by", mine)
    toot("pin", mine)
    toot("unpin", mine)
    toot("bookmark", hello)
    return mine


def _reads(toot: Toot, hello: str) -> None:
    def timeline(*words: str) -> str:
        return toot("timelines", *words, "--no-pager", "--no-clear")

    assert "Bread is ready" in timeline("home")
    assert "Bread is ready" in timeline("public", "--local")
    assert "Bread is ready" in timeline("tag", "rye")
    assert "Bread is ready" in timeline("account", "bob")
    assert "Bread is ready" in timeline("favourites")
    assert "Bread is ready" in timeline("link", "https://bread.example/")
    assert "Bread is ready" in toot("thread", hello)
    assert "Bread is ready" in toot("bookmarks")
    toot("unbookmark", hello)
    assert "Bread is ready" not in toot("bookmarks")
    assert "mention" in toot("notifications").lower()
    toot("notifications", "--clear")
    assert toot.read("notifications") == []


def _keeps(toot: Toot) -> None:
    toot("lists", "create", "Bakers")
    toot("lists", "add", "Bakers", "bob")
    assert "Bakers" in toot("lists", "list")
    assert "bob" in toot("lists", "accounts", "Bakers")
    toot("timelines", "list", "Bakers", "--no-pager", "--no-clear")
    toot("lists", "remove", "Bakers", "bob")
    assert "bob" not in toot("lists", "accounts", "Bakers")
    toot("lists", "delete", "Bakers")
    assert "Bakers" not in toot("lists", "list")
    assert "rye" in toot("tags", "info", "rye")
    toot("tags", "follow", "rye")
    assert "rye" in toot("tags", "followed")
    toot("tags", "unfollow", "rye")
    toot("tags", "feature", "rye")
    assert "rye" in toot("tags", "featured")
    toot("tags", "unfeature", "rye")


def _ends(toot: Toot, mine: str) -> None:
    toot("delete", mine)
    [me] = json.loads((toot.folder / "toot" / "config.json").read_text())["users"]
    assert "activated" in toot("activate", me)
    assert "logged out" in toot("logout", me)
    assert "ada@" not in toot("auth")


def _commands(command: click.Command, *before: str) -> Iterator[str]:
    """Each command that does something, with the words before it."""
    if not isinstance(command, click.Group):
        yield " ".join(before)
        return
    for name, inner in command.commands.items():
        yield from _commands(inner, *before, name)


def _command(words: tuple[str, ...]) -> str:
    known = set(_commands(cli))
    return next(name for n in (1, 2) if (name := " ".join(words[:n])) in known)


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
