"""``fedinet queue``: what waits, what was given up, and trying that again."""

from dataclasses import asdict

import click

from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Result, speaks
from fedinet.kernel.uris import domain
from fedinet.node.backlog import read_backlog
from fedinet.outbox.letters_store import list_dead_letters
from fedinet.outbox.upkeep import retry_dead_letters
from fedinet.queue.dead_letters import retry_failed
from fedinet.services import Services

_WORDS = {
    "inbound": "received, not worked on yet",
    "inbound_age_s": "seconds the oldest of these waits",
    "own_age_s": "seconds the oldest of our own work is overdue",
    "outgoing": "written, not fanned out yet",
    "deliveries": "deliveries to make",
    "hosts_failing": "servers that fail at the moment",
    "hosts_dead": "servers given up",
    "allies_silent": "allies whose server did not answer the last time",
    "dead_letters": "deliveries given up",
    "jobs": "jobs to do",
    "jobs_later": "jobs for later",
    "jobs_failed": "jobs given up",
    "signals": "signals to tell",
    "signals_failed": "signals given up",
}


@click.group()
def queue() -> None:
    """Work that waits, and dead letters."""


@queue.command()
@click.option("--letters", default=10, type=click.IntRange(0, 1000), show_default=True)
@speaks()
def status(flags: Flags, *, letters: int) -> Result:
    """Say how much waits where, and which deliveries were given up last."""

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            backlog = asdict(await read_backlog(conn))
            dead = await list_dead_letters(conn, limit=letters) if letters else []
        lines = [f"{backlog[name]:>8.0f}  {words}" for name, words in _WORDS.items()]
        lines += [f"  {one.buried_at:%Y-%m-%d %H:%M}  {one.reason}  {one.inbox}" for one in dead]
        return Result("\n".join(lines), {**backlog, "letters": [asdict(one) for one in dead]})

    return on_node(flags, work)


@queue.command()
@click.option("--host", help="Only deliveries to this server; otherwise everything given up")
@speaks()
def retry(flags: Flags, *, host: str | None) -> Result:
    """Try again what was given up: deliveries, and without --host jobs and signals too."""

    async def work(services: Services) -> Result:
        to = None if host is None else domain(host)
        deliveries = await retry_dead_letters(services.pool, host=to)
        jobs = signals = 0
        if host is None:
            jobs, signals = await retry_failed(services.pool)
        facts = {"deliveries": deliveries, "jobs": jobs, "signals": signals}
        return Result(
            f"Tries again {deliveries} deliveries, {jobs} jobs, {signals} signals.", facts
        )

    return on_node(flags, work)
