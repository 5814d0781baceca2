"""Distinct types for the identifiers that are easiest to mix up. Pure.

A *Uri* names something on the network, a *Url* is fetched, an *Id* is a row of
ours. The type checker rejects passing one for the other; at run time they are
plain values.
"""

from datetime import datetime
from typing import NewType

ActorUri = NewType("ActorUri", str)
ObjectUri = NewType("ObjectUri", str)
KeyUri = NewType("KeyUri", str)
InboxUrl = NewType("InboxUrl", str)

Domain = NewType("Domain", str)
"""A-label host, lower case, ``:port`` only where it is not the scheme's default."""

ActorId = NewType("ActorId", int)
AccountId = NewType("AccountId", int)
PostId = NewType("PostId", int)


def first_id_at(moment: datetime) -> int:
    """The lowest id that anything made at this moment can have; see new_id() in schemas/sql."""
    return int(moment.timestamp() * 1000) << 16
