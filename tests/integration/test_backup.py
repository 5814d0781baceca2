"""A node in one file, and back: here, elsewhere, on another PostgreSQL."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedinet.db.binaries import list_binaries
from fedinet.db.embedded import Postgres
from tests.integration.processes import Folder, free_port, status_of, wait_for

PASSPHRASE = "correct horse, battery"


@pytest.fixture(scope="module")
def first_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A node with an owner and a picture, not running; made once, for copies."""
    folder = Folder(tmp_path_factory.mktemp("first") / "data", free_port())
    given_node(folder)
    yield folder
    folder.clean_up()


@pytest.fixture
def origin_node(first_node: Folder, tmp_path: Path) -> Iterator[Folder]:
    """The first node in a folder of the test's own."""
    folder = Folder(tmp_path / "first" / "data", first_node.port)
    folder.data.parent.mkdir()
    subprocess.run(["cp", "-a", str(first_node.data), str(folder.data)], check=True)
    yield folder
    folder.clean_up()


@pytest.fixture
def other_server(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL of the oldest version that this machine has, as an admin would run it."""
    oldest = min(list_binaries(), key=lambda found: found.major)
    server = Postgres(tmp_path / "server", binaries=oldest)
    server.start()
    yield server.url
    server.stop()


def test_everything_comes_back_and_waits_for_resume(origin_node: Folder, tmp_path: Path) -> None:
    file = given_backup(origin_node, tmp_path)
    restored = Folder(tmp_path / "second", origin_node.port)
    facts = restored.facts("restore", str(file))
    assert (facts["origin"], facts["paused"]) == (origin_node.origin, True)
    assert (restored.data / "media" / "ab" / "cat.jpg").read_bytes() == b"cat"
    served = restored.serve()
    assert post_to_inbox(restored) == 503
    assert restored.facts("resume") == {"was_paused": True}
    wait_for(lambda: post_to_inbox(restored) == 401)
    restored.facts("admin", "token", "--username", "ada")
    (mail,) = restored.facts("admin", "mail", "list")["mails"]
    assert (mail["username"], mail["outcome"]) == ("ada", "expired")
    served.stop()


def test_a_backup_can_be_made_while_the_node_runs(origin_node: Folder, tmp_path: Path) -> None:
    served = origin_node.serve()
    file = given_backup(origin_node, tmp_path)
    assert served.health() == 200
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_moves_to_an_older_postgresql_and_back(
    origin_node: Folder, other_server: str, tmp_path: Path
) -> None:
    there = Folder(tmp_path / "there", origin_node.port, {"DATABASE_URL": other_server})
    there.facts("restore", str(given_backup(origin_node, tmp_path)))
    there.facts("admin", "token", "--username", "ada")
    file = tmp_path / "back.fedinet"
    there.facts("backup", str(file))
    back = Folder(tmp_path / "back", origin_node.port)
    back.facts("restore", str(file))
    back.facts("admin", "token", "--username", "ada")
    assert (back.data / "media" / "ab" / "cat.jpg").exists()


def test_a_database_that_holds_a_node_is_not_overwritten(
    origin_node: Folder, other_server: str, tmp_path: Path
) -> None:
    file = given_backup(origin_node, tmp_path)
    environ = {"DATABASE_URL": other_server}
    Folder(tmp_path / "one", 1, environ).facts("restore", str(file))
    two = Folder(tmp_path / "two", 1, environ).run("restore", str(file))
    assert two.returncode == 1
    assert "not empty" in two.stderr
    assert list((tmp_path / "two").iterdir()) == []


def test_an_encrypted_backup_needs_its_passphrase(origin_node: Folder, tmp_path: Path) -> None:
    file = tmp_path / "sealed.fedinet"
    made = origin_node.facts("backup", str(file), "--passphrase-stdin", stdin=PASSPHRASE)
    assert made["encrypted"] is True
    assert b"community" not in file.read_bytes()
    restored = Folder(tmp_path / "second", origin_node.port)
    without = restored.run("restore", str(file))
    wrong = restored.run("restore", str(file), "--passphrase-stdin", stdin="something else")
    assert (without.returncode, wrong.returncode) == (1, 1)
    assert "--passphrase-stdin" in without.stderr
    assert "passphrase" in wrong.stderr
    assert list(restored.data.iterdir()) == []
    done = restored.run("restore", str(file), "--passphrase-stdin", stdin=PASSPHRASE)
    assert done.returncode == 0, done.stderr
    assert "If anything was deleted since then, it is back" in done.stdout
    assert "Roles, suspensions and rules are those of that day" in done.stdout


def test_a_damaged_backup_leaves_an_empty_folder(origin_node: Folder, tmp_path: Path) -> None:
    file = given_backup(origin_node, tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    restored = Folder(tmp_path / "second", origin_node.port)
    assert restored.run("restore", str(file)).returncode == 1
    assert list(restored.data.iterdir()) == []


def test_a_folder_in_use_is_not_overwritten(origin_node: Folder, tmp_path: Path) -> None:
    file = given_backup(origin_node, tmp_path)
    refused = origin_node.run("restore", str(file))
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    again = origin_node.run("backup", str(file))
    assert again.returncode == 1
    assert "exists already" in again.stderr


def given_node(folder: Folder) -> None:
    folder.facts("migrate", "--origin", folder.origin, "--listen", f"127.0.0.1:{folder.port}")
    create = ("admin", "account", "create", "--username", "ada", "--role", "owner")
    address = ("--email", "ada@home.example")
    folder.facts(*create, *address, "--password-stdin", stdin="a quiet evening by the sea")
    picture = folder.data / "media" / "ab" / "cat.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"cat")


def given_backup(folder: Folder, where: Path) -> Path:
    file = where / "node.fedinet"
    assert folder.facts("backup", str(file))["media_files"] == 1
    return file


def post_to_inbox(folder: Folder) -> int:
    headers = {"Content-Type": "application/activity+json"}
    return status_of(f"{folder.origin}/inbox", headers, method="POST", body=b"{}")
