"""Codes of the second step: which half minute's count, and how they may be typed."""

from datetime import UTC, datetime, timedelta

import pytest
from pyotp import parse_uri
from pyotp.totp import TOTP

from fedinet.security.model import (
    address_for_apps,
    is_of_app,
    matching_step,
    new_recovery_codes,
    new_secret,
    plain_code,
)

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""``12345678901234567890``, the secret of RFC 6238 appendix B."""
NOW = datetime.fromtimestamp(1111111109, UTC)
STEP = 37037036


@pytest.mark.parametrize(
    ("typed", "at", "step"),
    [
        pytest.param("081804", 0, STEP, id="the vector of RFC 6238"),
        pytest.param(" 081 804 ", 0, STEP, id="typed with spaces"),
        pytest.param(
            "\uff10\uff18\uff11\uff18\uff10\uff14", 0, STEP, id="typed on a wide keyboard"
        ),
        pytest.param("081804", 30, STEP, id="our clock is half a minute ahead"),
        pytest.param("081804", -30, STEP, id="ours is behind"),
        pytest.param("081804", 60, None, id="a minute is too much"),
        pytest.param("081804", -60, None, id="so is a minute before"),
        pytest.param("081805", 0, None, id="another code"),
        pytest.param("", 0, None, id="nothing"),
        pytest.param("07081804", 0, None, id="eight digits"),
        pytest.param(
            "\u0660\u0668\u0661\u0668\u0660\u0664", 0, None, id="digits of another script"
        ),
    ],
)
def test_which_half_minute_a_code_is_of(typed: str, at: int, step: int | None) -> None:
    now = NOW + timedelta(seconds=at)
    assert matching_step(SECRET, plain_code(typed), now) == step


def test_recovery_codes_are_ten_different_ones_and_bear_being_typed_badly() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert len(plain_code(code)) == 12
        assert not is_of_app(plain_code(code))
        assert plain_code(f"  {code.upper().replace('-', ' ')}\n") == plain_code(code)
    assert len(plain_code("9" * 100_000)) == 100


def test_what_the_picture_says_is_what_apps_for_codes_read() -> None:
    secret = new_secret()
    assert len(secret) == 32
    address = address_for_apps(secret, handle="ada@guild.example", community="The Guild: a & b")
    assert address == (
        "otpauth://totp/The%20Guild%3A%20a%20%26%20b:ada%40guild.example"
        f"?secret={secret}&issuer=The%20Guild%3A%20a%20%26%20b"
    )
    app = parse_uri(address)
    assert isinstance(app, TOTP)
    assert matching_step(secret, app.at(NOW), NOW) == STEP
