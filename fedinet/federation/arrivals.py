"""What came in, and what became of it, in words that stewards know. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.kernel.problems import N_

_OF: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("Create", "Question"): N_("a poll"),
        ("Create", "Event"): N_("an event"),
        ("Create", "Article"): N_("an article"),
        ("Undo", "Follow"): N_("the end of a follow"),
        ("Undo", "Like"): N_("a thank-you taken back"),
        ("Undo", "Announce"): N_("a share taken back"),
        ("Undo", "Block"): N_("the end of a block"),
        ("Accept", "Follow"): N_("a yes to a follow"),
        ("Reject", "Follow"): N_("a no to a follow"),
    }
)
_ANY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Create": N_("a post"),
        "Update": N_("a change of a post or profile"),
        "Delete": N_("the deletion of a post or profile"),
        "Follow": N_("a request to follow"),
        "Accept": N_("a yes"),
        "Reject": N_("a no"),
        "Like": N_("a thank-you"),
        "EmojiReact": N_("a thank-you"),
        "Announce": N_("a share"),
        "Undo": N_("something taken back"),
        "Block": N_("a block"),
        "Flag": N_("a report"),
        "Move": N_("a move to another server"),
        "Add": N_("something shown first"),
        "Remove": N_("something not shown first any more"),
        "QuoteRequest": N_("a wish to quote"),
        "Offer": N_("an offer"),
        "Invite": N_("an invitation"),
    }
)
_OTHER: Final = N_("something else")

BECAME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "applied": N_("Taken in"),
        "dropped": N_("Left out"),
        "held": N_("Looked at first"),
        "failed": N_("Failed here"),
    }
)
"""Outcomes of the log."""


def arrival(activity_type: str, object_type: str) -> str:
    """Name an activity by its type and its object's; the key of a text for ``say``."""
    return _OF.get((activity_type, object_type)) or _ANY.get(activity_type, _OTHER)
