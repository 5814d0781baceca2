"""What pages say of each act. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.kernel.problems import N_
from fedinet.moderation.rights import Act

SAID_TO_MEMBER: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.WARN: N_("The stewards have a word for you"),
        Act.LIMIT: N_("The stewards let only your followers meet what you write"),
        Act.UNLIMIT: N_("Everybody can meet again what you write"),
        Act.FREEZE: N_("The stewards have frozen your account: you can read, and change nothing"),
        Act.UNFREEZE: N_("Your account is no longer frozen"),
        Act.SUSPEND: N_("The stewards have suspended your account"),
        Act.UNSUSPEND: N_("Your account is no longer suspended"),
        Act.ROLE: N_("You have another role here: %(name)s"),
    }
)
"""``%(name)s`` is the detail."""

SAID_TO_STEWARDS: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.WARN: N_("warned"),
        Act.LIMIT: N_("limited"),
        Act.UNLIMIT: N_("no longer limited"),
        Act.FREEZE: N_("frozen"),
        Act.UNFREEZE: N_("no longer frozen"),
        Act.SUSPEND: N_("suspended"),
        Act.UNSUSPEND: N_("no longer suspended"),
        Act.ROLE: N_("another role: %(name)s"),
    }
)
