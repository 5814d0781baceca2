"""Polls and votes as other servers write them: Question, and Note with a name. Pure.

Source: AS2 vocabulary, Question; FEP-9967; Mastodon 4.2 to 4.7, ``parser/poll_parser.rb``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fedinet.vocab.activity import (
    Activity,
    Document,
    as_document,
    listed,
    text_of,
    type_of,
    uri_of,
)
from fedinet.vocab.values import documents, moment, web_url

MAX_OPTIONS: Final = 50
MAX_OPTION: Final = 1_000
"""Characters. A vote names its option exactly, so nothing longer can be voted for."""
MAX_COUNT: Final = 1_000_000_000
_MAX_VOTES: Final = MAX_OPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePoll:
    """The poll of a Question. ``options`` are raw text with what was counted for each."""

    options: tuple[tuple[str, int], ...]
    multiple: bool
    ends_at: datetime | None = None
    closed: datetime | bool = False
    """When it was closed; True where it is, without a date."""
    voters: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteVote:
    """One choice of one voter. ``name`` is raw text, ``question`` the URI of the post."""

    name: str
    question: str
    author: str | None


def parse_poll(document: Document) -> RemotePoll | None:
    """Read what can be voted for; None where nobody could: no options, too many, or two alike.

    Where both are filled ``anyOf`` counts, as with Mastodon; Pleroma leaves the other empty.
    """
    any_of, one_of = _options(document, "anyOf"), _options(document, "oneOf")
    options = any_of or one_of
    names = [name for name, _ in options]
    readable = all(name.strip() and len(name) <= MAX_OPTION for name in names)
    if not 0 < len(names) <= MAX_OPTIONS or len(set(names)) < len(names) or not readable:
        return None
    return RemotePoll(
        options=tuple(options),
        multiple=bool(any_of),
        ends_at=moment(document.get("endTime")),
        closed=_closed(document.get("closed")),
        voters=_count(document.get("votersCount")),
    )


def option_names(document: Document) -> list[str]:
    """The words of all options, also of a poll that nobody can vote in."""
    return [
        name for key in ("oneOf", "anyOf") for name, _ in _options(document, key) if name.strip()
    ]


def parse_votes(activity: Activity) -> list[RemoteVote]:
    """Read the votes that a Create brings; empty where its object is no vote.

    A vote is a Note that answers with a name and says nothing else. Some servers
    send several choices as the objects of one activity (GoToSocial before 0.18).
    """
    first = activity.object_document
    if first is None or _vote(first) is None:
        return []
    members = [first]
    for member in listed(activity.document.get("object")):
        document = as_document(member)
        if document is not None and document is not first:
            members.append(document)
    found = (_vote(member) for member in members[:_MAX_VOTES])
    return [vote for vote in found if vote is not None]


def _vote(document: Document) -> RemoteVote | None:
    if type_of(document) != "Note" or document.get("attachment"):
        return None
    name, question = text_of(document, "name"), web_url(uri_of(document.get("inReplyTo")))
    if not name or question is None or text_of(document, "content").strip():
        return None
    return RemoteVote(name[: MAX_OPTION + 1], question, uri_of(document.get("attributedTo")))


def _options(document: Document, key: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for option in documents(document.get(key)):
        replies = as_document(option.get("replies")) or {}
        name = text_of(option, "name") or text_of(option, "content")
        found.append((name, _count(replies.get("totalItems")) or 0))
    return found


def _closed(value: object) -> datetime | bool:
    return value is True or (moment(value) or False)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return max(0, min(value, MAX_COUNT))
