"""The database as one file, and back: ``pg_dump``, ``pg_restore`` and ``psql``.

The programs are at least as new as the server (TRAPS 15). Loading goes through
SQL text, so that a dump also loads into an older server than it came from.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from fedinet.db.binaries import NoPostgres, find_dump_tool

_NOT_DUMPED: Final = ("attempts", "setup_links")
"""Limits that may be forgotten, and links that must be."""
_UNKNOWN_TO_OLDER: Final = re.compile(rb"SET transaction_timeout = \d+;\n")
"""``pg_dump`` from 17 on writes it; servers before 17 refuse it."""


def dump(url: str, target: Path, *, server_major: int) -> None:
    """Write one consistent snapshot, while the node goes on.

    Raises:
        NoPostgres: no ``pg_dump`` is new enough, or it failed.
    """
    tool = find_dump_tool("pg_dump", server_major=server_major)
    left_out = [f"--exclude-table-data={table}" for table in _NOT_DUMPED]
    flags = ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
    _run([tool, *flags, *left_out], url)
    target.chmod(0o600)


def load(url: str, source: Path, *, server_major: int, dump_major: int) -> None:
    """Load a dump into an empty database: all of it, or nothing.

    Raises:
        NoPostgres: no programs that read this dump, or the server refused it.
    """
    newest = max(server_major, dump_major)
    reader = find_dump_tool("pg_restore", server_major=newest)
    client = find_dump_tool("psql", server_major=newest)
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        script = Path(folder) / "load.sql"
        _run([reader, "--no-owner", "--no-privileges", f"--file={script}", str(source)])
        _drop_unknown(script)
        quiet = ["--no-psqlrc", "--quiet", "--output=/dev/null"]
        whole = ["--set=ON_ERROR_STOP=1", "--single-transaction"]
        _run([client, *quiet, *whole, f"--file={script}"], url)


def _drop_unknown(script: Path) -> None:
    """Blank the setting in the head of the script, in place: the rest may be gigabytes."""
    with script.open("r+b") as file:
        head = file.read(64 * 1024)
        match = _UNKNOWN_TO_OLDER.search(head)
        if match is not None:
            file.seek(match.start())
            file.write(b" " * (len(match[0]) - 1))


def _run(command: list[str], url: str = "") -> None:
    """Run to the end. A password goes into the environment: arguments are for all to see."""
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10"}
    if url:
        parts = urlsplit(url)
        if parts.password:
            environment["PGPASSWORD"] = unquote(parts.password)
            place = f"{parts.username or ''}@{parts.netloc.rpartition('@')[2]}"
            parts = parts._replace(netloc=place)
        command = [*command, f"--dbname={urlunsplit(parts)}"]
    result = subprocess.run(command, capture_output=True, env=environment, check=False)  # noqa: S603 our own argv
    if result.returncode:
        text = result.stderr.decode(errors="replace").strip()[-2000:]
        raise NoPostgres(f"{Path(command[0]).name} failed: {text}", public=text)
