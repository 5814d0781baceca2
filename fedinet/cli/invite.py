"""``fedinet admin invite list``: invite people from a list without a browser."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from fedinet.accounts.model import tidy
from fedinet.accounts.standing_store import list_accounts
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.i18n import DEFAULT_LANGUAGE, languages
from fedinet.invitations.listed.commands import Inviting, invite_listed, look_ahead
from fedinet.invitations.listed.model import MAX_BYTES, Preview, domains_of
from fedinet.invitations.listed.reading import decode_list, read_list
from fedinet.kernel.ids import AccountId
from fedinet.mail.server import sends_mail
from fedinet.node.store import get_node
from fedinet.policy.signing_up import refused_domains
from fedinet.services import Services

_MOST_READ: Final = 10_000
"""Accounts among which the first owner is looked for."""


@click.group()
def invite() -> None:
    """Inviting people."""


@invite.command("list")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Say what would happen, and do nothing")
@click.option("--language", help="Of those about whom the list says nothing: en or nl")
@click.option("--greeting", default="", help="A sentence that stands above each invitation")
@click.option("--by", help="The owner who invites; the first one where it is left out")
@speaks()
def invite_list(
    flags: Flags, *, file: Path, preview: bool, language: str | None, greeting: str, by: str | None
) -> Result:
    """Invite everybody in FILE (CSV: name, e-mail, role, language), each by a link of their own."""
    if language is not None and language not in languages():
        raise Refused(f"Pages have no language {language}. Write one of: {', '.join(languages())}.")
    with file.open("rb") as opened:
        reading = read_list(decode_list(opened.read(MAX_BYTES + 1)))

    async def work(services: Services) -> Result:
        now, policy = datetime.now(UTC), services.policy.current
        refused = await refused_domains(policy, domains_of(reading.guests), now=now)
        async with transaction(services.pool) as tx:
            ahead = await look_ahead(
                tx, reading, role="owner", box=services.box, now=now, refused=refused
            )
            if preview:
                return Result(_told(ahead, "would be invited"), _facts(ahead, invited=0))
            chosen = language or (await get_node(tx)).language
            how = Inviting(
                by=await _owner(tx, by),
                role="owner",
                now=now,
                greeting=tidy(greeting),
                language=chosen if chosen in languages() else DEFAULT_LANGUAGE,
            )
            invited = await invite_listed(tx, ahead.new, how, box=services.box)
        text = _told(ahead, "are invited")
        if not await sends_mail(services.pool, services.settings):
            text += "\nNo mail server is set: links to hand on are at /admin/invitations."
        return Result(text, _facts(ahead, invited=invited))

    return on_node(flags, work)


async def _owner(tx: Tx, name: str | None) -> AccountId:
    wanted = None if name is None else name.removeprefix("@").lower()
    for one in await list_accounts(tx, limit=_MOST_READ):
        is_acting = one.role == "owner" and not one.is_frozen and not one.is_suspended
        if is_acting and wanted in (None, one.username.lower()):
            return one.account_id
    raise Refused("There is no such owner who can act. Who invites must be one.")


def _told(ahead: Preview, done: str) -> str:
    lines = [f"{len(ahead.new)} {done}."]
    for guests, why in (
        (ahead.members, "a member already"),
        (ahead.invited, "has an invitation that still works"),
        (ahead.unwilling, "asked not to be written to"),
    ):
        lines += [f"line {guest.line}: {guest.address}: {why}" for guest in guests]
    lines += [f"line {bad.line}: {bad.text}: {bad.problem.english}" for bad in ahead.bad]
    return "\n".join(lines)


def _facts(ahead: Preview, *, invited: int) -> dict[str, object]:
    return {
        "invited": invited,
        "new": [guest.address for guest in ahead.new],
        "members": [guest.address for guest in ahead.members],
        "already_invited": [guest.address for guest in ahead.invited],
        "unwilling": [guest.address for guest in ahead.unwilling],
        "bad": [{"line": bad.line, "why": bad.problem.english} for bad in ahead.bad],
    }
