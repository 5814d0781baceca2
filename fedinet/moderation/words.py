"""What pages say of each act. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.accounts.model import Role
from fedinet.kernel.problems import N_
from fedinet.moderation.model import Category
from fedinet.moderation.rights import Act

CATEGORIES: Final[Mapping[Category, str]] = MappingProxyType(
    {
        "other": N_("Something else"),
        "spam": N_("Unwanted advertising"),
        "violation": N_("It breaks the house rules"),
        "legal": N_("It breaks the law"),
    }
)

SAID_TO_MEMBER: Final[Mapping[Act, str]] = MappingProxyType(
    {
        Act.WARN: N_("The stewards have a word for you"),
        Act.LIMIT: N_("The stewards let only your followers meet what you write"),
        Act.UNLIMIT: N_("Everybody can meet again what you write"),
        Act.FREEZE: N_("The stewards have frozen your account: you can read, and change nothing"),
        Act.UNFREEZE: N_("Your account is no longer frozen"),
        Act.SUSPEND: N_("The stewards have suspended your account"),
        Act.UNSUSPEND: N_("Your account is no longer suspended"),
        Act.KEEP: N_("A steward looked again, and it stays as it is"),
        Act.UNWARN: N_("The stewards take back the word that they had for you"),
        Act.REMOVE: N_("The stewards took away what you posted on %(name)s"),
        Act.UNREMOVE: N_("It was wrong to take your post away: you may publish it again"),
        Act.ROLE: N_("You have another role here: %(name)s"),
        Act.UNLOCK: N_("A steward let you try to sign in again, after many wrong passwords"),
        Act.RESET_LINK: N_("A steward made a link for a new password, to hand over to you"),
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
        Act.KEEP: N_("looked at again: it stays"),
        Act.UNWARN: N_("warning taken back"),
        Act.REMOVE: N_("post taken away, of %(name)s"),
        Act.UNREMOVE: N_("taking away a post was wrong"),
        Act.SETTLE: N_("a report was settled"),
        Act.REOPEN: N_("a report was opened again"),
        Act.ROLE: N_("another role: %(name)s"),
        Act.UNLOCK: N_("may try to sign in again"),
        Act.RESET_LINK: N_("link for a new password"),
    }
)

TO_DO: Final[Mapping[Act, tuple[str, str]]] = MappingProxyType(
    {
        Act.WARN: (
            N_("Tell them something"),
            N_("They read your words, and nothing else happens."),
        ),
        Act.REMOVE: (
            N_("Take the post away"),
            N_(
                "Deleted for good, here and wherever it went; this cannot be undone. A member keeps"
                " what they wrote for a day, where they write. Of a post from elsewhere our copy"
                " goes, and does not come back."
            ),
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

ANSWERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "keep": (N_("It stays as it is"), N_("Nothing changes, and they read why.")),
        "undo": (N_("Take it back"), N_("What was done is undone, and they read why.")),
        "unremove": (
            N_("It was wrong to take it away"),
            N_("The post does not come back. They read why, and may publish it again."),
        ),
        "freeze": (
            N_("Soften it: freeze instead"),
            N_("They may sign in and read, and change nothing."),
        ),
        "limit": (N_("Soften it: limit instead"), N_("Only followers meet what they write.")),
    }
)
"""What a steward answers to who asks to look again: a name, and what it does."""

OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kept": N_("A steward looked again: it stays as it is."),
        "softened": N_("A steward looked again, and softened it."),
        "undone": N_("A steward looked again, and took it back."),
    }
)

ROLES_SAID: Final[Mapping[Role, str]] = MappingProxyType(
    {
        "member": N_("Member"),
        "moderator": N_("Moderator"),
        "admin": N_("Administrator"),
        "owner": N_("Owner"),
    }
)

ROLES_MEAN: Final[Mapping[Role, str]] = MappingProxyType(
    {
        "member": N_("Reads, writes and invites."),
        "moderator": N_(
            "Looks after people: reports, who asks to join, what waits at the door. May warn,"
            " limit, freeze and suspend members."
        ),
        "admin": N_(
            "All of this, and the community itself: rules and texts, other servers, mail, and who"
            " is a moderator."
        ),
        "owner": N_(
            "Everything, also backups, lockdown and who has which role. Only another owner can take"
            " it away."
        ),
    }
)
"""What somebody with a role may do, in a line."""
