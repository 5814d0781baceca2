"""What the pages for stewards name is there: addresses, settings; and every page is linked."""

import re
from pathlib import Path

import pytest
from aiohttp import web

from fedinet.settings import OPTIONS
from fedinet.wiring.routes import ROUTES

DOCS = Path(__file__).parents[2] / "docs"
OURS = (DOCS / "handbook.md", DOCS / "six-week-move.md")
FOR_STEWARDS = [
    DOCS / f"{name}.md"
    for name in ("backups", "inviting", "joining", "law", "mail", "policy", "running-a-node",
                 "when-something-went-wrong", "your-data")
]  # fmt: skip
_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"/[a-z][a-z0-9/._-]*")
_SETTING = re.compile(r"[a-z]+(?:_[a-z]+)+|origin")


def spans(path: Path) -> list[str]:
    return _SPAN.findall(_FENCE.sub("", path.read_text()))


@pytest.fixture(scope="module")
def addresses() -> list[re.Pattern[str]]:
    """What our addresses look like, as the router reads them."""
    router = web.UrlDispatcher()
    for slice_routes in ROUTES:
        router.add_routes(slice_routes)
    found: list[re.Pattern[str]] = []
    for resource in router.resources():
        info = resource.get_info()
        found.append(info.get("pattern") or re.compile(re.escape(info["path"])))
    return found


def paths(path: Path) -> set[str]:
    """The addresses that a document names, without what stands after a question mark."""
    words = (span.partition("?")[0] for span in spans(path))
    return {word for word in words if _PATH.fullmatch(word)}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_address_in_the_handbook_is_one_of_ours(
    path: Path, addresses: list[re.Pattern[str]]
) -> None:
    named = paths(path)
    assert len(named) > 5
    unknown = {one for one in named if not any(known.fullmatch(one) for known in addresses)}
    assert unknown == set()


@pytest.mark.parametrize("path", FOR_STEWARDS, ids=lambda path: path.name)
def test_every_page_of_desk_and_settings_that_is_named_exists(
    path: Path, addresses: list[re.Pattern[str]]
) -> None:
    named = {one for one in paths(path) if one.startswith(("/admin", "/settings"))}
    unknown = {one for one in named if not any(known.fullmatch(one) for known in addresses)}
    assert unknown == set()


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_setting_in_the_handbook_is_one(path: Path) -> None:
    named = {one for one in spans(path) if _SETTING.fullmatch(one)}
    assert named <= {option.name for option in OPTIONS}


def test_a_name_that_nobody_knows_would_be_found(addresses: list[re.Pattern[str]]) -> None:
    assert not any(known.fullmatch("/admin/nothing-of-this-name") for known in addresses)
    assert any(known.fullmatch("/admin/reports/7") for known in addresses)


def test_every_document_is_linked_from_where_people_begin() -> None:
    begin = (DOCS / "handbook.md", DOCS / "README.md", DOCS.parent / "README.md")
    links = {
        (path.parent / target).resolve()
        for path in begin
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text())
        if "://" not in target
    }
    missing = {path.name for path in DOCS.glob("*.md")} - {path.name for path in links}
    assert missing == set()
