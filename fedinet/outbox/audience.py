"""Who an outgoing activity is for. Pure."""

from dataclasses import dataclass

from fedinet.kernel.ids import ActorId, InboxUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Recipients, before anyone knows their inboxes.

    ``followers``: all accepted followers of the sender at fan-out.
    ``actors``: these besides; local ones and repeats cost nothing.
    ``inboxes``: addresses kept from peers whose rows may be gone by then.
    ``direct``: use personal inboxes, never shared ones (Follow and its answers,
    posts to people mentioned).
    """

    followers: bool = False
    actors: tuple[ActorId, ...] = ()
    inboxes: tuple[InboxUrl, ...] = ()
    direct: bool = False
