"""``fedinet admin``: what stewards do from a terminal, and scripts without a browser."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, get_args

import click

from fedinet.accounts.commands import House, create_account, rotate_keys
from fedinet.accounts.model import NewAccount, Role, check_password, tidy
from fedinet.accounts.passwords import Passwords
from fedinet.accounts.resets import replace_password
from fedinet.accounts.sign_out import sign_out_everywhere
from fedinet.accounts.store import find_sign_in
from fedinet.actors.keys import find_node_actor, generate_keys
from fedinet.actors.model import Actor, check_username
from fedinet.actors.store import (
    find_actor_by_uri,
    find_by_handle,
    find_local_by_name,
)
from fedinet.cli.invite import invite
from fedinet.cli.joining import joining
from fedinet.cli.lockdown import lockdown
from fedinet.cli.mail import mail
from fedinet.cli.media import media
from fedinet.cli.members import COMMANDS
from fedinet.cli.register import print_register
from fedinet.cli.running import on_node
from fedinet.cli.second_step import second_step_off
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.digests.choosing import choose_rhythm
from fedinet.digests.model import USUAL
from fedinet.http.tokens import check_scopes, create_token
from fedinet.kernel.names import ed25519_key, main_key
from fedinet.kernel.paging import Page
from fedinet.kernel.uris import domain
from fedinet.kernel.zones import read_zone
from fedinet.mail.model import check_email
from fedinet.moderation.commands import act_on
from fedinet.moderation.rights import COMMAND_LINE, Act
from fedinet.moderation.store import list_suspended
from fedinet.node import store as node
from fedinet.node.opening import open_node
from fedinet.services import Services

_ROLES: Final = get_args(Role)
_MOST_LISTED: Final = 1000


@click.group()
def admin() -> None:
    """Accounts, invitations, who asks to join, tokens, suspended actors, mail, media, register."""


admin.add_command(invite)
admin.add_command(joining)
admin.add_command(mail)
admin.add_command(media)
admin.add_command(lockdown)
admin.add_command(print_register)


@admin.group()
def account() -> None:
    """People who sign in here."""


for _command in (*COMMANDS, second_step_off):
    account.add_command(_command)


@account.command("create")
@click.option("--username", required=True)
@click.option("--email", help="Only for signing in and for mail; may be left out")
@click.option("--name", default="", help="As shown; the username where it is left out")
@click.option("--password", help="Visible to others on this machine; better --password-stdin")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input")
@click.option("--role", type=click.Choice(_ROLES), help="member; the first account is the owner")
@click.option("--community", help="With the first account: the name of the new node")
@click.option(
    "--time-zone",
    help="By whose clock hours are told, like Europe/Brussels: to all with the first account,"
    " else to this member. As the community where it is left out",
)
@speaks()
def create(
    flags: Flags,
    *,
    username: str,
    email: str | None,
    name: str,
    password: str | None,
    password_stdin: bool,
    role: Role | None,
    community: str | None,
    time_zone: str | None,
) -> Result:
    """Make an account. The first owner opens a node that nobody has set up.

    So the first account is the owner, unless another role is asked for.
    """
    secret = _password(password, from_stdin=password_stdin)
    username = check_username(username)
    wrong = check_password(secret, not_like=(username, name, email or ""))
    wrong += check_email(email) if email else []
    if wrong:
        raise Refused(" ".join(problem.english for problem in wrong))
    zone = _zone(time_zone)

    async def work(services: Services) -> Result:
        keys = await generate_keys()
        password_hash = await Passwords().hash(secret)
        async with transaction(services.pool) as tx:
            given = role or await _usual_role(tx)
            new = NewAccount(
                username=username,
                name=tidy(name) or username,
                email=email,
                password_hash=password_hash,
                role=given,
            )
            account_id, actor_id = await create_account(tx, new, house=_house(services), keys=keys)
            if given == "owner" and not (await node.get_node(tx)).is_set_up:
                await _open_node(tx, services, community, zone)
            elif zone:
                rhythm = replace(USUAL, time_zone=zone)
                await choose_rhythm(tx, account_id, rhythm, now=datetime.now(UTC))
        handle = f"@{username}@{services.settings.account_domain}"
        facts = {"account_id": str(account_id), "actor_id": str(actor_id), "handle": handle}
        return Result(f"Made the {given} {handle}.", facts)

    return on_node(flags, work)


@account.command("password")
@click.option("--username", required=True)
@click.option("--password", help="Visible to others on this machine; better --password-stdin")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input")
@speaks()
def set_password(
    flags: Flags, *, username: str, password: str | None, password_stdin: bool
) -> Result:
    """Give somebody who forgot theirs a new password. They are signed out everywhere, apps too."""
    secret = _password(password, from_stdin=password_stdin)
    wrong = check_password(secret, not_like=(username,))
    if wrong:
        raise Refused(" ".join(problem.english for problem in wrong))

    async def work(services: Services) -> Result:
        password_hash = await Passwords().hash(secret)
        async with transaction(services.pool) as tx:
            found = await find_sign_in(tx, username)
            if found is None:
                raise Refused(f"There is no account {username}.")
            now = datetime.now(UTC)
            await replace_password(tx, found.account.id, password_hash, now=now)
            await sign_out_everywhere(tx, found.account.id)
        text = f"{username} signs in with the new password, and is signed out everywhere."
        return Result(text, {"username": username, "signed_out": True})

    return on_node(flags, work)


@account.command("rotate-keys")
@click.option("--username", help="Whose keys; or say --node")
@click.option("--node", "of_node", is_flag=True, help="The keys of the node actor")
@speaks()
def rotate(flags: Flags, *, username: str | None, of_node: bool) -> Result:
    """Replace signing keys that somebody may have copied. The old ones are deleted."""
    if of_node == (username is not None):
        raise click.UsageError("Give either --username or --node.")

    async def work(services: Services) -> Result:
        keys = await generate_keys()
        async with transaction(services.pool) as tx:
            found = await _ours(tx, services, username)
            await rotate_keys(tx, found, box=services.box, keys=keys, now=datetime.now(UTC))
        facts = {"actor": found.uri, "keys": [main_key(found.uri), ed25519_key(found.uri)]}
        return Result(f"{found.uri} has new keys. The old ones are deleted.", facts)

    return on_node(flags, work)


@admin.command()
@click.option("--username", required=True)
@click.option("--scopes", default="read write follow", show_default=True)
@click.option("--app-name", default="fedinet admin token", show_default=True)
@speaks()
def token(flags: Flags, *, username: str, scopes: str, app_name: str) -> Result:
    """Print an access token of a member, for scripts. It does not expire; revoke it in settings."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = await find_sign_in(tx, username)
            if found is None:
                raise Refused(f"There is no account {username}.")
            made = await create_token(tx, found.account.id, check_scopes(scopes), app_name)
        return Result(made, {"access_token": made, "scope": scopes})

    return on_node(flags, work)


@admin.command("setup-link")
@speaks()
def setup_link(flags: Flags) -> Result:
    """Print a new link that makes the first account. It works once, for an hour."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            if (await node.get_node(tx)).is_set_up:
                raise Refused("This node is set up. Make accounts by invitation, or here.")
            link = f"{services.uris.origin}/setup?token={await node.new_setup_link(tx)}"
        return Result(link, {"link": link})

    return on_node(flags, work)


@admin.group()
def actor() -> None:
    """Whoever has an inbox, here or elsewhere."""


@actor.command()
@click.argument("who")
@click.option("--reason", default="", help="Kept in the record; a member reads it")
@speaks()
def suspend(flags: Flags, *, who: str, reason: str) -> Result:
    """Suspend WHO, name@domain or an actor's URI: nothing in, nothing shown."""
    return _set_suspended(flags, who, suspended=True, reason=reason)


@actor.command("restore")
@click.argument("who")
@click.option("--reason", default="", help="Kept in the record; a member reads it")
@speaks()
def restore_actor(flags: Flags, *, who: str, reason: str) -> Result:
    """Lift a suspension."""
    return _set_suspended(flags, who, suspended=False, reason=reason)


@actor.command("suspended")
@speaks()
def list_suspended_actors(flags: Flags) -> Result:
    """List who is suspended, those that were met last first; at most 1000."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = [one.uri for one in await list_suspended(tx, Page(limit=_MOST_LISTED))]
        return Result("\n".join(found) or "Nobody is suspended.", {"suspended": found})

    return on_node(flags, work)


@click.command()
@speaks()
def resume(flags: Flags) -> Result:
    """Let a restored node talk to other servers again."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            was_paused = (await node.get_node(tx)).paused
            await node.resume(tx)
        text = "The node talks to other servers again." if was_paused else "It was not paused."
        return Result(text, {"was_paused": was_paused})

    return on_node(flags, work)


def _set_suspended(flags: Flags, who: str, *, suspended: bool, reason: str) -> Result:
    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = await _find(tx, who)
            act = Act.SUSPEND if suspended else Act.UNSUSPEND
            await act_on(tx, found.id, act, by=COMMAND_LINE, reason=reason, now=datetime.now(UTC))
        word = "suspended" if suspended else "restored"
        return Result(f"{found.uri} is {word}.", {"actor": found.uri, "suspended": suspended})

    return on_node(flags, work)


async def _find(tx: Tx, who: str) -> Actor:
    if who.startswith(("https://", "http://")):
        found = await find_actor_by_uri(tx, who)
    elif "@" in who.lstrip("@"):
        username, _, host = who.lstrip("@").partition("@")
        found = await find_by_handle(tx, username, domain(host))
    else:
        found = await find_local_by_name(tx, who.lstrip("@"))
    if found is None:
        raise Refused(f"Nobody here knows {who}.")
    return found


async def _ours(tx: Tx, services: Services, username: str | None) -> Actor:
    """Find a member by name; the node actor where no name is given."""
    node_actor = await find_node_actor(tx, services.uris)
    if username is None:
        if node_actor is None:
            raise Refused("The node has no actor yet. Start it once with `fedinet serve`.")
        return node_actor
    found = await find_local_by_name(tx, username.removeprefix("@"))
    if found is None or found == node_actor:
        raise Refused(f"There is no account {username}.")
    if found.is_gone:
        raise Refused(f"{username} has left; there are no keys to replace.")
    return found


async def _usual_role(tx: Tx) -> Role:
    """Whoever has this terminal opens the house: the first account is the owner."""
    return "member" if (await node.get_node(tx)).is_set_up else "owner"


async def _open_node(tx: Tx, services: Services, community: str | None, zone: str) -> None:
    known = await node.get_node(tx)
    await open_node(
        tx,
        name=tidy(community or "") or services.settings.account_domain,
        purpose=known.purpose,
        language=known.language,
        hue=known.hue,
        time_zone=zone,
        now=datetime.now(UTC),
    )


def _zone(given: str | None) -> str:
    """The name of a time zone; ``""`` for none."""
    try:
        return read_zone(given) if given else ""
    except ValueError as error:
        raise Refused(f"{error}.") from error


def _house(services: Services) -> House:
    return House(
        uris=services.uris,
        account_domain=services.settings.account_domain,
        box=services.box,
    )


def _password(given: str | None, *, from_stdin: bool) -> str:
    if from_stdin == (given is not None):
        raise click.UsageError("Give either --password or --password-stdin.")
    if given is not None:
        return given
    return sys.stdin.readline().rstrip("\n")
