"""Bytes of a document -> decoded, normalised, read as everything it may be, and cleaned.

Only ``Malformed`` may come out, and only clean HTML. Started by ``make fuzz``.
"""

import sys
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["fedinet"], enable_loader_override=False):
    from fedinet.kernel.errors import Malformed
    from fedinet.kernel.ids import ActorId, ActorUri
    from fedinet.markup.sanitise import clean_html
    from fedinet.posts.arrivals import Arrival, read_arrival
    from fedinet.vocab.activity import each_object, parse_activity, reduce_foreign
    from fedinet.vocab.actor import parse_actor
    from fedinet.vocab.collection import read_stretch
    from fedinet.vocab.json import decode
    from fedinet.vocab.linked_data import read_signature
    from fedinet.vocab.normalise import normalise
    from fedinet.vocab.note import parse_note
    from fedinet.vocab.poll import parse_poll
    from fedinet.vocab.quote import read_claim

NOW = datetime(2026, 8, 1, tzinfo=UTC)


def read_as_post(document: dict[str, object]) -> None:
    note = parse_note(document)
    arrival = read_arrival(
        note, author_id=ActorId(1), author_uri=ActorUri(note.attributed_to), now=NOW
    )
    if isinstance(arrival, Arrival):
        assert clean_html(arrival.html) == arrival.html
        assert "<script" not in arrival.html.lower()
        assert not {"<", ">"} & set(arrival.about.title) or arrival.about.title
        assert len(arrival.attachments) <= 16


def read_as_activity(document: dict[str, object]) -> None:
    for activity in each_object(reduce_foreign(parse_activity(document))):
        if activity.object_document is not None:
            parse_note(activity.object_document, activity)


READERS = (
    read_as_post,
    read_as_activity,
    parse_actor,
    read_stretch,
    parse_poll,
    read_claim,
    lambda document: read_signature(document, now=NOW),
)


def try_one(data: bytes) -> None:
    try:
        document = normalise(decode(data))
    except Malformed:
        return
    inner = document.get("document")  # the recorded ones are wrapped
    for candidate in (document, inner, inner.get("object") if isinstance(inner, dict) else None):
        if isinstance(candidate, dict):
            for reader in READERS:
                try:
                    reader(candidate)
                except Malformed:
                    continue


atheris.Setup(sys.argv, try_one)
atheris.Fuzz()
