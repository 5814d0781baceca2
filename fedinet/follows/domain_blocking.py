"""Keeping a whole server away, and letting it come again: what members do. Never the network.

The other server is told of the follows that end, and of nothing else.
"""

from typing import Final

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows import domain_blocks_store as blocks
from fedinet.follows.commands import remove_follower, unfollow
from fedinet.follows.signals import ServerKeptAway
from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import domain, origin_of
from fedinet.queue.signals import announce

MOST: Final = 500
"""Servers that one member keeps away. Who needs more asks the stewards for a rule."""
AT_ONCE: Final = 100

NO_DOMAIN: Final = N_("That is no server’s name. Write it like community.example.")
OURS: Final = N_("This is your own community. You cannot keep it away.")
TOO_MANY: Final = N_("You keep 500 servers away, which is the most. Take one back first.")


def read_server(raw: str) -> Domain:
    """Read what a person typed: a name, an address, or the handle of somebody there. Pure.

    Raises:
        Unprocessable: none of these.
    """
    text = raw.strip()
    try:
        if "://" in text:
            return origin_of(text).domain
        return domain(text.rpartition("@")[2])
    except Malformed as error:
        raise Unprocessable(f"no domain: {raw[:200]!r}", public=NO_DOMAIN) from error


async def keep_away(tx: Tx, member: Actor, server: Domain, *, ours: frozenset[Domain]) -> bool:
    """Stop seeing anybody of a server, and being seen there; follows end both ways.

    Follows beyond the first hundred in each direction end right after the commit.
    False: it was kept away before.

    Raises:
        Unprocessable: our own server; too many.
    """
    if server in ours:
        raise Unprocessable(f"{member.uri} keeps {server} away", public=OURS)
    if not await blocks.insert_domain_block(tx, member.id, server, most=MOST):
        if await blocks.has_domain_block(tx, member.id, server):
            return False
        raise Unprocessable(f"{member.uri} keeps {MOST} servers away", public=TOO_MANY)
    await end_follows(tx, member, server)
    return True


async def let_back(tx: Tx, member: Actor, server: Domain) -> bool:
    """See a server again. Follows that ended do not come back. False: it was not kept away."""
    return await blocks.delete_domain_block(tx, member.id, server)


async def end_follows(tx: Tx, member: Actor, server: Domain) -> None:
    """End the follows between a member and a server, and promise the rest. Idempotent."""
    followed = await blocks.list_followed_there(tx, member.id, server, limit=AT_ONCE)
    for other in followed:
        await unfollow(tx, member, other)
    followers = await blocks.list_followers_there(tx, member.id, server, limit=AT_ONCE)
    for other in followers:
        await remove_follower(tx, member, other)
    if AT_ONCE in (len(followed), len(followers)):
        await announce(tx, ServerKeptAway(member.id, server))
