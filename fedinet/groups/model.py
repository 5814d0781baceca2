"""Which activities a group may bring to us, in the name of others. Pure.

Source: FEP-1b12; Lemmy 0.19, ``crates/apub/activities/community/announce.rs``.
"""

from dataclasses import replace
from typing import Final

from fedinet.kernel.errors import Malformed
from fedinet.kernel.outcomes import Dropped
from fedinet.vocab.activity import (
    Activity,
    Document,
    as_document,
    is_public,
    parse_activity,
    reduce_foreign,
    uris_of,
)

_CARRIED: Final = frozenset({"Create", "Update", "Delete", "Like", "Undo"})
_UNDONE: Final = frozenset({"Like", "Dislike"})
_SAYS: Final = frozenset({"Create", "Update"})


def read_carried(announce: Activity) -> Activity | Dropped:
    """Read the activity inside of an Announce; whether it is true is not said by that.

    Only one level: an Announce inside of an Announce is a loop waiting to happen.
    What is not said in public stays where it was said. Of several objects it is the
    first that was done something to: what is checked here is the only one applied.
    """
    document = announce.object_document
    if document is None:
        return Dropped("malformed")
    try:
        inner = replace(reduce_foreign(parse_activity(document)), others=())
    except Malformed:
        return Dropped("malformed")
    if inner.type == "Announce":
        return Dropped("nested_announce")
    if inner.type not in _CARRIED or inner.object_type == "Actor":
        return Dropped("not_offered_yet")
    if inner.type == "Undo" and inner.object_type not in _UNDONE:
        return Dropped("not_offered_yet")
    if not any(map(is_public, (*announce.to, *announce.cc))):
        return Dropped("not_public")
    return inner


def is_said_in_public(inner: Activity) -> bool:
    """Tell whether a Create or Update shows its post to everyone; the others show nothing."""
    if inner.type not in _SAYS:
        return True
    note: Document = as_document(inner.object) or {}
    addressed = (*uris_of(note.get("to")), *uris_of(note.get("cc")))
    return any(map(is_public, addressed or (*inner.to, *inner.cc)))


def references(inner: Activity) -> dict[str, str]:
    """What has to be remembered of an activity to ask its origin for the rest."""
    kept = {
        "id": inner.id,
        "type": inner.type,
        "actor": inner.actor,
        "object": inner.object_uri,
    }
    return {key: value for key, value in kept.items() if value is not None}
