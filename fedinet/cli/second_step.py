"""``fedinet admin account second-step-off``: for somebody who lost everything."""

from datetime import UTC, datetime

import click

from fedinet.accounts.notices import tell_member
from fedinet.accounts.store import find_sign_in
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.mail.model import MailKind
from fedinet.security.commands import take_off
from fedinet.security.notices_store import insert_notice
from fedinet.services import Services


@click.command("second-step-off")
@click.option("--username", required=True)
@speaks()
def second_step_off(flags: Flags, *, username: str) -> Result:
    """Let somebody in by the password alone who lost device and recovery codes.

    Passkeys go, too. Make sure that it is really them. They are signed out everywhere, apps too:
    what is lost may be stolen.
    """

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = await find_sign_in(tx, username)
            if found is None:
                raise Refused(f"There is no account {username}.")
            if not await take_off(tx, found.account.id):  # and nothing of it happens
                raise Refused(f"{username} has no second step and no passkey.")
            now = datetime.now(UTC)
            kind, who = MailKind.TOTP_REMOVED, found.account.id
            await insert_notice(tx, who, kind, browser="", network="", now=now, asks=True)
            await tell_member(tx, who, kind, now=now)
        text = f"{username} signs in by the password alone, and is signed out everywhere."
        return Result(text, {"username": username, "signed_out": True})

    return on_node(flags, work)
