"""Roles as apps know them: a number, a name, and bits of what they may do. Pure.

Source: Mastodon 4.5 ``app/models/user_role.rb`` (FLAGS); docs.joinmastodon.org entities/Role/.
"""

from enum import IntFlag
from typing import Final

from fedinet.accounts.model import Role

ROLES: Final[tuple[Role, ...]] = ("member", "moderator", "admin", "owner")
"""The place of a role is its id."""


class Permission(IntFlag):
    """What apps ask about before they show a button."""

    ADMINISTRATOR = 1 << 0
    VIEW_AUDIT_LOG = 1 << 2
    VIEW_DASHBOARD = 1 << 3
    MANAGE_REPORTS = 1 << 4
    MANAGE_FEDERATION = 1 << 5
    MANAGE_SETTINGS = 1 << 6
    MANAGE_BLOCKS = 1 << 7
    MANAGE_APPEALS = 1 << 9
    MANAGE_USERS = 1 << 10
    MANAGE_INVITES = 1 << 11
    MANAGE_RULES = 1 << 12
    MANAGE_ANNOUNCEMENTS = 1 << 13
    MANAGE_CUSTOM_EMOJIS = 1 << 14
    INVITE_USERS = 1 << 16
    MANAGE_ROLES = 1 << 17
    MANAGE_USER_ACCESS = 1 << 18


_OF_MODERATORS: Final = (
    Permission.INVITE_USERS
    | Permission.VIEW_AUDIT_LOG
    | Permission.VIEW_DASHBOARD
    | Permission.MANAGE_REPORTS
    | Permission.MANAGE_USERS
)
_OF_ADMINS: Final = (
    _OF_MODERATORS
    | Permission.MANAGE_FEDERATION
    | Permission.MANAGE_SETTINGS
    | Permission.MANAGE_BLOCKS
    | Permission.MANAGE_APPEALS
    | Permission.MANAGE_INVITES
    | Permission.MANAGE_RULES
    | Permission.MANAGE_ANNOUNCEMENTS
    | Permission.MANAGE_CUSTOM_EMOJIS
    | Permission.MANAGE_ROLES
    | Permission.MANAGE_USER_ACCESS
)
PERMISSIONS: Final[dict[Role, Permission]] = {
    "member": Permission.INVITE_USERS,
    "moderator": _OF_MODERATORS,
    "admin": _OF_ADMINS,
    "owner": _OF_ADMINS | Permission.ADMINISTRATOR,
}


def role_name(role: str) -> str:
    """What apps show; nothing for who has no role."""
    return "" if role == "member" else role.capitalize()


def role_entity(role: Role) -> dict[str, object]:
    """The Role entity."""
    return {
        "id": str(ROLES.index(role)),
        "name": role_name(role),
        "permissions": str(int(PERMISSIONS[role])),
        "color": "",
        "highlighted": role != "member",
        "collection_limit": 0,
    }
