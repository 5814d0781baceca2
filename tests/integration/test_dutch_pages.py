"""Every page in Dutch, through HTTP: nothing on it is said past the catalogue."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from gettext import NullTranslations
from gzip import compress
from html.parser import HTMLParser

import pytest
from pyotp.totp import TOTP

from fedinet.actors.store import find_local_by_name
from fedinet.db.pool import transaction
from fedinet.health.upkeep import count_once
from fedinet.http import pages, speaking
from fedinet.http.i18n import catalogue, written_languages
from fedinet.http.surfaces import Surface, surface_of
from fedinet.mail.model import Topic
from fedinet.mail.stopping import leaving_path
from fedinet.moderation.acts_store import list_acts_of
from fedinet.moderation.commands import act_on
from fedinet.moderation.looking import ask_to_look
from fedinet.moderation.rights import COMMAND_LINE, Act
from fedinet.node.store import new_setup_link
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_remote
from tests.integration.statements import statements
from tests.integration.test_imports import upload
from tests.integration.test_oauth import registers, request_of
from tests.integration.test_room_elsewhere import given_ally_with_room

Start = Callable[..., Awaitable[RunningNode]]
_CODES = re.compile(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b")
DUTCH = {"Accept-Language": "nl-BE,nl;q=0.9,en;q=0.5"}

# What stands on the pages and is nobody's to translate: names, addresses, what members wrote.
GIVEN = {
    *("fedinet", "Test", "community", "To", "be", "tested", "Ada", "ada", "Bo", "bo", "Cleo"),
    *("cleo", "AD", "BO", "CL", "example", "http", "users", "join", "Brood", "brood", "is"),
    *("klaar", "voor", "iedereen", "ons", "Goedemorgen", "gist", "zo", "goed", "niemand"),
    *("Rogge", "Water"),
    *("Python", "aiohttp", "nobody", "setup", "app", "read", "UTC", "Nederlands"),
    *(word for name in written_languages().values() for word in re.findall(r"[^\W\d_]{2,}", name)),
}

BO = "SELECT id FROM actors WHERE username = 'bo' AND is_local"

NO_PAGES = (
    ".csv",
    ".json",
    ".jsonl",
    ".txt",
    ".webmanifest",
    ".{kind}",
    ".{format}",
    "/acts",
    "/live",
    "/names",
)
"""How addresses of files, feeds and parts of pages end."""


MOST = 6
"""Statements of a page, with who is signed in."""
GUARDS = ("http.count_attempt", "http.forgive_attempt")
MOST_BYTES = 20_000
"""Of a page, packed."""


def counted(asked: list[str]) -> list[str]:
    """Without what guards a secret link against guessing, and with each name of a text once."""
    names = [name for name in asked if name == "actors.find_local_by_name"]
    return names[:1] + [one for one in asked if one not in (*names, *GUARDS)]


def weight(html: str) -> int:
    return len(compress(html.encode(), 5))


class Marked(NullTranslations):
    """Dutch in brackets, so that one sees what did not come from the catalogue."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: set[str] = set()

    def gettext(self, message: str) -> str:
        return self._mark(message, catalogue("nl").gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._mark(msgid1, catalogue("nl").ngettext(msgid1, msgid2, n))

    def _mark(self, message: str, said: str) -> str:
        if message not in known():
            self.unknown.add(message)
        return f"⟦{said}⟧"


def known() -> set[str]:
    """The English keys of the catalogue."""
    kept = catalogue("nl")._catalog  # type: ignore[attr-defined]
    return {key if isinstance(key, str) else key[0] for key in kept}


class Words(HTMLParser):
    """What a person would see or hear."""

    SPOKEN = frozenset({"alt", "aria-label", "placeholder", "title"})
    QUIET = frozenset({"script", "style", "textarea"})
    NAMES = frozenset({"language", "time_zone"})
    """Choices that are names, the same in every language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""
        self._choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        if tag == "select":
            self._choice = dict(attrs).get("name") or ""
        self.found += [value or "" for name, value in attrs if name in self.SPOKEN]

    def handle_endtag(self, _tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        is_name = self._inside == "option" and self._choice in self.NAMES
        if self._inside not in self.QUIET and not is_name:
            self.found.append(data)


def foreign_words(html: str) -> set[str]:
    """The words of a page that neither the catalogue nor anybody named here said."""
    reader = Words()
    reader.feed(html)
    text = "\n".join(reader.found)
    while "⟦" in text:
        text, found = re.subn(r"⟦[^⟦⟧]*⟧", " ", text)
        assert found, text
    return {word for word in re.findall(r"[^\W\d_]{2,}", text) if word not in GIVEN}


def english_texts(html: str) -> set[str]:
    """The texts of a page that have Dutch and are shown without it."""
    same = {key for key in known() if catalogue("nl").gettext(key) == key}
    reader = Words()
    reader.feed(html)
    texts = {" ".join(text.split()) for text in reader.found}
    return (texts & known()) - same - GIVEN - {""}


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> Marked:
    return mark_dutch(monkeypatch)


def mark_dutch(monkeypatch: pytest.MonkeyPatch) -> Marked:
    """Have pages show in brackets what comes from the catalogue."""
    marked = Marked()

    def choose(language: str) -> NullTranslations:
        return marked if language == "nl" else catalogue(language)

    monkeypatch.setattr(pages, "catalogue", choose)
    monkeypatch.setattr(speaking, "catalogue", choose)
    return marked


async def test_every_page_of_a_member_is_in_dutch(start_node: Start, marks: Marked) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as bo:
        with statements() as asked:
            seen = await a_day_in_dutch(node, ada, bo)
        there = {
            route.resource.canonical
            for route in node.app.router.routes()
            if route.method == "GET"
            and route.resource is not None
            and surface_of(route.resource.canonical) is Surface.PAGE
            and not route.resource.canonical.startswith(("/assets/", "/media/"))
            and not route.resource.canonical.endswith(NO_PAGES)
        }
        walked = set(seen)
        assert there - walked == set(), "a new page: open it in this test"
        for name, page in seen.items():
            assert page.headers["Content-Language"] == "nl", name
            assert '<html lang="nl"' in page.html, name
            assert foreign_words(page.html) == set(), name
    assert marks.unknown == set()
    costs = {
        name: counted(asked[page.headers["X-Request-Id"]])
        for name, page in seen.items()
        if page.method == "GET" and page.status == 200
    }
    dear = {name: cost for name, cost in costs.items() if len(cost) > MOST}
    assert dear == {}
    heavy = {name for name, page in seen.items() if weight(page.html) > MOST_BYTES}
    assert heavy == set()


async def test_visitors_read_the_language_of_their_browser(
    start_node: Start, marks: Marked
) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        post = await write(ada, "Brood voor iedereen", "everyone")
        for path in ("/", "/about", "/sign-in", "/join", "/@ada", post.path, "/@nobody", "/setup"):
            page = await visitor.open(path, headers=DUTCH)
            assert page.headers["Content-Language"] == "nl", path
            assert "Accept-Language" in page.headers["Vary"], path
            assert foreign_words(page.html) == set(), path
            english = await visitor.open(path, headers={"Accept-Language": "fr, en;q=0.3"})
            assert english.headers["Content-Language"] == "en", path
            assert "⟦" not in english.html
    assert marks.unknown == set()


@pytest.mark.parametrize("header", ["", "*", ";;;q=,nl;q=x", "xx", "nl;q=0", "q" * 5000])
async def test_a_strange_wish_is_answered_in_the_language_of_the_community(
    start_node: Start, header: str
) -> None:
    node = await start_node()
    async with node.http.get("/about", headers={"Accept-Language": header}) as answer:
        assert (answer.status, answer.headers["Content-Language"]) == (200, "en")


async def test_what_went_wrong_is_said_in_dutch(start_node: Start, marks: Marked) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada, browser(node) as visitor:
        await in_dutch(ada)
        long = "zo goed " * 1000
        refused = [
            await ada.fill("/write", "/write", {"text": "", "audience": "everyone"}),
            await ada.fill("/write?as=article", "/write", {"title": "goed" * 50, "text": ""}),
            await ada.fill("/write", "/write", {"text": long, "audience": "everyone"}),
            await ada.fill("/write", "/write", {"text": "zo goed", "audience": "niemand"}),
            await ada.fill("/settings", "/settings", {"display_name": "goed" * 100}),
            await ada.fill("/settings", "/settings", {"field-1-value": "zo goed"}),
            await ada.fill("/settings/security", "/settings/password", {"password": "goed"}),
            await ada.fill("/settings/community", "/settings/community", {"name": ""}),
            await ada.fill("/invitations", "/invitations", {"max_uses": "0"}),
            await ada.fill("/invitations", "/invitations", {"note": long}),
            await act(ada, "/@bo", "follow", at="/@ada"),
            await act(ada, "/@bo", "block", at="/@ada"),
            await act(ada, "/@bo", "mute", at="/@ada"),
            await act(ada, "/@bo", "dance"),
            await ada.open("/no-such-page"),
            await ada.open("/sign-out"),
            await ada.post("/write", {"text": "zo goed"}),
            await ada.open("/remote-follow", params={"uri": "https://x.example/"}),
            await visitor.fill(
                "/sign-in", "/sign-in", {"login": "ada", "password": "niemand"}, headers=DUTCH
            ),
        ]
        for number, page in enumerate(refused):
            assert page.status >= 400, number
            assert page.headers["Content-Language"] == "nl", number
            assert foreign_words(page.html) == set(), number
    assert marks.unknown == set()


async def test_the_words_of_a_post_carry_its_language_and_the_buttons_the_readers(
    start_node: Start,
) -> None:
    node = await given_house(start_node)
    async with browser(node) as ada:
        await in_dutch(ada)
        page = await write(ada, "Good bread", "everyone", language="en")
        assert '<div class="post-body prose" lang="en"><p>Good bread</p>' in page.html
        assert page.html.count('lang="en"') == 1
        page = await write(ada, "Goed brood", "everyone", language="nl")
        assert '<div class="post-body prose"><p>Goed brood</p>' in page.html


async def test_set_up_offers_dutch_and_the_house_then_speaks_it(start_node: Start) -> None:
    node = await start_node(set_up=False)
    async with transaction(node.pool) as tx:
        token = await new_setup_link(tx)
    async with browser(node) as owner:
        closed = await owner.open("/", headers=DUTCH)
        assert (closed.status, "Dit huis is nog niet open" in closed.text) == (503, True)
        page = await owner.open(f"/setup?token={token}", headers=DUTCH)
        assert "Een huis voor je gemeenschap" in page.text
        assert '<option value="nl" selected>Nederlands</option>' in page.html
        answers = {
            **page.form("/setup").fields,
            **{"name": "Scheldegilde", "purpose": "Bouwers", "hue": "moss", "your_name": "Joris"},
            **{"username": "joris", "password": PASSWORD, "time_zone": "Europe/Brussels"},
        }
        short = await owner.post("/setup", {**answers, "password": "kort"}, headers=DUTCH)
        assert "Dit zijn minder dan 12 tekens. Een korte zin werkt goed." in short.text
        page = await owner.post("/setup", answers)
        assert (page.status, page.headers["Content-Language"]) == (200, "nl")
    async with node.http.get("/") as answer:
        assert answer.headers["Content-Language"] == "nl"
        assert "Een gemeenschap van één mens" in await answer.text()


DESK = {
    "": "?show=drafts",
    "/rule": "?domain=b.example",
    "/held": "",
    "/allies": "",
    "/explain": "?address=b.example",
    "/audit": "",
    "/import": "",
    "/alerts": "",
    "/drafts": "",
    "/lists": "",
    "/lists-edit": "",
    "/log": "",
    "/publish": "",
    "/servers": "",
}
"""Pages of policy, and what to ask them for."""


async def _announcement_of(ada: Browser) -> str:
    path = "/admin/announcements"
    await ada.fill(path, path, {"text": "Brood is klaar"})
    found = re.search(rf"{path}/[0-9]+", (await ada.open(path)).html)
    assert found
    return found[0]


async def _lists_of(node: RunningNode, ada: Browser) -> dict[str, SeenPage]:
    """A list with Bo in it, and every page about it."""
    bo = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'bo'")
    await act(ada, "/@bo", "follow")
    made = await ada.fill("/lists", "/lists", {"title": "Brood", "exclusive": "1"})
    path = made.path.removesuffix("/people")
    empty = await ada.open(path)
    await ada.fill(made.path, made.path, {"person": str(bo), "do": "add"})
    return {
        "/lists": await ada.open("/lists"),
        "/lists/{id}": await ada.open(path),
        "/lists/{id}/people": await ada.open(made.path),
        "/lists/{id}/delete": await ada.open(f"{path}/delete"),
        "/people/{id}/lists": await ada.open(f"/people/{bo}/lists"),
        "a new list": made,
        "an empty list": empty,
        "a list of nobody found": await ada.open(f"{made.path}?q=niemand"),
    }


async def _filters_of(node: RunningNode, ada: Browser) -> dict[str, SeenPage]:
    """A filter of a word and of a post, and what it folds and leaves out."""
    number = (await _latest_of(node, "bo")).rpartition("/")[2]
    path = "/settings/filters"
    wish = {"title": "Brood", "words": "goed", "ends": "3600", "does": "hide"}
    new = f"{path}/new"
    refused = await ada.fill(new, new, {"title": "Brood", "words": ""})
    await ada.fill(new, new, wish)
    await ada.fill(f"{path}?post={number}", await _filter_of(node), {"do": "add"})
    one = (await _filter_of(node)).removesuffix("/posts")
    seen = {
        path: await ada.open(path),
        f"{path}/new": await ada.open(new),
        f"{path}/{{id}}": await ada.open(one),
        f"{path}/{{id}}/delete": await ada.open(f"{one}/delete"),
        "a refused filter": refused,
        "a post for a filter": await ada.open(f"{path}?post={number}"),
        "left out": await ada.open("/@bo"),
        "left out and shown": await ada.open("/@bo?hidden=1"),
    }
    await ada.fill(f"{one}/delete", f"{one}/delete", {})
    return seen


async def _filter_of(node: RunningNode) -> str:
    newest = await node.pool.fetchval("SELECT max(id) FROM filters")
    return f"/settings/filters/{newest}/posts"


async def _bond_of(node: RunningNode, ada: Browser, bo: Browser) -> dict[str, SeenPage]:
    """Ada is suggested to Bo's friend, follows Bo closely, and says so on her page."""
    bo_id = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'bo'")
    await bo.fill("/settings", "/settings", {"discoverable": "1"})
    await act(ada, "/@bo", "unfollow")
    seen = {"/people/suggested": await ada.open("/people/suggested")}
    await act(ada, "/@bo", "follow")
    await node.pool.execute("UPDATE follows SET state = 'accepted'")
    path = f"/people/{bo_id}/bond"
    for do in ("recommend", "ring"):
        page = await ada.open("/@bo")
        fields = {**page.form("/@bo/acts").fields, "do": do}
        seen[do] = await ada.post(f"/people/{bo_id}/acts", fields)
    seen["a note"] = await ada.fill(path, path, {"note": "Brood", "notify": "1"})
    seen["/people/{id}/bond"] = await ada.open(path)
    seen["recommended"] = await ada.open("/@ada")
    seen["nobody suggested"] = await ada.open("/people/suggested")
    seen["too long a note"] = await ada.fill(path, path, {"note": "gist " * 1000})
    return seen


async def _list_of(node: RunningNode) -> str:
    """A list that somebody else keeps, which stewards follow."""
    await node.pool.execute(
        "INSERT INTO policy_lists (name, document, created_by, version)"
        " VALUES ('brood', $1, '', 1)",
        '{"name": "brood", "url": "http://b.example/brood"}',
    )
    return "/admin/policy/lists/brood"


async def _what_came(node: RunningNode) -> int:
    """The number of an activity in the log."""
    await node.pool.execute(
        "INSERT INTO inbound_log (id, received_at, signer_uri, actor_uri, activity_type, domain,"
        " object_type, outcome, size_bytes) VALUES (7, now(), $1, $1, 'Create', 'b.example',"
        " 'Note', 'applied', 100)",
        "http://b.example/brood",
    )
    return 7


async def _backups(node: RunningNode, ada: Browser) -> SeenPage:
    """One was made, one failed, one is wanted; one was read back, and one could not be."""
    await node.pool.execute(
        "INSERT INTO backup_runs (kind, started_at, ended_at, outcome, file, why)"
        " SELECT kind, now(), now(), outcome, 'brood', $1"
        " FROM unnest('{make,verify}'::text[]) kind, unnest('{done,failed}'::text[]) outcome",
        "It was interrupted: the machine or the node stopped.",
    )
    return await ada.fill("/admin/backups", "/admin/backups", {"do": "make"})


async def _list_of_people(ada: Browser, do: str) -> SeenPage:
    """One new, one who is a member, one of a role that is not known."""
    typed = "Brood,brood@brood.example,admin\nBo,bo\nCleo,cleo@brood.example,brood"
    page = "/admin/invitations/list"
    return await ada.fill(
        page, page, {"pasted": typed, "greeting": "Goedemorgen", "do": do, "language": "nl"}
    )


async def _deliveries(node: RunningNode, ada: Browser) -> SeenPage:
    """With a server in trouble, and everything that may be told of what was given up."""
    await node.pool.execute(
        """
        INSERT INTO outbound_hosts (host, failures, failing_since, dead_at, last_error)
        VALUES ('brood.example', 9, now() - interval '1 day', NULL, '503'),
               ('goed.example', 9, now() - interval '8 days', now(), '503')
        """
    )
    return await ada.open("/admin/deliveries")


async def _health(node: RunningNode, ada: Browser) -> SeenPage:
    """Something is wrong, and something was counted."""
    await node.pool.execute(
        "INSERT INTO signals (kind, body, failed_at) VALUES ('brood', '{}', now())"
    )
    await count_once(node.pool, datetime.now(UTC))
    return await ada.open("/admin/health")


async def _passphrase(ada: Browser) -> SeenPage:
    """Of the backups: its letters are shown until somebody keeps a copy."""
    page = "/admin/backups/passphrase"
    await ada.fill(page, page, {})
    return await ada.open(page)


async def _appeal_of(node: RunningNode) -> str:
    newest = await node.pool.fetchval("SELECT max(id) FROM appeals")
    return f"/admin/appeals/{newest}"


async def given_house(start_node: Start) -> RunningNode:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "bo")
    return node


async def in_dutch(ada: Browser) -> None:
    await ada.sign_in("ada")
    page = await ada.fill("/settings/preferences", "/settings/preferences", {"language": "nl"})
    assert page.status == 200


async def a_day_in_dutch(node: RunningNode, ada: Browser, bo: Browser) -> dict[str, SeenPage]:
    """Open every page as a Dutch member to whom things have happened; by route, then more."""
    await in_dutch(ada)
    await bo.sign_in("bo")
    await ada.fill("/settings", "/settings", {"discoverable": "1", "bio": "Brood #gist"})
    await ada.fill("/settings/preferences", "/settings/preferences", {"quote_policy": "everyone"})
    post = await write(ada, "Brood is klaar #gist", "everyone")
    await write(ada, "Goedemorgen", "community", option1="Brood", option2="gist")
    named = {
        "as": "article",
        "title": "Brood",
        "text": f"{'Brood is klaar. ' * 40}\n\n# Brood\n\n## gist",
    }
    article = await ada.fill("/write", "/write", {**named, "audience": "community"})
    for what in ("thank", "share"):
        await act(bo, post.path, what)
    await write(bo, "Goedemorgen @ada", "community", option1="Brood", option2="gist")
    await bo.fill(post.path, "/write", {"text": "zo goed"})
    number = post.path.rpartition("/")[2]
    await bo.fill(f"/write?quote={number}", "/write", {"text": "Brood", "audience": "everyone"})
    await bo.fill(f"/report?post={number}", "/report", {"comment": "niemand"})
    await act(bo, "/@ada", "follow")
    for what in ("save", "mute"):
        await act(ada, post.path, what)
    await ada.fill(
        f"{post.path}/edit", f"{post.path}/edit", {"text": "Brood is klaar, zo goed #gist"}
    )
    await ada.fill("/invitations", "/invitations", {"note": "voor Bo"})
    async with transaction(node.pool) as tx:
        await given_remote(tx, "cleo")
        for problem in (None, "Your account was closed, suspended or frozen at that time"):
            await tx.execute(
                "INSERT INTO scheduled_posts (actor_id, due_at, draft, problem)"
                " SELECT actor_id, now(), $1, $2 FROM accounts ORDER BY id LIMIT 1",
                '{"text": "Brood", "visibility": "everyone", "files": [{"media_id": 1}]}',
                problem,
            )
    await node.drain()
    seen = {
        "/": await ada.open("/"),
        "/@{handle}": await ada.open("/@bo"),
        "/@{handle}/{id}": await ada.open(post.path),
        "/@{handle}/{id}/edit": await ada.open(f"{post.path}/edit"),
        "/@{handle}/{id}/again": await ada.open(f"{post.path}/again"),
        "/@{handle}/{id}/delete": await ada.open(f"{post.path}/delete"),
        "/@{handle}/{id}/history": await ada.open(f"{post.path}/history"),
        "/@{handle}/{id}/unquote": await ada.open(f"{await _latest_of(node, 'bo')}/unquote"),
        "/about": await ada.open("/about"),
        "/admin": await ada.open("/admin"),
        "/admin/announcements": await ada.open("/admin/announcements"),
        "/admin/announcements/{id}": await ada.open(await _announcement_of(ada)),
        "/admin/emoji": await ada.open("/admin/emoji"),
        "/admin/mail": await ada.open("/admin/mail"),
        "/admin/health": await _health(node, ada),
        "/admin/invitations/list": await _list_of_people(ada, "preview"),
        "/admin/invitations": await _list_of_people(ada, "invite"),
        "a link": await ada.fill("/admin/invitations", "/admin/invitations", {"do": "link"}),
        "/unsubscribe": await ada.open(
            leaving_path(node.services.box, "ada@brood.example", Topic.DAILY)
        ),
        "/admin/lockdown": await ada.open("/admin/lockdown"),
        "/admin/deliveries": await _deliveries(node, ada),
        "/admin/first-day": await ada.open("/admin/first-day"),
        "/lockdown/enter": await ada.open("/lockdown/enter"),
        "/admin/media": await ada.open("/admin/media"),
        "/admin/backups": await _backups(node, ada),
        "/admin/backups/passphrase": await _passphrase(ada),
        "/admin/people": await ada.open("/admin/people"),
        "/admin/people/{id}": await ada.open(await _person_of(ada)),
        "/admin/looks/{id}": await ada.open(await _look_of(node)),
        "/admin/looks": await ada.open("/admin/looks?all=1"),
        "/admin/decisions": await ada.open("/admin/decisions"),
        "/admin/reasons": await ada.open("/admin/reasons"),
        "/admin/reasons/{id}": await ada.open("/admin/reasons/1"),
        "/admin/reporters/{id}": await ada.open(await _reporter(node)),
        "/admin/reports": await ada.open("/admin/reports"),
        "/admin/reports/{id}": await ada.open(await _report_of(ada)),
        "/authorize_interaction": await ada.open(
            f"/authorize_interaction?uri={node.origin}{post.path}"
        ),
        "/community": await ada.open("/community"),
        "/invitations": await ada.open("/invitations"),
        "/join": await ada.open("/join"),
        **await _welcome(ada),
        **await _lists_of(node, ada),
        **await _filters_of(node, ada),
        **await _bond_of(node, ada, bo),
        "/notifications": await ada.open("/notifications"),
        **await _asking_of(node, ada),
        "/oauth/authorize": await ada.open(await _request_of_an_app(node)),
        "/oauth/authorize/": await ada.open((await _request_of_an_app(node)).replace("?", "/?")),
        "/people": await ada.open("/people"),
        "/allies": await ada.open("/allies"),
        "/people/allies": await ada.open("/people/allies"),
        "/people/blocked": await ada.open("/people/blocked"),
        "/people/followers": await ada.open("/people/followers"),
        "/people/following": await ada.open("/people/following"),
        "/people/servers": await ada.fill(
            "/people/servers", "/people/servers", {"server": "b.example", "do": "keep"}
        ),
        "/people/muted": await ada.open("/people/muted"),
        "/policy": await ada.open("/policy"),
        "/report": await ada.open(
            f"/report?post={(await _latest_of(node, 'bo')).rpartition('/')[2]}"
        ),
        "/report/visitor": await ada.open(f"/report/visitor?person={await node.pool.fetchval(BO)}"),
        "/report/visitor/answer": await ada.fill(
            f"/report/visitor?person={await node.pool.fetchval(BO)}",
            "/report/visitor",
            {"comment": "niemand"},
        ),
        "/remote-follow": await ada.open(f"/remote-follow?uri={node.origin}/users/bo"),
        **{
            f"/admin/policy{path}": await ada.open(f"/admin/policy{path}{query}")
            for path, query in DESK.items()
        },
        "no rules yet": await ada.open("/admin/house"),
        "terms to begin with": await ada.open("/admin/house/terms?draft=1"),
        "/admin/house": await ada.fill("/admin/house", "/admin/house", {"text": "Brood"}),
        "/admin/house/rules/{id}": await ada.open(await _rule_of(node)),
        "/admin/house/contact": await ada.open("/admin/house/contact"),
        "/admin/house/{kind}": await ada.open("/admin/house/terms"),
        "/admin/law": await ada.open("/admin/law"),
        "/admin/law/register": await ada.open("/admin/law/register"),
        "/imprint": await ada.open("/imprint"),
        "/versions/{paper}/{number}": await ada.open("/versions/rules/1"),
        "/settings/agreements": await _agreements(ada),
        "/rules": await ada.open("/rules"),
        "/privacy": await ada.open("/privacy"),
        "/terms": await _terms(ada),
        "/admin/policy/log/{number}": await ada.open(f"/admin/policy/log/{await _what_came(node)}"),
        "/admin/policy/servers/{domain}": await ada.open("/admin/policy/servers/b.example"),
        "/admin/policy/simulate": await ada.open("/admin/policy/simulate"),
        "last week": await ada.fill(
            "/admin/policy/simulate", "/admin/policy/simulate", {"on": "hellthread"}
        ),
        "/admin/policy/lists/{name}": await ada.open(await _list_of(node)),
        "/follows/put-aside": await ada.open("/follows/put-aside"),
        "/policy/appeal": await ada.open("/policy/appeal"),
        "/policy/appeal/{id}-{tag}": await ada.fill(
            "/policy/appeal",
            "/policy/appeal",
            {"server": "b.example", "words": "Brood voor iedereen"},
        ),
        "/appeals": await ada.open("/appeals"),
        "/admin/appeals": await ada.open("/admin/appeals"),
        "/admin/appeals/{id}": await ada.open(await _appeal_of(node)),
        "/requests": await ada.open("/requests"),
        "/scheduled": await ada.open("/scheduled"),
        "/scheduled/{id}/time": await ada.open(f"{await _scheduled_of(node)}/time"),
        "/scheduled/{id}/cancel": await ada.open(f"{await _scheduled_of(node)}/cancel"),
        "/saved": await ada.open("/saved"),
        "/search": await ada.open("/search?q=brood"),
        "/settings": await ada.open("/settings"),
        "/settings/community": await ada.open("/settings/community"),
        "/settings/hashtags": await ada.fill(
            "/settings/hashtags", "/settings/hashtags", {"tag": "#gist", "do": "follow"}
        ),
        "/settings/notifications": await _kept_back(ada),
        "/settings/notifications/when": await ada.fill(
            when := "/settings/notifications/when", when, {"quiet_from": "99", "hour": "x"}
        ),
        "/week": await ada.open("/week"),
        "/help/keys": await ada.open("/help/keys"),
        **await _letters(ada, bo),
        "/settings/moving": await ada.open("/settings/moving"),
        "/settings/standing": await ada.open("/settings/standing"),
        "/settings/leaving": await ada.open("/settings/leaving"),
        "/settings/import": await ada.open("/settings/import"),
        "/settings/import/{id}": await upload(ada, b"a@b.example\nb\n", "blocked_accounts.csv"),
        "/settings/pictures": await ada.open("/settings/pictures"),
        "/settings/preferences": await ada.open("/settings/preferences"),
        "/settings/time-zone": await ada.open("/settings/time-zone?next=/welcome"),
        "/settings/email": await ada.open("/settings/email"),
        "/forgot-password": await ada.open("/forgot-password"),
        "/reset-password": await ada.open("/reset-password"),
        "/confirm-email": await ada.open("/confirm-email"),
        "/settings/security": await ada.open("/settings/security"),
        "/settings/again": await ada.open("/settings/again"),
        "/settings/passkeys": await ada.open("/settings/passkeys"),
        "/settings/second-step": await ada.open("/settings/second-step"),
        **await _second_step_of(node, ada),
        "/setup": await ada.open("/setup"),
        "/share": await ada.open("/share?text=Brood"),
        "/sign-in": await ada.open("/sign-in"),
        "/sign-in/mail": await ada.open("/sign-in/mail"),
        "/sign-in/mail/open": await ada.open("/sign-in/mail/open"),
        "/tags/{tag}": await ada.open("/tags/gist"),
        "/write": await ada.open("/write"),
        "whom one means": await ada.fill("/write", "/write", {"text": "zo @goed en @b"}),
        "an article": await ada.open("/write?as=article"),
        "an article, written": await ada.open(article.path),
        "an article, changed": await ada.open(f"{article.path}/edit"),
        "/write seen": await ada.fill(
            "/write", "/write", {"text": "zo *goed* @bo", "do": "preview"}
        ),
    }
    await act(ada, "/@bo", "mute")
    async with browser(node) as visitor:
        in_front = await visitor.open("/", headers=DUTCH)
    assert "Ada" in in_front.text  # who chose to be shown
    await node.pool.execute(
        "UPDATE actors SET fetched_at = NULL, featured_uri = uri WHERE username = 'cleo'"
    )
    return seen | {
        "in front of the house": in_front,
        "signing in anew": await ada.open("/sign-in?again=1"),
        "/signed-in": await ada.open("/signed-in"),
        "my own profile": await ada.open("/@ada"),
        "with replies": await ada.open("/@bo?replies=1"),
        "a server taken back": await ada.fill(
            "/people/servers?server=b.example",
            "/people/servers",
            {"server": "b.example", "do": "let"},
        ),
        "somebody elsewhere": await ada.open("/@cleo@b.example"),
        "an answer": await ada.open(f"/write?reply={number}"),
        "a quote": await ada.open(f"/write?quote={number}"),
        "a letter": await ada.open("/people?q=b"),
        "nobody of this name": await ada.open("/people?q=niemand"),
        "somebody muted": await ada.open("/people/muted"),
        "a muted profile": await ada.open("/@bo"),
        "blocked": await act(ada, "/@bo", "block"),
        "somebody blocked": await ada.open("/people/blocked"),
        "nothing found": await ada.open("/search?q=niemand"),
        "no handle found": await ada.open("/search?q=niemand@127.0.0.1:1"),
        "a dead invitation": await ada.open("/join?code=niemand"),
        "nothing to tell": await ada.open("/notifications"),
        "/shut-out": await _shut_out(node),
    }


async def _shut_out(node: RunningNode) -> SeenPage:
    """Bo, who may ask to look again."""
    async with transaction(node.pool) as tx:
        bo, now = await find_local_by_name(tx, "bo"), datetime.now(UTC)
        assert bo is not None
        await act_on(tx, bo.id, Act.SUSPEND, by=COMMAND_LINE, reason="Brood", now=now)
    async with browser(node) as out:
        await out.sign_in("bo")
        return await out.open("/shut-out", headers=DUTCH)


async def _letters(ada: Browser, bo: Browser) -> dict[str, SeenPage]:
    """Without any, then one for each whose turn it can be."""
    none = await ada.open("/conversations")
    await write(ada, "Goedemorgen @bo", "mentioned")
    await write(bo, "Goedemorgen @ada", "mentioned")
    thanked = await write(bo, "Brood @ada", "mentioned")
    await act(ada, thanked.path, "thank")
    await ada.node.drain()
    return {"no letters yet": none, "/conversations": await ada.open("/conversations")}


async def _kept_back(ada: Browser) -> SeenPage:
    """Both ways to say it stand there: one thing of Bo's, more than can be counted of Cleo's."""
    await ada.node.pool.execute(
        "WITH told AS ("
        " INSERT INTO notifications (owner_id, kind, actor_id, about_id, filtered)"
        " SELECT ada.actor_id, 'follow', actors.id, number, true"
        "   FROM accounts ada, actors, generate_series(1, 100) AS number"
        "  WHERE ada.role = 'owner' AND actors.id <> ada.actor_id"
        "    AND (number = 1 OR actors.domain <> '') RETURNING owner_id, actor_id)"
        " INSERT INTO notification_requests (owner_id, actor_id)"
        " SELECT DISTINCT owner_id, actor_id FROM told"
    )
    page = await ada.open("/settings/notifications")
    assert page.html.count('action="/settings/notifications/kept"') == 2
    return page


async def _second_step_of(node: RunningNode, ada: Browser) -> dict[str, SeenPage]:
    """Every page on the way to a second step, and through it, in a browser that speaks Dutch."""
    here = "/settings/second-step"
    shown = await ada.fill(here, here, {"do": "begin"})
    key = re.search(r'<b class="mono">([A-Z2-7 ]+)</b>', shown.html)
    assert key is not None
    GIVEN.update(re.findall(r"[A-Z]{2,}", key[1]))
    code = TOTP(key[1].replace(" ", "")).now()
    seen = {
        "the key of the second step": shown,
        "a wrong code": await ada.fill(here, here, {"do": "confirm", "code": "0"}),
        "recovery codes": await ada.fill(here, here, {"do": "confirm", "code": code}),
        "with a second step": await ada.open(here),
    }
    GIVEN.update(re.findall(r"[a-z]{2,}", " ".join(_CODES.findall(seen["recovery codes"].text))))
    await node.pool.execute(
        "INSERT INTO passkeys (account_id, credential_id, public_key, sign_count, name, created_at)"
        " SELECT a.id, '', '', 0, 'niemand', now() FROM accounts a"
        " JOIN actors r ON r.id = a.actor_id WHERE r.username = 'ada'"
    )
    await node.pool.execute(
        "INSERT INTO security_notices (account_id, kind, created_at)"
        " SELECT account_id, 'new_sign_in', now() FROM passkeys"
    )
    seen["a passkey"] = await ada.open("/settings/passkeys")
    seen["no passkey"] = await ada.fill(
        "/settings/passkeys", "/settings/passkeys", {"do": "add", "credential": ""}
    )
    seen["sign-in with one"] = await ada.open("/settings/security")
    async with browser(node) as new:
        form = (await new.open("/sign-in")).form("/sign-in/passkey").fields
        seen["nobody’s passkey"] = await new.post("/sign-in/passkey", form, headers=DUTCH)
        await new.sign_in("ada", next="/")
        seen["/sign-in/code"] = await new.open("/sign-in/code", headers=DUTCH)
        wrong = {"code": "0"}
        for _ in range(4):
            seen["a wrong code at the door"] = await new.fill(
                "/sign-in/code", "/sign-in/code", wrong, headers=DUTCH
            )
        seen["wrong too often"] = await new.fill(
            "/sign-in/code", "/sign-in/code", wrong, headers=DUTCH
        )
    return seen


async def _rule_of(node: RunningNode) -> str:
    rule_id = await node.pool.fetchval("SELECT max(id) FROM house_rules")
    return f"/admin/house/rules/{rule_id}"


async def _agreements(ada: Browser) -> SeenPage:
    await ada.fill("/admin/law", "/admin/law/ask", {})
    return await ada.open("/settings/agreements")


async def _terms(ada: Browser) -> SeenPage:
    await ada.fill("/admin/house/terms", "/admin/house/terms", {"source": "Brood"})
    return await ada.open("/terms")


async def _scheduled_of(node: RunningNode) -> str:
    number = await node.pool.fetchval("SELECT min(id) FROM scheduled_posts")
    return f"/scheduled/{number}"


async def _latest_of(node: RunningNode, username: str) -> str:
    row = await node.pool.fetchval(
        "SELECT max(p.id) FROM posts p JOIN actors a ON a.id = p.author_id WHERE a.username = $1"
        " AND p.visibility = 'everyone'",
        username,
    )
    return f"/@{username}/{row}"


async def _person_of(ada: Browser) -> str:
    [*_, found] = re.findall(r"/admin/people/[0-9]+", (await ada.open("/admin/people")).html)
    return found


async def _look_of(node: RunningNode) -> str:
    """Bo asks about a warning, and so does Ada, who asks about another one not."""
    now = datetime.now(UTC)
    async with transaction(node.pool) as tx:
        for name, asks in (("ada", True), ("ada", False), ("bo", True)):
            actor = await find_local_by_name(tx, name)
            assert actor is not None
            await act_on(tx, actor.id, Act.WARN, by=COMMAND_LINE, reason="Brood", now=now)
            [done, *_] = await list_acts_of(tx, actor.id)
            if asks:
                await ask_to_look(tx, actor.id, done.id, "gist", now=now)
    return f"/admin/looks/{done.id}"


async def _reporter(node: RunningNode) -> str:
    named = "SELECT max(reporter_id) FROM reports WHERE resolved_at IS NULL"
    return f"/admin/reporters/{await node.pool.fetchval(named)}"


async def _report_of(ada: Browser) -> str:
    found = re.search(r"/admin/reports/[0-9]+", (await ada.open("/admin/reports")).html)
    assert found is not None
    return found[0]


async def _request_of_an_app(node: RunningNode) -> str:
    return request_of(await registers(node, client_name="Python"))


async def write(writer: Browser, text: str, audience: str, **fields: str) -> SeenPage:
    page = await writer.fill("/write", "/write", {"text": text, "audience": audience, **fields})
    assert page.status == 200, page.text
    return page


async def act(browser: Browser, path: str, what: str, *, at: str = "") -> SeenPage:
    """Press a button of a page; ``at``: as if it stood at another address."""
    form = (await browser.open(path)).form(f"{path}/acts")
    return await browser.post(f"{at or path}/acts", {**form.fields, "do": what})


async def _asking_of(node: RunningNode, ada: Browser) -> dict[str, SeenPage]:
    """Somebody asks to join: every step of it, as they and the stewards see it."""
    ways = {"asking": "1", "text-1": "Brood", "hint-1": "gist", "most_members": "1"}
    settings = await ada.fill("/admin/joining/settings", "/admin/joining/settings", ways)
    await given_ally_with_room(node)
    typed = {"your_name": "Cleo", "email": "cleo@example.example", "answer-1": "Brood"}
    async with browser(node) as cleo:
        form = await cleo.open("/join/ask", headers=DUTCH)
        seen = {"/join/ask": form, "sent": await cleo.open("/join/ask?sent=1", headers=DUTCH)}
        fields = {**form.form("/join/ask").fields, **typed}
        mine = await cleo.post("/join/ask", fields, headers=DUTCH)
        seen["/join/request"] = mine
        key = mine.form("/join/request").fields["key"]
        number = await node.pool.fetchval("SELECT max(id) FROM join_requests")
        here = f"/admin/joining/{number}"
        seen |= {
            "/admin/joining": await ada.open("/admin/joining"),
            "to read": await ada.open(here),
        }
        seen["/admin/joining/{id}"] = await ada.fill(here, here, {"do": "yes", "note": "Brood"})
        seen["decided"] = await ada.open("/admin/joining?all=1")
        for standing in ("in_line", "invited", "lapsed", "declined"):
            if standing != "in_line":
                await node.pool.execute(
                    "UPDATE join_requests SET standing = $1, reason = 'Brood',"
                    " invitation_hash = '', invitation_sealed = $2, invited_until = now()",
                    standing,
                    node.services.joining_post.seal("niemand", number),
                )
            seen[f"mine {standing}"] = await cleo.open(f"/join/request?key={key}", headers=DUTCH)
            seen[f"read {standing}"] = await ada.open(here)
        seen["withdrawn"] = await cleo.post(
            "/join/request", {**mine.form("/join/request").fields, "do": "withdraw"}, headers=DUTCH
        )
        seen["no request"] = await cleo.open("/join/request?key=niemand", headers=DUTCH)
    return {**seen, "/admin/joining/settings": settings}


async def _welcome(ada: Browser) -> dict[str, SeenPage]:
    """Before and after a hello."""
    return {
        "a first visit": await ada.open("/welcome"),
        "/welcome": await ada.fill("/welcome", "/welcome", {"text": "Goedemorgen", "do": "hello"}),
        "/settings/newcomers": await ada.fill(
            "/settings/newcomers", "/settings/newcomers", {"greets": "1"}
        ),
        "/admin/welcomes": await ada.open("/admin/welcomes"),
    }
