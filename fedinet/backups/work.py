"""Working off what is wanted, in a process of its own: the one whom the worker starts.

Everything that takes long happens outside of transactions. A process that is killed leaves
a row under way; the next one ends it as failed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeAlias, cast

import asyncpg

from fedinet.backups import store
from fedinet.backups.making import make
from fedinet.backups.model import Run, RunKind, newest
from fedinet.backups.passphrase import read_passphrase
from fedinet.backups.places import Place, open_place
from fedinet.backups.scratch import sweep_scratch
from fedinet.backups.verifying import read_back
from fedinet.db.query import Conn
from fedinet.kernel.errors import FedinetError, NotFound
from fedinet.kernel.problems import N_
from fedinet.settings import Settings

logger = logging.getLogger(__name__)

_KEPT: Final = timedelta(days=90)
_BROKEN: Final = N_("It was interrupted: the machine or the node stopped.")
_BUSY: Final = N_("Another backup is under way. Try again later.")
_NONE: Final = N_("There is no backup yet.")
_UNEXPECTED: Final = N_("Something went wrong here; the log says what.")


class Busy(FedinetError):
    """Another process is at work on backups."""


class Unreadable(FedinetError):
    """A backup that could not be read back: which, and why."""

    def __init__(self, file: str, reason: FedinetError) -> None:
        super().__init__(str(reason))
        self.file = file
        self.reason = reason


class Worker:
    """One process at work. ``configuration``: what becomes ``fedinet.toml`` where there is none."""

    def __init__(self, settings: Settings, *, configuration: str) -> None:
        self.settings = settings
        self.configuration = configuration
        self.url = cast(str, settings.direct_database_url or settings.database_url)

    def work_off(self) -> list[int]:
        """Do all that is wanted; returns the ids of the runs that ended.

        Raises:
            Busy: another process does.
        """
        ended: list[int] = []
        with asyncio.Runner() as runner:
            lock = runner.run(asyncpg.connect(self.url))
            try:
                if not runner.run(store.may_work(lock)):
                    raise Busy("backups", public=_BUSY)
                runner.run(self._in_transaction(lambda tx: store.fail_broken(tx, _BROKEN)))
                sweep_scratch(self.settings.data, datetime.now(UTC))
                while (run := runner.run(self._begin())) is not None:
                    self._do(runner, run)
                    ended.append(run.id)
                before = datetime.now(UTC) - _KEPT
                runner.run(self._in_transaction(lambda tx: store.forget_runs(tx, before)))
            finally:
                runner.run(lock.close())
        return ended

    def _do(self, runner: asyncio.Runner, run: Run) -> None:
        try:
            place = open_place(self.settings)
            _DO[run.kind](self, runner, run, place)
        except (FedinetError, OSError, asyncpg.PostgresError) as error:
            logger.warning("backup.failed kind=%s reason=%s", run.kind, error)
            file, reason = run.file, error
            if isinstance(error, Unreadable):
                file, reason = error.file, error.reason
            note = partial(store.fail, run_id=run.id, why=_explained(reason), file=file)
            runner.run(self._in_transaction(note))

    def make(self, runner: asyncio.Runner, run: Run, place: Place) -> None:
        """Make the backup that is wanted, and write down what was made."""
        database_bytes, last_bytes = runner.run(self._sizes())
        name, packed = make(
            self.settings,
            place,
            configuration=self.configuration,
            database_bytes=database_bytes,
            last_bytes=last_bytes,
        )

        async def note(tx: Conn) -> None:
            await store.finish(
                tx,
                run.id,
                place=place.name,
                file=name,
                size=packed.size,
                media_files=packed.media_files,
            )
            await store.mark_gone(tx, place.name, place.names())

        runner.run(self._in_transaction(note))

    def verify(self, runner: asyncio.Runner, run: Run, place: Place) -> None:
        """Read back the file that is named, or the newest."""
        name = run.file or newest(place.names(), self.settings.account_domain)
        if name is None:
            raise NotFound("no backup", public=_NONE)
        database_bytes, _ = runner.run(self._sizes())
        passphrase = read_passphrase(self.settings.data)
        try:
            found = read_back(self.settings, place, name, passphrase, database_bytes=database_bytes)
        except FedinetError as error:
            raise Unreadable(name, error) from error
        note = partial(
            store.finish,
            run_id=run.id,
            place=place.name,
            file=name,
            size=found.size,
            media_files=found.files,
            posts=found.content.posts,
            members=found.content.members,
        )
        runner.run(self._in_transaction(note))

    async def _begin(self) -> Run | None:
        conn = await asyncpg.connect(self.url)
        try:
            async with conn.transaction():
                return await store.begin_next(conn)
        finally:
            await conn.close()

    async def _sizes(self) -> tuple[int, int | None]:
        conn = await asyncpg.connect(self.url)
        try:
            return await store.read_sizes(conn)
        finally:
            await conn.close()

    async def _in_transaction(self, do: Callable[[Conn], Awaitable[None]]) -> None:
        conn = await asyncpg.connect(self.url)
        try:
            async with conn.transaction():
                await do(conn)
        finally:
            await conn.close()


Doing: TypeAlias = Callable[[Worker, asyncio.Runner, Run, Place], None]
_DO: Final[Mapping[RunKind, Doing]] = {RunKind.MAKE: Worker.make, RunKind.VERIFY: Worker.verify}


def _explained(error: Exception) -> str:
    """What people are told of a failure: our own words where there are some."""
    if isinstance(error, FedinetError):
        return error.public if "public" in vars(error) else str(error)
    if isinstance(error, OSError):
        return f"{error.filename or ''}: {error.strerror}".removeprefix(": ")
    return _UNEXPECTED
