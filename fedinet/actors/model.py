"""Everyone with an inbox, here or elsewhere, and the rules of their names. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from fedinet.emojis.model import Emoji
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import ActorId, ActorUri, Domain, InboxUrl, KeyUri
from fedinet.kernel.problems import N_

MAX_FIELDS: Final = 50
_LOCAL_NAME = re.compile(r"[a-z0-9_]{1,30}")
_REMOTE_NAME = re.compile(r"[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*")

# fmt: off
RESERVED_NAMES: Final = frozenset({
    "about", "abuse", "account", "accounts", "activities", "actor", "admin", "administration",
    "administrator", "admins", "allies", "announcements", "api", "appeals", "assets",
    "authorize_interaction", "community", "conversations", "events", "fedinet", "follows", "groups",
    "health", "help", "helpdesk", "hostmaster", "imprint", "inbox", "instance", "invitations",
    "join", "lists", "live", "lockdown", "media", "metrics", "mod", "moderator", "moderators",
    "mods", "noc", "node", "nodeinfo", "notifications", "oauth", "outbox", "owner", "people",
    "policy", "postmaster", "posts", "privacy", "quotes", "report", "requests", "root", "rules",
    "saved", "scheduled", "search", "security", "server", "settings", "setup", "share", "staff",
    "steward", "stewards", "support", "system", "tags", "terms", "unsubscribe", "users", "versions",
    "webmaster", "week", "welcome", "write",
})
# fmt: on
"""Names that would let a person pass for the house, or for a page of it.

Source: RFC 2142, what peers reserve, and the first words of our own addresses."""


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One line of a profile table. ``value`` is clean HTML."""

    name: str
    value: str


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """How members of ours present themselves, beyond their texts."""

    show_media: bool = True
    """On the profile, in apps that have a page of it for pictures."""
    show_media_replies: bool = True
    """Pictures of answers, there."""
    show_featured: bool = True
    """What they recommend, on a page of its own."""
    attribution_domains: tuple[str, ...] = ()
    """Sites that may name them as an author."""
    avatar_description: str = ""
    header_description: str = ""


PLAIN: Final = Presentation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A row of ``actors``. What is remote here has been checked and cleaned on its way in."""

    id: ActorId
    uri: ActorUri
    username: str
    domain: Domain
    """After the second @ of the handle; for ours the account domain."""
    is_local: bool
    kind: str
    name: str = ""
    summary_html: str = ""
    summary_source: str = ""
    page_url: str
    """Never empty: who has no page is read at their id."""
    inbox_url: InboxUrl
    shared_inbox_url: InboxUrl | None = None
    outbox_uri: str | None = None
    followers_uri: str | None = None
    following_uri: str | None = None
    featured_uri: str | None = None
    avatar_url: str | None = None
    header_url: str | None = None
    fields: tuple[ProfileField, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    approves_followers: bool = True
    discoverable: bool = False
    indexable: bool = False
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    joined_at: datetime
    revision: int = 1
    fetched_at: datetime | None = None
    """When the document of a remote actor was last read."""
    handle_checked_at: datetime | None = None
    """When WebFinger bound the handle to the uri; None: claimed, never confirmed."""
    is_suspended: bool = False
    is_gone: bool = False
    is_limited: bool = False
    """Stewards here let only followers meet what they write."""
    is_memorial: bool = False
    """Its owner has died; said by its server."""
    presentation: Presentation = PLAIN

    @property
    def handle(self) -> str:
        """``ada`` here, ``ada@b.example`` elsewhere. What apps call ``acct``."""
        return self.username if self.is_local else f"{self.username}@{self.domain}"

    @property
    def full_handle(self) -> str:
        """``ada@our.example`` for everyone."""
        return f"{self.username}@{self.domain}"

    @property
    def display_name(self) -> str:
        return self.name or self.username


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """What a member may change of their own actor. None leaves a value as it is."""

    name: str | None = None
    summary_source: str | None = None
    summary_html: str | None = None
    fields: tuple[ProfileField, ...] | None = None
    approves_followers: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    avatar_url: str | None = None
    """Of a picture of ours; ``""`` takes it away."""
    header_url: str | None = None
    is_automatic: bool | None = None
    """A program posts, and no person; shown to everybody."""
    show_media: bool | None = None
    show_media_replies: bool | None = None
    show_featured: bool | None = None
    attribution_domains: tuple[str, ...] | None = None
    avatar_description: str | None = None
    header_description: str | None = None

    @property
    def presentation(self) -> dict[str, object]:
        """What of ``Presentation`` is to change."""
        given = {name: getattr(self, name) for name in Presentation.__struct_fields__}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A row of ``actor_keys``. ``private_sealed`` is None for everyone elsewhere."""

    id: KeyUri
    actor_id: ActorId
    kind: str
    public_der: bytes
    private_sealed: bytes | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key on its way into ``actor_keys``."""

    id: KeyUri
    kind: str
    public_der: bytes
    private_sealed: bytes | None = None


def check_username(raw: str) -> str:
    """Return the one spelling of a name somebody asks for here, e.g. ``Ada`` -> ``ada``.

    Only ASCII letters, digits and the underscore: nothing that looks like
    another name, has no keyboard key, or turns the reading direction round.

    Raises:
        Unprocessable: another alphabet, too long, empty, or a reserved word.
    """
    name = raw.strip(" \t@")
    if not name.isascii() or not _LOCAL_NAME.fullmatch(name.lower()):
        raise Unprocessable(
            f"not a local username: {raw[:60]!r}",
            public=N_("A name has 1 to 30 letters (a to z), digits or underscores"),
        )
    name = name.lower()
    if name in RESERVED_NAMES:
        raise Unprocessable(f"reserved name: {name}", public=N_("This name is reserved"))
    return name


def check_is_here(actor: Actor) -> None:
    """Let nobody write under an account that they have left.

    Raises:
        Forbidden: it has moved.
    """
    if actor.moved_to is not None:
        raise Forbidden(
            f"{actor.uri} has moved to {actor.moved_to}",
            public=N_(
                "You have moved away. To write here again, come back first (Settings, Moving)"
            ),
        )


def is_remote_username(raw: str) -> bool:
    """Tell whether another server's username can be part of a handle.

    Source: Mastodon's ``Account::USERNAME_RE``; its limit of 2048 is cut to 200 here.
    """
    return len(raw) <= 200 and _REMOTE_NAME.fullmatch(raw) is not None


def split_handle(raw: str) -> tuple[str, str | None]:
    """Split ``@ada@b.example``, ``acct:ada@b.example`` or ``ada``; the domain as it was typed.

    The username keeps its case; compare handles in lower case.
    """
    text = raw.strip().removeprefix("acct:").removeprefix("@")
    username, separator, domain = text.partition("@")
    return username, (domain if separator else None)
