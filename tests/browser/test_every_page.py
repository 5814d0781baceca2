"""Every page there is, in front of axe-core, in light and dark, wide and narrow."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

import pytest
from playwright._impl._api_structures import SetCookieParam

from tests.browser.conftest import Visit
from tests.browser.judge import LARGE, TOO_WIDE, WIDTHS, WRITTEN, Folds, Judge, why_no_axe
from tests.browser.visitor import LOOKS, Look, Visitor
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
        of_visitors = await also_seen(nobody, "a visitor", paths)
        of_members = await also_seen(bo, "a member", paths)
        cookies = cookies_of(ada)
    reader = await visit(node)
    await reader.open("/about")
    await reader.takes_over()
    judge = Judge(reader.page)
    await judge.prepare()
    walked = [
        (name, page, judge.news_of(page.html)) for name, page in (*seen.items(), *of_visitors)
    ]
    for name, page in of_members:
        if news := judge.news_of(page.html):
            walked.append((name, page, news))
    faults = await faults_in_all_looks(reader, judge, walked)
    phone = await visit(node, look=Look(width=390, scheme="dark"))
    await phone.page.context.add_cookies(cookies)
    for name, page, news in walked:
        if news:
            faults[f"{name}, loaded"] = await loaded(phone, page)
    assert {name: found for name, found in faults.items() if found} == {}


async def faults_in_all_looks(
    reader: Visitor, judge: Judge, walked: Sequence[tuple[str, SeenPage, Sequence[Folds]]]
) -> dict[str, list[str]]:
    """All rules once for every page; where it is new, all that its looks can change."""
    faults: dict[str, list[str]] = {}
    for name, page, news in walked:
        faults[name] = await judge.faults(page.html, news)
    new = [(name, page, news) for name, page, news in walked if news]
    for look in LOOKS[1:]:
        await reader.change(look)
        for name, page, news in new:
            room = look == LOOKS[2]  # the same in both schemes
            found = await judge.faults_of_looks(page.html, news, room=room)
            faults[f"{name}, {look.name}"] = found
    for width in WIDTHS:
        await reader.change(Look(width=width))
        for name, page, _ in walked if width == min(WIDTHS) else new:
            faults[f"{name} at {width}"] = await judge.misplaced(page.html)
    await reader.change(Look(width=min(WIDTHS)))
    await reader.page.evaluate(WRITTEN, LARGE)
    for name, page, _ in new:
        faults[f"{name} in large letters"] = await judge.too_wide(page.html)
    await reader.page.evaluate(WRITTEN, "")
    return faults


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


async def also_seen(reader: Browser, who: str, paths: Iterable[str]) -> list[tuple[str, SeenPage]]:
    """What somebody else is shown at these paths, where it is not the way to the door."""
    found = [(path, await reader.open(path)) for path in paths if not path.startswith("/admin")]
    return [
        (f"{path}, {who}", page) for path, page in found if page.status == 200 and page.path == path
    ]
