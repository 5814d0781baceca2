"""``fedinet admin joining``: who asks to join, and the answer of whoever runs the machine."""

from datetime import UTC, datetime

import click

from fedinet.accounts.model import tidy_lines
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Result, speaks
from fedinet.db.pool import transaction
from fedinet.joining import places_store, store
from fedinet.joining.commands import decide_alone
from fedinet.joining.model import Request, Says, Standing
from fedinet.kernel.errors import NotFound
from fedinet.services import Services

_MOST_LISTED = 300
_SHOWN = tuple(one for one in Standing if one is not Standing.ASKED)


@click.group()
def joining() -> None:
    """People who ask to join."""


@joining.command("list")
@click.option("--all", "whole", is_flag=True, help="Also what was decided")
@speaks()
def list_requests(flags: Flags, *, whole: bool) -> Result:
    """List who waits to be read, the last first; at most 300."""

    async def work(services: Services) -> Result:
        wanted = _SHOWN if whole else (Standing.WAITING,)
        found = await store.list_requests(services.pool, wanted, before=None, limit=_MOST_LISTED)
        lines = [
            f"{one.id}  {one.asked_at:%Y-%m-%d %H:%M}  {one.standing:9}  {one.name} <{one.email}>"
            for one in found
        ]
        return Result("\n".join(lines) or "Nobody waits.", {"requests": [_facts(o) for o in found]})

    return on_node(flags, work)


@joining.command("accept")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.option("--reason", default="", help="A word for them; goes with the invitation")
@speaks()
def accept(flags: Flags, *, number: int, reason: str) -> Result:
    """Say yes to request NUMBER; prints the invitation, or the place in line."""
    return _decide(flags, number, Says.YES, reason)


@joining.command("decline")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.option("--reason", default="", help="Why, as they read it")
@speaks()
def decline(flags: Flags, *, number: int, reason: str) -> Result:
    """Say no to request NUMBER."""
    return _decide(flags, number, Says.NO, reason)


def _decide(flags: Flags, number: int, says: Says, reason: str) -> Result:
    async def work(services: Services) -> Result:
        post, now = services.joining_post, datetime.now(UTC)
        async with transaction(services.pool) as tx:
            await decide_alone(tx, number, says, tidy_lines(reason), post=post, now=now)
            found = await store.find_request(tx, number)
            if found is None:
                raise NotFound(f"no request {number}")
            facts = _facts(found)
            if found.standing is Standing.IN_LINE:
                facts["place"] = place = await places_store.find_place(tx, found)
                return Result(f"{found.name} is number {place} in line.", facts)
        if found.invitation_sealed is None:
            return Result(f"{found.name} is not invited.", facts)
        code = post.open(found.invitation_sealed, found.id)
        facts["link"] = link = f"{services.uris.origin}/join?code={code}"
        return Result(link, facts)

    return on_node(flags, work)


def _facts(request: Request) -> dict[str, object]:
    return {
        "id": str(request.id),
        "name": request.name,
        "email": request.email,
        "confirmed": request.is_proven,
        "language": request.language,
        "standing": request.standing,
        "asked_at": request.asked_at,
        "answers": [{"question": one.question, "answer": one.answer} for one in request.answers],
    }
