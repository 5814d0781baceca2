"""Actor documents, and what a hostile one may not make us believe."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.vocab.actor import MAX_FIELDS, parse_actor
from fedinet.vocab.keys import MAX_KEYS

BO = "https://b.example/users/bo"
PERSON = {
    "id": BO,
    "type": "Person",
    "preferredUsername": "bo",
    "inbox": BO + "/inbox",
    "followers": BO + "/followers",
    "endpoints": {"sharedInbox": "https://b.example/inbox"},
    "publicKey": {"id": BO + "#main-key", "owner": BO, "publicKeyPem": "PEM"},
}


def test_a_mastodon_actor_is_read() -> None:
    actor = parse_actor(
        PERSON
        | {
            "name": "Bo",
            "summary": "<p>hi</p>",
            "url": "https://b.example/@bo",
            "icon": {"type": "Image", "mediaType": "image/png", "url": "https://cdn.example/a.png"},
            "image": [{"type": "Image", "url": {"type": "Link", "href": "https://cdn.example/h"}}],
            "manuallyApprovesFollowers": True,
            "discoverable": True,
            "attachment": [{"type": "PropertyValue", "name": "Web", "value": "<a>x</a>"}, "junk"],
            "alsoKnownAs": "https://c.example/users/bo",
            "movedTo": "https://d.example/users/bo",
            "published": "2020-01-01T00:00:00Z",
            "webfinger": "acct:bo@b.example",
        }
    )

    assert (actor.uri, actor.username, actor.name) == (BO, "bo", "Bo")
    assert actor.inbox_url == BO + "/inbox"
    assert actor.shared_inbox_url == "https://b.example/inbox"
    assert actor.page_url == "https://b.example/@bo"
    assert (actor.avatar_url, actor.header_url) == (
        "https://cdn.example/a.png",
        "https://cdn.example/h",
    )
    assert actor.approves_followers
    assert actor.discoverable
    assert not actor.indexable
    assert actor.fields == (("Web", "<a>x</a>"),)
    assert actor.also_known_as == ("https://c.example/users/bo",)
    assert actor.moved_to == "https://d.example/users/bo"
    assert actor.webfinger == "bo@b.example"
    assert [(key.id, key.pem) for key in actor.keys] == [(BO + "#main-key", "PEM")]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"type": "Note"}, id="a note"),
        pytest.param({"type": []}, id="no type"),
        pytest.param({"id": "bo"}, id="id that is no URL"),
        pytest.param({"id": None}, id="no id"),
        pytest.param({"inbox": None}, id="no inbox"),
        pytest.param({"inbox": "https://victim.example/inbox"}, id="inbox of somebody else"),
        pytest.param({"inbox": "http://b.example/inbox"}, id="inbox of another scheme"),
        pytest.param({"preferredUsername": ""}, id="an empty name"),
        pytest.param({"preferredUsername": None, "id": "https://b.example/?u=1"}, id="no name"),
        pytest.param({"preferredUsername": "b\u043e"}, id="a name that looks like another"),
        pytest.param({"preferredUsername": "bo\u202e"}, id="bidi mark"),
        pytest.param({"preferredUsername": "bo\u0000"}, id="NUL"),
        pytest.param({"preferredUsername": "bo@c.example"}, id="a handle"),
        pytest.param({"preferredUsername": "bo "}, id="a blank"),
        pytest.param({"preferredUsername": "-bo"}, id="a dash first"),
        pytest.param({"preferredUsername": "b" * 3000}, id="endless"),
        pytest.param({"preferredUsername": {"en": "bo"}}, id="a map"),
    ],
)
def test_what_is_no_actor(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_actor(PERSON | change)


@pytest.mark.parametrize(
    "name", ["bo", "Bo_2", "b.o", "b-o", "_", "example.com", "m.example", "127.0.0.1:8101"]
)
def test_names_in_use(name: str) -> None:
    assert parse_actor(PERSON | {"preferredUsername": name}).username == name


def test_the_name_may_come_from_the_handle() -> None:
    document = PERSON | {"preferredUsername": None, "webfinger": "bo@example.org"}

    assert parse_actor(document).username == "bo"


def test_references_elsewhere_are_left_out() -> None:
    actor = parse_actor(
        PERSON
        | {
            "endpoints": {"sharedInbox": "https://victim.example/inbox"},
            "followers": "https://c.example/followers",
            "outbox": "ftp://b.example/outbox",
            "url": "https://phish.example/@bo",
            "icon": {"url": "javascript:alert(1)"},
        }
    )

    assert actor.shared_inbox_url is None
    assert actor.followers_uri is None
    assert actor.outbox_uri is None
    assert actor.page_url == BO
    assert actor.avatar_url is None


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(
            {"id": "https://c.example/k", "owner": BO, "publicKeyPem": "x"}, id="elsewhere"
        ),
        pytest.param({"id": BO + "#k", "owner": BO + "2", "publicKeyPem": "x"}, id="of another"),
        pytest.param({"id": BO + "#k", "owner": [BO + "2"], "publicKeyPem": "x"}, id="of others"),
        pytest.param({"owner": BO, "publicKeyPem": "x"}, id="without id"),
        pytest.param({"id": BO + "#k", "owner": BO}, id="without a key"),
        pytest.param({"id": BO + "#k", "owner": BO, "publicKeyPem": 5}, id="a number"),
        pytest.param(BO + "#k", id="a reference"),
    ],
)
def test_keys_that_are_not_the_actors(key: object) -> None:
    assert parse_actor(PERSON | {"publicKey": key}).keys == ()


def test_multikeys_stand_beside_the_pem() -> None:
    multikey = {
        "id": BO + "#ed",
        "type": "Multikey",
        "controller": BO,
        "publicKeyMultibase": "z6Mk",
    }

    actor = parse_actor(PERSON | {"assertionMethod": [multikey]})

    assert [(key.pem, key.multibase) for key in actor.keys] == [("PEM", None), (None, "z6Mk")]


def test_fields_come_in_two_dialects() -> None:
    fields = [
        {"type": "PropertyValue", "name": "a", "value": "1"},
        {"type": "Note", "name": "b", "content": "2"},
        {"type": "PropertyValue", "name": "empty"},
        {"type": "Image", "name": "c", "value": "3"},
    ]

    assert parse_actor(PERSON | {"attachment": fields}).fields == (("a", "1"), ("b", "2"))


def test_lists_have_limits() -> None:
    fields = [{"type": "PropertyValue", "name": f"n{n}", "value": "v" * 9999} for n in range(500)]
    keys = [{"id": f"{BO}#{n}", "owner": BO, "publicKeyPem": "x"} for n in range(500)]

    actor = parse_actor(
        PERSON
        | {"attachment": fields, "publicKey": keys, "name": "n" * 9999, "summary": "s" * 99_999}
        | {"alsoKnownAs": [f"https://c.example/{n}" for n in range(500)]}
    )

    assert len(actor.fields) == MAX_FIELDS
    assert len(actor.fields[0][1]) == 2047
    assert len(actor.keys) == MAX_KEYS
    assert len(actor.also_known_as) == 256
    assert len(actor.name) == 2048
    assert len(actor.summary_html) == 20_000


def test_a_fedify_actor_is_read() -> None:
    vectors = Path(__file__).parents[2] / "vectors" / "fedify_wire.json"
    document = json.loads(vectors.read_text())["actor_fay"]

    actor = parse_actor(document)

    assert actor.username == "fay"
    assert actor.inbox_url == "http://127.0.0.1:8101/users/fay/inbox"
    assert [key.pem is not None for key in actor.keys] == [True, False, False]
