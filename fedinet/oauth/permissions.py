"""What scopes mean, in words for members. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fedinet.kernel.problems import N_


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of the consent page. ``text`` is a message key."""

    text: str
    icon: str


_WORDS: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "profile": Permission(N_("See who you are: your name and picture"), "people"),
        "read": Permission(
            N_("Read what you can read here: posts, also those for few, and notifications"),
            "search",
        ),
        "write": Permission(
            N_("Write, change and delete in your name: posts, thanks, your profile"), "pen"
        ),
        "follow": Permission(N_("Follow, mute and block people in your name"), "links"),
        "push": Permission(N_("Tell your device when something happens"), "sprig"),
        "admin:read": Permission(N_("See what stewards see: members, reports, rules"), "shield"),
        "admin:write": Permission(N_("Act as a steward in your name"), "shield"),
    }
)
_SOME: Final[Mapping[str, Permission]] = MappingProxyType(
    {
        "read": Permission(N_("Read some of what you can read here"), "search"),
        "write": Permission(N_("Write and change some things in your name"), "pen"),
        "admin:read": Permission(N_("See some of what stewards see"), "shield"),
        "admin:write": Permission(N_("Do some of what stewards do, in your name"), "shield"),
    }
)


def permissions(scopes: Iterable[str]) -> tuple[Permission, ...]:
    """Say each thing once: the whole where it is given, else that some of it is."""
    asked = tuple(scopes)
    whole = [scope for scope in _WORDS if scope in asked]
    parts = [
        kind
        for kind in _SOME
        if kind not in whole and any(scope.startswith(f"{kind}:") for scope in asked)
    ]
    return (*(_WORDS[scope] for scope in whole), *(_SOME[kind] for kind in parts))
