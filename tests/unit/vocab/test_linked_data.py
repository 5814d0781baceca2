"""Linked-data signatures: what Mastodon signed, and what others could make of it."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.signing.keys import read_public_pem
from fedinet.vocab.context import ACTIVITYSTREAMS
from fedinet.vocab.linked_data import LinkedSignature, read_signature, signed_graph

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
VECTORS = Path(__file__).parents[2] / "vectors"
RECORDED: dict[str, Any] = json.loads((VECTORS / "rsasignature2017_smithereen.json").read_text())
CREATE: dict[str, Any] = RECORDED["mastodon_signed_create.json"]
NOTE: dict[str, Any] = CREATE["object"]
KEY = read_public_pem(RECORDED["mastodon_actor.json"]["publicKey"]["publicKeyPem"])
SIGNATURE = {
    "type": "RsaSignature2017",
    "creator": "https://a.example/users/ada#main-key",
    "created": "2026-05-01T11:00:00Z",
    "signatureValue": "eA==",
}


def read(document: Mapping[str, object]) -> LinkedSignature:
    signature = read_signature(document, now=NOW)
    assert signature is not None
    return signature


def covered(document: Mapping[str, object]) -> Mapping[str, Any] | None:
    """What the recorded author vouches for, None for nothing."""
    signature = read(document)
    text, found = signed_graph(document, signature)
    return found if KEY.verifies(b64decode(signature.value), text) else None


@pytest.mark.parametrize("name", ["create", "delete"])
def test_what_mastodon_signed_is_verified(name: str) -> None:
    document = RECORDED[f"mastodon_signed_{name}.json"]
    found = covered(document)
    assert found is not None
    assert (found["id"], found["type"], found["actor"]) == (
        document["id"], document["type"], document["actor"],
    )  # fmt: skip


def test_what_was_changed_afterwards_is_not() -> None:
    assert covered(RECORDED["mastodon_signed_create_tampered.json"]) is None


def test_the_text_is_that_of_other_implementations() -> None:
    """The canonical forms that Smithereen wrote down for its own tests."""
    from fedinet.vocab import json_ld

    for source, canonical in (
        ("00a-unsigned_payload.json", "02a-normalized_activity.rdf"),
        ("00b-options_payload.json", "02a-normalized_options.rdf"),
    ):
        text = json_ld.canonical(json_ld.expanded(RECORDED[source])).decode()
        assert text.strip() == RECORDED[canonical].strip()


@pytest.mark.parametrize(
    ("members", "note"),
    [
        pytest.param({}, {"content": "Evil"}, id="a text"),
        pytest.param({"to": []}, {}, id="an address less"),
        pytest.param({"cc": "https://e.example/users/eve"}, {}, id="another address"),
        pytest.param({}, {"sensitive": True}, id="a flag"),
        pytest.param({}, {"inReplyTo": "https://e.example/1"}, id="a property more"),
        pytest.param({"@context": [*CREATE["@context"], {"actor": "as:object"}]}, {}, id="a term"),
        pytest.param({"@context": [*CREATE["@context"], {"id": "as:url"}]}, {}, id="ids renamed"),
    ],
)
def test_a_graph_that_differs_is_not_vouched_for(
    members: Mapping[str, object], note: Mapping[str, object]
) -> None:
    document = {**CREATE, "object": {**NOTE, **note}, **members}
    try:
        found = covered(document)
    except Malformed:
        return
    assert found is None


@pytest.mark.parametrize(
    ("members", "note"),
    [
        pytest.param({"evil": "x"}, {}, id="a term that nobody defines"),
        pytest.param({}, {"evil": {"content": "x"}}, id="an object under such a term"),
        pytest.param(
            {"@context": [*CREATE["@context"], {"inReplyTo": None}]},
            {"inReplyTo": "https://e.example/1"},
            id="a term made undefined",
        ),
        pytest.param(
            {"@context": [*CREATE["@context"], {"said": "as:content", "content": None}]},
            {"said": NOTE["content"], "content": "Evil"},
            id="the text under another name",
        ),
    ],
)
def test_what_the_signature_does_not_cover_does_not_count(
    members: Mapping[str, object], note: Mapping[str, object]
) -> None:
    found = covered({**CREATE, "object": {**NOTE, **note}, **members})
    plain = covered(CREATE)
    assert found == plain
    assert "vil" not in json.dumps(found)


EVIL = {"type": "Note", "content": "Evil"}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({**CREATE, "object": [{"id": "e vil", **EVIL}, NOTE]}, id="a relative name"),
        pytest.param({**CREATE, "object": [{"id": "_:b9", **EVIL}, NOTE]}, id="a blank name"),
        pytest.param({**CREATE, "object": [NOTE, NOTE["id"]]}, id="two objects"),
        pytest.param({**CREATE, "actor": [CREATE["actor"], "https://e.example"]}, id="two actors"),
        pytest.param({**CREATE, "type": ["Create", "Delete"]}, id="two types"),
        pytest.param({**CREATE, "id": None}, id="no id"),
        pytest.param({**CREATE, "@graph": [EVIL]}, id="a graph beside"),
        pytest.param({**CREATE, "@included": [EVIL]}, id="something included"),
        pytest.param({**CREATE, "@reverse": {"object": EVIL}}, id="a property reversed"),
        pytest.param(
            {**CREATE, "object": NOTE["id"], "cc": [CREATE["cc"], NOTE]}, id="moved elsewhere"
        ),
        pytest.param(
            {
                **CREATE,
                "object": {"id": NOTE["id"], "type": "Note"},
                "audience": {**NOTE, "type": []},
            },
            id="described twice",
        ),
        pytest.param(
            {
                **CREATE,
                "@context": [
                    *CREATE["@context"],
                    {"graph": {"@id": "as:attachment", "@container": "@graph"}},
                ],
                "graph": EVIL,
            },
            id="a graph inside",
        ),
        pytest.param({**CREATE, "published": {"@value": [1]}}, id="a value that is none"),
        pytest.param({**CREATE, "summary": {"@value": "x", "@direction": "ltr"}}, id="a direction"),
        pytest.param({**CREATE, "summary": {"@value": "x", "@index": "1"}}, id="an index"),
        pytest.param({**CREATE, "summary": {"@value": {}, "@type": "@json"}}, id="raw JSON"),
        pytest.param({**CREATE, "@context": "https://e.example/context"}, id="a foreign context"),
        pytest.param({**CREATE, "@context": {"@import": "https://e.example/c"}}, id="an import"),
        pytest.param(
            {**CREATE, "@context": {"T": {"@id": "as:T", "@context": {"content": "as:name"}}}},
            id="a scoped context",
        ),
        pytest.param({**CREATE, "tag": [{"name": "x"}] * 2000}, id="too much"),
        pytest.param({**CREATE, "tag": [{}] * 400}, id="too many without a name"),
    ],
)
def test_a_form_that_is_not_fully_covered_is_refused(document: Mapping[str, object]) -> None:
    if document.get("id", "") is None:
        document = {key: value for key, value in document.items() if key != "id"}
    with pytest.raises(Malformed):
        assert covered(document) is None
        raise Malformed("the graph is another")


def poison(*sizes: int) -> Mapping[str, object]:
    """Nodes without names, inside of one another, which look alike from everywhere."""

    def rows(depth: int) -> list[object]:
        if depth == len(sizes):
            return []
        return [{"type": "Note", "tag": rows(depth + 1)} for _ in range(sizes[depth])]

    return {**CREATE, "attachment": rows(0), "signature": SIGNATURE}


@pytest.mark.parametrize("sizes", [(2, 9), (3, 3, 3, 3), (5, 5, 5), (8, 1, 9), (6, 6)])
def test_graphs_made_to_be_slow_are_given_up(sizes: tuple[int, ...]) -> None:
    document = poison(*sizes)
    with pytest.raises(Malformed, match="alike"):
        signed_graph(document, read(document))


@pytest.mark.parametrize("sizes", [(30,), (9, 1), (1, 6), (1, 4), (2, 2, 2)])
def test_likeness_alone_is_no_fault(sizes: tuple[int, ...]) -> None:
    document = poison(*sizes)
    assert signed_graph(document, read(document))[0]


@pytest.mark.parametrize(
    "members",
    [
        {"type": "RsaSignature2018"},
        {"creator": None},
        {"creator": {"id": SIGNATURE["creator"]}},
        {"signatureValue": 1},
        {"created": None},
        {"created": "x"},
        {"expires": "2026-05-01T12:00:00Z"},
        {"expires": None},
        {"nonce": {"@id": "x"}},
        {"nonce": "x" * 3000},
        {"@reverse": "x"},
        {"more": "x"},
    ],
    ids=str,
)
def test_signatures_that_are_not_checked(members: Mapping[str, object]) -> None:
    assert read_signature({"signature": {**SIGNATURE, **members}}, now=NOW) is None


@pytest.mark.parametrize("signature", [None, "x", 1, [SIGNATURE], {}])
def test_odd_shapes_are_no_signatures(signature: object) -> None:
    assert read_signature({"@context": ACTIVITYSTREAMS, "signature": signature}, now=NOW) is None
