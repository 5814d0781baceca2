"""What other servers say they run, whatever they write."""

import pytest

from fedinet.policy.servers.software import Software, link_of, numbers_of, read_software

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("4.2.1", (4, 2, 1)),
        ("4.2.0+glitch.th", (4, 2)),
        ("v0.17.3-rc1", (0, 17, 3)),
        ("2.7.2 (compatible; Pleroma 2.4.50)", (2, 7, 2)),
        ("2024.5.0", (2024, 5)),
        ("0", (0,)),
        ("master", ()),
        ("", ()),
        ("1.2.3.4.5", (1, 2, 3, 4)),
        ("\u0663.\u0661", ()),
        ("9" * 400, (int("9" * 9),)),
    ],
)
def test_the_numbers_of_a_version(version: str, numbers: tuple[int, ...]) -> None:
    assert numbers_of(version) == numbers


@pytest.mark.parametrize(
    ("links", "found"),
    [
        ([("2.0", "https://b.example/ni/2.0"), ("2.1", "https://b.example/ni/2.1")], "2.1"),
        ([("1.0", "https://b.example/ni/1.0"), ("9.9", "https://b.example/ni/9.9")], "1.0"),
        ([("2.0", "file:///etc/passwd"), ("1.1", "https://b.example/ni/1.1")], "1.1"),
        ([("3.0", "https://b.example/ni/3.0")], None),
        ([], None),
    ],
)
def test_the_link_that_is_followed(links: list[tuple[str, str]], found: str | None) -> None:
    told = {"links": [{"rel": SCHEMA + version, "href": href} for version, href in links]}
    assert link_of(told) == (None if found is None else f"https://b.example/ni/{found}")


@pytest.mark.parametrize("links", [None, 7, "x", [None, 3, {"rel": 1, "href": []}], {"rel": {}}])
def test_links_that_are_none(links: object) -> None:
    assert link_of({"links": links}) is None


@pytest.mark.parametrize(
    ("document", "read"),
    [
        (
            {
                "software": {"name": "Mastodon", "version": "4.2.1"},
                "usage": {"users": {"total": 3}},
            },
            Software(name="mastodon", version="4.2.1", accounts=3),
        ),
        ({"software": {"name": "a b"}, "usage": {"users": {"total": -1}}}, Software()),
        ({"software": {"name": ["x"], "version": 4}, "usage": {"users": 7}}, Software()),
        ({"software": "mastodon", "usage": {"users": {"total": True}}}, Software()),
        ({"software": {"version": "4\n2"}, "usage": {"users": {"total": 10**12}}}, Software()),
        ({}, Software()),
    ],
)
def test_a_document(document: dict[str, object], read: Software) -> None:
    assert read_software(document) == read


def test_a_version_is_cut() -> None:
    assert len(read_software({"software": {"version": "1." * 500}}).version) == 100
