"""What is asked of every page: axe-core, one heading, no inline style, no width, its mirror."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Page

from tests.interop.npm import why_missing

FOLDER: Final = Path(__file__).parent / "axe"
WIDTHS: Final = (320, 640, 1280)
"""The narrowest that there is, a desk at 200 %, and a desk."""
_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_COLOURS: Final = ("color-contrast",)
_ROOM: Final = ("target-size", "scrollable-region-focusable")
_MENU: Final = re.compile(r'<details class="menu.*?</details>', re.DOTALL)
Folds = tuple[str, str]
UNFOLDED: Final[Folds] = ("details:not(.menu)", "html")
MENUS: Final[Folds] = ("details", ".menu-body")
"""Which folds are open, and what is looked at then: an opened menu covers what is under it."""

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
_RUN: Final = f"""
async ([html, passes]) => {{
    const [headings, inline] = ({_SHOW})(html);
    const faults = headings === 1 && inline === 0 ? [] : [`${{headings}} h1, ${{inline}} inline`];
    for (const [[folds, within], options] of passes) {{
        for (const fold of document.querySelectorAll("details")) fold.open = fold.matches(folds);
        if (!document.querySelector(within)) continue;
        const found = await axe.run(
            within, {{...options, resultTypes: ["violations"], preload: false}});
        faults.push(...found.violations.map(rule => rule.id + ": "
            + rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(" | ")));
    }}
    return faults;
}}
"""
TOO_WIDE: Final = """
() => document.documentElement.scrollWidth > document.documentElement.clientWidth
    ? [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                     && !e.closest('.hero, .subnav, .vh, svg'))
        .slice(0, 3).map(e => e.outerHTML.slice(0, 200)).concat("too wide")
    : []
"""
WRITTEN: Final = """
letters => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(letters);
    document.adoptedStyleSheets = [sheet];
}
"""
"""Shows the page in letters of the reader's own; "" gives ours back."""
LARGE: Final = """
:root {
    font-size: 32px;
    --text-font: Verdana, "DejaVu Sans", sans-serif;
    --head-font: var(--text-font);
}
"""
SPACED: Final = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
"""
"""What WCAG 1.4.4 and 1.4.12 let a reader ask for: twice the size, or more room between.

The size is asked for in the widest of common letters, which somebody may have.
"""
_MIRRORED: Final = """
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
_HOLDS: Final = f"html => {{ ({_SHOW})(html); return ({TOO_WIDE})(); }}"
_FITS: Final = f"html => {{ ({_SHOW})(html); return [...({TOO_WIDE})(), ...({_MIRRORED})()]; }}"


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
    seen_in_menus: set[str] = field(default_factory=set[str])

    async def prepare(self) -> None:
        source = (FOLDER / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
        await self.page.evaluate(source)

    def news_of(self, html: str) -> Sequence[Folds]:
        """Where a page shows something new, said once: the next page like it shows nothing new."""
        found, in_menus = _elements(html), _elements(" ".join(_MENU.findall(html)))
        is_new, are_new = not found <= self.seen, not in_menus <= self.seen_in_menus
        self.seen |= found
        self.seen_in_menus |= in_menus
        return (*([UNFOLDED] if is_new else []), *([MENUS] if are_new else []))

    async def faults(self, html: str, news: Sequence[Folds]) -> list[str]:
        """What is wrong with a page by all rules, at this width and in this scheme."""
        folds = (UNFOLDED, *(one for one in news if one != UNFOLDED))
        passes = [(one, _all_rules(color=one in news)) for one in folds]
        return await self.page.evaluate(_RUN, [html, passes])

    async def faults_of_looks(self, html: str, news: Sequence[Folds], *, room: bool) -> list[str]:
        """What can be wrong in one scheme alone; ``room``: or where there is little of it."""
        options = {"runOnly": (*_COLOURS, *(_ROOM if room else ()))}
        return await self.page.evaluate(_RUN, [html, [(folds, options) for folds in news]])

    async def misplaced(self, html: str) -> list[str]:
        """What hangs out at the side or has no mirror, as wide as the window is now."""
        return await self.page.evaluate(_FITS, html)

    async def too_wide(self, html: str) -> list[str]:
        """What hangs out at the side, in the letters that the page is shown in now."""
        return await self.page.evaluate(_HOLDS, html)


def _all_rules(*, color: bool) -> object:
    rules = {"target-size": {"enabled": True}, "color-contrast": {"enabled": color}}
    return {"runOnly": {"type": "tag", "values": _TAGS}, "rules": rules}


def _elements(html: str) -> set[str]:
    return set(re.findall(r'<[a-z0-9]+(?: class="[^"]*")?', html))
