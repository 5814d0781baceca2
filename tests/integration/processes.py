"""``fedinet`` as real processes on a data folder of the test's own."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.integration.at_hand import run_fedinet

PATIENCE_S = 120.0
"""An upper bound for a loaded machine; everything waits for a fact, not for time."""


@dataclass(slots=True)
class Folder:
    """A data folder, and the command line on it."""

    data: Path
    port: int
    environ: dict[str, str] = field(default_factory=dict[str, str])
    served: "list[Served]" = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return run_fedinet(
            [*words, "--data", str(self.data)],
            environ=self.environment(),
            stdin=stdin,
            timeout_s=PATIENCE_S,
        )

    def facts(self, *words: str, stdin: str = "") -> dict[str, object]:
        """Run a command that succeeds, and read what it says to scripts."""
        done = self.run(*words, "--json", stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def serve(self, *words: str, ready: bool = True) -> "Served":
        """Start ``fedinet serve``; with ``ready``, wait until it says that it does."""
        log = self.data.with_suffix(f".log{len(self.served)}")
        listen = ["--origin", self.origin, "--listen", f"127.0.0.1:{self.port}"]
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [*FEDINET, "serve", "--data", str(self.data), *listen, *words],
                stdout=subprocess.PIPE,
                stderr=stderr,
                bufsize=0,
                env=self.environment(),
            )
        served = Served(self, process, log)
        self.served.append(served)
        if ready:
            assert process.stdout is not None
            served.said = process.stdout.readline().decode()
            assert served.said, log.read_text()
        return served

    def clean_up(self) -> None:
        """End everything that a test left behind."""
        for served in self.served:
            if served.process.poll() is None:
                served.process.terminate()
            if served.process.stdout is not None:
                served.process.communicate(timeout=PATIENCE_S)
        pid_file = self.data / "pg" / "postmaster.pid"
        if pid_file.exists():
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)

    def environment(self) -> dict[str, str]:
        """What the commands see: nothing of the developer's own settings."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("FEDINET_")
        }
        inherited.pop("DATABASE_URL", None)
        inherited.pop("JOURNAL_STREAM", None)
        return {**inherited, "FEDINET_API_REQUESTS": "1000000", **self.environ}


@dataclass(slots=True)
class Served:
    """One run of ``fedinet serve``."""

    folder: Folder
    process: "subprocess.Popen[bytes]"
    log: Path
    said: str = ""
    """What it has said on standard output, as far as it was read."""

    def health(self) -> int:
        return status_of(f"{self.folder.origin}/health")

    def children(self) -> list[int]:
        """Web and worker processes, oldest first; PostgreSQL is not among them."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [pid for pid in map(int, found.split()) if "postgres" not in command_of(pid)]

    def postmaster(self) -> int:
        """The process id of PostgreSQL; 0 while there is none."""
        try:
            return int((self.folder.data / "pg" / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError):
            return 0

    def stop(self) -> tuple[int, str]:
        """Ask it to stop; returns the exit code and all it said on standard output."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, self.said + rest.decode()


FEDINET = (sys.executable, "-m", "fedinet")


def free_port(count: int = 1) -> int:
    """The first of so many ports in a row that nobody listens on, and nobody soon will.

    Below those that the system gives to whoever asks for any (Linux: 32768 and up): one of them
    may be in use by the time the process that is to have it listens.
    """
    while True:
        first = secrets.randbelow(12_000) + 20_000
        if all(_is_free(first + step) for step in range(count)):
            return first


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def status_of(
    url: str, headers: dict[str, str] | None = None, *, method: str = "GET", body: bytes = b""
) -> int:
    """The status of the answer; 0 where nobody listens."""
    return answer_of(url, headers, method=method, body=body)[0]


def answer_of(
    url: str, headers: dict[str, str] | None = None, *, method: str = "GET", body: bytes = b""
) -> tuple[int, bytes]:
    """Status and body of the answer, by a connection of its own; 0 where nobody listens."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def wait_for(fact) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    return bool(command_of(pid))


def command_of(pid: int) -> str:
    """The command line of a process; empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
