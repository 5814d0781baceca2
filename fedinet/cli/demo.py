"""``fedinet demo``: three communities that talk to each other, on this machine alone."""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from time import monotonic
from typing import Any

import click

from fedinet.cli.progress import progress
from fedinet.cli.terms import how_called, refusal, show
from fedinet.demo.run import FIRST_PORT, Opened, Wish, run
from fedinet.kernel.errors import FedinetError


@click.command()
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-data"),
    show_default=True,
    help="Where the demo lives",
)
@click.option(
    "--port",
    "first_port",
    type=click.IntRange(1024, 65000),
    help=f"First of four ports in a row; {FIRST_PORT} unless the folder knows another",
)
@click.option("--fresh", is_flag=True, help="Throw an older demo away and begin anew")
@click.option(
    "--guest/--no-guest",
    "with_guest",
    default=True,
    help="With somebody from another kind of server, where Node.js is present",
)
@click.option("--json", "as_json", is_flag=True, help="Speak JSON, for scripts")
def demo(
    *, folder: Path, first_port: int | None, fresh: bool, with_guest: bool, as_json: bool
) -> None:
    """Run three communities that follow and answer each other. Stop with Ctrl-C."""
    began = monotonic()
    wish = Wish(folder=folder.absolute(), first_port=first_port, fresh=fresh, with_guest=with_guest)

    def opened(what: Opened) -> None:
        seconds = monotonic() - began
        click.echo(_facts(what, seconds) if as_json else _text(what, seconds))
        sys.stdout.flush()

    try:
        asyncio.run(_until_asked_to_stop(run(wish, progress=progress, opened=opened)))
    except FedinetError as error:
        show(refusal(error), as_json=as_json)


async def _until_asked_to_stop(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end, or until a signal; either way ``main`` puts away what it started."""
    task = asyncio.ensure_future(main)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, _stop_once, task)
    await asyncio.wait((task,))
    if not task.cancelled():
        task.result()


def _stop_once(task: "asyncio.Task[None]") -> None:
    """Cancel; a second Ctrl-C does not interrupt the putting away."""
    if not task.cancelling():
        task.cancel()


def _facts(opened: Opened, seconds: float) -> str:
    communities = [
        {
            "name": community.name,
            "origin": house.origin,
            "data": str(house.folder),
            "members": [person.username for person in community.people],
        }
        for house, community in zip(opened.houses, opened.script.communities, strict=True)
    ]
    facts = {
        "communities": communities,
        "password": opened.password,
        "guest": opened.guest or None,
        "note": opened.guest_note or None,
        "is_new": opened.is_new,
        "seconds": round(seconds, 1),
    }
    return json.dumps(facts, ensure_ascii=False)


def _text(opened: Opened, seconds: float) -> str:
    how = "made" if opened.is_new else "back"
    lines = [f"Three communities, {how} in {seconds:.0f} seconds. Stop with Ctrl-C.", ""]
    for house, community in zip(opened.houses, opened.script.communities, strict=True):
        names = ", ".join(person.username for person in community.people)
        lines += [f"  {community.name:<22}{house.origin}", f"  {'sign in as':<22}{names}", ""]
    first, second = opened.houses[0], opened.houses[1]
    founder = opened.script.communities[0].people[0].username
    asker = opened.script.communities[1].people[0].username
    lines += [
        f"The password of everybody is {opened.password}",
        "",
        "What to try:",
        f"  Sign in as {founder} at {first.origin}/sign-in: Home has people of all three.",
        f"  Sign in as {asker} at {second.origin}/sign-in too, and write to {founder}.",
        "  Write a post for this community only, and look for it from next door.",
        "  The first named of each community is its owner, with a request to answer.",
        f"  {how_called()} check --data {first.folder}",
        "",
    ]
    if opened.guest:
        lines += [f"With a guest from a server that others wrote: @{opened.guest}", ""]
    if opened.guest_note:
        lines += [opened.guest_note, ""]
    return "\n".join(lines)
