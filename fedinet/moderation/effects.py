"""After the commit: roles that were promised in an invitation are given, and written down."""

import logging
from collections.abc import Mapping, Sequence

from fedinet.accounts.store import find_account, find_open_account
from fedinet.db.query import Tx
from fedinet.invitations.signals import RolePromised
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.moderation.commands import give_role
from fedinet.moderation.rights import Acting
from fedinet.queue.signals import Effect

logger = logging.getLogger(__name__)


async def give_promised_roles(tx: Tx, facts: Sequence[RolePromised]) -> None:
    """Give each the role of their invitation, where who promised it may still give it.

    Who is frozen or suspended may not, even if the guest came by another door than their link.
    """
    for fact in facts:
        host = await find_account(tx, fact.by)
        if host is None or await find_open_account(tx, host.actor_id) is None:
            logger.info("invitations.role_not_given actor=%d reason=host", fact.actor_id)
            continue
        by = Acting(
            name=f"@{host.username}", actor_id=host.actor_id, account_id=host.id, role=host.role
        )
        try:
            await give_role(tx, fact.actor_id, fact.role, by=by)
        except (Forbidden, Unprocessable) as error:
            logger.info("invitations.role_not_given actor=%d reason=%s", fact.actor_id, error)


EFFECTS: Mapping[type, Effect] = {RolePromised: give_promised_roles}
