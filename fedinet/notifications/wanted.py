"""Which notifications an app asks for, in the words of the Mastodon API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fedinet.http.params import Params
from fedinet.kernel.ids import ActorId
from fedinet.notifications.model import GROUPED, Kind

WORDS: Final[Mapping[Kind, str]] = {
    Kind.MENTION: "mention",
    Kind.REPLY: "mention",
    Kind.FOLLOW: "follow",
    Kind.FOLLOW_REQUEST: "follow_request",
    Kind.LIKE: "favourite",
    Kind.REACTION: "favourite",
    Kind.BOOST: "reblog",
    Kind.EDIT: "update",
    Kind.QUOTE: "quote",
    Kind.POLL: "poll",
    Kind.STATUS: "status",
    Kind.WELCOME: "status",
    Kind.SIGN_UP: "admin.sign_up",
    Kind.REPORT: "admin.report",
    Kind.SEVERED: "severed_relationships",
    Kind.MODERATED: "moderation_warning",
}
"""Matters of the stewards' desk, but for reports, have no word that apps know; nor has a yes to
one's request to follow. They stand on pages only."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """``by``: only what this actor did. ``grouped``: kinds whose rows may share a group.

    ``filtered``: also what the member keeps back.
    """

    kinds: tuple[Kind, ...]
    by: ActorId | None
    grouped: tuple[Kind, ...]
    filtered: bool


def read_wanted(params: Params) -> Wanted:
    """Read ``types[]``, ``exclude_types[]``, ``account_id`` and ``grouped_types[]``.

    And ``include_filtered``, which an account implies. Without them it is all that
    apps know. Words that nobody here knows name nothing.

    Raises:
        Unprocessable: the account is no id.
    """
    types, unwanted = params.texts("types"), params.texts("exclude_types")
    grouped, by = params.texts("grouped_types"), params.integer("account_id")
    return Wanted(
        kinds=tuple(
            kind
            for kind, word in WORDS.items()
            if (not types or word in types) and word not in unwanted
        ),
        by=None if by is None else ActorId(by),
        grouped=tuple(kind for kind in GROUPED if not grouped or WORDS[kind] in grouped),
        filtered=by is not None or params.flag("include_filtered"),
    )
