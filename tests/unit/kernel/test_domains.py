"""One spelling for each host, whoever wrote it: a rule for one is a rule for all (TRAPS 19)."""

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.kernel.uris import domain, origin_of, same_origin


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Blocked.Example", "blocked.example"),
        ("blocked.example.", "blocked.example"),
        ("blocked.example:443", "blocked.example"),
        ("blocked.example:8443", "blocked.example:8443"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("[::1]:8000", "[::1]:8000"),
        ("[0:0::1]", "[::1]"),
    ],
)
def test_every_spelling_of_a_domain_is_one(written: str, meant: str) -> None:
    assert domain(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "a@b.example",
        "b.example/x",
        "b.example:0",
        "b.example:99999",
        "a..b",
        "a b",
        "b\\c",
    ],
)
def test_what_is_no_domain_is_refused(written: str) -> None:
    with pytest.raises(Malformed):
        domain(written)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://B.example/x",
        "https://b.example./x",
        "https://b.example:443/x",
        "HTTPS://b.example/x",
    ],
)
def test_every_spelling_of_an_origin_is_one(spelling: str) -> None:
    assert same_origin(spelling, "https://b.example/y")


@pytest.mark.parametrize(
    "other",
    [
        "http://b.example/x",
        "https://b.example:8443/x",
        "https://a.b.example/x",
        "https://b.example.evil.example/x",
        "https://b.example@evil.example/x",
        "https://b.example\\@evil.example/x",
        "https:b.example/x",
        "//b.example/x",
    ],
)
def test_what_only_looks_like_an_origin_is_another_or_none(other: str) -> None:
    assert not same_origin(other, "https://b.example/y")


@pytest.mark.parametrize("user", ["https://ada@b.example/", "https://ada:pw@b.example/"])
def test_addresses_with_user_information_are_refused(user: str) -> None:
    with pytest.raises(Malformed):
        origin_of(user)
