"""Which activities of others a member's inbox shows, and what is kept of them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fedinet.kernel.outcomes import Applied, Outcome
from fedinet.vocab.activity import Activity, Document, as_document, is_public, uri_of, uris_of
from fedinet.vocab.poll import parse_votes
from fedinet.vocab.values import moment

_KEPT_ADDRESSES: Final = 100
_MAX_NAMED: Final = 200
_SHOWN_ALTHOUGH_DROPPED: Final = frozenset(
    {
        "already_known", "dislike_not_kept", "not_offered_yet", "not_relevant", "nothing_changed",
        "reading_not_kept", "unknown_object", "unsupported_type", "whereabouts_not_kept",
    }
)  # fmt: skip
"""What does nothing here, and was sent to somebody all the same: their client may know it."""

_SECRET: Final = frozenset({"Block", "Flag"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An activity of another server, and whom it concerns by name."""

    uri: str
    actor_uri: str
    kind: str
    object_uri: str | None
    is_public: bool
    is_for_all: bool
    """Addressed to everybody; else followers see it where their collection is named."""
    envelope: Document
    named: tuple[str, ...]
    """URIs of ours: people, and posts whose authors it concerns."""


def received(
    activity: Activity, outcome: Outcome, *, inbox_of: str | None = None
) -> Received | None:
    """Say what is kept of an activity; None where no inbox shows it.

    Only what its actor vouches for, and only what we took or merely have no use
    for. A transient activity has no id to be told apart by, and is not kept.
    ``inbox_of``: the member whose personal inbox it came to.
    """
    shown = isinstance(outcome, Applied) or outcome.reason in _SHOWN_ALTHOUGH_DROPPED
    if not shown or activity.id is None or _is_nobodys_to_see(activity):
        return None
    public = any(map(is_public, (*activity.to, *activity.cc)))
    object_uri = activity.object_uri
    named = list(_named(activity, is_for_all=public))
    if inbox_of is not None:
        named.insert(0, inbox_of)
    return Received(
        uri=activity.id,
        actor_uri=activity.actor,
        kind=activity.type,
        object_uri=object_uri,
        is_public=public and activity.type in ("Create", "Announce", "Update"),
        is_for_all=public,
        envelope=_envelope(activity),
        named=tuple(dict.fromkeys(named))[:_MAX_NAMED],
    )


def _is_nobodys_to_see(activity: Activity) -> bool:
    """Reports are for stewards, votes are secret, and nobody is told who blocks them."""
    return (
        activity.type in _SECRET
        or (activity.type == "Undo" and activity.object_type in _SECRET)
        or bool(activity.type == "Create" and parse_votes(activity))
    )


def _envelope(activity: Activity) -> Document:
    kept: dict[str, object] = {"id": activity.id, "type": activity.type, "actor": activity.actor}
    published = activity.document.get("published")
    if moment(published) is not None:
        kept["published"] = published
    for key, uris in (("to", activity.to), ("cc", activity.cc)):
        if uris:
            kept[key] = list(uris[:_KEPT_ADDRESSES])
    if activity.object_uri is not None:
        kept["object"] = activity.object_uri
    if activity.target is not None:
        kept["target"] = activity.target
    return kept


def _named(activity: Activity, *, is_for_all: bool) -> Iterator[str]:
    """Everybody and everything that it is for or about. Blanks would break the list of them.

    Whom an answer answers is none of its readers by that: it may be for others alone.
    """
    for key in ("to", "cc", "bto", "bcc", "audience", "object", "target"):
        yield from (uri for uri in uris_of(activity.document.get(key)) if " " not in uri)
    embedded = as_document(activity.object)
    if embedded is not None:
        for key in ("actor", "object", "inReplyTo") if is_for_all else ("actor", "object"):
            uri = uri_of(embedded.get(key))
            if uri is not None and " " not in uri:
                yield uri
