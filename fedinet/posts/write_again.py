"""A draft put back into the form for writing: what waits to be published, or was deleted. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from fedinet.polls.forms import USUAL_LENGTH, page_poll
from fedinet.polls.model import MAX_LENGTH, MAX_OPTIONS, MIN_LENGTH, Poll, PollDraft
from fedinet.posts.files import as_choices
from fedinet.posts.model import Attachment, Draft, FileChoice, Post
from fedinet.posts.write_form import ARTICLE

_KINDS: Final = frozenset({"Article", "Note", "Question"})
_MINUTE: Final = timedelta(minutes=1)


def typed(draft: Draft) -> dict[str, str]:
    """The fields of a draft as its writer would have filled them in. Files are apart."""
    return {
        "text": draft.text,
        **({} if draft.title is None else {"as": ARTICLE, "title": draft.title}),
        "content_note": draft.content_note,
        "language": draft.language or "",
        "audience": draft.visibility.value,
        "parent": "" if draft.parent_id is None else str(draft.parent_id),
        "quoted": "" if draft.quoted_id is None else str(draft.quoted_id),
        **({} if draft.poll is None else page_poll(draft.poll)),
    }


def may_be_written_again(post: Post) -> bool:
    """Tell whether the form can say all of a post. What a client of one's own gave it cannot."""
    polls = post.poll is None or len(post.poll.options) <= MAX_OPTIONS
    return post.kind in _KINDS and post.given is None and polls


def draft_of(post: Post) -> Draft:
    """What its author wrote, to be published as another post."""
    return Draft(
        text=post.source,
        title=post.about.title if post.is_article else None,
        visibility=post.visibility,
        content_note=post.content_note,
        sensitive=post.sensitive,
        language=post.language,
        parent_id=post.parent_id,
        files=as_choices(post.attachments),
        quoted_id=None if post.quote is None else post.quote.post_id,
        quote_policy=post.quote_policy,
        poll=None if post.poll is None else _asked(post.poll, post.published_at),
    )


def became(post: Post, draft: Draft) -> bool:
    """Tell whether a post is what this draft became."""
    return _said(draft_of(post), post.attachments) == _said(draft, draft.files)


def _said(draft: Draft, files: Sequence[Attachment | FileChoice]) -> Sequence[object]:
    """What a form says. Spaces and empty answers to choose from count for nothing."""
    poll, options = draft.poll, () if draft.poll is None else draft.poll.options
    return (
        *map(_words, (draft.text, draft.title or "", draft.content_note, draft.language or "")),
        draft.visibility,
        draft.parent_id,
        draft.quoted_id,
        [(one.media_id, _words(one.description or "")) for one in files],
        [words for option in options if (words := _words(option))],
        poll and (poll.multiple, round(poll.lasts / _MINUTE)),
    )


def _words(text: str) -> str:
    return " ".join(text.split())


def _asked(poll: Poll, asked_at: datetime) -> PollDraft:
    lasts = USUAL_LENGTH if poll.ends_at is None else poll.ends_at - asked_at
    whole = round(lasts / _MINUTE) * _MINUTE
    return PollDraft(
        options=poll.options,
        lasts=max(MIN_LENGTH, min(whole, MAX_LENGTH)),
        multiple=poll.multiple,
        hides_totals=poll.hides_totals,
    )


def with_unseen(draft: Draft, before: Draft) -> Draft:
    """Keep of ``before`` what only apps can say, and the form does not show."""
    poll = draft.poll
    if poll is not None and before.poll is not None:
        poll = replace(poll, hides_totals=before.poll.hides_totals)
    return replace(
        draft,
        poll=poll,
        sensitive=draft.sensitive or (before.sensitive and not before.content_note),
        quote_policy=before.quote_policy,
    )
