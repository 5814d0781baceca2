"""One reading of a document, however its JSON-LD is written; nothing is ever fetched."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedinet.kernel.errors import Malformed
from fedinet.vocab.activity import parse_activity
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
