"""``fedinet serve``: one command, whatever dies."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedinet.http.admission import MOST_LINE
from tests.integration.processes import (
    Folder,
    Served,
    free_port,
    is_alive,
    status_of,
    wait_for,
)

PASSWORD = "a quiet evening by the sea"
TOKEN = "a-token-long-enough"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "data", free_port())
    yield made
    made.clean_up()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A node with an owner, for all tests that begin with one."""
    made = Folder(tmp_path_factory.mktemp("house") / "data", free_port())
    made.facts("migrate", "--origin", made.origin, "--listen", f"127.0.0.1:{made.port}")
    words = ("admin", "account", "create", "--username", "ada", "--role", "owner")
    account = made.facts(*words, "--password-stdin", stdin=PASSWORD)
    assert account["handle"] == f"@ada@127.0.0.1:{made.port}"
    yield made
    made.clean_up()


@pytest.fixture
def served(house: Folder) -> Served:
    """It runs, with two web processes; whoever ends it leaves the start to the next test."""
    if not house.served or house.served[-1].process.poll() is not None:
        house.serve("--web", "2", "--metrics-token", TOKEN)
    return house.served[-1]


def test_the_log_holds_neither_the_setup_link_nor_what_strangers_send(folder: Folder) -> None:
    served = folder.serve()
    for unreadable in (
        b"GET /secret" + b"x" * MOST_LINE + b" HTTP/1.1\r\nHost: a\r\n\r\n",
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


def test_a_node_that_is_set_up_prints_no_link(served: Served) -> None:
    _, said = served.stop()
    assert "/setup" not in said
    assert served.folder.origin in said


def test_the_second_one_on_a_folder_says_so_and_ends(served: Served) -> None:
    there = ("--origin", served.folder.origin, "--listen", f"127.0.0.1:{free_port()}")
    second = served.folder.run("serve", *there)
    assert second.returncode == 1
    assert "already serves" in second.stderr


def test_all_processes_count_together(served: Served) -> None:
    metrics = f"{served.folder.origin}/metrics"
    assert status_of(metrics) == 404
    assert status_of(metrics, {"Authorization": f"Bearer {TOKEN}"}) == 200
    assert served.health() == 200


def test_a_port_in_use_is_named(served: Served, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other", served.folder.port)
    done = other.run("serve", "--origin", other.origin, "--listen", f"127.0.0.1:{other.port}")
    assert done.returncode == 1
    assert "--listen" in done.stderr


def test_a_killed_child_comes_back_on_the_same_port(served: Served) -> None:
    before = served.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(served.children()) == 3 and not set(served.children()) & set(before))
    wait_for(lambda: served.health() == 200)
    assert "child.died" in served.log.read_text()


def test_a_killed_postgresql_comes_back(served: Served) -> None:
    killed = served.postmaster()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: served.postmaster() not in (0, killed) and served.health() == 200)
    wait_for(lambda: "postgres.back" in served.log.read_text())


def test_stopping_leaves_nothing_behind(served: Served) -> None:
    pids = [*served.children(), served.postmaster()]
    code, _ = served.stop()
    assert (code, len(pids)) == (0, 4)
    assert not [pid for pid in pids if is_alive(pid)]
    assert served.health() == 0


def test_after_the_parent_was_killed_the_next_start_finds_everything(
    house: Folder, served: Served
) -> None:
    orphans, postmaster = served.children(), served.postmaster()
    served.process.kill()
    again = house.serve()
    assert again.postmaster() == postmaster, "a live server is adopted"
    wait_for(lambda: not [pid for pid in orphans if is_alive(pid)])
    token = house.facts("admin", "token", "--username", "ada")
    assert token["scope"] == "read write follow"


def test_children_end_with_their_parent(served: Served) -> None:
    orphans = served.children()
    served.process.kill()
    wait_for(lambda: not [pid for pid in orphans if is_alive(pid)])


def test_another_origin_is_refused(served: Served, tmp_path: Path) -> None:
    served.stop()
    settings = served.folder.data / "fedinet.toml"
    settings.rename(tmp_path / settings.name)
    words = ("--origin", "http://localhost:9", "--listen", "127.0.0.1:9")
    other = served.folder.run("serve", *words)
    (tmp_path / settings.name).rename(settings)
    assert other.returncode == 1
    assert served.folder.origin in other.stderr


def test_web_and_work_need_a_database_of_their_own(folder: Folder) -> None:
    for role in ("web", "work"):
        done = folder.run(role, "--origin", folder.origin)
        assert done.returncode == 1
        assert "DATABASE_URL" in done.stderr
