"""Commands for stewards and scripts."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from fedinet.__main__ import cli
from fedinet.accounts.passwords import Passwords
from fedinet.accounts.store import find_sign_in
from tests.integration.people import given_remote
from tests.integration.processes import Folder
from tests.integration.shell import Shell

PASSWORD = "a quiet evening by the sea"
ORIGIN = "http://127.0.0.1:9"


@pytest.fixture
def folder(tmp_path: Path, database_url: str) -> Shell:
    made = Shell(tmp_path / "data", database_url)
    made.facts("migrate", "--origin", ORIGIN, "--listen", "127.0.0.1:9")
    return made


def test_migrating_again_changes_nothing(folder: Shell) -> None:
    assert folder.facts("migrate") == {"applied": [], "origin": ORIGIN}


def test_check_says_what_to_mend_until_it_is_mended(folder: Shell) -> None:
    before = folder.run("check")
    assert before.exit_code == 1
    assert "fedinet admin setup-link" in before.output
    given_account(folder, "ada", role="owner")
    after = folder.facts("check")
    assert after["problems"] == 0
    toml = folder.data / "fedinet.toml"
    toml.write_text(toml.read_text() + 'smtp_host = "127.0.0.1"\nsmtp_port = 1\n')
    mail = folder.run("check")
    assert (mail.exit_code, "Nothing takes mail at this port" in mail.output) == (1, True)


def test_a_mail_server_is_entered_and_not_believed_until_it_is_proven(folder: Shell) -> None:
    mail = ("admin", "mail")
    entered = (*mail, "server", "--host", "127.0.0.1", "--port", "1", "--security", "none")
    facts = folder.facts(*entered, "--user", "birds", stdin="a password\n")
    assert (facts["host"], facts["from_settings"], facts["proven_at"]) == ("127.0.0.1", False, None)
    assert "a password" not in folder.run(*mail, "server").output
    open_line = folder.run(*entered, "--host", "smtp.example.org")
    assert (open_line.exit_code, "Without encryption" in open_line.output) == (1, True)
    tried = folder.run(*mail, "prove", "ada@home.example")
    assert (tried.exit_code, "Nothing takes mail at this port" in tried.output) == (1, True)
    assert folder.run(*mail, "prove", "--code", "000000").exit_code == 1
    assert folder.run(*mail, "prove").exit_code == 2
    assert folder.facts(*mail, "bounce", stdin="I am away.")["taken"] == "no_report"
    assert folder.facts(*mail, "server", "--remove")["host"] is None


def test_check_without_its_key_says_where_to_get_it(folder: Shell) -> None:
    given_account(folder, "ada", role="owner")
    (folder.data / "secret.key").write_bytes(bytes(32))
    done = folder.run("check")
    assert done.exit_code == 1
    assert "from a backup" in done.output


def test_an_account_needs_a_password_that_is_not_guessed(folder: Shell) -> None:
    create = ("admin", "account", "create", "--username", "ada")
    assert folder.run(*create, "--password", "short").exit_code == 1
    assert folder.run(*create).exit_code == 2
    assert folder.run(*create, "--password", PASSWORD, "--password-stdin").exit_code == 2


def test_an_account_is_told_hours_by_its_clock(folder: Shell, database_url: str) -> None:
    create = ("admin", "account", "create", "--password", PASSWORD, "--time-zone")
    wrong = folder.run(*create, "Moon/Sea", "--username", "ada")
    assert wrong.exit_code == 1 and "Moon/Sea is not a time zone" in wrong.output
    zones = {"ada": "Europe/Brussels", "bob": "Asia/Tokyo"}
    for name, zone in zones.items():
        assert folder.run(*create, zone, "--username", name).exit_code == 0
    given_account(folder, "eve")
    assert asyncio.run(zones_of(database_url)) == {"": "Europe/Brussels", "bob": "Asia/Tokyo"}


def test_a_name_is_given_once(folder: Shell) -> None:
    given_account(folder, "ada")
    create = ("admin", "account", "create", "--username", "Ada", "--password-stdin", "--json")
    again = folder.run(*create, stdin=PASSWORD)
    assert again.exit_code == 1
    assert "error" in again.stdout


def test_who_forgot_a_password_gets_another_and_is_signed_out(
    folder: Shell, database_url: str
) -> None:
    given_account(folder, "ada")
    folder.facts("admin", "token", "--username", "ada")
    change = ("admin", "account", "password", "--username")
    another = "another evening by the river"
    done = folder.facts(*change, "ada", "--password-stdin", stdin=another)
    assert done == {"username": "ada", "signed_out": True}
    stored, live_tokens = asyncio.run(secrets_of_ada(database_url))
    assert asyncio.run(Passwords().check(another, stored))
    assert not asyncio.run(Passwords().check(PASSWORD, stored))
    assert live_tokens == 0
    assert folder.run(*change, "ada", "--password", "short").exit_code == 1
    assert folder.run(*change, "bob", "--password-stdin", stdin=another).exit_code == 1
    assert folder.run(*change, "ada").exit_code == 2
    off = ("admin", "account", "second-step-off", "--username")
    assert "no second step" in folder.run(*off, "ada").output
    assert folder.run(*off, "bob").exit_code == 1
    asyncio.run(given_second_step(database_url))
    assert folder.facts(*off, "ada") == {"username": "ada", "signed_out": True}
    assert "no second step" in folder.run(*off, "ada").output


def test_tokens_are_for_known_members_and_scopes(folder: Shell) -> None:
    given_account(folder, "ada")
    token = folder.facts("admin", "token", "--username", "ada", "--scopes", "read")
    assert token["scope"] == "read"
    assert folder.run("admin", "token", "--username", "bob").exit_code == 1
    assert folder.run("admin", "token", "--username", "ada", "--scopes", "all").exit_code == 1


def test_keys_are_replaced_for_a_member_and_for_the_node(folder: Shell) -> None:
    given_account(folder, "ada")
    rotate = ("admin", "account", "rotate-keys")
    before = asyncio.run(public_keys(folder.database_url))
    assert folder.facts(*rotate, "--username", "@Ada") == {
        "actor": f"{ORIGIN}/users/ada",
        "keys": [f"{ORIGIN}/users/ada#main-key", f"{ORIGIN}/users/ada#ed25519-key"],
    }
    assert folder.facts(*rotate, "--node")["actor"] == f"{ORIGIN}/actor"
    after = asyncio.run(public_keys(folder.database_url))
    assert len(before) == 4 and before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


def test_keys_are_replaced_for_nobody_else(folder: Shell) -> None:
    given_account(folder, "ada")
    before = asyncio.run(public_keys(folder.database_url))
    rotate = ("admin", "account", "rotate-keys")
    for name in ("bob", "127.0.0.1", "", "a\x00b", "ada@b.example"):
        done = folder.run(*rotate, "--username", name)
        assert done.exit_code == 1, name
        assert f"There is no account {name}." in done.stderr
    assert folder.run(*rotate, "--username", "bob", "--json").stdout.startswith('{"error"')
    assert folder.run(*rotate).exit_code == 2
    assert folder.run(*rotate, "--node", "--username", "ada").exit_code == 2
    assert asyncio.run(public_keys(folder.database_url)) == before


def test_who_has_left_gets_no_new_keys(folder: Shell) -> None:
    given_account(folder, "ada")
    asyncio.run(leave(folder.database_url, "ada"))
    done = folder.run("admin", "account", "rotate-keys", "--username", "ada")
    assert (done.exit_code, "has left" in done.stderr) == (1, True)


def test_the_setup_link_is_for_a_node_without_an_owner(folder: Shell) -> None:
    link = str(folder.facts("admin", "setup-link")["link"])
    assert link.startswith(f"{ORIGIN}/setup?token=")
    given_account(folder, "ada", role="owner")
    assert folder.run("admin", "setup-link").exit_code == 1


def test_an_actor_elsewhere_is_suspended_and_restored(folder: Shell) -> None:
    asyncio.run(given_eve(folder.database_url))
    suspend = ("admin", "actor", "suspend", "@eve@b.example")
    assert folder.run(*suspend, "--reason", "x" * 5000).exit_code == 1
    assert folder.facts(*suspend, "--reason", "Sells watches")["suspended"] is True
    why = "SELECT reason FROM account_acts ORDER BY id DESC LIMIT 1"
    assert asyncio.run(told(folder.database_url, why)) == "Sells watches"
    uri = "https://b.example/users/eve"
    assert folder.facts("admin", "actor", "suspended") == {"suspended": [uri]}
    assert folder.facts("admin", "actor", "restore", uri) == {"actor": uri, "suspended": False}
    assert folder.facts("admin", "actor", "suspended") == {"suspended": []}


def test_members_are_listed_acted_on_and_given_roles(folder: Shell) -> None:
    given_account(folder, "ada", role="owner")
    given_account(folder, "bob")
    account = ("admin", "account")
    assert "last owner" in folder.run(*account, "role", "ada", "member").output
    assert "last owner" in folder.run(*account, "suspend", "ada").output
    assert "last owner" in folder.run("admin", "actor", "suspend", "ada").output
    folder.facts(*account, "role", "@bob", "moderator")
    assert "   1  Advertising: " in folder.run(*account, "reasons").output
    assert folder.run(*account, "freeze", "bob", "--because", "9").exit_code != 0
    folder.facts(*account, "limit", "bob", "--because", "1")
    assert "limit  command line: What you wrote is" in folder.run(*account, "history", "bob").output
    folder.facts(*account, "unlimit", "bob")
    folder.facts(*account, "freeze", "bob", "--reason", "Too loud")
    assert folder.facts(*account, "list")["accounts"][1] == {
        "username": "bob", "role": "moderator", "suspended": False, "frozen": True,
        "limited": False,
    }  # fmt: skip
    assert "bob  moderator  frozen" in folder.run(*account, "list").output
    assert "freeze  command line: Too loud" in folder.run(*account, "history", "bob").output
    assert "no account eve" in folder.run(*account, "unfreeze", "eve").output
    assert "--yes" in folder.run(*account, "delete", "bob").output
    assert "only owner" in folder.run(*account, "delete", "ada", "--yes").output
    assert folder.facts(*account, "delete", "bob", "--yes") == {"username": "bob"}
    assert "no account bob" in folder.run(*account, "delete", "bob", "--yes").output


def test_only_known_people_elsewhere_are_suspended(folder: Shell) -> None:
    assert folder.run("admin", "actor", "suspend", "@mallory@nowhere.example").exit_code == 1


def test_the_queue_is_told_and_tried_again(folder: Shell) -> None:
    status = folder.facts("queue", "status")
    assert (status["deliveries"], status["dead_letters"], status["letters"]) == (0, 0, [])
    assert folder.facts("queue", "retry") == {"deliveries": 0, "jobs": 0, "signals": 0}


def test_mail_is_tried_and_what_is_stuck_is_listed(folder: Shell) -> None:
    facts = folder.facts("admin", "mail", "test", "you@home.example")
    assert facts == {"sent": False, "to": str(folder.data / "mail")}
    (file,) = (folder.data / "mail").iterdir()
    assert "you@home.example" in file.read_text()
    assert "Not sent" in folder.run("admin", "mail", "test", "you@home.example,x@y.example").output
    assert folder.facts("admin", "mail", "list") == {"mails": []}


def test_commands_on_nothing_say_how_to_begin(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    for words in (("admin", "setup-link"), ("queue", "status"), ("resume",)):
        done = CliRunner().invoke(cli, [*words, "--data", str(nothing)])
        assert done.exit_code == 1
        assert "fedinet serve" in done.output
    assert not nothing.exists()


def test_a_word_that_was_mistyped_is_no_file(
    folder: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.data)
    done = folder.run("backup", "verfy")
    assert (done.exit_code, "verfy.fedinet" in done.output) == (1, True)
    assert not Path("verfy").exists()


def test_a_place_that_cannot_be_used_is_named(folder: Shell, tmp_path: Path) -> None:
    wanted = tmp_path / "nowhere" / "backup.fedinet"
    done = folder.run("backup", str(wanted))
    assert done.exit_code == 1
    assert "Cannot use" in done.output
    assert str(tmp_path / "nowhere") in done.output
    start = ("migrate", "--data", "/proc/nowhere", "--origin", ORIGIN)
    done = CliRunner().invoke(cli, start)
    assert (done.exit_code, "/proc/nowhere" in done.output) == (1, True)


def test_commands_side_by_side_take_turns_with_the_embedded_database(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data", 9)
    folder.facts("migrate", "--origin", folder.origin)
    create = ("admin", "account", "create", "--password", PASSWORD, "--username")
    with ThreadPoolExecutor(3) as at_once:
        made = list(at_once.map(lambda name: folder.facts(*create, name), ("ada", "bob", "eve")))
    assert len({facts["actor_id"] for facts in made}) == 3


async def zones_of(database_url: str) -> dict[str, str]:
    """The community's, and what members have of their own."""
    conn = await asyncpg.connect(database_url)
    rows = await conn.fetch(
        "SELECT '' AS who, time_zone FROM node UNION ALL SELECT a.username, r.time_zone"
        "  FROM rhythms r JOIN accounts m ON m.id = r.account_id JOIN actors a ON a.id = m.actor_id"
    )
    await conn.close()
    return dict(map(tuple, rows))


async def given_second_step(database_url: str) -> None:
    conn = await asyncpg.connect(database_url)
    await conn.execute(
        "INSERT INTO totp (account_id, secret, created_at, confirmed_at)"
        " SELECT id, '', now(), now() FROM accounts"
    )
    await conn.close()


async def secrets_of_ada(database_url: str) -> tuple[str, int]:
    """What her password is compared with, and how many tokens still work."""
    conn = await asyncpg.connect(database_url)
    found = await find_sign_in(conn, "ada")
    live = await conn.fetchval("SELECT count(*) FROM access_tokens WHERE revoked_at IS NULL")
    await conn.close()
    assert found is not None
    return found.password_hash, live


async def given_eve(database_url: str) -> None:
    conn = await asyncpg.connect(database_url)
    async with conn.transaction():
        await given_remote(conn, "eve")
    await conn.close()


async def told(database_url: str, question: str) -> object:
    conn = await asyncpg.connect(database_url)
    answer = await conn.fetchval(question)
    await conn.close()
    return answer


async def public_keys(database_url: str) -> dict[str, bytes]:
    conn = await asyncpg.connect(database_url)
    rows = await conn.fetch("SELECT id, public_der FROM actor_keys")
    await conn.close()
    return {row["id"]: row["public_der"] for row in rows}


async def leave(database_url: str, username: str) -> None:
    conn = await asyncpg.connect(database_url)
    await conn.execute("UPDATE actors SET gone_at = now() WHERE username = $1", username)
    await conn.close()


def given_account(folder: Shell, username: str, *, role: str = "member") -> None:
    create = ("admin", "account", "create", "--username", username, "--role", role)
    folder.facts(*create, "--password-stdin", stdin=PASSWORD)
