"""One run of the demo: start everything, play what was not played yet, say where it is, wait."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from fedinet.demo import peer
from fedinet.demo.guest import Guest
from fedinet.demo.model import Script
from fedinet.demo.play import Place, Play, Player, Resident, found, places, settle, turn_in
from fedinet.demo.record import Record, clear, new_record, own, read_record, write_record
from fedinet.demo.script import edition, read_script
from fedinet.demo.stage import (
    CannotStage,
    Child,
    House,
    database_server,
    end_leftover,
    refuse_busy,
    running_nodes,
)

FIRST_PORT: Final = 8101
_GUEST_WAIT_S: Final = 25.0
"""How long a start waits for the guest's server to be installed; else they come next time."""

Progress: TypeAlias = Callable[[int, str], AbstractContextManager[Callable[[int], object]]]
"""Shows how far a stretch of so many steps is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for."""

    folder: Path
    first_port: int | None
    """None: the one that the folder knows."""
    fresh: bool
    with_guest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What there is to see, once it is there."""

    houses: Sequence[House]
    script: Script
    password: str
    is_new: bool
    guest: str
    """The guest's handle; empty where they did not come."""
    guest_note: str
    """Why not."""


async def run(wish: Wish, *, progress: Progress, opened: Callable[[Opened], None]) -> None:
    """Run until cancelled. Everything that was started is stopped, however this ends.

    Raises:
        CannotStage: it cannot run here and now, or a node has ended.
        NoPostgres: the database does not start.
    """
    script = read_script()
    lock = own(wish.folder)
    try:
        record, is_new = _record(wish)
        ports = range(record.first_port, record.first_port + len(script.communities) + 1)
        refuse_busy(ports)
        if is_new:
            await asyncio.to_thread(end_leftover, wish.folder)
            clear(wish.folder)
            write_record(wish.folder, record)
        houses = [
            House(community.key, wish.folder / community.key, port)
            for community, port in zip(script.communities, ports[:-1], strict=True)
        ]
        evening = _Evening(wish, script, record, houses, guest_port=ports[-1], progress=progress)
        await evening.run(lambda: opened(evening.opened(is_new=is_new)))
    finally:
        lock.release()


def _record(wish: Wish) -> tuple[Record, bool]:
    """Find the demo that is there and can go on, or plan a new one.

    Raises:
        CannotStage: it was made for other ports.
    """
    known = None if wish.fresh else read_record(wish.folder)
    if known is None or not known.is_played or known.edition != edition():
        return new_record(edition(), first_port=wish.first_port or FIRST_PORT), True
    if wish.first_port not in (None, known.first_port):
        raise CannotStage(
            f"The demo in {wish.folder} was made for the ports from {known.first_port} on, and an "
            "address can never change. Leave --port out, or begin anew with --fresh."
        )
    return known, False


class _Evening:
    def __init__(
        self,
        wish: Wish,
        script: Script,
        record: Record,
        houses: Sequence[House],
        *,
        guest_port: int,
        progress: Progress,
    ) -> None:
        self._wish = wish
        self._script = script
        self._record = record
        self._houses = houses
        self._guest_port = guest_port
        self._progress = progress
        self._guest = ""
        self._guest_note = "" if wish.with_guest else "Without the guest, as asked."

    def opened(self, *, is_new: bool) -> Opened:
        return Opened(
            houses=self._houses,
            script=self._script,
            password=self._record.password,
            is_new=is_new,
            guest=self._guest,
            guest_note=self._guest_note,
        )

    async def run(self, opened: Callable[[], None]) -> None:
        async with AsyncExitStack() as stack:
            coming = await self._invite(stack)
            with self._progress(1, "Starting three nodes") as told:
                urls = await stack.enter_async_context(
                    database_server(self._wish.folder, self._houses)
                )
                nodes = await stack.enter_async_context(running_nodes(self._houses, urls))
                told(1)
            communities, epoch = self._script.communities, self._record.made_at
            async with places(self._houses, communities, urls, epoch=epoch) as stage:
                await self._play(stage, stack, coming)
            opened()
            await _watch(nodes)

    async def _invite(self, stack: AsyncExitStack) -> "asyncio.Task[None] | None":
        """Begin to install the guest's server, which may take a while the first time."""
        if not self._wish.with_guest:
            return None
        self._guest_note = peer.why_not() or ""
        if self._guest_note:
            return None
        log = self._wish.folder / "guest-install.log"
        return await stack.enter_async_context(peer.installation(log))

    async def _play(
        self,
        stage: Sequence[Place],
        stack: AsyncExitStack,
        coming: "asyncio.Task[None] | None",
    ) -> None:
        players: dict[str, Player] = {
            person.username: Resident(place, person)
            for place in stage
            for person in place.community.people
        }
        if not self._record.is_played:
            await self._make_communities(stage)
            await self._play_scenes(stage, players)
            self._keep(is_played=True)
        if coming is not None:
            await self._receive(stage, players, stack, coming)

    async def _make_communities(self, stage: Sequence[Place]) -> None:
        people = len(self._script.people()) - 1
        with self._progress(people, "Making accounts") as told:
            password = self._record.password
            await asyncio.gather(*(found(place, password=password, told=told) for place in stage))

    async def _play_scenes(self, stage: Sequence[Place], players: dict[str, Player]) -> None:
        people = [person for place in stage for person in place.community.people]
        wanted = [(person.username, name) for person in people for name in person.follows]
        asked = [(person.username, name) for person in people for name in person.asks]
        steps = len(wanted) + len(asked) + len(self._script.scenes)
        with self._progress(steps, "Following and writing") as told:
            begun = datetime.now(UTC)
            play = Play(players, self._record.made_at, told)
            await play.meet(wanted, asked)
            await play.perform(self._script.scenes)
            await settle(stage)
            await turn_in(stage, begun)

    async def _receive(
        self,
        stage: Sequence[Place],
        players: dict[str, Player],
        stack: AsyncExitStack,
        coming: "asyncio.Task[None]",
    ) -> None:
        """Start the guest's server; at the first visit they follow, write and are answered."""
        try:
            async with asyncio.timeout(_GUEST_WAIT_S):
                await asyncio.shield(coming)
            server = await stack.enter_async_context(
                peer.running_peer(self._guest_port, self._wish.folder)
            )
            await self._welcome(stage, players, server)
        except TimeoutError:
            self._guest_note = (
                "The guest's server is still being installed. Leave this running for a minute "
                "and start again: then the guest comes."
            )
        except CannotStage as error:
            self._guest_note = error.public

    async def _welcome(
        self, stage: Sequence[Place], players: dict[str, Player], server: peer.Peer
    ) -> None:
        person = self._script.guest
        guest = Guest(server, person, self._record.made_at)
        if self._record.guest_came:
            self._guest = guest.handle
            return
        self._keep(guest_came=True)  # before: a visit that breaks off is not begun twice
        await guest.arrive()
        wanted = [(person.username, name) for name in person.follows]
        wanted += [(name, person.username) for name in self._script.guest_followers]
        steps = len(wanted) + len(self._script.guest_scenes)
        with self._progress(steps, "A guest arrives") as told:
            begun = datetime.now(UTC)
            play = Play({**players, person.username: guest}, self._record.made_at, told)
            await play.meet(wanted, [])
            await play.perform(self._script.guest_scenes)
            await settle(stage)
            await turn_in(stage, begun)
        self._guest = guest.handle

    def _keep(self, **changes: bool) -> None:
        self._record = msgspec.structs.replace(self._record, **changes)
        write_record(self._wish.folder, self._record)


async def _watch(nodes: Sequence[Child]) -> None:
    """Wait until a node ends, which it should not.

    Raises:
        CannotStage: it has.
    """
    ends = [asyncio.create_task(node.process.wait(), name=node.name) for node in nodes]
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    names = " and ".join(sorted(end.get_name() for end in done))
    raise CannotStage(f"{names} ended. Its serve.log says why.")
