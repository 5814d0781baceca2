"""Audiences and the one gate: who may see a post. Pure.

``may_see`` and its SQL twin (``fedinet.audiences.gate``) say the same; a
property test runs both on the same generated cases.
"""

from dataclasses import dataclass
from enum import StrEnum

from fedinet.kernel.ids import ActorId


class Visibility(StrEnum):
    """The audience of a post, widest first."""

    EVERYONE = "everyone"
    QUIET = "quiet"
    ALLIES = "allies"
    """This community and those that were its allies when it was published."""
    FOLLOWERS = "followers"
    COMMUNITY = "community"
    MENTIONED = "mentioned"


class QuotePolicy(StrEnum):
    """Who may quote a post to everyone, widest first. Other posts are quoted by nobody."""

    EVERYONE = "everyone"
    FOLLOWERS = "followers"
    ASKED = "asked"
    """Their author decides each time; only people elsewhere offer that."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. A visitor, and another server's node actor, are ``VISITOR``."""

    actor_id: ActorId | None = None
    is_member: bool = False


VISITOR = Viewer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What the gate must know of a viewer and a post."""

    is_author: bool = False
    is_member: bool = False
    follows_author: bool = False
    is_named: bool = False
    of_ally: bool = False
    """From an allied community that a post of ours was for when it was published."""
    blocked: bool = False
    """Either of author and viewer blocks the other."""
    server_blocked: bool = False
    """Either of them keeps away the server where the other is at home."""
    author_hidden: bool = False
    """The author is suspended here, or gone."""


def may_see(visibility: Visibility, relation: Relation) -> bool:
    """Decide whether a post of this visibility is shown to this viewer.

    Blocks, of people and of servers, and suspension subtract from every audience; the author
    always sees their own post. ``is_named``: the post names the viewer as a recipient.
    """
    if relation.author_hidden:
        return False
    if relation.is_author:
        return True
    if relation.blocked or relation.server_blocked:
        return False
    match visibility:
        case Visibility.EVERYONE | Visibility.QUIET:
            return True
        case Visibility.ALLIES:
            return relation.is_member or relation.of_ally
        case Visibility.FOLLOWERS:
            return relation.follows_author or relation.is_named
        case Visibility.COMMUNITY:
            return relation.is_member
        case Visibility.MENTIONED:
            return relation.is_named
