"""``fedinet admin mail server`` and ``prove``: what ``/admin/mail`` does, on the machine itself."""

import sys
from datetime import UTC, datetime

import click

from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.http.i18n import DEFAULT_LANGUAGE, languages
from fedinet.kernel.errors import FedinetError, RemoteUnavailable
from fedinet.kernel.problems import Invalid
from fedinet.mail.model import Trouble
from fedinet.mail.proving import enter_code, send_code, tell_unproven
from fedinet.mail.server import is_in_settings, keep_server, mail_settings, way_of
from fedinet.mail.server_form import USUAL_PORTS
from fedinet.mail.server_form import read_server as read_choice
from fedinet.mail.server_store import delete_server, read_proof
from fedinet.mail.smtp import RefusedForGood
from fedinet.mail.words import TROUBLES
from fedinet.node.store import get_node
from fedinet.services import Services


@click.command("server")
@click.option("--host", help="Its name; without it the present server is shown")
@click.option("--port", help="Only where it is not the usual one")
@click.option("--security", type=click.Choice(list(USUAL_PORTS)), default="starttls")
@click.option("--user", help="Name to sign in with; the password is read from standard input")
@click.option("--sender", help="Address that messages come from")
@click.option("--remove", is_flag=True, help="Send no mail any more")
@speaks()
def server(
    flags: Flags,
    *,
    host: str | None,
    port: str | None,
    security: str,
    user: str | None,
    sender: str | None,
    remove: bool,
) -> Result:
    """Show the server that sends mail, enter another, or remove it. Prove it afterwards."""
    if host is not None and remove:
        raise click.UsageError("Give either --host or --remove.")
    password = sys.stdin.readline().rstrip("\n") if host is not None and user else ""
    given = {
        "host": host or "",
        "port": port or "",
        "security": security,
        "user": user or "",
        "password": password,
        "sender": sender or "",
    }

    async def work(services: Services) -> Result:
        if (host is not None or remove) and is_in_settings(services.settings):
            raise Refused("The settings name the mail server: change smtp_host there.")
        if host is not None:
            try:
                async with transaction(services.pool) as tx:
                    await keep_server(tx, services.box, read_choice(given))
            except Invalid as error:
                raise Refused(" ".join(one.english for one in error.problems)) from error
        elif remove:
            async with transaction(services.pool) as tx:
                await delete_server(tx)
        return await _shown(services)

    return on_node(flags, work)


@click.command("prove")
@click.argument("address", required=False)
@click.option("--code", help="The six digits that arrived")
@speaks()
def prove(flags: Flags, *, address: str | None, code: str | None) -> Result:
    """Send a code to ADDRESS; then enter it by --code. Only that proves that mail works."""
    if (address is None) == (code is None):
        raise click.UsageError("Give an address to send a code to, or --code.")

    async def work(services: Services) -> Result:
        now = datetime.now(UTC)
        present = await mail_settings(services.pool, services.box, services.settings)
        if present.smtp_host is None:
            raise Refused("No mail server is set. See `fedinet admin mail server --help`.")
        if code is not None:
            async with transaction(services.pool) as tx:
                right = await enter_code(tx, present, code, box=services.box, now=now)
            if not right:
                raise Refused("That is not the code that was sent last, or it is too old.")
            return Result("Mail works.", {"proven": True})
        assert address is not None  # noqa: S101  # one of both was given
        async with services.pool.acquire() as conn:
            known = await get_node(conn)
        language = known.language if known.language in languages() else DEFAULT_LANGUAGE
        try:
            await send_code(
                services.pool,
                present,
                address,
                box=services.box,
                community=known.name or services.uris.origin.domain,
                language=language,
                now=now,
            )
        except (RefusedForGood, RemoteUnavailable) as error:
            trouble = getattr(error, "trouble", Trouble.OTHER)
            raise Refused(f"{TROUBLES[trouble]}\nWhat the server said: {error}") from error
        except FedinetError as error:
            raise Refused(f"Not sent. {error}") from error
        text = f"The server took it. Enter the code: fedinet admin mail prove --code …  ({address})"
        return Result(text, {"sent": True})

    return on_node(flags, work)


async def _shown(services: Services) -> Result:
    now = datetime.now(UTC)
    present = await mail_settings(services.pool, services.box, services.settings)
    proof = await read_proof(services.pool, way_of(present), now=now)
    await tell_unproven(services.pool, present, now=now)
    facts = {
        "host": present.smtp_host,
        "port": present.smtp_port if present.smtp_host else None,
        "security": present.smtp_security if present.smtp_host else None,
        "user": present.smtp_user,
        "sender": present.mail_sender,
        "from_settings": is_in_settings(services.settings),
        "proven_at": proof.proven_at.isoformat() if proof.proven_at else None,
    }
    if present.smtp_host is None:
        return Result("No mail server is set: messages stay on this machine.", facts)
    by = "by the settings" if is_in_settings(services.settings) else "entered by a steward"
    proven = "proven" if proof.proven_at else "never proven: fedinet admin mail prove ADDRESS"
    text = (
        f"{present.smtp_host}:{present.smtp_port} ({present.smtp_security}), {by}."
        f"\nMessages come from {present.mail_sender}.\nThat mail arrives is {proven}."
    )
    return Result(text, facts)
