"""Keys as others write them, and those we do not take."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from fedinet.kernel.errors import Malformed
from fedinet.signing.dates import http_date, read_http_date, read_timestamp
from fedinet.signing.keys import (
    KeyKind,
    SigningKey,
    generate_ed25519,
    private_der,
    public_of,
    read_multikey,
    read_private_der,
    read_public_der,
    read_public_pem,
    sign,
)
from fedinet.signing.multibase import decode_multibase, encode_multibase


def test_multikeys_of_fep_521a(vectors: Callable[[str], Any]) -> None:
    recorded = vectors("fep_521a_multikey")
    ed25519, rsa_ = (key["publicKeyMultibase"] for key in recorded["multikeys"])

    assert read_multikey(ed25519).kind is KeyKind.ED25519
    assert read_multikey(ed25519).der.hex().endswith(recorded["ed25519_public_hex"])
    assert read_multikey(ed25519).multikey == ed25519
    assert read_multikey(rsa_).kind is KeyKind.RSA
    assert read_multikey(rsa_).multikey == rsa_
    assert read_public_der(bytes.fromhex(recorded["rsa_pkcs1_der_hex"])).multikey == rsa_


def test_the_keys_of_a_fedify_actor(vectors: Callable[[str], Any]) -> None:
    actor = vectors("fedify_wire")["actor_fay"]
    pem = read_public_pem(actor["publicKey"]["publicKeyPem"])
    first, second = (read_multikey(m["publicKeyMultibase"]) for m in actor["assertionMethod"])

    assert pem.kind is first.kind is KeyKind.RSA
    assert pem.der == first.der
    assert second.kind is KeyKind.ED25519


def test_our_keys_survive_storage(rsa_key: SigningKey, ed25519_key: SigningKey) -> None:
    for key in (rsa_key, ed25519_key):
        public = public_of(key.private)
        again = read_private_der(private_der(key.private))

        assert public_of(again).der == public.der == read_public_der(public.der).der
        assert read_public_pem(public.pem).der == read_multikey(public.multikey).der == public.der
        assert public.verifies(sign(again, b"text"), b"text")
        assert not public.verifies(sign(again, b"text"), b"other")


def test_older_servers_write_pkcs1_and_odd_line_ends(rsa_key: SigningKey) -> None:
    assert isinstance(rsa_key.private, rsa.RSAPrivateKey)
    pkcs1 = rsa_key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()

    assert read_public_pem(pkcs1).der == public_of(rsa_key.private).der
    assert read_public_pem("\r\n" + public_of(rsa_key.private).pem.replace("\n", "\r\n") + " ")


def test_base64url_multikeys_are_read(ed25519_key: SigningKey) -> None:
    public = public_of(ed25519_key.private)
    raw = decode_multibase(public.multikey)
    assert read_multikey("u" + urlsafe_b64encode(raw).decode().rstrip("=")).der == public.der


OTHERS = {
    "rsa 1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505  # refused for it
    "dsa": lambda: dsa.generate_private_key(2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed448": ed448.Ed448PrivateKey.generate,
    "x25519": x25519.X25519PrivateKey.generate,
}


@pytest.mark.parametrize("name", list(OTHERS))
def test_other_kinds_and_short_keys_are_not_taken(name: str) -> None:
    public = OTHERS[name]().public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    with pytest.raises(Malformed):
        read_public_der(der)
    with pytest.raises(Malformed):
        read_public_pem(pem)


def test_a_key_that_would_cost_us_time_is_not_taken() -> None:
    slow = rsa.RSAPublicNumbers(e=2**61 - 1, n=(1 << 2047) | 1).public_key()

    with pytest.raises(Malformed):
        read_public_der(slow.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize(
    "text",
    ["", "z", "u", "x123", "z0OIl", "zzzz", "u====", "u!", "uA", "z6Mk", "z" + "2" * 5000],
)
def test_multibase_text_that_is_no_key(text: str) -> None:
    with pytest.raises(Malformed):
        read_multikey(text)


@pytest.mark.parametrize(
    "pem",
    ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "\u2603", "A" * 10000],
)
def test_text_that_is_no_pem(pem: str) -> None:
    with pytest.raises(Malformed):
        read_public_pem(pem)


def test_a_private_key_of_another_kind_is_not_ours() -> None:
    der = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )

    with pytest.raises(Malformed):
        read_private_der(der)


def test_a_private_key_is_no_public_key() -> None:
    with pytest.raises(Malformed):
        read_public_der(private_der(generate_ed25519()))


@given(st.binary(max_size=80))
def test_base58_is_undone(raw: bytes) -> None:
    assert decode_multibase(encode_multibase(raw)) == raw


@given(st.binary(max_size=80))
def test_no_bytes_upset_the_readers(raw: bytes) -> None:
    for read in (read_public_der, lambda b: read_multikey("z" + b.decode("latin-1"))):
        with pytest.raises(Malformed):
            read(raw)


@given(st.datetimes(timezones=st.just(UTC)))
def test_http_dates_are_undone(moment: datetime) -> None:
    assert read_http_date(http_date(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
    ],
)
def test_other_dates_are_none(text: str) -> None:
    assert read_http_date(text) is None


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1e9", "\u0661", "9" * 12, " 1", "+1", "1_0"])
def test_other_numbers_are_no_timestamps(text: str) -> None:
    assert read_timestamp(text) is None
