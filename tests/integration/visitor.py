"""Somebody in front of a browser without scripts: reads, follows links and presses buttons.

Everything is found by the words on the page, as a person finds it. Each page
that comes up is held against the language of who reads it.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientResponse, ClientSession, CookieJar, FormData
from lxml import html

from tests.integration.spoken import strange_words

Answers = Mapping[str, "str | bool | tuple[str, bytes]"]
"""By label: what is typed, the text of what is chosen, a tick, or a file with its name."""

_TYPED: Final = frozenset({"text", "email", "password", "number", "search", "url", "tel"})
_INLINE: Final = frozenset({"a", "abbr", "b", "bdi", "em", "i", "small", "span", "strong"})


@dataclass(slots=True)
class Visitor:
    http: ClientSession
    language: str
    wrong: list[str] = field(default_factory=list[str])
    """Pages that were not in the language of who read them."""
    walked: list[str] = field(default_factory=list[str])
    """Paths of all pages, in order."""
    status: int = 0
    address: str = ""
    raw: bytes = b""
    page: html.HtmlElement = field(default_factory=lambda: html.Element("html"))

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def text(self) -> str:
        """All words of the page, with single spaces."""
        return said(self.page)

    async def open(self, address: str) -> None:
        """Type an address, or open it from a message."""
        async with self.http.get(address) as answer:
            await self._look_at(answer)

    async def follow(self, words: str, *, near: str = "") -> None:
        """Follow the link that says so; ``near``: the one of several that stands with this."""
        link = self._one("a", words, near)
        await self.open(urljoin(self.address, link.get("href", "")))

    async def press(self, words: str, answers: Answers | None = None, *, near: str = "") -> None:
        """Press the button that says so, after filling in its form by the labels of the fields."""
        button = self._one("button", words, near)
        form = self._form_of(button)
        fields = _blank(form) | dict(form.form_values())
        for area in form.iter("textarea"):  # a browser drops the first line break
            fields[area.get("name", "")] = (area.text or "").removeprefix("\n")
        files: dict[str, tuple[str, bytes]] = {}
        for label, answer in (answers or {}).items():
            _fill(form, label, answer, fields, files)
        if name := button.get("name"):
            fields[name] = button.get("value", "")
        there = urljoin(self.address, button.get("formaction") or form.get("action") or "")
        if (form.get("method") or "get").lower() == "get":
            async with self.http.get(there, params=fields) as answer:
                await self._look_at(answer)
            return
        headers = {"Referer": self.address, "Origin": urljoin(self.address, "/")[:-1]}
        async with self.http.post(there, data=_body(form, fields, files), headers=headers) as got:
            await self._look_at(got)

    async def _look_at(self, answer: ClientResponse) -> None:
        self.status, self.address = answer.status, str(answer.url)
        self.raw = await answer.read()
        if answer.content_type != "text/html":
            return
        self.page = html.document_fromstring(self.raw.decode())
        self.walked.append(self.path)
        told = (self.page.get("lang"), answer.headers.get("Content-Language"))
        strange = strange_words(self.page, self.language)
        if told != (self.language, self.language) or strange:
            self.wrong.append(f"{self.path}: {told} {sorted(strange)}")

    def _one(self, tag: str, words: str, near: str) -> html.HtmlElement:
        found = [one for one in self.page.iter(tag) if words in (said(one), one.get("aria-label"))]
        found = found or [one for one in self.page.iter(tag) if said(one).startswith(words)]
        if near and len(found) > 1:
            found = _nearest(found, near)
        if len({(one.get("href"), one.get("name"), one.get("value")) for one in found}) != 1:
            there = [said(one) for one in self.page.iter("a", "button")]
            raise AssertionError(f"{len(found)} of {tag} {words!r} at {self.path}: {there}")
        return found[0]

    def _form_of(self, button: html.HtmlElement) -> html.FormElement:
        named = button.get("form")
        if named:
            return self.page.get_element_by_id(named)
        return next(button.iterancestors("form"))  # type: ignore[return-value]


@asynccontextmanager
async def visitor(origin: str, language: str, wish: str = "") -> AsyncGenerator[Visitor]:
    """``wish``: what their browser asks for, where it is not their language alone."""
    headers = {"Accept-Language": wish or language}
    async with ClientSession(
        origin, cookie_jar=CookieJar(unsafe=True), headers=headers
    ) as http:  # "unsafe" means: also for an IP address
        yield Visitor(http, language)


def said(element: html.HtmlElement) -> str:
    """The words of a part of the page, with single spaces."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: html.HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        edge = "" if child.tag in _INLINE else " "
        if isinstance(child.tag, str):
            yield edge
            yield from _pieces(child)
            yield edge
        yield child.tail or ""


def _nearest(found: list[html.HtmlElement], near: str) -> list[html.HtmlElement]:
    """Those in the smallest part of the page that says this."""

    def size(one: html.HtmlElement) -> int:
        around = next((up for up in one.iterancestors() if near in said(up)), None)
        assert around is not None, f"{near!r} stands nowhere"
        return len(said(around))

    least = min(map(size, found))
    return [one for one in found if size(one) == least]


def _blank(form: html.FormElement) -> dict[str, str]:
    """What a browser sends of fields that nobody has typed in."""
    typed = [one for one in form.iter("input") if one.get("type", "text") in _TYPED]
    return {name: "" for one in typed if (name := one.get("name")) and "disabled" not in one.attrib}


def _fill(
    form: html.FormElement,
    label: str,
    answer: "str | bool | tuple[str, bytes]",
    fields: dict[str, str],
    files: dict[str, tuple[str, bytes]],
) -> None:
    entry = _field(form, label)
    name = entry.get("name", "")
    if isinstance(answer, tuple):
        files[name] = answer
    elif answer is False:
        fields.pop(name, None)
    elif answer is True:
        fields[name] = entry.get("value") or "on"
    elif entry.tag == "select":
        options = {said(one): one.get("value", "") for one in entry.iter("option")}
        assert answer in options, f"no {answer!r} in {list(options)}"
        fields[name] = options[answer]
    else:
        fields[name] = answer


def _field(form: html.FormElement, label: str) -> html.HtmlElement:
    """The field with this label; a label may go on after the words that are given."""
    root = form.getroottree().getroot()
    found: list[html.HtmlElement] = []
    for one in form.iter("label"):
        if said(one).startswith(label):
            there = one.get("for")
            inside = list(one.iter("input", "select", "textarea"))
            found += inside or [root.get_element_by_id(there)]
    found += [
        one for one in form.iter("input", "select", "textarea") if one.get("aria-label") == label
    ]
    if not found:
        raise AssertionError(f"no field {label!r} in {[said(one) for one in form.iter('label')]}")
    return found[0]


def _body(
    form: html.FormElement, fields: dict[str, str], files: dict[str, tuple[str, bytes]]
) -> "FormData | dict[str, str]":
    if form.get("enctype") != "multipart/form-data":
        assert not files
        return fields
    body = FormData({name: text for name, text in fields.items() if name not in files})
    for name, (file_name, content) in files.items():
        body.add_field(name, content, filename=file_name)
    return body
