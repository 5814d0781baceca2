"""After the commit: whoever waited for a yes that is not needed any more has it, and follows
with a server that somebody keeps away end.

Source: Mastodon 4.2-4.7 ``update_account_service.rb``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from fedinet.accounts.signals import ApprovalLifted
from fedinet.actors.store import find_actor
from fedinet.db.query import Tx
from fedinet.follows import commands, store
from fedinet.follows.domain_blocking import end_follows
from fedinet.follows.domain_blocks_store import has_domain_block
from fedinet.follows.signals import ServerKeptAway
from fedinet.queue.signals import Effect, announce

_AT_ONCE: Final = 100


async def let_in(tx: Tx, facts: Sequence[ApprovalLifted]) -> None:
    """Accept who waits, a hundred at a time; nobody where approval is wanted again."""
    for fact in dict.fromkeys(facts):
        owner = await find_actor(tx, fact.actor_id)
        if owner is None or owner.is_gone or owner.approves_followers:
            continue
        waiting = await store.list_waiting(tx, owner.id, _AT_ONCE)
        for follower in waiting:
            await commands.accept_request(tx, owner, follower, now=datetime.now(UTC))
        if len(waiting) == _AT_ONCE:
            await announce(tx, fact)


async def end_with_server(tx: Tx, facts: Sequence[ServerKeptAway]) -> None:
    """End what is left, a hundred at a time; nothing where the server may come again."""
    for fact in dict.fromkeys(facts):
        member = await find_actor(tx, fact.member_id)
        if member is not None and await has_domain_block(tx, fact.member_id, fact.domain):
            await end_follows(tx, member, fact.domain)


EFFECTS: Mapping[type, Effect] = {ApprovalLifted: let_in, ServerKeptAway: end_with_server}
