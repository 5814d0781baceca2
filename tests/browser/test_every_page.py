"""Every page there is, in front of axe-core, in light and dark, wide and narrow."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable

import pytest

from tests.browser.conftest import Visit
from tests.browser.judge import NARROW, Judge, why_no_axe
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.nodes import RunningNode
from tests.integration.test_dutch_pages import a_day_in_dutch, english_texts, given_house

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser


async def test_no_page_has_a_fault(start_node: Start, visit: Visit) -> None:
    """The day opens every route there is: a new page is in it, or its own test fails."""
    missing = why_no_axe()
    if missing is not None:
        pytest.skip(missing)
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo, browser(node) as nobody:
        seen = await a_day_in_dutch(node, ada, bo)
        assert {name: found for name in seen if (found := english_texts(seen[name].html))} == {}
        paths = sorted({page.path for page in seen.values()})
        of_visitors, of_members = await also_seen(nobody, paths), await also_seen(bo, paths)
    reader = await visit(node)
    await reader.open("/about")
    judge = Judge(reader.page)
    await judge.prepare()
    faults: dict[str, list[str]] = defaultdict(list)
    walked = [*seen.items(), *of_visitors]
    for name, page in walked:
        faults[name] += await judge.faults(page.html)
    for name, page in of_members:
        if not judge.shows_nothing_new(page.html):
            faults[f"{name}, a member"] += await judge.faults(page.html)
    for width in NARROW:
        await reader.page.set_viewport_size({"width": width, "height": 900})
        for name, page in walked:
            faults[f"{name} at {width}"] += await judge.too_wide(page.html)
            if width == min(NARROW):
                faults[f"{name} at {width}"] += await judge.not_mirrored()
    faults = {name: found for name, found in faults.items() if found}
    assert faults == {}


async def also_seen(reader: Browser, paths: Iterable[str]) -> list[tuple[str, SeenPage]]:
    """What somebody else is shown at these paths, where it is not the way to the door."""
    found = [(path, await reader.open(path)) for path in paths if not path.startswith("/admin")]
    return [(path, page) for path, page in found if page.status == 200 and page.path == path]
