"""Digests: the vectors of RFC 9530, and what must not pass for one."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.signing.digest import content_digest_matches, legacy_digest_matches
from fedinet.signing.message import sha256_of

BODY = b'{"hello": "world"}'
SHA256 = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
SHA512 = "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew=="


@pytest.mark.parametrize("number", range(3))
def test_vectors_of_rfc9530(number: int, vectors: Callable[[str], Any]) -> None:
    case = vectors("rfc9530_digest")["computed"][number]
    body = case["body"].encode()

    assert f"sha-256=:{sha256_of(body)}:" == case["content-digest sha-256"]
    assert content_digest_matches(case["content-digest sha-256"], body)
    assert content_digest_matches(case["content-digest sha-512"], body)
    assert legacy_digest_matches(case["digest (RFC 3230)"], body)


@pytest.mark.parametrize(
    ("field", "matches"),
    [
        pytest.param(f"SHA-256={SHA256}", True, id="as usual"),
        pytest.param(f"sha-256={SHA256}", True, id="lower case"),
        pytest.param(f"SHA-512={SHA512}", True, id="sha-512"),
        pytest.param(f"SHA-256={SHA256}, SHA-512={SHA512}", True, id="two, both right"),
        pytest.param(f"SHA-256={SHA256},SHA-512={SHA256}", False, id="two, one wrong"),
        pytest.param(f"SHA-256={SHA256},SHA-256={SHA256}", False, id="one twice"),
        pytest.param(f"MD5=abcd,SHA-256={SHA256}", True, id="an unknown one beside"),
        pytest.param("MD5=abcd", False, id="only an unknown one"),
        pytest.param(f"SHA-256={SHA256[:-1]}", False, id="padding cut"),
        pytest.param(f"SHA-256={SHA256.replace('PE=', 'PF=')}", False, id="spare bits set"),
        pytest.param(f"SHA-256=:{SHA256}:", False, id="the other syntax"),
        pytest.param(f"SHA-256={SHA256};", False, id="something after"),
        pytest.param("", False, id="empty"),
        pytest.param("SHA-256=" + "A" * 2000, False, id="huge"),
    ],
)
def test_digest_fields(field: str, matches: bool) -> None:
    assert legacy_digest_matches(field, BODY) is matches


@pytest.mark.parametrize(
    ("field", "matches"),
    [
        pytest.param(f"sha-256=:{SHA256}:", True, id="as usual"),
        pytest.param(f"sha-256=:{SHA256}:, sha-512=:{SHA512}:", True, id="two, both right"),
        pytest.param(f"sha-512=:{SHA512}:, sha-256=:{SHA512}:", False, id="two, one wrong"),
        pytest.param(f"unixsum=:AA==:, sha-256=:{SHA256}:", True, id="an unknown one beside"),
        pytest.param("unixsum=:AA==:", False, id="only an unknown one"),
        pytest.param(f"SHA-256=:{SHA256}:", False, id="upper case is no key"),
        pytest.param(f"sha-256={SHA256}", False, id="the other syntax"),
        pytest.param("", False, id="empty"),
    ],
)
def test_content_digest_fields(field: str, matches: bool) -> None:
    assert content_digest_matches(field, BODY) is matches


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_digest_matches_its_body_and_no_other(body: bytes, other: bytes) -> None:
    content, legacy = f"sha-256=:{sha256_of(body)}:", f"SHA-256={sha256_of(body)}"
    assert content_digest_matches(content, body)
    assert legacy_digest_matches(legacy, body)
    assert legacy_digest_matches(legacy, other) is (body == other)


@given(st.text(max_size=100))
def test_any_text_matches_or_does_not(field: str) -> None:
    assert legacy_digest_matches(field, BODY) is content_digest_matches(field, BODY) is False
