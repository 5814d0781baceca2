"""Methods of Mastodon.py that have no route here do have none."""

import re

import pytest

from tests.contract.mastodon_py import METHODS, NO_ROUTE, NOT_TRIED, asked_by
from tests.contract.router import operations

_ANY = re.compile(r"\\\{[a-z_]+\\\}")
_ROUTES = [(verb, re.compile(_ANY.sub("[^/]+", re.escape(path)))) for verb, path in operations()]


def has_route(verb: str, path: str) -> bool:
    return any(verb == known and pattern.fullmatch(path) for known, pattern in _ROUTES)


@pytest.mark.parametrize("method", NO_ROUTE)
def test_what_is_excused_has_no_route(method: str) -> None:
    verb, path = asked_by(method)
    assert not has_route(verb, path), f"{verb} {path} is there: call {method} in the story"


def test_a_route_is_recognised() -> None:
    assert has_route(*asked_by("status_context"))
    assert has_route(*asked_by("account_follow"))


def test_what_is_excused_is_there() -> None:
    assert NO_ROUTE.keys() | NOT_TRIED.keys() <= METHODS
    assert not NO_ROUTE.keys() & NOT_TRIED.keys()
