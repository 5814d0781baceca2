"""The PostgreSQL that a node runs itself, in its data folder (TRAPS 14 and 15).

It lives in its own session, so that Ctrl-C reaches us and not it. Whoever holds
the folder's ``OwnerLock`` may start it; a live one left behind by a killed
owner is adopted, a dead one is started again. Synchronous on purpose: the
supervisor forks, and nothing with threads or an event loop should.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from fedinet.db.binaries import Binaries, NoPostgres, RunAs, find_binaries, run_as
from fedinet.db.knock import answers

USER: Final = "fedinet"
DATABASE: Final = "fedinet"
_SOCKET: Final = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH: Final = 100
_START_S: Final = 300.0
"""Recovery after a crash may take its time; the process lives meanwhile."""
_PATIENCE_S: Final = 15.0
"""How long one that dies at once is tried again: children of a killed postmaster must leave."""
_STOP_S: Final = 30.0
_LOG_MAX_BYTES: Final = 10_000_000

TUNING: Final[dict[str, str]] = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "32MB",
    "effective_cache_size": "256MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "wal_buffers": "1MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "huge_pages": "off",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_TUNING_FROM_18: Final = {"io_method": "sync"}


class Postgres:
    """One PostgreSQL in ``data/pg``. The caller holds the folder's ``OwnerLock``."""

    def __init__(
        self,
        data: Path,
        *,
        binaries: Binaries | None = None,
        as_whom: RunAs | None = None,
        tuning: dict[str, str] | None = None,
    ) -> None:
        self._data = data.resolve()
        self._cluster = self._data / "pg"
        self._given = binaries
        self._as_whom = as_whom
        self._tuning = {**TUNING, **(tuning or {})}
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket_folder), safe='')}"

    @property
    def socket_folder(self) -> Path:
        """``data/run``; in the temporary folder where a socket's path would be too long."""
        folder = self._data / "run"
        if len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET_PATH:
            return folder
        name = hashlib.sha256(os.fsencode(self._data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"fedinet-{name}"

    @property
    def pid(self) -> int | None:
        return self._pid

    def answers(self) -> bool:
        """Tell whether connections are accepted now."""
        return answers(self.socket_folder / _SOCKET, user=USER)

    def start(self, *, patience_s: float = _PATIENCE_S) -> None:
        """Make the cluster if there is none, adopt a live server, else start one. Waits for it.

        Raises:
            NoPostgres: it cannot start; ``public`` is for the person at the terminal.
        """
        self._prepare_folders()
        if not (self._cluster / "PG_VERSION").exists():
            self._create_cluster()
        deadline = time.monotonic() + patience_s
        while not (self._adopt() or self._spawn()):
            if time.monotonic() > deadline:
                raise self._failure("PostgreSQL did not start")
            time.sleep(0.2)

    def is_running(self) -> bool:
        """Tell whether the postmaster lives; reaps it when it was our child and has died."""
        if self._child is not None:
            return self._child.poll() is None
        return self._pid is not None and _is_postgres(self._pid, self._cluster)

    def stop(self) -> None:
        """Shut down fast: open transactions are rolled back, everything committed is on disk."""
        if self._pid is None:
            return
        for number, patience_s in ((signal.SIGINT, _STOP_S), (signal.SIGQUIT, _STOP_S)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)
            deadline = time.monotonic() + patience_s
            while self.is_running() and time.monotonic() < deadline:
                time.sleep(0.01)
            if not self.is_running():
                break
        self._child = self._pid = None

    def _prepare_folders(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _private_folder(self.socket_folder)
        (self._data / "log").mkdir(exist_ok=True, mode=0o700)
        self._run_as().own(self.socket_folder)

    def _run_as(self) -> RunAs:
        return self._as_whom or run_as()

    def _binaries(self) -> Binaries:
        if self._given is None:
            made_by = self._cluster / "PG_VERSION"
            major = int(made_by.read_text()) if made_by.exists() else None
            self._given = find_binaries(major=major)
        return self._given

    def _create_cluster(self) -> None:
        """Initialise beside the final name and rename, so that a killed first start leaves none."""
        binaries, as_whom = self._binaries(), self._run_as()
        draft = self._data / "pg.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        as_whom.own(draft)
        locale = ["--locale=C"]
        if binaries.major >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        flags = ["-U", USER, "-A", "trust", "-E", "UTF8", *locale]
        as_whom.run([binaries.path("initdb"), "-D", str(draft), *flags])
        as_whom.run(
            [binaries.path("postgres"), "--single", "-D", str(draft), "postgres"],
            stdin=f"CREATE DATABASE {DATABASE}\n".encode(),
        )
        draft.rename(self._cluster)

    def _adopt(self) -> bool:
        """Take over a live server of this folder; clear the trace of a dead one."""
        pid_file = self._cluster / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return False
        if not _is_postgres(pid, self._cluster):
            pid_file.unlink(missing_ok=True)
            return False
        deadline = time.monotonic() + _START_S
        while _is_postgres(pid, self._cluster) and time.monotonic() < deadline:
            if self.answers():
                self._pid, self._child = pid, None
                return True
            time.sleep(0.05)
        return False

    def _spawn(self) -> bool:
        tuning = dict(self._tuning)
        if self._binaries().major >= 18:
            tuning |= _TUNING_FROM_18
        command = [self._binaries().path("postgres"), "-D", str(self._cluster)]
        command += ["-k", str(self.socket_folder)]
        for name, value in tuning.items():
            command += ["-c", f"{name}={value.strip(chr(39))}"]
        with self._open_log() as log:
            self._child = self._run_as().popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        self._pid = self._child.pid
        deadline = time.monotonic() + _START_S
        while self._child.poll() is None and time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.01)
        return False

    @contextlib.contextmanager
    def _open_log(self) -> Generator[int]:
        path = self._log_path
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        if path.exists() and path.stat().st_size > _LOG_MAX_BYTES:
            flags |= os.O_TRUNC
        descriptor = os.open(path, flags, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @property
    def _log_path(self) -> Path:
        return self._data / "log" / "postgres.log"

    def _failure(self, text: str) -> NoPostgres:
        tail = self._log_path.read_text(errors="replace")[-1500:].strip()
        return NoPostgres(
            f"{text}: {tail}",
            public=f"{text}. The end of {self._log_path}:\n{tail}",
        )


@contextlib.contextmanager
def throwaway_server(folder: Path) -> Generator[str]:
    """Run a fast and careless PostgreSQL for tests in an empty folder; yields its URL."""
    careless = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    postgres = Postgres(folder, tuning={**careless, "max_connections": "200"})
    postgres.start()
    try:
        yield postgres.url
    finally:
        postgres.stop()
        with contextlib.suppress(OSError):
            postgres.socket_folder.rmdir()


def _private_folder(folder: Path) -> None:
    """Make a folder that is only ours; in /tmp somebody else may have been there first."""
    folder.mkdir(exist_ok=True, mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NoPostgres(f"{folder} is no folder", public=f"{folder} is no folder. Remove it.")
    if os.geteuid() not in (0, status.st_uid):
        text = f"{folder} belongs to somebody else. Use a --data folder with a shorter path."
        raise NoPostgres(text, public=text)
    folder.chmod(0o700)


def _is_postgres(pid: int, cluster: Path) -> bool:
    """Tell the live postmaster of a cluster from a zombie, or another program under its number."""
    if Path("/proc/self").exists():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()  # empty for a zombie
        except OSError:
            return False
    else:
        ask = ["ps", "-o", "command=", "-p", str(pid)]
        command = subprocess.run(ask, capture_output=True, check=False).stdout  # noqa: S603 fixed words
    return b"postgres" in command and os.fsencode(cluster) in command
