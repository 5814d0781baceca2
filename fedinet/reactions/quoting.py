"""What apps are told of quotes: what a post quotes, and who may quote it. Pure.

Source: https://docs.joinmastodon.org/entities/Quote/, ShallowQuote, QuoteApproval
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.kernel.ids import ActorId
from fedinet.posts.model import Post
from fedinet.posts.quoting import Answer, Quote, QuoteState, foresee

_STATES: Final[Mapping[QuoteState, str]] = {
    QuoteState.PENDING: "pending",
    QuoteState.REJECTED: "rejected",
    QuoteState.REVOKED: "revoked",
}


def quote_entity(quote: Quote | None, quoted: msgspec.Raw | None) -> dict[str, object] | None:
    """What a post quotes; ``quoted`` is the status inside, where the reader may see it."""
    state = _state(quote, may_see=quoted is not None)
    return None if state is None else {"state": state, "quoted_status": quoted}


def shallow_quote(quote: Quote | None, *, may_see: bool) -> dict[str, object] | None:
    """The same one level further down, where only its id is told."""
    state = _state(quote, may_see=may_see)
    if state is None or quote is None:
        return None
    shown = state == "accepted" and quote.post_id is not None
    return {"state": state, "quoted_status_id": str(quote.post_id) if shown else None}


def quote_approval(
    post: Post, reader: ActorId | None, *, follows_author: bool
) -> dict[str, object]:
    """Who may quote a post, and whether this reader may."""
    policy = post.quote_policy if post.visibility is Visibility.EVERYONE else QuotePolicy.NOBODY
    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()
    match policy:
        case QuotePolicy.EVERYONE:
            automatic = ("public",)
        case QuotePolicy.FOLLOWERS:
            automatic = ("followers",)
        case QuotePolicy.ASKED:
            manual = ("public",)
        case _:
            pass
    answer = Answer.DENIED
    if reader is not None:
        answer = foresee(
            post.visibility,
            post.quote_policy,
            is_own=reader == post.author_id,
            is_local=post.is_local,
            follows_author=follows_author,
        )
    return {"automatic": automatic, "manual": manual, "current_user": answer}


def _state(quote: Quote | None, *, may_see: bool) -> str | None:
    """In an older spelling a post quotes nothing that an app should show: it has its link."""
    if quote is None or quote.state is QuoteState.UNAUTHORISED:
        return None
    if quote.state is not QuoteState.ACCEPTED:
        return _STATES[quote.state]
    if quote.post_id is None:
        return "deleted"
    return "accepted" if may_see else "unauthorized"
