"""``fedinet serve``: one command, whatever dies."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.processes import Folder, free_port, is_alive, status_of, wait_for

PASSWORD = "a quiet evening by the sea"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "data", free_port())
    yield made
    made.clean_up()


def test_the_log_holds_neither_the_setup_link_nor_what_strangers_send(folder: Folder) -> None:
    served = folder.serve()
    for unreadable in (
        b"GET /secret" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nse cret: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n",
    ):
        with socket.create_connection(("127.0.0.1", folder.port), timeout=10) as stranger:
            stranger.sendall(unreadable)
            assert stranger.recv(100).split()[1] == b"400"
    code, said = served.stop()
    link = re.search(r"http://\S+/setup\?token=(\S+)", said)
    assert code == 0
    assert link is not None
    logged = served.log.read_text() + (folder.data / "log" / "postgres.log").read_text()
    assert link[1] not in logged
    told = re.findall(r" (\w+) http\.unreadable reason=(\w+)\n", logged)
    assert told == [("INFO", "LineTooLong"), ("INFO", "BadHttpMessage"), ("INFO", "BadHttpMessage")]
    assert not re.search("Traceback|secret|127.0.0.1 |se cret", served.log.read_text())


def test_a_node_that_is_set_up_prints_no_link(folder: Folder) -> None:
    folder.serve().stop()
    made = given_owner(folder)
    assert made["handle"] == f"@ada@127.0.0.1:{folder.port}"
    _, said = folder.serve().stop()
    assert "/setup" not in said
    assert folder.origin in said


def test_the_second_one_on_a_folder_says_so_and_ends(folder: Folder) -> None:
    folder.serve()
    second = folder.run("serve", "--origin", folder.origin, "--listen", f"127.0.0.1:{free_port()}")
    assert second.returncode == 1
    assert "already serves" in second.stderr


def test_stopping_leaves_nothing_behind(folder: Folder) -> None:
    served = folder.serve("--web", "2")
    pids = [*served.children(), served.postmaster()]
    code, _ = served.stop()
    assert (code, len(pids)) == (0, 4)
    assert not [pid for pid in pids if is_alive(pid)]
    assert served.health() == 0


def test_a_killed_child_comes_back_on_the_same_port(folder: Folder) -> None:
    served = folder.serve()
    before = served.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(served.children()) == 2 and not set(served.children()) & set(before))
    wait_for(lambda: served.health() == 200)
    assert "child.died" in served.log.read_text()


def test_a_killed_postgresql_comes_back(folder: Folder) -> None:
    served = folder.serve()
    killed = served.postmaster()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: served.postmaster() not in (0, killed) and served.health() == 200)
    wait_for(lambda: "postgres.back" in served.log.read_text())


def test_after_the_parent_was_killed_the_next_start_finds_everything(folder: Folder) -> None:
    served = folder.serve()
    given_owner(folder)
    orphans, postmaster = served.children(), served.postmaster()
    served.process.kill()
    again = folder.serve()
    assert again.postmaster() == postmaster, "a live server is adopted"
    wait_for(lambda: not [pid for pid in orphans if is_alive(pid)])
    token = folder.facts("admin", "token", "--username", "ada")
    assert token["scope"] == "read write follow"


def test_children_end_with_their_parent(folder: Folder) -> None:
    served = folder.serve()
    orphans = served.children()
    served.process.kill()
    wait_for(lambda: not [pid for pid in orphans if is_alive(pid)])


def test_another_origin_is_refused(folder: Folder) -> None:
    folder.serve().stop()
    (folder.data / "fedinet.toml").unlink()
    other = folder.run("serve", "--origin", "http://localhost:9", "--listen", "127.0.0.1:9")
    assert other.returncode == 1
    assert folder.origin in other.stderr


def test_a_port_in_use_is_named(folder: Folder, tmp_path: Path) -> None:
    folder.serve()
    other = Folder(tmp_path / "other", folder.port)
    done = other.run("serve", "--origin", other.origin, "--listen", f"127.0.0.1:{folder.port}")
    assert done.returncode == 1
    assert "--listen" in done.stderr


def test_all_processes_count_together(folder: Folder) -> None:
    token = "a-token-long-enough"
    served = folder.serve("--web", "2", "--metrics-token", token)
    assert status_of(f"{folder.origin}/metrics") == 404
    assert status_of(f"{folder.origin}/metrics", {"Authorization": f"Bearer {token}"}) == 200
    assert served.health() == 200


def test_web_and_work_need_a_database_of_their_own(folder: Folder) -> None:
    for role in ("web", "work"):
        done = folder.run(role, "--origin", folder.origin)
        assert done.returncode == 1
        assert "DATABASE_URL" in done.stderr


def given_owner(folder: Folder) -> dict[str, object]:
    words = ("admin", "account", "create", "--username", "ada", "--role", "owner")
    return folder.facts(*words, "--password-stdin", stdin=PASSWORD)
