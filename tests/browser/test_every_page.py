"""Every page there is, in front of axe-core, in light and dark, wide and narrow."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable

import pytest
from playwright._impl._api_structures import SetCookieParam

from tests.browser.conftest import Visit
from tests.browser.judge import NARROW, TOO_WIDE, Judge, why_no_axe
from tests.browser.visitor import Look, Visitor
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.nodes import RunningNode
from tests.integration.test_dutch_pages import a_day_in_dutch, english_texts, given_house

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser

_POLICY = "Content-Security-Policy"


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
        cookies = cookies_of(ada)
    reader = await visit(node)
    await reader.open("/about")
    await reader.takes_over()
    judge = Judge(reader.page)
    await judge.prepare()
    faults: dict[str, list[str]] = defaultdict(list)
    phone = await visit(node, look=Look(width=390, scheme="dark"))
    await phone.page.context.add_cookies(cookies)
    walked = [*seen.items(), *of_visitors]
    for name, page in walked:
        is_new = not judge.shows_nothing_new(page.html)
        faults[name] += await judge.faults(page.html)
        if is_new:
            faults[f"{name} on a phone"] += await loaded(phone, page)
    for name, page in of_members:
        if not judge.shows_nothing_new(page.html):
            faults[f"{name}, a member"] += await judge.faults(page.html)
            faults[f"{name}, a member, on a phone"] += await loaded(phone, page)
    for width in NARROW:
        await reader.page.set_viewport_size({"width": width, "height": 900})
        for name, page in walked:
            faults[f"{name} at {width}"] += await judge.too_wide(page.html)
            if width == min(NARROW):
                faults[f"{name} at {width}"] += await judge.not_mirrored()
    faults = {name: found for name, found in faults.items() if found}
    assert faults == {}


async def loaded(phone: Visitor, page: SeenPage) -> list[str]:
    """What is wrong with a page that is loaded as it was sent, with its scripts and headers.

    Whatever the browser complains of, ``visit`` finds at the end.
    """
    await phone.page.route(
        phone.node.origin + page.path,
        lambda route: route.fulfill(
            body=page.html,
            content_type="text/html; charset=utf-8",
            headers={_POLICY: page.headers[_POLICY]},
        ),
        times=1,
    )
    await phone.open(page.path)
    return await phone.page.evaluate(TOO_WIDE)


def cookies_of(reader: Browser) -> list[SetCookieParam]:
    return [
        {"name": cookie.key, "value": cookie.value, "url": reader.node.origin}
        for cookie in reader.http.cookie_jar
    ]


async def also_seen(reader: Browser, paths: Iterable[str]) -> list[tuple[str, SeenPage]]:
    """What somebody else is shown at these paths, where it is not the way to the door."""
    found = [(path, await reader.open(path)) for path in paths if not path.startswith("/admin")]
    return [(path, page) for path, page in found if page.status == 200 and page.path == path]
