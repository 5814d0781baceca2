"""``fedinet admin account list``, ``role``, ``suspend`` and the like: what becomes of members."""

from datetime import UTC, datetime
from typing import Final, get_args

import click

from fedinet.accounts.model import Role
from fedinet.accounts.standing_store import ListedAccount
from fedinet.accounts.standing_store import list_accounts as read_accounts
from fedinet.accounts.store import find_account_of
from fedinet.actors.model import Actor
from fedinet.actors.store import find_local_by_name
from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.i18n import catalogue
from fedinet.kernel.paging import Page
from fedinet.leaving.commands import close_account
from fedinet.moderation import reasons_store
from fedinet.moderation.acts_store import list_acts_of
from fedinet.moderation.commands import act_on, give_role
from fedinet.moderation.reasons import Because, in_use
from fedinet.moderation.rights import COMMAND_LINE, Act
from fedinet.node.store import get_node
from fedinet.services import Services

_MOST_LISTED: Final = 1000
_REASON: Final = "Why, as the member reads it"
_DONE: Final = {
    Act.SUSPEND: "is suspended, and signed out everywhere",
    Act.UNSUSPEND: "is not suspended any more, and may sign in",
    Act.FREEZE: "is frozen: may read, and change nothing",
    Act.UNFREEZE: "is not frozen any more",
    Act.LIMIT: "is limited: only followers meet what they write",
    Act.UNLIMIT: "is not limited any more",
}


@click.command("list")
@speaks()
def list_accounts(flags: Flags) -> Result:
    """List who has an account, which role, and what stewards did; the first first, at most 1000."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = await read_accounts(tx, limit=_MOST_LISTED)
        lines = "\n".join("  ".join((one.username, one.role, *_marks(one))) for one in found)
        facts = [
            {
                "username": one.username,
                "role": one.role,
                "suspended": one.is_suspended,
                "frozen": one.is_frozen,
                "limited": one.is_limited,
            }
            for one in found
        ]
        return Result(lines or "Nobody has an account.", {"accounts": facts})

    return on_node(flags, work)


@click.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(get_args(Role)))
@click.option("--reason", default="", help=_REASON)
@speaks()
def change_role(flags: Flags, *, name: str, role: Role, reason: str) -> Result:
    """Give NAME another role, at once. The last owner who can act stays owner."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = await _find(tx, name)
            await give_role(tx, found.id, role, by=COMMAND_LINE, reason=reason)
        return Result(f"{found.username} is {role}.", {"username": found.username, "role": role})

    return on_node(flags, work)


@click.command("history")
@click.argument("name")
@speaks()
def show_history(flags: Flags, *, name: str) -> Result:
    """Show what stewards did about NAME, by whom and why; the last first, at most 1000."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = await _find(tx, name)
            acts = await list_acts_of(tx, found.id, Page(limit=_MOST_LISTED))
        lines = [
            "  ".join(filter(None, (f"{one.at:%Y-%m-%d %H:%M}", one.act, one.detail, one.by_whom)))
            + (f": {one.reason}" if one.reason else "")
            for one in acts
        ]
        facts = [
            {
                "at": one.at,
                "act": one.act,
                "detail": one.detail,
                "by": one.by_whom,
                "reason": one.reason,
            }
            for one in acts
        ]
        return Result("\n".join(lines) or "Nothing was ever done.", {"acts": facts})

    return on_node(flags, work)


@click.command("reasons")
@speaks()
def list_reasons(flags: Flags) -> Result:
    """List the reasons to choose from by --because, in the community's language."""

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            house = (await get_node(tx)).language
            found = in_use(await reasons_store.list_reasons(tx))
        say = catalogue(house).gettext
        words = [(one.id, one.read_in(house, say)) for one in found]
        lines = [f"{number:>4}  {said.name}: {said.text}" for number, said in words]
        facts = [{"id": number, "name": said.name, "text": said.text} for number, said in words]
        return Result("\n".join(lines) or "There are none.", {"reasons": facts})

    return on_node(flags, work)


@click.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="I know that nothing brings it back")
@speaks()
def delete(flags: Flags, *, name: str, yes: bool) -> Result:
    """Delete NAME and all they put here, at once. Nobody is given the name again."""
    if not yes:
        raise Refused(f"This deletes {name} and all they put here, for good. Say it with --yes.")

    async def work(services: Services) -> Result:
        async with transaction(services.pool) as tx:
            found = await _find(tx, name)
            account = await find_account_of(tx, found.id)
            if account is None:
                raise Refused(f"There is no account {name}.")
            await close_account(tx, account)
        return Result(
            f"{found.username} is deleted. The running node erases the rest within minutes.",
            {"username": found.username},
        )

    return on_node(flags, work)


def _command(act: Act, says: str) -> click.Command:
    @click.command(act.value, help=says)
    @click.argument("name")
    @click.option("--because", type=int, help="The number of a reason: admin account reasons")
    @click.option("--reason", default="", help=_REASON)
    @speaks()
    def run(flags: Flags, *, name: str, because: int | None, reason: str) -> Result:
        async def work(services: Services) -> Result:
            async with transaction(services.pool) as tx:
                found = await _find(tx, name)
                await act_on(
                    tx,
                    found.id,
                    act,
                    by=COMMAND_LINE,
                    reason=reason,
                    because=Because(reason_id=because),
                    now=datetime.now(UTC),
                )
            facts = {"username": found.username, "done": act.value}
            return Result(f"{found.username} {_DONE[act]}.", facts)

        return on_node(flags, work)

    return run


COMMANDS: Final = (
    list_accounts,
    change_role,
    show_history,
    list_reasons,
    delete,
    _command(Act.SUSPEND, "Suspend NAME: signed out everywhere, and seen by nobody."),
    _command(Act.UNSUSPEND, "Lift the suspension of NAME: everything is shown again."),
    _command(Act.FREEZE, "Freeze NAME: they may sign in and read, and change nothing."),
    _command(Act.UNFREEZE, "Let NAME write again."),
    _command(Act.LIMIT, "Limit NAME: only followers meet what they write."),
    _command(Act.UNLIMIT, "Let everybody meet again what NAME writes."),
)


async def _find(tx: Tx, name: str) -> Actor:
    found = await find_local_by_name(tx, name.removeprefix("@"))
    if found is None or found.is_gone:
        raise Refused(f"There is no account {name}.")
    return found


def _marks(one: ListedAccount) -> tuple[str, ...]:
    """What stewards did that holds."""
    found = {"suspended": one.is_suspended, "frozen": one.is_frozen, "limited": one.is_limited}
    return tuple(word for word, is_so in found.items() if is_so)
