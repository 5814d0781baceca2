"""Names that people may have here, and handles from elsewhere."""

import re

import pytest
from aiohttp.web import RouteDef

from fedinet.actors.model import RESERVED_NAMES, check_username, is_remote_username, split_handle
from fedinet.http.pages import MAIN_NAV
from fedinet.kernel.errors import Unprocessable
from fedinet.wiring.routes import ROUTES


@pytest.mark.parametrize(
    ("raw", "name"), [("ada", "ada"), ("Ada", "ada"), (" @ada ", "ada"), ("a_1", "a_1")]
)
def test_a_name_has_one_spelling(raw: str, name: str) -> None:
    assert check_username(raw) == name


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("", id="nothing"),
        pytest.param("a" * 31, id="too long"),
        pytest.param("ada lovelace", id="blank inside"),
        pytest.param("ada.l", id="dot"),
        pytest.param("ada-l", id="dash"),
        pytest.param("ad\u0430", id="Cyrillic a"),
        pytest.param("\uff41\uff44\uff41", id="full width"),
        pytest.param("\u212aarl", id="Kelvin sign, lower case k"),
        pytest.param("ada\u202e", id="right-to-left override"),
        pytest.param("ada\u200b", id="zero width space"),
        pytest.param("ada\n", id="line feed"),
        pytest.param("ada\x00", id="NUL"),
        pytest.param("1\u0661", id="Arabic digit"),
        pytest.param("../etc", id="path"),
        pytest.param("admin", id="reserved"),
        pytest.param("Steward", id="reserved, another case"),
    ],
)
def test_what_could_be_taken_for_another_name_is_none(raw: str) -> None:
    with pytest.raises(Unprocessable):
        check_username(raw)


def test_nobody_is_called_like_a_page() -> None:
    paths = {route.path for several in ROUTES for route in several if isinstance(route, RouteDef)}
    first = {path.split("/")[1] for path in paths} | {item.href[1:] for item in MAIN_NAV}
    assert len(first) > 50
    assert {word for word in first if re.fullmatch("[a-z0-9_]{1,30}", word)} <= RESERVED_NAMES


@pytest.mark.parametrize("raw", ["bo", "Bo.Derek", "bo-derek", "bo_", "b.example", "a--b..c"])
def test_other_servers_may_have_dots_and_dashes_inside(raw: str) -> None:
    assert is_remote_username(raw)


@pytest.mark.parametrize("raw", ["", ".bo", "bo-", "b o", "b\u043e", "bo/..", "~bo", "a" * 201])
def test_other_names_cannot_be_part_of_a_handle(raw: str) -> None:
    assert not is_remote_username(raw)


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("ada", ("ada", None)),
        ("@ada", ("ada", None)),
        ("@ada@B.example", ("ada", "B.example")),
        ("acct:ada@b.example:8000", ("ada", "b.example:8000")),
        ("ada@", ("ada", "")),
    ],
)
def test_a_handle_is_split_as_it_was_typed(raw: str, parts: tuple[str, str | None]) -> None:
    assert split_handle(raw) == parts
