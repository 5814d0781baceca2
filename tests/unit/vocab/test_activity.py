"""The envelope, and what an activity may claim about things of other servers."""

from typing import Any

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.vocab.activity import (
    as_document,
    is_public,
    parse_activity,
    reduce_foreign,
    text_of,
)

BO = "https://b.example/users/bo"
LIKE = {
    "id": "https://b.example/likes/1",
    "type": "Like",
    "actor": BO,
    "object": "https://a.example/posts/1",
}


def test_an_activity_is_read() -> None:
    like = parse_activity(LIKE | {"to": "as:Public", "cc": [BO, {"id": "https://c.example/c"}, BO]})

    assert (like.id, like.type, like.actor) == (LIKE["id"], "Like", BO)
    assert like.object_uri == "https://a.example/posts/1"
    assert like.object_type == "?"
    assert like.to == ("as:Public",)
    assert like.cc == (BO, "https://c.example/c")


@pytest.mark.parametrize("absent", [{"id": None}, {"id": ""}])
def test_an_activity_without_id_is_transient(absent: dict[str, Any]) -> None:
    assert parse_activity(LIKE | absent).id is None


@pytest.mark.parametrize(
    "actor",
    [
        {"id": BO, "type": "Person", "inbox": "https://evil.example/"},
        [BO],
        [None, BO],
        {"href": BO},
        [{"id": 5}, {"id": "", "href": BO}],
    ],
)
def test_the_actor_may_be_embedded_or_listed(actor: object) -> None:
    assert parse_activity(LIKE | {"actor": actor}).actor == BO


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"type": None}, id="no type"),
        pytest.param({"type": 3}, id="type that is a number"),
        pytest.param({"actor": None}, id="no actor"),
        pytest.param({"actor": "bo"}, id="actor without a host"),
        pytest.param({"actor": "javascript:alert(1)"}, id="actor that is a script"),
        pytest.param({"actor": {"name": "Bo"}}, id="actor without an id"),
        pytest.param({"id": "https://c.example/likes/1"}, id="id of another host"),
        pytest.param({"id": "http://b.example/likes/1"}, id="id of another scheme"),
        pytest.param({"id": "https://b.example:8443/likes/1"}, id="id of another port"),
        pytest.param({"id": "tag:b.example,2026:1"}, id="id that is no URL"),
        pytest.param({"id": {"id": "https://b.example/1"}}, id="id that is an object"),
        pytest.param({"id": ["https://b.example/1"]}, id="id that is a list"),
    ],
)
def test_what_is_no_activity(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_activity(LIKE | change)


def test_the_first_of_several_objects_is_the_object() -> None:
    flag = parse_activity(LIKE | {"type": "Flag", "object": [BO, "https://b.example/2"]})

    assert flag.object_uri == BO
    assert flag.document["object"] == [BO, "https://b.example/2"]


@pytest.mark.parametrize("value", [None, 3, "", [], [None, 4], True])
def test_an_object_that_is_none(value: object) -> None:
    activity = parse_activity(LIKE | {"object": value})

    assert activity.object is None
    assert activity.object_uri is None


def test_an_embedded_object_of_the_same_origin_stays() -> None:
    note = {"id": "https://b.example/notes/1", "type": "Note", "content": "hello"}
    create = reduce_foreign(parse_activity(LIKE | {"type": "Create", "object": note}))

    assert create.object_document == note


@pytest.mark.parametrize(
    "uri",
    ["https://c.example/notes/1", "http://b.example/1", "https://b.example:444/1", "nonsense"],
)
def test_an_embedded_object_of_another_origin_becomes_its_uri(uri: str) -> None:
    note = {"id": uri, "type": "Note", "content": "never said that"}

    announce = reduce_foreign(parse_activity(LIKE | {"type": "Announce", "object": note}))

    assert announce.object == uri
    assert announce.object_document is None


def test_of_what_an_accept_answers_the_references_stay() -> None:
    follow = {
        "id": "https://a.example/activities/1",
        "type": "Follow",
        "actor": {"id": "https://a.example/users/ada", "name": "Not Ada"},
        "object": BO,
        "content": "forged",
    }

    accept = reduce_foreign(parse_activity(LIKE | {"type": "Accept", "object": follow}))

    assert accept.object_document == {
        "id": "https://a.example/activities/1",
        "type": "Follow",
        "actor": "https://a.example/users/ada",
        "object": BO,
    }
    assert accept.object_type == "Follow"


def test_an_embedded_object_without_id_is_the_senders_own_word() -> None:
    follow = {"type": "Follow", "actor": BO, "object": "https://a.example/users/ada"}

    undo = reduce_foreign(parse_activity(LIKE | {"type": "Undo", "object": follow}))

    assert undo.object_document == follow


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param(BO, "Actor", id="itself"),
        pytest.param({"id": "https://b.example/2", "type": "Group"}, "Actor", id="an actor"),
        pytest.param({"id": "https://b.example/2", "type": "Note"}, "Note", id="a note"),
        pytest.param({"id": "https://b.example/2"}, "?", id="without a type"),
        pytest.param("https://b.example/2", "?", id="a reference"),
    ],
)
def test_what_the_handler_table_is_asked_for(value: object, kind: str) -> None:
    assert parse_activity(LIKE | {"object": value}).object_type == kind


@pytest.mark.parametrize("type_", ["Follow", ["Follow", "x"], None])
def test_the_type_of_what_is_answered_may_be_missing(type_: object) -> None:
    follow = {"id": "https://a.example/1", "type": type_}

    accept = reduce_foreign(parse_activity(LIKE | {"type": "Accept", "object": follow}))

    assert accept.object_type == ("?" if type_ is None else "Follow")


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"name": "x"}, "x"),
        ({"name": [3, "x"]}, "x"),
        ({"nameMap": {"en": 3, "de": "y"}}, "y"),
        ({"name": None, "nameMap": {"en": 3}}, ""),
        ({"nameMap": "x"}, ""),
        ({}, ""),
    ],
)
def test_texts(document: dict[str, Any], text: str) -> None:
    assert text_of(document, "name") == text


def test_public_has_three_spellings() -> None:
    assert all(map(is_public, ["as:Public", "Public"]))
    assert is_public("https://www.w3.org/ns/activitystreams#Public")
    assert not is_public("https://www.w3.org/ns/activitystreams#public")


def test_the_first_document_of_several_values() -> None:
    assert as_document(["https://b.example/1", {"id": "x"}, {"id": "y"}]) == {"id": "x"}
    assert as_document(["https://b.example/1"]) is None
