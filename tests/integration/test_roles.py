"""``fedinet web`` and ``fedinet work``: one role per process, on a database of the admin's."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedinet.db.embedded import throwaway_server
from tests.integration.processes import FEDINET, PATIENCE_S, Folder, free_port, status_of, wait_for

ROLES = ("web", "work")


@pytest.fixture
def folder(tmp_path: Path, database_url: str) -> Iterator[Folder]:
    made = Folder(tmp_path / "data", free_port(), {"DATABASE_URL": database_url})
    made.facts("migrate", "--origin", made.origin, "--listen", f"127.0.0.1:{made.port}")
    yield made


def test_web_answers_and_both_end_when_asked(folder: Folder) -> None:
    metrics = f"127.0.0.1:{free_port()}"
    web = start(folder, "web", "--metrics-listen", metrics)
    work = start(folder, "work")
    try:
        wait_for(lambda: status_of(f"{folder.origin}/health") == 200)
        assert status_of(f"http://{metrics}/metrics") == 200
        assert status_of(f"{folder.origin}/metrics") == 404
    finally:
        codes = [stop(web), stop(work)]
    assert codes == [0, 0]


def test_two_web_processes_share_a_port(folder: Folder) -> None:
    both = [start(folder, "web"), start(folder, "web")]
    try:
        wait_for(lambda: status_of(f"{folder.origin}/health") == 200)
    finally:
        codes = [stop(process) for process in both]
    assert codes == [0, 0]


def test_an_older_schema_is_refused_with_what_to_do(folder: Folder, tmp_path: Path) -> None:
    with throwaway_server(tmp_path / "server") as url:
        folder.environ["DATABASE_URL"] = url
        for role in ROLES:
            done = folder.run(role)
            assert done.returncode == 1
            assert "fedinet migrate" in done.stderr


def test_each_role_may_open_as_many_files_as_the_system_allows(folder: Folder) -> None:
    web, work = (start(folder, role, before=("prlimit", "--nofile=300:700")) for role in ROLES)
    try:
        for process in (web, work):
            wait_for(lambda pid=process.pid: open_files(pid) == ["700", "700"])
    finally:
        codes = [stop(process) for process in (web, work)]
    assert codes == [0, 0]


def open_files(pid: int) -> list[str]:
    """Its soft and its hard limit. Source: proc(5), limits."""
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[3:5] for line in limits if line.startswith("Max open files"))


def start(folder: Folder, *words: str, before: tuple[str, ...] = ()) -> "subprocess.Popen[bytes]":
    command = [*before, *FEDINET, *words, "--data", str(folder.data)]
    return subprocess.Popen(
        command, env=folder.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Ask it to stop, once it hears; returns its exit code."""
    wait_for(lambda: catches_sigterm(process.pid) or process.poll() is not None)
    process.terminate()
    process.communicate(timeout=PATIENCE_S)
    return process.returncode


def catches_sigterm(pid: int) -> bool:
    """Whether the process has its handler in place. Source: proc(5), SigCgt."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)
