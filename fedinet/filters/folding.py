"""What a reader's filters do to a post. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedinet.filters.model import Action, Filter, match
from fedinet.filters.words import words_of
from fedinet.kernel.ids import ActorId
from fedinet.posts.model import Post


@dataclass(frozen=True, slots=True)
class Done:
    """``warning``: what the reader calls the filter that folds or hides it; ``""``: none does."""

    warning: str
    blurs: bool
    hidden: bool


def done_to(post: Post, filters: Sequence[Filter], reader: ActorId, now: datetime) -> Done:
    """``filters``: those that look there; the oldest that meets it gives its name.

    Nothing is done to the reader's own posts.
    """
    met = [] if post.author_id == reader else match(filters, words_of(post), post.id, now)
    does = {one.filter.action: one.filter.title for one in reversed(met)}
    hidden = Action.HIDE in does
    warning = does[Action.HIDE] if hidden else does.get(Action.WARN, "")
    return Done(warning, blurs=Action.BLUR in does, hidden=hidden)
