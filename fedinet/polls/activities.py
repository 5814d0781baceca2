"""Polls and votes <-> ActivityStreams. Pure.

Source: FEP-9967; facts of Mastodon 4.2 to 4.7, C2 and "Example payloads".
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.polls.model import Poll
from fedinet.vocab.activity import Document
from fedinet.vocab.context import ACTIVITY_CONTEXT
from fedinet.vocab.poll import RemotePoll

_ENDLESS: Final = timedelta(days=3_650)
"""What ends later than in ten years does not end."""
_FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_poll(remote: RemotePoll, now: datetime) -> Poll:
    """Bound what another server says of its poll. A date of closing ahead is the end."""
    ends_at, closed_at = remote.ends_at, None
    if isinstance(remote.closed, datetime):
        if remote.closed <= now:
            closed_at = max(remote.closed, _FIRST_MOMENT)
        else:
            ends_at = remote.closed
    elif remote.closed:
        closed_at = now
    if ends_at is not None:
        ends_at = None if ends_at > now + _ENDLESS else max(ends_at, _FIRST_MOMENT)
    return Poll(
        options=tuple(name for name, _ in remote.options),
        counts=tuple(count for _, count in remote.options),
        multiple=remote.multiple,
        voters=remote.voters,
        ends_at=ends_at,
        closed_at=closed_at,
    )


def question(poll: Poll) -> Document:
    """Say what makes a post a Question. ``closed`` comes with the last Update."""
    hidden = poll.hides_totals and poll.closed_at is None
    options = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": 0 if hidden else count},
        }
        for name, count in zip(poll.options, poll.counts, strict=True)
    ]
    return {
        "anyOf" if poll.multiple else "oneOf": options,
        **({} if poll.ends_at is None else {"endTime": _timestamp(poll.ends_at)}),
        **({} if poll.closed_at is None else {"closed": _timestamp(poll.closed_at)}),
        "votersCount": 0 if hidden else poll.people,
    }


def vote(voter: ActorUri, author: ActorUri, post: ObjectUri, name: str, *, uri: str) -> Document:
    """Vote for one option, by its exact words. For the author's eyes alone."""
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": uri,
        "type": "Create",
        "actor": voter,
        "to": [author],
        "object": {
            "id": f"{uri}#vote",
            "type": "Note",
            "name": name,
            "attributedTo": voter,
            "inReplyTo": post,
            "to": [author],
        },
    }


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
