"""Members as the pages make them, without the costly hash each time."""

from datetime import UTC, datetime
from typing import Final, Protocol

from argon2 import PasswordHasher
from pyotp.totp import TOTP

from fedinet.accounts.commands import House, create_account
from fedinet.accounts.model import NewAccount, Role
from fedinet.actors.keys import generate_keys
from fedinet.db.pool import transaction
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.security.commands import begin, confirm
from fedinet.security.store import find_totp
from fedinet.services import Services
from tests.integration.browser import PASSWORD


class Node(Protocol):
    """Whatever runs one: ``nodes.RunningNode``, or processes."""

    @property
    def services(self) -> Services: ...


CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def given_account(
    node: Node, username: str, *, role: Role = "member", email: str | None = None
) -> tuple[AccountId, ActorId]:
    """Somebody who can sign in with ``PASSWORD``."""
    keys = await generate_keys()
    new = NewAccount(
        username=username,
        name=username.capitalize(),
        email=email,
        password_hash=CHEAP.hash(PASSWORD),
        role=role,
    )
    settings = node.services.settings
    house = House(uris=settings.uris, account_domain=settings.account_domain, box=node.services.box)
    async with transaction(node.services.pool) as tx:
        return await create_account(tx, new, house=house, keys=keys)


async def given_second_step(node: Node, account_id: AccountId) -> tuple[str, list[str]]:
    """Turn it on; the code of this moment is used. Returns the secret and the recovery codes."""
    now, box = datetime.now(UTC), node.services.box
    async with transaction(node.services.pool) as tx:
        await begin(tx, account_id, box=box, now=now)
        totp = await find_totp(tx, account_id, box=box, now=now)
        assert totp is not None
        codes = await confirm(tx, account_id, TOTP(totp.secret).at(now), box=box, now=now)
    return totp.secret, list(codes)
