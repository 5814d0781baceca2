"""Whatever other software sends is read or refused; nothing else ever happens.

``FEDINET_CORPUS`` names a folder of documents as real servers send them; the
generated ones below run always.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fedinet.kernel.errors import Malformed
from fedinet.vocab.activity import parse_activity, reduce_foreign
from fedinet.vocab.actor import parse_actor
from fedinet.vocab.json import BadJson, decode
from fedinet.vocab.normalise import normalise
from fedinet.vocab.note import parse_note

CORPUS = sorted(Path(os.environ["FEDINET_CORPUS"]).rglob("*.json")) if os.environ.get(
    "FEDINET_CORPUS") else []  # fmt: skip
READERS: list[Callable[[Any], object]] = [
    lambda document: reduce_foreign(parse_activity(document)),
    parse_note,
    parse_actor,
]


def test_the_corpus_is_there_where_it_is_asked_for() -> None:
    assert bool(CORPUS) is bool(os.environ.get("FEDINET_CORPUS"))


def test_every_document_of_the_corpus_is_read_or_refused() -> None:
    read = 0
    for path in CORPUS:
        try:
            document = normalise(decode(path.read_bytes()))
        except BadJson as refused:
            assert refused.reason == "json_not_object", path
            continue
        except Malformed:
            continue
        read += sum(reads(reader, document) for reader in READERS)
    assert read >= len(CORPUS) // 3


KEYS = st.sampled_from(
    ["id", "type", "actor", "object", "attributedTo", "content", "contentMap", "name",
     "summary", "to", "cc", "url", "href", "mediaType", "attachment", "tag", "inReplyTo",
     "inbox", "preferredUsername", "publicKey", "publicKeyPem", "owner", "endpoints", "published",
     "icon", "image", "oneOf", "location", "startTime", "language", "identifier", "value",
     "webfinger", "alsoKnownAs", "movedTo", "assertionMethod", "target", "inLanguage"]
)  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([None, True, 0, -1.5, "", "x", "Note", "Video", "Event", "Question", "Person",
                     "Mention", "Hashtag", "Link", "PropertyValue", "Create", "text/html",
                     "https://b.example/1", "https://[::1", "http://b.example", "2026-01-01",
                     "b.example", "\u202e", "a" * 3000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)  # fmt: skip


@given(st.dictionaries(KEYS, VALUES, max_size=10), st.sampled_from(
    [{}, {"type": "Note"}, {"type": "Video"}, {"type": "Event"}, {"type": "Person"},
     {"type": "Create"}]), st.booleans())  # fmt: skip
def test_every_generated_document_is_read_or_refused(
    document: dict[str, Any], kind: dict[str, str], sound: bool
) -> None:
    frame = {
        "id": "https://b.example/1", "actor": "https://b.example/2", "content": "x",
        "attributedTo": "https://b.example/2", "inbox": "https://b.example/3",
        "preferredUsername": "bo",
    } if sound else {}  # fmt: skip
    for reader in READERS:
        reads(reader, document | kind | frame)
        reads(reader, frame | document | kind)


def reads(reader: Callable[[Any], object], document: object) -> bool:
    try:
        reader(document)
    except Malformed:
        return False
    return True


def test_what_fedify_sent_is_read_and_the_stranger_refused() -> None:
    wire = Path(__file__).parents[2] / "vectors" / "fedify_wire.json"
    *sent, stranger = [
        decode(one["body"].encode()) for one in json.loads(wire.read_text())["forced"]
    ]

    for document in sent:
        create = reduce_foreign(parse_activity(normalise(document)))
        assert create.object_document is not None
        assert parse_note(create.object_document).attributed_to == create.actor
    assert not reads(parse_activity, normalise(stranger))
