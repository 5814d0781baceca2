"""An answer of a passkey holds for one challenge at one site, and only from the device it is of."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fedinet.kernel.ids import AccountId
from fedinet.kernel.uris import origin_of
from fedinet.security.passkeys import (
    NewPasskey,
    Passkey,
    Site,
    answered_challenge,
    check_new,
    check_use,
    options_to_add,
    options_to_enter,
)
from tests.soft_passkey import SoftPasskey, as_text

SITE = Site(origin_of("https://guild.example/"), "Guild")
CHALLENGE = b"c" * 32
OTHER = as_text(b"d" * 32)


def a_device(**changes: Any) -> SoftPasskey:
    given = {"origin": "https://guild.example", "rp_id": "guild.example", **changes}
    return SoftPasskey(**given)


def asked_to_add() -> dict[str, Any]:
    return json.loads(
        options_to_add(
            SITE, CHALLENGE, handle=b"h" * 32, username="ada", display_name="Ada", existing=[b"x"]
        )
    )


def asked_to_enter(*allowed: bytes) -> dict[str, Any]:
    return json.loads(options_to_enter(SITE, CHALLENGE, allowed=allowed or None))


def kept(device: SoftPasskey, sign_count: int = 0) -> Passkey:
    new = check_new(device.made(asked_to_add()), CHALLENGE, SITE)
    assert new is not None
    return Passkey(
        1, AccountId(1), new.credential_id, new.public_key, sign_count, "", datetime.now(UTC), None
    )


def test_a_new_passkey_is_read_and_its_answers_hold() -> None:
    device = a_device()
    answer = device.used(asked_to_enter())
    assert answered_challenge(answer, new=False) == CHALLENGE
    assert check_use(answer, CHALLENGE, SITE, kept(device), verified=True) == 1
    assert asked_to_enter()["userVerification"] == "required"
    assert asked_to_enter(b"x")["allowCredentials"] == [{"id": "eA", "type": "public-key"}]
    assert asked_to_add()["excludeCredentials"] == [{"id": "eA", "type": "public-key"}]
    assert asked_to_add()["attestation"] == "none"


@pytest.mark.parametrize(
    ("changes", "lies"),
    [
        pytest.param({}, {"challenge": OTHER}, id="another challenge"),
        pytest.param({}, {"origin": "https://evil.example"}, id="another site's page"),
        pytest.param({}, {"origin": "http://guild.example"}, id="without https"),
        pytest.param({}, {"origin": "https://guild.example:8443"}, id="another port"),
        pytest.param({"rp_id": "example"}, {}, id="made for the parent domain"),
        pytest.param({}, {"type": "webauthn.get"}, id="an answer of another kind"),
        pytest.param({}, {"fmt": "tpm"}, id="a proof of make that nobody asked for"),
        pytest.param({}, {"fmt": "made-up"}, id="a proof that nobody knows"),
        pytest.param({"id": b"x" * 1024}, {}, id="a name too long"),
    ],
)
def test_a_new_passkey_that_is_not_what_was_asked_for(
    changes: dict[str, Any], lies: dict[str, Any]
) -> None:
    assert check_new(a_device(**changes).made(asked_to_add(), **lies), CHALLENGE, SITE) is None


@pytest.mark.parametrize(
    ("changes", "lies", "seen_before"),
    [
        pytest.param({}, {"challenge": OTHER}, 0, id="another challenge"),
        pytest.param({}, {"origin": "https://evil.example"}, 0, id="another site's page"),
        pytest.param({}, {"type": "webauthn.create"}, 0, id="an answer of another kind"),
        pytest.param({}, {"signer": ec.generate_private_key(ec.SECP256R1())}, 0, id="another key"),
        pytest.param({"sees_holder": False}, {}, 0, id="nobody looked who holds it"),
        pytest.param({}, {}, 5, id="a copy, whose count lies behind"),
        pytest.param({}, {}, 1, id="a count that stands still"),
    ],
)
def test_an_answer_that_does_not_hold(
    changes: dict[str, Any], lies: dict[str, Any], seen_before: int
) -> None:
    device = a_device(**changes)
    passkey = kept(device, seen_before)
    answer = device.used(asked_to_enter(), **lies)
    assert check_use(answer, CHALLENGE, SITE, passkey, verified=True) is None


def test_after_a_password_it_is_enough_to_have_the_device() -> None:
    device = a_device(sees_holder=False)
    answer = device.used(asked_to_enter(device.id))
    assert check_use(answer, CHALLENGE, SITE, kept(device), verified=False) == 1


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize(
    "answer",
    ["", "[]", "null", "{", '{"id": 1}', "{}" * 9000, '{"id":"","rawId":"","response":[],"type":1}',
     "\ud800", "[" * 5000],
)  # fmt: skip
def test_what_is_no_answer_is_for_no_challenge(answer: str, *, new: bool) -> None:
    assert answered_challenge(answer, new=new) is None


def holds(answer: str, new: NewPasskey | None) -> bool:
    """Whether it would sign in who has added this one."""
    if new is None:
        return False
    passkey = replace(kept(a_device()), public_key=new.public_key)
    return check_use(answer, CHALLENGE, SITE, passkey, verified=True) is not None


@pytest.mark.parametrize("at", range(0, 700, 35))
def test_a_damaged_answer_never_holds_and_never_breaks(at: int) -> None:
    device = a_device()
    passkey = kept(device)
    made, used = device.made(asked_to_add()), device.used(asked_to_enter())
    whole = check_new(made, CHALLENGE, SITE)
    assert holds(used, whole)
    for answer, new in ((made, True), (used, False)):
        place = at % len(answer)
        for damaged in (answer[:place], answer[:place] + "AAAA" + answer[place:]):
            challenge = answered_challenge(damaged, new=new)
            if challenge is not None and new:
                other = check_new(damaged, challenge, SITE)  # nothing in it is signed
                assert other in (None, whole) or not holds(used, other)
            elif challenge is not None:
                assert check_use(damaged, challenge, SITE, passkey, verified=True) is None
