"""What is asked of every page: axe-core, one heading, no inline style, no width, its mirror."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Page, ViewportSize

from tests.interop.npm import why_missing

FOLDER: Final = Path(__file__).parent / "axe"
NARROW: Final = (640, 320)
"""1280 pixels at 200 %, and the narrowest that there is."""
_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
_SEEN: Final = {"runOnly": ["color-contrast", "target-size", "scrollable-region-focusable"]}

# A new body in the document that is there costs a tenth of a new document.
_SHOW: Final = """
html => {
    const next = new DOMParser().parseFromString(html, "text/html");
    for (const name of ["lang", "dir"])
        document.documentElement.setAttribute(name, next.documentElement.getAttribute(name));
    document.title = next.title;
    document.body.replaceWith(document.adoptNode(next.body));
    const inline = document.body.querySelectorAll("[style], style, script:not([src]), [onclick]");
    return [document.querySelectorAll("h1").length, inline.length];
}
"""
_RUN: Final = """
async ([options, folds, within]) => {
    for (const fold of document.querySelectorAll("details")) fold.open = fold.matches(folds);
    if (!document.querySelector(within)) return [];
    const found = await axe.run(within, {...options, resultTypes: ["violations"], preload: false});
    return found.violations.map(rule => rule.id + ": "
        + rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(" | "));
}
"""
TOO_WIDE: Final = """
() => document.documentElement.scrollWidth > document.documentElement.clientWidth
    ? [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                     && !e.closest('.hero, .subnav, .vh, svg'))
        .slice(0, 3).map(e => e.outerHTML.slice(0, 200)).concat("too wide")
    : []
"""
MIRRORED: Final = """
() => {
    const root = document.documentElement, wide = root.clientWidth;
    const boxes = [...document.body.querySelectorAll("*:not(svg, svg *, option, .vh)")]
        .filter(e => e.checkVisibility() && getComputedStyle(e).display !== "inline");
    const before = boxes.map(e => e.getBoundingClientRect());
    root.dir = "rtl";
    const found = boxes.filter((e, i) => {
        const after = e.getBoundingClientRect();
        return Math.abs(after.left + before[i].right - wide) > 2
            || Math.abs(after.right + before[i].left - wide) > 2;
    }).slice(0, 3).map(e => "not mirrored: " + e.outerHTML.slice(0, 200));
    if (root.scrollWidth > wide) found.push("too wide from right to left");
    root.dir = "ltr";
    return found;
}
"""
"""Where a page under ``dir=rtl`` is not the same with its sides turned round."""


def why_no_axe() -> str | None:
    """Say why axe-core cannot be had, after trying; None where it is there."""
    return why_missing(FOLDER)


@dataclass
class Judge:
    """Reads one page after another, and colours only where a page shows something new.

    The document that stands open lends its address and its stylesheets.
    """

    page: Page
    seen: set[str] = field(default_factory=set[str])
    """Elements with their classes, which colours depend on."""

    async def prepare(self) -> None:
        source = (FOLDER / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
        await self.page.evaluate(source)

    def shows_nothing_new(self, html: str) -> bool:
        return _elements(html) <= self.seen

    async def faults(self, html: str) -> list[str]:
        """What is wrong with a page, at a desk in light and on a phone in dark."""
        is_new = not self.shows_nothing_new(html)
        self.seen |= _elements(html)
        headings, inline = await self.page.evaluate(_SHOW, html)
        faults = [] if (headings, inline) == (1, 0) else [f"{headings} h1, {inline} inline"]
        faults += await self._run(color=is_new)
        if is_new:
            faults += await self.not_mirrored()
            faults += await self._run("details", ".menu-body", color=True)
            faults += [f"on a phone: {fault}" for fault in await self._on_a_phone()]
        return faults

    async def _on_a_phone(self) -> list[str]:
        """What depends on colours and on room, in dark and where there is little of it."""
        before = self.page.viewport_size
        assert before is not None
        await self.page.set_viewport_size(_PHONE)
        await self.page.emulate_media(color_scheme="dark")
        found = await self._run(only=_SEEN)
        await self.page.emulate_media(color_scheme="light")
        await self.page.set_viewport_size(before)
        return found

    async def too_wide(self, html: str) -> list[str]:
        """What hangs out at the side, as wide as the window is now."""
        await self.page.evaluate(_SHOW, html)
        return await self.page.evaluate(TOO_WIDE)

    async def not_mirrored(self) -> list[str]:
        """What stands on the wrong side of this page where it is read from right to left."""
        return await self.page.evaluate(MIRRORED)

    async def _run(
        self,
        folds: str = "details:not(.menu)",
        within: str = "html",
        *,
        color: bool = False,
        only: Mapping[str, list[str]] | None = None,
    ) -> list[str]:
        rules = {"target-size": {"enabled": True}, "color-contrast": {"enabled": color}}
        options = only or {"runOnly": {"type": "tag", "values": list(_TAGS)}, "rules": rules}
        return await self.page.evaluate(_RUN, [options, folds, within])


def _elements(html: str) -> set[str]:
    return set(re.findall(r'<[a-z0-9]+(?: class="[^"]*")?', html))
