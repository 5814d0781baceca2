"""A browser without scripts: keeps cookies, reads forms from the page, sends them as they are."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

from aiohttp import ClientResponse, ClientSession, CookieJar
from multidict import CIMultiDictProxy

from tests.integration.nodes import RunningNode

_PUT_RIGHT = re.compile(r'<li><a href="#([^"]+)">(<b>[^<]+</b>)?')
"""In the summary of a form that came back: the field, and what it is called."""

PASSWORD = "een zin die niemand raadt"


@dataclass
class SeenForm:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class SeenPage:
    status: int
    path: str
    html: str
    headers: CIMultiDictProxy[str]
    forms: list[SeenForm]
    text: str
    method: str = "GET"
    """Of the last request, after what led on."""

    def form(self, action: str) -> SeenForm:
        for form in self.forms:
            if form.action == action:
                return form
        raise AssertionError(f"no form for {action} in {[form.action for form in self.forms]}")


@dataclass
class Browser:
    node: RunningNode
    http: ClientSession

    async def open(self, path: str, **options: object) -> SeenPage:
        async with self.http.get(path, **options) as answer:  # pyright: ignore[reportArgumentType]
            return await _seen(answer)

    async def post(self, path: str, fields: dict[str, str], **options: object) -> SeenPage:
        async with self.http.post(path, data=fields, **options) as answer:  # pyright: ignore[reportArgumentType]
            return await _seen(answer)

    async def fill(
        self, path: str, action: str, changes: dict[str, str], **options: object
    ) -> SeenPage:
        """Open a page, change some fields of its form, and send it."""
        form = (await self.open(path)).form(action.partition("?")[0])
        return await self.post(action, {**form.fields, **changes}, **options)

    async def sign_in(self, login: str, password: str = PASSWORD, **fields: str) -> SeenPage:
        return await self.fill(
            "/sign-in", "/sign-in", {"login": login, "password": password, **fields}
        )

    async def live_in(self, zone: str) -> SeenPage:
        """Choose by whose clock hours are told."""
        page = "/settings/time-zone"
        return await self.fill(page, page, {"time_zone": zone})

    def cookie(self, word: str) -> str | None:
        """The value of our session or visitor cookie."""
        name = f"fedinet-{word}-{self.node.services.uris.origin.port}"
        found = {cookie.key: cookie.value for cookie in self.http.cookie_jar}
        return found.get(name)


@asynccontextmanager
async def browser(node: RunningNode) -> AsyncGenerator[Browser]:
    """A fresh browser, without cookies, in front of a node."""
    jar = CookieJar(unsafe=True)  # "unsafe" means: also for an IP address
    async with ClientSession(node.origin, cookie_jar=jar) as http:
        yield Browser(node, http)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[SeenForm] = []
        self.words: list[str] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(SeenForm(given.get("action") or ""))
        if not self.forms:
            return
        fields, name = self.forms[-1].fields, given.get("name")
        if tag == "input" and name and "disabled" not in given:
            is_box = given.get("type") in ("radio", "checkbox")
            if not is_box or "checked" in given:
                fields[name] = given.get("value") or ("on" if is_box else "")
        elif tag == "textarea" and name:
            self._area = name
            fields[name] = ""
        elif tag == "select" and name:
            self._select = name
        elif (
            tag == "option" and self._select and ("selected" in given or self._select not in fields)
        ):
            fields[self._select] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._area is not None:
            self.forms[-1].fields[self._area] += data


async def _seen(answer: ClientResponse) -> SeenPage:
    page = seen(answer.status, answer.url.path, await answer.text(), answer.headers)
    page.method = answer.method
    return page


def seen(status: int, path: str, html: str, headers: CIMultiDictProxy[str]) -> SeenPage:
    reader = _Reader()
    reader.feed(html)
    for wrong, name in _PUT_RIGHT.findall(html):
        assert name, f"{path}: the summary does not say what {wrong} is called"
    for form in reader.forms:
        for name, value in form.fields.items():
            form.fields[name] = value.removeprefix("\n") if "\n" in value else value
    return SeenPage(
        status, path, html, headers, reader.forms, " ".join(" ".join(reader.words).split())
    )
