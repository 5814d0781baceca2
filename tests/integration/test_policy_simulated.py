"""What came in, tried again by other rules, and explained: by the command line, on a real log."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fedinet.db.query import Conn
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.policy.engine import decide
from fedinet.policy.model import Envelope, Facts, Mode, Relation, Scope
from fedinet.policy.past import seen
from fedinet.policy.ruleset import compile_rules
from tests.integration.people import given_follow, given_member, given_remote
from tests.integration.shell import Shell
from tests.integration.social import deliver_note

NOW = datetime.now(UTC).replace(microsecond=0)
FRIEND = Facts(met=True, relations=frozenset({Relation.FOLLOWED}))
REJECT = '[[rule]]\nkey = "kind"\ndomains = ["kind.example"]\nverdict = "reject"\n'
WORDS = '[[rule]]\nkey = "words"\nwords = ["note 7"]\nverdict = "hold"\n'


@pytest.fixture
def shell(tmp_path: Path, database_url: str) -> Shell:
    made = Shell(tmp_path / "data", database_url)
    made.facts("migrate", "--origin", "https://community.example")
    asyncio.run(given_traffic(database_url))
    return made


def test_other_rules_are_tried_on_what_came_in(shell: Shell, tmp_path: Path) -> None:
    told = shell.facts("policy", "simulate", "--mode", "cautious")
    assert (told["total"], told["logged"], told["unasked"], told["released"]) == (4, 6, 1, 1)
    assert told["matrix"] == [
        {"old": "let_in", "new": "held", "count": 1},
        {"old": "let_in", "new": "let_in", "count": 3},
    ]
    [example] = listed(told, "examples")
    assert (example["id"], example["rule"], example["followed"]) == (2, "first_contact", False)
    assert (told["refused_at_door"], told["refused_hosts"]) == (5, 1)

    rules = written(tmp_path, REJECT)
    tried = shell.run("policy", "simulate", rules, "--check")
    assert tried.exit_code == 1
    assert "1 would fare otherwise, 1 of them worse." in tried.output
    assert "1 come from people whom members follow, and 1 were answered" in tried.output
    assert "kind.example: 1 worse, 0 better" in tried.output
    assert "5 requests of 1 servers. They are counted only" in tried.output
    assert shell.run("policy", "simulate", "--check").exit_code == 0  # nothing is decided otherwise
    assert shell.facts("policy", "simulate", rules, "--against", "1h")["total"] == 0
    assert shell.run("policy", "simulate", "--against", "soon").exit_code == 2

    told = shell.facts("policy", "simulate", written(tmp_path, WORDS))
    assert (told["changed"], told["wordless"]) == (1, 1)  # the stranger's post is not stored
    assert shell.facts("policy", "list")["rules"] == []


def test_rules_are_tried_on_replays(shell: Shell, tmp_path: Path) -> None:
    names = [one["name"] for one in listed(shell.facts("policy", "simulate", "--replay", "list"),
                                           "replays")]  # fmt: skip
    assert names == ["follow-flood", "hellthread", "mention-wave", "subdomain-bomb"]
    told: Any = shell.facts("policy", "simulate", "--replay", "hellthread", "--mode", "cautious")
    assert told["labels"]["ordinary"] == {"let_in": 300} and told["followed"] == 0
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"replay": 1, "name": "mine"}\n{"at": "soon"}\n')
    for name in (str(bad), "nothing"):
        refused = shell.run("policy", "simulate", "--replay", name)
        assert refused.exit_code == 1 and "Traceback" not in refused.output
    assert "Line 2" in shell.run("policy", "simulate", "--replay", str(bad)).output


def test_what_came_in_is_listed_and_explained(shell: Shell, tmp_path: Path) -> None:
    assert [one["id"] for one in listed(shell.facts("policy", "log"), "log")] == [6, 5, 4, 3, 2, 1]
    page = shell.facts("policy", "log", "--before", "5", "--limit", "2")
    assert [one["id"] for one in listed(page, "log")] == [4, 3]
    of = shell.facts("policy", "log", "--domain", "kind.example", "--outcome", "applied")
    assert [one["id"] for one in listed(of, "log")] == [5, 1]
    assert [one["id"] for one in listed(shell.facts("policy", "log", "--outcome", "dropped"), "log")
            ] == [4]  # fmt: skip

    told: Any = shell.facts("policy", "explain", "1")
    assert (told["rule"], told["rules_changed"]) == ("mode_open", False)
    assert told["then"]["facts"]["relations"] == ["followed"]
    shell.facts("policy", "apply", written(tmp_path, REJECT), "--yes")
    told = shell.facts("policy", "explain", "1")
    assert (told["decision"], told["then"]["rule"], told["then"]["rules"]) == (
        "accept", "mode_open", [],
    )  # fmt: skip
    assert (told["now"]["decision"], told["now"]["rule"]) == ("reject", "kind")
    said = shell.run("policy", "explain", "1").output
    assert "Then: accept, mode_open." in said and "Now: reject, kind." in said
    assert "before policy was asked" in shell.run("policy", "explain", "4").output
    assert "A steward let it in" in shell.run("policy", "explain", "5").output
    assert shell.run("policy", "explain", "99").exit_code == 1
    address = "https://kind.example/users/bo/notes/7"
    assert [one["id"] for one in listed(shell.facts("policy", "explain", address), "logged")] == [1]

    file = tmp_path / "activity.json"
    file.write_text(json.dumps({
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Follow",
        "id": "https://a.kind.example/1", "actor": "https://a.kind.example/users/cleo",
        "object": "https://community.example/users/ada",
    }))  # fmt: skip
    assert shell.facts("policy", "explain", str(file))["rule"] == "kind"
    file.write_text("{}")
    assert shell.run("policy", "explain", str(file)).exit_code == 1


async def given_traffic(database_url: str) -> None:
    """A friend's post that Ada likes, a stranger's word, a farewell, and what policy never saw."""
    conn = await asyncpg.connect(database_url)
    async with conn.transaction():
        ada, bo = await given_member(conn, "ada"), await given_remote(conn, "bo", "kind.example")
        await given_follow(conn, ada, bo)
        post = await deliver_note(conn, bo, 7)
        await conn.execute(
            "INSERT INTO likes (actor_id, post_id, uri) VALUES ($1, $2, 'https://x/1')",
            ada.id, post.id,
        )  # fmt: skip
        note = {"activity": "Create", "object": "Note", "audience": "everyone"}
        await log(conn, 1, bo.uri, FRIEND, object_uri=post.uri, **note)
        await log(conn, 2, "https://new.example/users/x", Facts(), reaches_out=True, **note)
        await log(conn, 3, bo.uri, FRIEND, activity="Like", object="?", domain="friend.example")
        await log(conn, 4, bo.uri, None, activity="Create", object="Odd", outcome="dropped")
        await log(conn, 5, bo.uri, None, stored=seen.written_released(), **note)
        await log(conn, 6, "https://gone.example/users/y", Facts(), activity="Delete", object="?",
                  is_shrinking=True, reaches_out=True)  # fmt: skip
        await conn.execute(
            "INSERT INTO inbound_refusals (day, host, reason, count) VALUES ($1, 'e', 'policy', 5)",
            NOW.date(),
        )
    await conn.close()


async def log(
    conn: Conn,
    number: int,
    actor: str,
    facts: Facts | None,
    *,
    activity: str,
    object: str,  # the protocol calls it so
    outcome: str = "applied",
    object_uri: str | None = None,
    stored: str | None = None,
    domain: str | None = None,
    **outside: Any,
) -> None:
    """Write a row as the worker does: what it saw was decided on an open node without rules."""
    host = domain or actor.split("/")[2]
    at = NOW - timedelta(days=1) + timedelta(minutes=number)
    if facts is not None:
        envelope = Envelope(
            scope=Scope.INBOUND, domain=Domain(host), now=at, actor=ActorUri(actor),
            activity=activity, object=object, **outside,
        )  # fmt: skip
        decision = decide(envelope, facts, compile_rules([], mode=Mode.OPEN))
        stored = seen.written([seen.Part(envelope=envelope, facts=facts)], decision, 1)
    await conn.execute(
        """
        INSERT INTO inbound_log (id, received_at, finished_at, signer_uri, actor_uri, activity_type,
                                 domain, object_type, object_uri, outcome, size_bytes, seen)
        VALUES ($1, $2, $2, $3, $3, $4, $5, $6, $7, $8, 100, $9::jsonb)
        """,
        number, at, actor, activity, host, object, object_uri, outcome, stored,
    )  # fmt: skip


def listed(told: dict[str, object], key: str) -> list[dict[str, Any]]:
    found: Any = told[key]
    return found


def written(folder: Path, text: str) -> str:
    path = folder / "rules.toml"
    path.write_text(f"version = 1\n{text}")
    return str(path)
