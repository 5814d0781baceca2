"""``fedinet admin lockdown``: when something went wrong."""

from datetime import UTC, datetime, timedelta
from typing import Final

import click

from fedinet.cli.default_group import DefaultGroup
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.http.locked import ENTER
from fedinet.lockdown import commands, store
from fedinet.lockdown.model import Line, Rotation, check_rotations
from fedinet.lockdown.new_secret import StillRuns, check_stopped, renew_secret
from fedinet.node.store import find_lockdown
from fedinet.security.owner_links_store import LIVES, new_owner_link
from fedinet.services import Services

_BY: Final = "the command line"
_MOST: Final = 100_000
_KEY_MADE: Final = (
    "secret.key is new, and %d secrets were sealed anew with it. Start the node again. Change the "
    "password of the mail server there and on /admin/mail: the old key opened it. Backups made "
    "before hold the old key: make one now, and throw those away that leaked."
)


@click.group(cls=DefaultGroup, default="start")
def lockdown() -> None:
    """Lock the community: sign everybody out, nothing in or out, nobody changes anything."""


@lockdown.command("start")
@click.option("--reason", default="", help="For the record")
@click.option(
    "--rotate", default="", help="Make anew: actors, push, invitations, backups, all; or secret"
)
@speaks()
def start(flags: Flags, *, reason: str, rotate: str) -> Result:
    """Lock it down now. Again: ends everything again that came to be since.

    `--rotate secret` makes secret.key anew, while the node is stopped; `all` leaves it out.
    """
    try:
        asked = check_rotations(rotate)
    except ValueError as error:
        known = ", ".join(one.value for one in Rotation)
        raise Refused(f"Nothing here is called {error}. Choose of {known}, or all.") from error

    async def work(services: Services) -> Result:
        data = services.settings.data
        if Rotation.SECRET in asked:
            await _check_stopped(services, rotate)
        async with transaction(services.pool) as tx:
            done = await commands.lock_down(tx, by=_BY, reason=reason, rotate=asked, data=data)
        text = (
            f"Locked down. {done.sessions} sessions and {done.tokens} tokens ended. Look with "
            "`fedinet admin lockdown report`, get in with `fedinet admin lockdown link`, and open "
            "again with `fedinet admin lockdown lift`."
        )
        if Rotation.BACKUPS in asked:
            text += " The passphrase of the backups is new: `fedinet backup passphrase`."
        if Rotation.SECRET in asked:
            text += f" {_KEY_MADE % await renew_secret(services.pool, data)}"
        facts = {
            "was_locked": not done.is_new,
            "sessions": done.sessions,
            "tokens": done.tokens,
            "invitations": done.invitations,
            "rotated": sorted(asked),
        }
        return Result(text, facts)

    return on_node(flags, work)


async def _check_stopped(services: Services, rotate: str) -> None:
    try:
        await check_stopped(services.pool)
    except StillRuns as error:
        raise Refused(
            "secret.key can be made anew only while the node is stopped. Nothing was done. "
            "Lock it down without `secret` now; then stop it (`systemctl stop fedinet`), run "
            f"`fedinet admin lockdown start --rotate {rotate}`, and start it again."
        ) from error


@lockdown.command("lift")
@speaks()
def lift(flags: Flags) -> Result:
    """Open the community again. Everybody signs in anew; what waited goes out."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            lifted = await commands.lift(tx, by=_BY)
        text = "The community is open again." if lifted else "It was not locked down."
        return Result(text, {"was_locked": lifted})

    return on_node(flags, work)


@lockdown.command("link")
@click.option("--username", default="", help="Which owner; the first where it is left out")
@speaks()
def link(flags: Flags, *, username: str) -> Result:
    """Print a link that signs an owner in, also during a lockdown. It works once, soon."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            owner = await store.find_owner(tx, username.removeprefix("@"))
            if owner is None:
                raise Refused(f"There is no owner {username}." if username else "Nobody is owner.")
            token = await new_owner_link(tx, owner, now=datetime.now(UTC))
        made = f"{services.uris.origin}{ENTER}?token={token}"
        return Result(made, {"link": made, "minutes": LIVES.total_seconds() / 60})

    return on_node(flags, work)


@lockdown.command("report")
@click.option("--since", default="7d", show_default=True, help="2026-11-29T12:00, 36h or 7d")
@speaks()
def report(flags: Flags, *, since: str) -> Result:
    """List who was signed in, what apps did and what was changed since a time, newest first."""
    start = _time(since, datetime.now(UTC))

    async def work(services: Services) -> Result:
        async with services.pool.acquire() as conn:
            lines = await store.report(conn, start, limit=_MOST)
            locked = await find_lockdown(conn)
        text = "\n".join(_written(line) for line in lines)
        facts = {
            "locked_since": locked.since.isoformat() if locked else None,
            "lines": [
                {"at": line.at.isoformat(), "who": line.who, "what": line.what.value,
                 "detail": line.detail}
                for line in lines
            ],
        }  # fmt: skip
        return Result(text or "The records hold nothing of that time.", facts)

    return on_node(flags, work)


def _written(line: Line) -> str:
    text = f"{line.at:%Y-%m-%d %H:%M:%S}  {line.who or '-':20}  {line.words}  {line.detail}"
    return text.rstrip()


def _time(text: str, now: datetime) -> datetime:
    """A moment, or so long ago. Without a zone it is the time of this machine."""
    try:
        if text[-1:] in ("h", "d") and text[:-1].isdecimal():
            number = int(text[:-1])
            return now - (timedelta(hours=number) if text[-1] == "h" else timedelta(days=number))
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{text} is no time. Write 2026-11-29T12:00, 36h or 7d.") from error
