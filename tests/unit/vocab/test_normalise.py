"""One reading of a document, however its JSON-LD is written; nothing is ever fetched."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedinet.kernel.errors import Malformed
from fedinet.signing.integrity import CONTEXT as INTEGRITY
from fedinet.vocab import json_ld
from fedinet.vocab.activity import parse_activity
from fedinet.vocab.actor import parse_actor
from fedinet.vocab.context import ACTIVITYSTREAMS, ACTOR_CONTEXT, NOTE_CONTEXT
from fedinet.vocab.json_ld import MAX_VALUES
from fedinet.vocab.normalise import normalise
from fedinet.vocab.note import parse_note

PREFIX = {"as": ACTIVITYSTREAMS + "#"}
NOTE = {
    "id": "https://b.example/notes/1",
    "type": "Note",
    "attributedTo": "https://b.example/users/bo",
    "content": "hello",
    "to": "as:Public",
}


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(None, id="none"),
        pytest.param(ACTIVITYSTREAMS, id="the plain one"),
        pytest.param("http://www.w3.org/ns/activitystreams", id="the one of old"),
        pytest.param(NOTE_CONTEXT, id="ours for posts"),
        pytest.param(ACTOR_CONTEXT, id="ours for actors"),
        pytest.param(
            [ACTIVITYSTREAMS, "https://pl.example/schemas/litepub-0.1.jsonld"], id="Pleroma"
        ),
        pytest.param([ACTIVITYSTREAMS, {"@language": "und"}], id="a language"),
        pytest.param([{"toot": "http://joinmastodon.org/ns#"}], id="terms only"),
        pytest.param("https://nowhere.example/ctx", id="one that nobody has"),
    ],
)
def test_the_usual_shapes_pass_untouched(context: object) -> None:
    document = NOTE if context is None else NOTE | {"@context": context}

    assert normalise(document) is document


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            {
                "@context": PREFIX,
                "@id": NOTE["id"],
                "@type": "as:Note",
                "as:attributedTo": {"@id": NOTE["attributedTo"]},
                "as:content": "hello",
                "as:to": {"@id": "as:Public"},
            },
            id="prefixes",
        ),
        pytest.param(
            {
                "@context": {"@vocab": ACTIVITYSTREAMS + "#", "id": "@id", "type": "@type",
                             "to": {"@type": "@id"}, "attributedTo": {"@type": "@id"},
                             "as": ACTIVITYSTREAMS + "#"},
                **NOTE,
            },
            id="a vocabulary of its own",
        ),
        pytest.param(
            {
                "@context": [
                    ACTIVITYSTREAMS,
                    {"author": {"@id": "as:attributedTo", "@type": "@id"}},
                ],
                "author": NOTE["attributedTo"],
                **{key: NOTE[key] for key in ("id", "type", "content", "to")},
            },
            id="an alias",
        ),
        pytest.param(
            {
                "@context": [ACTIVITYSTREAMS, {"author": "as:attributedTo"}],
                "author": NOTE["attributedTo"],
                **{key: NOTE[key] for key in ("id", "type", "content", "to")},
            },
            id="an alias without a type",
        ),
        pytest.param(
            {"@context": ACTIVITYSTREAMS, **NOTE, "type": "as:Note"}, id="a prefixed type"
        ),
        pytest.param(
            {"@context": [ACTIVITYSTREAMS, "https://nowhere.example/ctx", {"says": "as:content"}],
             "says": "hello", **{key: NOTE[key] for key in ("id", "type", "attributedTo", "to")}},
            id="a context that nobody has",
        ),
    ],
)  # fmt: skip
def test_other_shapes_come_to_the_same(document: dict[str, Any]) -> None:
    assert parse_note(normalise(document)) == parse_note(NOTE)


WIRE = sorted((Path(__file__).parents[2] / "wire").glob("*/*.json"))


def test_what_known_software_sends_never_enters_the_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor does what we send: its contexts are known, whatever inline terms they carry."""
    entered: list[object] = []
    monkeypatch.setattr(json_ld, "compacted", entered.append)
    recorded = [json.loads(path.read_text()) for path in WIRE]
    documents = [one.get("document", one) for one in recorded if isinstance(one, dict)]
    ours = [{**NOTE, "@context": [*NOTE_CONTEXT, INTEGRITY]}, {**NOTE, "@context": ACTOR_CONTEXT}]
    for document in (*documents, *ours):
        if isinstance(document, dict):
            assert normalise(document) is document
    assert entered == []
    assert len(documents) > 100


CREATE = {
    "id": "https://b.example/creates/1",
    "type": "Create",
    "actor": NOTE["attributedTo"],
    "object": NOTE,
}


@pytest.mark.parametrize(
    ("terms", "reading"),
    [
        pytest.param({"id": "as:url"}, (None, "Create", NOTE["attributedTo"], None), id="id"),
        pytest.param({"id": "https://e.example/id"}, (None, "Create", NOTE["attributedTo"], None),
                     id="id as a property of others"),
        pytest.param({"type": "as:name"}, None, id="type"),
        pytest.param({"type": None}, None, id="type as nothing"),
        pytest.param({"actor": "https://e.example/actor"}, None, id="actor"),
        pytest.param({"actor": None}, None, id="actor as nothing"),
        pytest.param({"object": None}, (CREATE["id"], "Create", NOTE["attributedTo"], None),
                     id="object as nothing"),
        pytest.param({"target": {"@id": "as:object", "@type": "@id"}, "object": "as:tag"},
                     (CREATE["id"], "Create", NOTE["attributedTo"], None), id="object as a tag"),
        pytest.param({"as": "https://e.example/#", "object": "as:object"},
                     (CREATE["id"], "Create", NOTE["attributedTo"], None),
                     id="a prefix that is not ours"),
    ],
)  # fmt: skip
def test_a_context_that_redefines_what_matters_is_taken_at_its_word(
    terms: dict[str, object], reading: tuple[object, ...] | None
) -> None:
    """Never at that of the JSON: one document has one meaning, whoever reads it."""
    document = {**CREATE, "@context": [ACTIVITYSTREAMS, terms]}
    if reading is None:
        with pytest.raises(Malformed):
            parse_activity(normalise(document))
        return
    activity = parse_activity(normalise(document))
    assert (activity.id, activity.type, activity.actor, activity.object_uri) == reading


def test_an_object_with_a_context_of_its_own_is_taken_at_its_word() -> None:
    inner = {**NOTE, "@context": {"content": "as:summary", "said": "as:content"}, "said": "Other"}
    activity = parse_activity(normalise({**CREATE, "object": inner}))
    assert activity.object_document is not None
    assert parse_note(activity.object_document).content == "Other"


def test_keys_of_another_vocabulary_are_no_keys() -> None:
    key = {"id": "https://b.example/#k", "owner": "https://b.example/", "publicKeyPem": "PEM"}
    actor = {
        "id": "https://b.example/", "type": "Person", "preferredUsername": "bo",
        "inbox": "https://b.example/inbox", "publicKey": key,
    }  # fmt: skip
    assert parse_actor(normalise({**actor, "@context": ACTOR_CONTEXT})).keys
    for term in ("publicKey", "publicKeyPem", "owner"):
        hostile = {**actor, "@context": [*ACTOR_CONTEXT, {term: "https://e.example/#other"}]}
        parsed = parse_actor(normalise(hostile))
        assert [one for one in parsed.keys if one.pem and term != "owner"] == []


def test_a_term_that_means_something_else_is_not_taken_for_ours() -> None:
    document = NOTE | {
        "@context": [ACTIVITYSTREAMS, {"content": "https://evil.example/ns#x"}],
    }

    with pytest.raises(Malformed):
        parse_note(normalise(document))


def test_an_expanded_activity_keeps_its_parts() -> None:
    document = {
        "@context": PREFIX,
        "@id": "https://b.example/likes/1",
        "@type": "as:Like",
        "as:actor": {"@id": "https://b.example/users/bo"},
        "as:object": {"@id": "https://a.example/posts/1"},
    }

    like = parse_activity(normalise(document))

    assert (like.type, like.object_uri) == ("Like", "https://a.example/posts/1")


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"@context": 5}, id="a number"),
        pytest.param({"@context": [[]]}, id="a list in a list"),
        pytest.param({"@context": {"": "x"}}, id="an empty term"),
        pytest.param({"@context": {"@base": 1}}, id="a bad base"),
        pytest.param({"@context": {"a": "b:x", "b": "a:x"}, "a": 1}, id="a circle"),
        pytest.param({"@context": {"a": {"@id": "as:x", "@context": {}}}}, id="scoped contexts"),
        pytest.param(
            {"@context": PREFIX, "@graph": [{"@type": "as:A"}, {"@type": "as:B"}]}, id="a graph"
        ),
        pytest.param({"@context": PREFIX, "as:tag": ["x"] * MAX_VALUES}, id="too many values"),
        pytest.param(
            {"@context": PREFIX, "as:tag": [{"@context": PREFIX}] * 10}, id="too many contexts"
        ),
        pytest.param({"@context": {f"t{n}": "as:x" for n in range(300)}}, id="too many terms"),
        pytest.param({"@context": PREFIX, "@id": 5}, id="an id that is a number"),
        pytest.param({"@context": PREFIX, "@type": {}}, id="a type that is an object"),
    ],
)
def test_what_is_no_sensible_json_ld(document: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        normalise({"@type": "as:Note"} | document)


KEYS = st.sampled_from(
    ["@context", "@id", "@type", "@value", "@list", "@set", "@language", "@graph", "@reverse",
     "@included", "@nest", "@index", "@vocab", "@import", "@base", "as", "as:content", "id", "type",
     "content", "tag", "actor", "object", "https://x.example/y"]
)  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([None, True, 1, 1.5, "", "x", "@id", "@type", "as:Note", "https://x.example/y",
                     ACTIVITYSTREAMS, ACTIVITYSTREAMS + "#", "@none", "_:b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=5), VALUES)
def test_any_document_is_normalised_or_malformed(document: dict[str, Any], context: object) -> None:
    with suppress(Malformed):
        assert isinstance(normalise(document | {"@context": context}), dict)
