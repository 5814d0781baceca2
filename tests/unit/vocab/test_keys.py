"""Keys in every form that actors list them in (FEP-521a)."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from fedinet.vocab.keys import RemoteKey, embedded_keys, named_keys, read_key

BO = "https://b.example/users/bo"
MULTIKEY = {
    "id": f"{BO}#k",
    "type": "Multikey",
    "controller": BO,
    "publicKeyMultibase": "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
}
PEM = {"id": f"{BO}#main-key", "owner": BO, "publicKeyPem": "PEM"}


@pytest.mark.parametrize(
    ("actor", "embedded", "named"),
    [
        pytest.param({"publicKey": PEM}, [PEM["id"]], [], id="one"),
        pytest.param({"publicKey": [PEM]}, [PEM["id"]], [], id="an array"),
        pytest.param({"assertionMethod": MULTIKEY}, [MULTIKEY["id"]], [], id="a Multikey"),
        pytest.param(
            {"publicKey": PEM, "assertionMethod": [MULTIKEY]}, [PEM["id"], MULTIKEY["id"]], [],
            id="both",
        ),
        pytest.param({"publicKey": f"{BO}/key"}, [], [f"{BO}/key"], id="by id"),
        pytest.param(
            {"assertionMethod": [MULTIKEY, f"{BO}/key", f"{BO}/key"]},
            [MULTIKEY["id"]], [f"{BO}/key"], id="mixed",
        ),
        pytest.param({"assertionMethod": "https://c.example/key"}, [], [], id="of elsewhere"),
        pytest.param({"assertionMethod": "did:key:z6Mk"}, [], [], id="a DID"),
        pytest.param({"assertionMethod": [1, None, [], {}]}, [], [], id="nonsense"),
        pytest.param({}, [], [], id="none"),
    ],
)  # fmt: skip
def test_keys_are_found_wherever_they_stand(
    actor: Mapping[str, object], embedded: list[str], named: list[str]
) -> None:
    assert [key.id for key in embedded_keys(actor, BO)] == embedded
    assert list(named_keys(actor, BO)) == named


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param({}, True, id="as it is"),
        pytest.param({"controller": None}, True, id="of nobody in particular"),
        pytest.param({"controller": {"id": BO}}, True, id="its owner as an object"),
        pytest.param({"controller": "https://b.example/users/eve"}, False, id="of another"),
        pytest.param({"id": "https://c.example/k"}, False, id="of another origin"),
        pytest.param({"id": None}, False, id="without an id"),
        pytest.param({"publicKeyMultibase": None}, False, id="without a key"),
        pytest.param({"publicKeyMultibase": {"x": 1}}, False, id="with an odd key"),
        pytest.param({"expires": "never"}, False, id="with an end that is none"),
        pytest.param({"revoked": True}, False, id="revoked, no saying when"),
    ],
)
def test_a_key_is_its_owners_or_none(members: Mapping[str, object], expected: bool) -> None:
    assert (read_key({**MULTIKEY, **members}, BO) is not None) is expected


def test_a_key_ends_by_whichever_comes_first() -> None:
    key = read_key({**MULTIKEY, "expires": "2027-01-01T00:00:00Z", "revoked": "2026-05-01"}, BO)
    assert isinstance(key, RemoteKey)
    assert key.until == datetime(2026, 5, 1, tzinfo=UTC)
