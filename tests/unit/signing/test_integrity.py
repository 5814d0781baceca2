"""Object integrity proofs: the vectors of others, and everything that must not pass for one."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import KeyUri
from fedinet.signing.integrity import (
    CONTEXT,
    Proof,
    Tree,
    canonical,
    proven,
    read_proofs,
    with_proof,
)
from fedinet.signing.keys import (
    PublicKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
    public_of,
    read_multikey,
)
from fedinet.vocab.activity import PUBLIC as PUBLIC_COLLECTION
from fedinet.vocab.json import decode

Vectors = Callable[[str], Any]
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEY = SigningKey(KeyUri("https://a.example/users/ada#ed25519-key"), generate_ed25519())
PUBLIC = public_of(KEY.private)
ACTIVITY = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "https://a.example/activities/1",
    "type": "Like",
    "actor": "https://a.example/users/ada",
    "object": "https://b.example/notes/1",
}
SIGNED = with_proof(ACTIVITY, KEY, now=NOW)


def only_proof(document: Tree, now: datetime = NOW) -> Proof:
    (proof,) = read_proofs(document, now=now)
    return proof


def changed(document: Tree, **members: object) -> Tree:
    """The document with other members in its proof; None leaves one out."""
    proof = {**document["proof"], **members}  # pyright: ignore[reportGeneralTypeIssues]
    return {**document, "proof": {key: value for key, value in proof.items() if value is not None}}


@pytest.mark.parametrize("number", range(6))
def test_the_vectors_of_rfc_8785(number: int, vectors: Vectors) -> None:
    case = vectors("jcs_rfc8785")["tests"][number]
    assert canonical(json.loads(case["input"])).decode() == case["output"].strip("\n")


def test_the_vector_of_the_fep(vectors: Vectors) -> None:
    case = vectors("fep_8b32_eddsa_jcs_2022")
    (method,) = case["actor"]["assertionMethod"]
    proof = only_proof(case["signed"])
    covered = proven(case["signed"], proof, read_multikey(method["publicKeyMultibase"]))
    assert proof.key_id == case["verificationMethod"] == method["id"]
    assert covered == case["unsigned"]


def test_the_vector_of_the_w3c(vectors: Vectors) -> None:
    case = vectors("w3c_vc_di_eddsa")
    signed, key = case["eddsa-jcs-2022"]["signedJCS.json"], case["keyPair"]["publicKeyMultibase"]
    assert proven(signed, only_proof(signed), read_multikey(key)) == case["unsigned"]
    assert canonical(case["unsigned"]).decode() == case["eddsa-jcs-2022"]["canonDocJCS.txt"]


@pytest.mark.parametrize("number", [2, 3, 6, 7, 10, 11])
def test_the_proofs_that_fedify_made(number: int, vectors: Vectors) -> None:
    """Fedify signs the long name of Public, and sends it; this recording has it shortened."""
    recorded = vectors("fedify_wire")
    body = recorded["forced"][number]["body"].replace('"as:Public"', f'"{PUBLIC_COLLECTION}"')
    document = decode(body.encode())
    keys = {one["id"]: one for one in recorded["actor_fay"]["assertionMethod"]}
    proof = only_proof(document, now=datetime(2026, 11, 23, tzinfo=UTC))
    key = read_multikey(keys[proof.key_id]["publicKeyMultibase"])
    assert proven(document, proof, key) is not None
    assert proven({**document, "cc": "as:Public"}, proof, key) is None


def test_what_we_sign_has_the_shape_that_mastodon_reads() -> None:
    assert SIGNED["@context"] == [ACTIVITY["@context"], CONTEXT]
    proof = SIGNED["proof"]
    assert isinstance(proof, Mapping)
    assert proof["@context"] == SIGNED["@context"]
    assert proof["created"] == "2026-05-01T12:00:00Z"
    covered = proven(SIGNED, only_proof(SIGNED), PUBLIC)
    assert covered == {**ACTIVITY, "@context": SIGNED["@context"]}


def test_contexts_with_terms_of_their_own_stay_last() -> None:
    terms = {"toot": "http://joinmastodon.org/ns#"}
    signed = with_proof({**ACTIVITY, "@context": [ACTIVITY["@context"], terms]}, KEY, now=NOW)
    assert signed["@context"] == [ACTIVITY["@context"], CONTEXT, terms]
    assert with_proof(signed, KEY, now=NOW) == signed


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({**SIGNED, "object": "https://b.example/notes/2"}, id="another object"),
        pytest.param({**SIGNED, "more": True}, id="a key more"),
        pytest.param({key: value for key, value in SIGNED.items() if key != "id"}, id="a key less"),
        pytest.param({**SIGNED, "@context": ACTIVITY["@context"]}, id="another context"),
        pytest.param({**SIGNED, "@context": [{"actor": "as:object"}]}, id="a hostile context"),
        pytest.param(
            {**SIGNED, "@context": [{"object": None}, *SIGNED["@context"]]},  # pyright: ignore[reportGeneralTypeIssues]
            id="a context before",
        ),
        pytest.param(changed(SIGNED, created="2026-05-01T11:00:00Z"), id="another moment"),
        pytest.param(changed(SIGNED, expires="2027-01-01T00:00:00Z"), id="a later end"),
        pytest.param(changed(SIGNED, verificationMethod="https://a.example/k"), id="another key"),
        pytest.param({**ACTIVITY, "proof": SIGNED["proof"]}, id="the proof of what it was before"),
        pytest.param(changed(SIGNED, **{"@context": None}), id="without the proof's context"),
        pytest.param({**SIGNED, "n": 2.0**70, "m": 2**53}, id="a number that is none"),
    ],
)
def test_a_proof_over_something_else_proves_nothing(document: Tree) -> None:
    assert proven(document, only_proof(document), PUBLIC) is None


def test_what_was_added_to_the_context_does_not_count() -> None:
    """The W3C lets a context grow; what it says then is not what was signed."""
    added = {**SIGNED, "@context": [*SIGNED["@context"], {"actor": "as:object"}]}  # pyright: ignore[reportGeneralTypeIssues]
    covered = proven(added, only_proof(added), PUBLIC)
    assert covered is not None
    assert covered["@context"] == SIGNED["@context"]


def test_a_linked_data_signature_comes_off_first() -> None:
    both = {**SIGNED, "signature": {"type": "RsaSignature2017", "signatureValue": "x"}}
    covered = proven(both, only_proof(both), PUBLIC)
    assert covered is not None
    assert "signature" not in covered


@pytest.mark.parametrize(
    "key", [public_of(generate_ed25519()), public_of(generate_rsa())], ids=["another", "RSA"]
)
def test_another_key_proves_nothing(key: PublicKey) -> None:
    assert proven(SIGNED, only_proof(SIGNED), key) is None


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"type": "JcsEd25519Signature2022"}, id="an older type"),
        pytest.param({"cryptosuite": "eddsa-rdfc-2022"}, id="another suite"),
        pytest.param({"proofPurpose": "authentication"}, id="another purpose"),
        pytest.param({"proofPurpose": None}, id="no purpose"),
        pytest.param({"verificationMethod": None}, id="no key"),
        pytest.param({"verificationMethod": {"id": "https://a.example/k"}}, id="a key inside"),
        pytest.param({"proofValue": None}, id="no value"),
        pytest.param({"proofValue": "z1"}, id="a short value"),
        pytest.param({"proofValue": "u" + "A" * 86}, id="another base"),
        pytest.param({"proofValue": "z0OIl"}, id="no base58"),
        pytest.param({"proofValue": "z" + "1" * 5000}, id="an endless value"),
        pytest.param({"created": "2026-05-01T13:30:00Z"}, id="from the future"),
        pytest.param({"created": "yesterday"}, id="no moment"),
        pytest.param({"created": 1}, id="a number of seconds"),
        pytest.param({"expires": "2026-05-01T12:00:00Z"}, id="expired"),
        pytest.param({"expires": "never"}, id="an end that is none"),
        pytest.param({"previousProof": "urn:x"}, id="a link of a chain"),
    ],
)
def test_what_is_no_proof_for_us_is_passed_over(members: Mapping[str, object]) -> None:
    assert read_proofs(changed(SIGNED, **members), now=NOW) == []


@pytest.mark.parametrize("proof", [None, "x", 1, [], [[]], {}, [None, {"type": 1}]])
def test_odd_shapes_are_no_proofs(proof: object) -> None:
    assert read_proofs({**ACTIVITY, "proof": proof}, now=NOW) == []


def test_of_several_proofs_a_few_are_read() -> None:
    other = {"type": "DataIntegrityProof", "cryptosuite": "mldsa44-jcs-2024"}
    several = {**SIGNED, "proof": [other, SIGNED["proof"]]}
    assert proven(several, only_proof(several), PUBLIC) is not None
    assert read_proofs({**SIGNED, "proof": [other] * 3 + [SIGNED["proof"]]}, now=NOW) == []


def test_a_proof_may_be_old_or_say_nothing_of_its_age() -> None:
    timeless = read_proofs(changed(SIGNED, created=None), now=NOW)
    assert [proof.created for proof in timeless] == [None]
    assert only_proof(SIGNED, NOW + timedelta(days=999)).created == NOW


def test_what_cannot_be_canonical_cannot_be_signed() -> None:
    with pytest.raises(Malformed):
        with_proof({**ACTIVITY, "n": 2**60}, KEY, now=NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), JSON, max_size=5))
def test_what_is_signed_survives_any_encoding(members: dict[str, Any]) -> None:
    signed = with_proof({**ACTIVITY, **members}, KEY, now=NOW)
    spaced = json.dumps(signed, indent=3, sort_keys=True, ensure_ascii=True)
    received: Tree = json.loads(spaced)
    assert proven(received, only_proof(received), PUBLIC) is not None
