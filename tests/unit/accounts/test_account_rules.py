"""What a person may type about themselves."""

import pytest

from fedinet.accounts.model import check_password, check_text, tidy, tidy_lines
from fedinet.accounts.newcomer import suggest_username
from fedinet.accounts.sign_in import plain_login
from fedinet.mail.model import check_email


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        pytest.param("een zin die niemand raadt", True, id="a sentence"),
        pytest.param("мой длинный пароль", True, id="another alphabet"),
        pytest.param("x" * 11, False, id="short"),
        pytest.param("abcd" * 51, False, id="beyond what is read"),
        pytest.param("aaaaaaaaaaaa", False, id="one letter"),
        pytest.param("Password1234", False, id="guessed first"),
        pytest.param("ADA@guild.example", False, id="own address"),
    ],
)
def test_passwords_are_long_and_not_the_first_guess(password: str, *, is_good: bool) -> None:
    assert (not check_password(password, not_like=("ada", "ada@guild.example"))) is is_good


@pytest.mark.parametrize(
    ("email", "is_good"),
    [
        ("ada@guild.example", True),
        ("a.b+c@sub.guild.example", True),
        ("ada@guild", False),
        ("ada", False),
        ("a b@guild.example", False),
        ("ada@guild..example", False),
        ("ada@guild.example\r\nBcc: eve@evil.example", False),
        ("a" * 65 + "@guild.example", False),
        ("<ada@guild.example>", False),
    ],
)
def test_addresses_could_exist(email: str, *, is_good: bool) -> None:
    assert (not check_email(email)) is is_good


def test_names_lose_what_cannot_be_seen() -> None:
    assert tidy(" Ada\u202e \t Love\u0000lace\u200b ") == "Ada Lovelace"
    assert tidy("e\u0301") == "é"
    assert tidy_lines("one\r\n two \u202e\n\nthree\n\n") == "one\ntwo\n\nthree"


def test_long_texts_are_said_and_not_cut() -> None:
    assert [problem.field for problem in check_text("bio", tidy("a" * 1500), most=1000)] == ["bio"]
    assert check_text("bio", "", most=10) == []
    assert [problem.field for problem in check_text("bio", "", most=10, required=True)] == ["bio"]


def test_a_login_is_read_as_it_is_stored() -> None:
    for raw in ("Ada", "@ada", " @ada@Guild.example ", "ada@guild.example"):
        assert plain_login(raw, "guild.example") == "ada"
    assert plain_login("ada@work.example", "guild.example") == "ada@work.example"
    assert plain_login("a\0da" + "x" * 300, "guild.example")[:3] == "ada"


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        pytest.param("Zoë Günther", "zoe_gunther", id="accents"),
        pytest.param("Jan-Piet van 't Hof", "jan_piet_van_t_hof", id="signs"),
        pytest.param("J.R. Weiß", "jr_weiss", id="initials"),
        pytest.param("Maximiliana Wolfeschlegelsteinhausen", "maximiliana", id="whole words"),
        pytest.param("Зоя", "", id="another alphabet"),
        pytest.param("Admin", "", id="reserved"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_name_for_addresses_is_suggested(name: str, suggested: str) -> None:
    assert suggest_username(name) == suggested
