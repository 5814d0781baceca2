"""What a first visit takes over the wire: the page, its stylesheet, signs and scripts."""

import re
from gzip import compress
from typing import Final

from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

MOST: Final = 60_000
_ASSETS: Final = re.compile(r"/assets/[\w-]+\.[0-9a-f]{16}\.(?:css|js|svg|woff2)")


async def test_a_first_visit_takes_60_kb_at_most(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bo"):
        await given_account(node, name)
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        post = await _writes(ada, "Who has a ladder to lend? " * 20)
        number = post.rpartition("/")[2]
        for _ in range(20):
            await _writes(ada, "I have one, of twelve steps. " * 10, parent=number)
        for reader in (ada, visitor):
            for path in ("/", post, "/@ada"):
                needed, size = await first_visit(reader, path)
                kinds = {url.rpartition(".")[2] for url in needed}
                assert kinds >= ({"css", "svg", "js"} if reader is ada else {"css", "svg"}), path
                assert size <= MOST, (path, size)


async def first_visit(reader: Browser, path: str) -> tuple[set[str], int]:
    """The addresses of all that a page names, and what that names, and the bytes of it, packed."""
    page = await reader.open(path)
    assert page.status == 200
    needed: set[str] = set()
    size, unread = len(compress(page.html.encode(), 5)), [page.html]
    while unread:
        for url in set(_ASSETS.findall(unread.pop())) - needed:
            needed.add(url)
            async with reader.http.get(url) as answer:
                assert answer.status == 200, url
                body = await answer.read()
            size += len(body) if url.endswith("woff2") else len(compress(body, 5))
            if url.endswith(("css", "js")):
                unread.append(body.decode())
    return needed, size


async def _writes(ada: Browser, text: str, parent: str = "") -> str:
    path = f"/write?reply={parent}" if parent else "/write"
    return (await ada.fill(path, "/write", {"text": text, "audience": "everyone"})).path
