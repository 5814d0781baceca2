"""A draft put back into the form for writing: what waits to be published, or was deleted. Pure."""

from dataclasses import replace

from fedinet.polls.forms import page_poll
from fedinet.posts.model import Draft


def typed(draft: Draft) -> dict[str, str]:
    """The fields of a draft as its writer would have filled them in. Files are apart."""
    return {
        "text": draft.text,
        "content_note": draft.content_note,
        "language": draft.language or "",
        "audience": draft.visibility.value,
        "parent": "" if draft.parent_id is None else str(draft.parent_id),
        "quoted": "" if draft.quoted_id is None else str(draft.quoted_id),
        **({} if draft.poll is None else page_poll(draft.poll)),
    }


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
