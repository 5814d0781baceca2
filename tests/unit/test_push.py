"""What is pushed and where: the standard's own vector, keys, endpoints.

The older encoding is judged by Mastodon.py in tests/integration/test_push.py.
"""

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.net.fetch import Fetcher
from fedinet.node.push_keys import PushKey
from fedinet.push.commands import check_endpoint
from fedinet.push.encryption import Once, node_token, seal
from fedinet.push.model import AppKeys, check_keys, choice_of

# RFC 8291, appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
OUR_SECRET = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
APP_SECRET = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
APP_POINT = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA"
    "mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs"
    "j_Qulcy4a-fN"
)


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pair(secret: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw(secret)), ec.SECP256R1())


KEYS = AppKeys(point=raw(APP_POINT), secret=raw(AUTH))
NODE = PushKey(pair(APP_SECRET), raw(APP_POINT))


def test_the_example_of_the_standard_comes_out_byte_by_byte() -> None:
    sealed = seal(PLAIN, KEYS, Once(pair(OUR_SECRET), raw(SALT)), NODE, "T")
    assert sealed.body == raw(SEALED)
    assert sealed.headers["Authorization"] == f"vapid t=T,k={APP_POINT}"


def test_a_node_says_who_it_is_to_this_service_for_half_a_day() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    token = node_token(NODE, audience="https://push.example", subject="https://a.example", now=now)
    head, body, signature = token.split(".")
    assert json.loads(raw(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(raw(body)) == {
        "aud": "https://push.example",
        "exp": int(now.timestamp()) + 43_200,
        "sub": "https://a.example",
    }
    r, s = (int.from_bytes(raw(signature)[at : at + 32]) for at in (0, 32))
    NODE.private.public_key().verify(
        encode_dss_signature(r, s), f"{head}.{body}".encode(), ec.ECDSA(SHA256())
    )


def test_keys_come_in_either_alphabet() -> None:
    assert check_keys(APP_POINT, AUTH) == KEYS
    assert check_keys(b64encode(KEYS.point).decode(), b64encode(KEYS.secret).decode()) == KEYS


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        pytest.param("", AUTH, id="no point"),
        pytest.param(APP_POINT, "", id="no secret"),
        pytest.param("?" * 87, AUTH, id="no base64"),
        pytest.param(urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode(), AUTH, id="off the curve"),
        pytest.param(urlsafe_b64encode(b"\0" * 65).decode(), AUTH, id="at infinity"),
        pytest.param(APP_POINT, "A" * 190, id="long secret"),
        pytest.param("B" * 100_000, AUTH, id="huge"),
        pytest.param("ñ" * 87, AUTH, id="beyond ASCII"),
    ],
)
def test_keys_that_cannot_be_used_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(Unprocessable):
        check_keys(p256dh, auth)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://",
        "http://push.example/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://localhost/a",
        "https://db.localhost/a",
        "https://intranet/a",
        "https://me@push.example/a",
        "https://ours.example/inbox",
        "HTTPS://OURS.example:443/inbox",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://push.example/" + "a" * 2048,
    ],
)
def test_only_public_addresses_of_others_are_sent_to(endpoint: str) -> None:
    with pytest.raises(Unprocessable):
        check_endpoint(
            endpoint, Fetcher(user_agent="t"), NodeUris(origin_of("https://ours.example"))
        )


def test_an_endpoint_is_kept_as_it_will_be_sent() -> None:
    uris = NodeUris(origin_of("https://ours.example"))
    kept = check_endpoint("HTTPS://Push.Example:443/å?b=%40", Fetcher(user_agent="t"), uris)
    assert kept == "https://push.example/%C3%A5?b=%40"


def test_only_known_alerts_ring_and_only_by_a_known_policy() -> None:
    assert choice_of({"mention": True, "poll": False, "x": True}, "all").alerts == {"mention"}
    with pytest.raises(Unprocessable):
        choice_of({}, "everybody")
