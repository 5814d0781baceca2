"""What it is to quote a post, and who may. Pure.

Quotes exist of posts to everyone only. Whoever is quoted agrees first, by the
policy of the post, and may take that back.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.kernel.ids import ObjectUri, PostId


class QuoteState(StrEnum):
    PENDING = "pending"
    """Nobody has said yes or no; shown as a link."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"
    """It was agreed to, and is not any more."""
    UNAUTHORISED = "unauthorised"
    """In an older spelling, which never asks: text with a link."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a post quotes. ``post_id`` is None where the quoted post is not here (any more)."""

    uri: ObjectUri
    state: QuoteState
    post_id: PostId | None = None
    stamp_uri: str | None = None
    page_url: str = ""
    """Of the quoted post, for the link that everybody can follow."""

    @property
    def is_shown(self) -> bool:
        """Agreed to, and here. Who may see the quoted post is the gate's word, each time."""
        return self.state is QuoteState.ACCEPTED and self.post_id is not None


@dataclass(frozen=True, slots=True)
class QuoteGranted:
    pass


@dataclass(frozen=True, slots=True)
class QuoteRefused:
    reason: str


QuoteDecision = QuoteGranted | QuoteRefused
_MAY_ASK: Final = frozenset({Visibility.EVERYONE, Visibility.QUIET})


def decide_quote(
    visibility: Visibility,
    policy: QuotePolicy | None,
    *,
    is_author: bool,
    follows_author: bool,
    blocked: bool,
) -> QuoteDecision:
    """Say whether somebody may quote a post of ours. Authors may always quote themselves.

    A post that says nothing (``policy`` None) is from before there were quotes: nobody.
    """
    if is_author:
        return QuoteGranted()
    if blocked:
        return QuoteRefused("blocked")
    if visibility is not Visibility.EVERYONE:
        return QuoteRefused("not_public")
    match policy:
        case QuotePolicy.EVERYONE:
            return QuoteGranted()
        case QuotePolicy.FOLLOWERS if follows_author:
            return QuoteGranted()
        case _:
            return QuoteRefused("quote_not_allowed")


def may_ask(visibility: Visibility) -> bool:
    """Tell whether a post of this audience may quote somebody elsewhere.

    To ask, the post is shown to whom it quotes: a smaller audience would grow by that.
    """
    return visibility in _MAY_ASK


class Answer(StrEnum):
    """What somebody has to expect who wants to quote a post, in the words of apps."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    """The author is asked first."""
    UNKNOWN = "unknown"
    DENIED = "denied"


def foresee(
    visibility: Visibility,
    policy: QuotePolicy | None,
    *,
    is_own: bool,
    is_local: bool,
    follows_author: bool,
) -> Answer:
    """Say what becomes of a member's wish to quote this post.

    Of a post elsewhere that does not say, its author is asked: some servers answer all the same.
    """
    if visibility is not Visibility.EVERYONE:
        return Answer.DENIED
    if is_own:
        return Answer.AUTOMATIC
    match policy:
        case QuotePolicy.EVERYONE:
            return Answer.AUTOMATIC
        case QuotePolicy.FOLLOWERS if follows_author:
            return Answer.AUTOMATIC
        case QuotePolicy.ASKED:
            return Answer.MANUAL
        case None if not is_local:
            return Answer.UNKNOWN
        case _:
            return Answer.DENIED
