"""What pages say of each act. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.accounts.model import Role
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

TO_DO: Final[Mapping[Act, tuple[str, str]]] = MappingProxyType(
    {
        Act.WARN: (
            N_("Tell them something"),
            N_("They read your words, and nothing else happens."),
        ),
        Act.LIMIT: (N_("Limit"), N_("Only followers meet what they write.")),
        Act.UNLIMIT: (N_("No longer limit"), N_("Everybody meets again what they write.")),
        Act.FREEZE: (N_("Freeze"), N_("They may sign in and read, and change nothing.")),
        Act.UNFREEZE: (N_("No longer freeze"), N_("They may write again.")),
        Act.SUSPEND: (N_("Suspend"), N_("Nobody sees them, and nothing of theirs opens any more.")),
        Act.UNSUSPEND: (N_("No longer suspend"), N_("Everything is shown again.")),
    }
)
"""What a steward chooses: a name, and what it does."""

ROLES_SAID: Final[Mapping[Role, str]] = MappingProxyType(
    {
        "member": N_("Member"),
        "moderator": N_("Moderator"),
        "admin": N_("Administrator"),
        "owner": N_("Owner"),
    }
)
