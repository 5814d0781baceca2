"""Pages: Jinja2 templates of all slices, in the reader's language, with the house around them.

``render(request, "posts/thread.html", …)`` finds ``fedinet/posts/templates/thread.html``;
``base.html`` and ``macros.html`` are found by their plain names. Import macros
``with context``: they use the reader's form token and language. They see what the page
is given, and nothing that a template sets (``rendering.Imported``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Final, cast
from zlib import crc32

import jinja2
from aiohttp import web
from markupsafe import Markup, escape

from fedinet.actors.words import headline, in_short, namesakes
from fedinet.emojis.model import Emoji
from fedinet.http import dates, speaking
from fedinet.http.assets import Assets
from fedinet.http.auth import Member, member
from fedinet.http.colours import theme_colour
from fedinet.http.compiled import compiled_in
from fedinet.http.constants import Constants, drawn
from fedinet.http.context import NODE, PAGES, URIS
from fedinet.http.csrf import CSRF_FIELD, csrf_token
from fedinet.http.desk import DESK_NAV, PANIC, DeskGroup, desk_counts, desk_done
from fedinet.http.forms import EMPTY_FORM
from fedinet.http.headers import runs_scripts, with_our_scripts
from fedinet.http.i18n import catalogue, direction, pick_language
from fedinet.http.rendering import Environment
from fedinet.http.summary import with_names
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import Malformed
from fedinet.kernel.pictures import actor_picture_path
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import origin_of
from fedinet.markup.emoji import show_emojis
from fedinet.markup.footnotes import linked
from fedinet.markup.outline import below
from fedinet.markup.places import without_places
from fedinet.node.store import Node

_PACKAGE: Final = Path(__file__).parents[1]
_HUES: Final = ("sea", "moss", "amber", "rose", "plum", "iris")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation. Shown only where the application has its page."""

    key: str
    href: str
    label: str
    icon: str


MAIN_NAV: Final = (
    NavItem("home", "/", N_("Home"), "home"),
    NavItem("community", "/community", N_("Community"), "group"),
    NavItem("conversations", "/conversations", N_("Letters"), "chat"),
    NavItem("people", "/people", N_("People"), "people"),
    NavItem("groups", "/groups", N_("Groups"), "group"),
    NavItem("events", "/events", N_("Events"), "calendar"),
    NavItem("notifications", "/notifications", N_("Notifications"), "sprig"),
    NavItem("search", "/search", N_("Search"), "search"),
)


class Pages:
    """Compiled templates, one environment for each language. One per process."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._loader = jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(_PACKAGE / "http" / "templates"),
                jinja2.PrefixLoader(
                    {
                        folder.parent.name: jinja2.FileSystemLoader(folder)
                        for folder in sorted(_PACKAGE.glob("*/templates"))
                    }
                ),
            ]
        )
        self._environments: dict[str, jinja2.Environment] = {}
        self._paths: frozenset[str] = frozenset()
        self._nav: tuple[NavItem, ...] | None = None
        self._desk: tuple[DeskGroup, ...] | None = None

    def has_page(self, app: web.Application, path: str) -> bool:
        """See the function of this name. Routes are fixed once requests arrive."""
        if not self._paths:
            self._paths = frozenset(resource.canonical for resource in app.router.resources())
        return path in self._paths

    def nav_items(self, app: web.Application) -> tuple[NavItem, ...]:
        """The main navigation, made from what is built: no dead doors."""
        if self._nav is None:
            self._nav = tuple(item for item in MAIN_NAV if self.has_page(app, item.href))
        return self._nav

    def desk_groups(self, app: web.Application) -> tuple[DeskGroup, ...]:
        """The steward's desk, made from what is built like the main navigation."""
        if self._desk is None:
            groups = (
                replace(
                    group, pages=tuple(one for one in group.pages if self.has_page(app, one.href))
                )
                for group in DESK_NAV
            )
            self._desk = tuple(group for group in groups if group.pages)
        return self._desk

    def html(self, language: str, template: str, context: Mapping[str, object]) -> str:
        """Render one template. A name that the context lacks is an error, never a blank."""
        return self._environment(language).get_template(template).render(context)

    def _environment(self, language: str) -> jinja2.Environment:
        known = self._environments.get(language)
        if known is not None:
            return known
        texts, sprite = catalogue(language), self._assets.url("icons.svg")
        environment = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=compiled_in(texts, sprite),
            extensions=["jinja2.ext.i18n", Constants],
        )
        install = environment.install_gettext_callables  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # added by the extension
        install(texts.gettext, texts.ngettext, newstyle=True)

        def with_emojis(text: str, emojis: Iterable[Emoji]) -> Markup:
            sources = {one.shortcode: one.path for one in emojis}
            return Markup(show_emojis(escape(text), sources))  # noqa: S704  # escaped, or clean

        globals_ = cast("dict[str, object]", environment.globals)
        says = speaking.functions(language)
        globals_.update(asset=self._assets.url, copy_of=actor_picture_path, initials=initials)
        globals_.update(says, drawn=partial(drawn, sprite), direction=direction)
        constants = cast("Constants", environment.extensions[Constants.identifier])
        constants.workers = {"_": says["gettext"], "icon": partial(drawn, sprite)}
        filters = cast("dict[str, object]", environment.filters)
        filters.update(speaking.filters(language))
        filters.update(lasting=dates.lasting, site=site, theme_colour=theme_colour)
        filters.update(hue=hue_of, in_short=in_short, headline=headline, namesakes=namesakes)
        filters.update(with_emojis=with_emojis, below=words_below, linked=linked)
        self._environments[language] = environment
        return environment


def render(
    request: web.Request, template: str, *, status: int = 200, **context: object
) -> web.Response:
    """Answer with a page in the reader's language.

    The template sees besides ``context``: ``node`` (None only on error pages
    while the database is away), ``member`` (or None), ``form``, ``csrf_field()``,
    ``nav_items``, ``has_page(path)``, ``path``, ``lang``, ``dir``, ``uris``, ``voted`` (the post
    with a poll in which a vote did not count),
    ``runs_scripts`` (``http/headers.py``), ``reader_zone()``.
    """
    page = web.Response(
        text=fragment(request, template, **context),
        status=status,
        content_type="text/html",
        headers={"Content-Language": language_of(request)},
    )
    return with_our_scripts(request, page) if runs_scripts(request) else page


def fragment(request: web.Request, template: str, **context: object) -> Markup:
    """Render a template, which sees what ``render`` gives it, to be put into a page."""
    node = request.app[NODE].last_known if NODE in request.app else None
    found = member(request)
    language, pages = language_of(request), request.app[PAGES]

    @cache
    def csrf_field() -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(
            CSRF_FIELD, csrf_token(request)
        )

    def page_exists(path: str) -> bool:
        return has_page(request, path)

    given: dict[str, object] = {
        "node": node,
        "member": found,
        "uris": request.app[URIS],
        "form": EMPTY_FORM,
        "csrf_field": csrf_field,
        "nav_items": pages.nav_items(request.app),
        "has_page": page_exists,
        "path": request.path,
        "voted": request.query.get("vote", ""),
        "nav": "",
        "runs_scripts": runs_scripts(request),
        "desk_groups": pages.desk_groups(request.app),
        "desk_counts": desk_counts(request),
        "desk_panic": request.get(PANIC),
        "desk_done": desk_done(request),
        "reader_zone": cache(partial(zone_of_reader, request)),
        "lang": language,
        "dir": direction(language),
        **context,
    }
    html = with_names(pages.html(language, template, given))
    # Autoescaped by Jinja2; nothing of the request is in it unescaped.
    return Markup(html)  # noqa: S704


def language_of(request: web.Request) -> str:
    """The member's language, else the browser's, else the community's; always a shipped one."""
    found: Member | None = member(request)
    node: Node | None = request.app[NODE].last_known if NODE in request.app else None
    return pick_language(
        None if found is None else found.language,
        request.headers.get("Accept-Language", ""),
        "" if node is None else node.language,
    )


def say_in(language: str) -> Callable[[str], str]:
    """Say texts of the catalogue where code, and not a template, puts a page's lines together."""
    return catalogue(language).gettext


def has_page(request: web.Request, path: str) -> bool:
    """Tell whether the application has this page, by the path its route was given."""
    return request.app[PAGES].has_page(request.app, path)


def words_below(html: str, highest: int) -> str:
    """What somebody wrote, for a page on which this is the level of its first headings."""
    return below(without_places(html), highest)


def site(url: str) -> str:
    """The server behind a link, as people name it; ``""`` where there is none to name."""
    try:
        return origin_of(url).domain.removeprefix("www.")
    except Malformed:
        return ""


def hue_of(name: str) -> str:
    """The colour behind the letters of somebody without a picture, always the same one."""
    return _HUES[crc32(name.encode("utf-8", "surrogatepass")) % len(_HUES)]


def initials(name: str) -> str:
    """Two letters for people without a picture: of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return name[:1].upper() or "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()
