"""A steward minds who may talk to the community by files in git: what the browser story does."""

import asyncio
from pathlib import Path
from typing import Any

from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.members import given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.shell import Shell
from tests.integration.test_policy_lists import list_server

CAUTIOUS = 'version = 1\nmode = "cautious"\n'
LIMITED = """
[[rule]]
key = "loud"
domains = ["loud.example"]
effects = ["limit"]
reason = "Shouting"
expires = 2126-12-24T00:00:00Z

[[list]]
name = "worst"
url = "{}"
"""


async def test_a_week_of_minding_servers_by_a_file(start_node: StartNode, tmp_path: Path) -> None:
    node = await start_node()
    ada = await given_member_of(node, "ada")
    shell = Shell(node.services.settings.data, str(node.services.settings.database_url))
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    async with list_server("worst.example\nloudest.example\n") as others, foreign_server() as there:
        first.write_text(CAUTIOUS)
        second.write_text(CAUTIOUS + LIMITED.format(others.url))
        await asyncio.to_thread(shell.facts, "migrate", "--origin", node.origin)
        await asyncio.to_thread(_apply, shell, first, second)
        await node.drain()
        bob = peer_actor(there, "bob")
        await deliver(node, bob, _mention(node, bob))
        await node.drain()
        assert await ada.told() == []
        number = await asyncio.to_thread(_ask_why, shell, first, bob)
        shell_said = await asyncio.to_thread(shell.run, "policy", "held", "release", str(number))
        assert shell_said.exit_code == 0, shell_said.output
        await node.drain()
        assert await ada.told() == ["mention"]
        await asyncio.to_thread(_undo_everything, shell)


def _apply(shell: Shell, first: Path, second: Path) -> None:
    shell.facts("policy", "apply", str(first), "--reason", "a wave of spam elsewhere")
    assert shell.run("policy", "diff", str(second)).exit_code == 1
    planned = shell.facts("policy", "plan", str(second))
    assert planned["added"] == ["loud"] and shell.facts("policy", "list")["rules"] == []
    shell.facts("policy", "apply", str(second), "--reason", "three reports")


def _ask_why(shell: Shell, other: Path, bob: PeerActor) -> int:
    """What would have happened by other rules, and what waits, and why; the held one's number."""
    rules: Any = shell.facts("policy", "list")["rules"]
    assert {rule["key"] for rule in rules if rule.get("draft")} == {
        "list:worst:worst.example", "list:worst:loudest.example",
    }  # fmt: skip
    other.write_text('version = 1\nmode = "open"\n')
    told: Any = shell.facts("policy", "simulate", str(other))
    assert told["matrix"] == [{"old": "held", "new": "let_in", "count": 1}]
    told = shell.facts("policy", "simulate", "--replay", "hellthread", str(other))
    assert told["labels"]["ordinary"] == {"let_in": 300}
    [held] = shell.facts("policy", "held", "list")["held"]  # type: ignore[misc]
    why = shell.facts("policy", "explain", bob.uri)
    assert (why["rule"], held["reason"]) == ("first_contact", "first_contact")  # type: ignore[index]
    return held["id"]  # type: ignore[index]


def _undo_everything(shell: Shell) -> None:
    audit: Any = shell.facts("policy", "audit")["audit"]
    assert {"three reports", "a wave of spam elsewhere"} <= {one["reason"] for one in audit}
    for reason in ("three reports", "a wave of spam elsewhere"):
        [version] = {one["version"] for one in audit if one["reason"] == reason}
        words = ("--reason", "only a rehearsal", "--yes")
        shell.facts("policy", "undo", "--version", str(version), *words)
    assert shell.facts("policy", "list")["rules"] == []
    assert shell.facts("policy", "lists", "list")["lists"] == []
    assert shell.facts("policy", "mode")["mode"] == "open"
    assert "Nothing in the audit was altered" in shell.run("policy", "audit", "--check").output


def _mention(node: RunningNode, bob: PeerActor) -> dict[str, Any]:
    ada = f"{node.origin}/users/ada"
    note = {
        "id": f"{bob.uri}/notes/1", "type": "Note", "attributedTo": bob.uri, "to": [PUBLIC],
        "cc": [ada], "content": "<p>Is this seat taken?</p>",
        "tag": [{"type": "Mention", "href": ada, "name": "@ada"}],
    }  # fmt: skip
    return like(bob, type="Create", object=note, to=[PUBLIC], cc=[ada])
