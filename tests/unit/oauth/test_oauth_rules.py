"""Where an app may be called back at, what PKCE proves, what a client's document may say."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.oauth.client_documents import read_client_document
from fedinet.oauth.model import (
    OUT_OF_BAND,
    OAuthRefused,
    answer_address,
    asks_for_sign_in,
    check_challenge,
    check_redirect_uri,
    form_action,
    is_registered,
    is_verified,
)
from fedinet.oauth.permissions import permissions

VERIFIER = "a" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
CLIENT = "https://app.example/client.json"


@pytest.mark.parametrize(
    "uri",
    [
        OUT_OF_BAND,
        "https://app.example/back?x=1",
        "http://localhost:3000/back",
        "http://127.0.0.1/back",
        "http://[::1]:9/back",
        "icecubesapp://",
        "com.example.app:/oauth",
    ],
)
def test_an_app_may_be_called_back_at(uri: str) -> None:
    assert check_redirect_uri(uri) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "back",
        "//app.example/back",
        "http://app.example/back",
        "http://localhost.evil.example/",
        "http://127.0.0.1@evil.example/",
        "https://ada@app.example/",
        "https://app.example;sandbox/",
        "https:app.example",
        "https:///back",
        "https://app.example/#part",
        "https://app.example/a b",
        "https://app.example:99999999/",
        "javascript:alert(1)",
        "JavaScript://app.example/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "view-source:https://app.example",
        "urn:ietf:wg:oauth:2.0:other",
        "x" * 3000 + ":",
        "https://app.example/\x00",
    ],
)
def test_an_app_may_not_be_called_back_at(uri: str) -> None:
    with pytest.raises(Unprocessable):
        check_redirect_uri(uri)


@pytest.mark.parametrize(
    ("asked", "registered", "fits"),
    [
        ("https://app.example/back", "https://app.example/back", True),
        ("https://app.example/back/", "https://app.example/back", False),
        ("https://app.example/back?x", "https://app.example/back", False),
        ("https://app.example/back/../evil", "https://app.example/back", False),
        ("https://app.example.evil.example/back", "https://app.example/back", False),
        ("https://APP.example/back", "https://app.example/back", False),
        ("https://app.example:444/back", "https://app.example/back", False),
        ("http://127.0.0.1:5000/back", "http://127.0.0.1/back", True),
        ("http://localhost:5000/back", "http://localhost:3000/back", True),
        ("http://localhost:5000/other", "http://localhost/back", False),
        ("http://127.0.0.1:5000/back", "http://localhost/back", False),
        ("https://localhost:5000/back", "https://localhost:3000/back", False),
        ("app://back", "app://back", True),
        ("app://other", "app://back", False),
        ("", "https://app.example/back", False),
    ],
)
def test_only_what_is_registered_fits_letter_by_letter(
    asked: str, registered: str, fits: bool
) -> None:
    assert is_registered(asked, [registered]) is fits


def test_pkce_needs_the_very_secret_and_takes_no_downgrade() -> None:
    assert is_verified(CHALLENGE, VERIFIER)
    assert not is_verified(CHALLENGE, "b" * 43)
    assert not is_verified(CHALLENGE, None)
    assert not is_verified(CHALLENGE, CHALLENGE)
    assert not is_verified(None, VERIFIER)
    assert is_verified(None, None)


@pytest.mark.parametrize(
    ("challenge", "method", "required"),
    [
        (VERIFIER, "plain", False),
        (CHALLENGE, None, False),
        ("short", "S256", False),
        (None, "S256", False),
        (None, None, True),
    ],
)
def test_a_challenge_is_a_sha_256_or_nothing(
    challenge: str | None, method: str | None, required: bool
) -> None:
    with pytest.raises(OAuthRefused):
        check_challenge(challenge, method, required=required)


def test_an_answer_keeps_the_query_that_the_app_registered() -> None:
    answer = answer_address("https://app.example/back?x=1", code="a&b", state=None)
    assert answer == "https://app.example/back?x=1&code=a%26b"
    assert form_action("https://app.example/back") == "https://app.example"
    assert form_action("icecubesapp://") == "icecubesapp:"


def test_a_client_describes_itself_in_either_dialect() -> None:
    plain = {"client_id": CLIENT, "client_name": "App", "redirect_uris": ["https://app.example/b"]}
    activity = {"id": CLIENT, "type": "Application", "redirectURI": "https://app.example/b"}
    assert read_client_document(CLIENT, plain).name == "App"
    assert read_client_document(CLIENT, activity).redirect_uris == ("https://app.example/b",)
    assert read_client_document(CLIENT, activity).name == "https://app.example"


@pytest.mark.parametrize(
    "document",
    [
        {"client_id": "https://other.example/", "redirect_uris": ["https://app.example/b"]},
        {"client_id": CLIENT, "redirect_uris": ["https://evil.example/b"]},
        {"client_id": CLIENT, "redirect_uris": ["javascript:alert(1)"]},
        {"client_id": CLIENT},
    ],
)
def test_a_client_vouches_for_its_own_origin_only(document: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        read_client_document(CLIENT, document)


def test_each_permission_is_said_once() -> None:
    assert len(permissions(["read", "read:accounts", "write:statuses", "follow"])) == 3
    assert not permissions([])


@pytest.mark.parametrize(
    ("params", "asks"),
    [
        ({}, False),
        ({"force_login": "true"}, True),
        ({"force_login": "1"}, True),
        ({"force_login": "False"}, False),
        ({"force_login": ""}, False),
        ({"prompt": "login"}, True),
        ({"prompt": "consent select_account"}, True),
        ({"prompt": "consent"}, False),
        ({"prompt": "none", "force_login": "0"}, False),
    ],
)
def test_when_an_app_asks_for_a_new_sign_in(params: dict[str, str], *, asks: bool) -> None:
    assert asks_for_sign_in(params) is asks
