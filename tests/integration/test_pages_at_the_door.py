"""What every page carries, and how errors reach people, apps and servers."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from fedinet.db.pool import transaction
from fedinet.http import assets
from fedinet.http.tokens import create_token
from fedinet.kernel.errors import (
    DiskFull,
    Forbidden,
    Gone,
    NotFound,
    Overloaded,
    TooManyRequests,
)
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

ACTIVITY = {"Accept": "application/activity+json"}


async def test_pages_run_no_scripts_and_load_nothing_from_elsewhere(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "joris", role="owner")
    async with browser(node) as visitor:
        paths = ("/", "/about", "/sign-in", "/join", "/nothing-here", "/join?code=x")
        pages = [await visitor.open(path) for path in paths]
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        if page.path == "/sign-in":  # passkeys need one: this very file of ours
            assert re.search(r"script-src http\S+/assets/passkeys\.[0-9a-f]+\.js;", policy), policy
            assert page.html.count("<script") == 1
        else:
            assert "script-src 'none'" in policy
            assert "<script" not in page.html
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        for word in ("<style", " style=", " onclick=", "javascript:"):
            assert word not in page.html
        assert 'src="http' not in page.html
        assert page.html.count("<h1") == 1
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Request-Id"]
    assert [page.status for page in pages] == [200, 200, 200, 200, 404, 410]


async def test_what_is_no_page_does_nothing_where_it_is_opened_as_one(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with browser(node) as visitor:
        icon = next(iter(re.findall(r"/assets/icons\.\w+\.svg", (await visitor.open("/")).html)))
        for path, status in (("/community.atom", 200), (icon, 200), ("/api/v1/nothing", 404)):
            answer = await visitor.open(path)
            assert answer.status == status, path
            policy = answer.headers["Content-Security-Policy"]
            assert policy == "default-src 'none'; frame-ancestors 'none'", path
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        page = await visitor.open("/")
        same = await visitor.open("/", headers={"If-None-Match": page.headers["ETag"]})
        assert same.status == 304
        policy = same.headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" not in policy, "the page that is kept would lose its looks"


async def test_our_scripts_run_for_members_and_not_where_keys_are(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "joris", role="owner")
    async with browser(node) as me:
        await me.sign_in("joris")
        for path in ("/", "/write", "/nothing-here"):
            page = await me.open(path)
            [source] = re.findall(
                r"<script type=\"module\" src=\"(/assets/app\.\w+\.js)\">", page.html
            )
            assert f"; script-src {node.origin}/assets/;" in page.headers["Content-Security-Policy"]
        script = await me.open(source)
        for loaded in re.findall(r"/assets/\w+\.[0-9a-f]{16}\.js", script.html):
            found = await me.open(loaded)
            assert (found.status, "immutable" in found.headers["Cache-Control"]) == (200, True)
        for path in ("/settings", "/settings/security", "/admin"):
            page = await me.open(path)
            assert "script-src 'none'" in page.headers["Content-Security-Policy"], path
            assert "<script" not in page.html


def test_our_scripts_are_small_and_write_no_markup() -> None:
    """Counted as they are sent, packed and without remarks: what they cost who reads pages.

    No page loads worker.js, which is there once, where the community is installed.
    """
    folder = Path(assets.__file__).parent / "static"
    words = {path.name: path.read_text() for path in folder.glob("*.js")}
    served = assets.Assets()
    sent = {name: len(one.packed) for name in words if (one := served.find(served.url(name)))}
    assert sent.keys() == words.keys() and all(sent.values())
    assert sent.pop("worker.js") < 600
    assert sum(sent.values()) < 12_000
    for name, text in words.items():
        for word in ("eval(", "new Function", "innerHTML", "insertAdjacentHTML", "document.write"):
            assert word not in text, (name, word)
        assert "http" not in text, f"{name} loads nothing from elsewhere"


async def test_visitors_get_no_cookie_before_a_form(start_node: StartNode) -> None:
    node = await start_node()
    async with browser(node) as visitor:
        for path in ("/", "/about", "/nothing-here"):
            page = await visitor.open(path)
            assert "Set-Cookie" not in page.headers, path
        await visitor.open("/sign-in")
        assert visitor.cookie("visitor") is not None


async def test_what_is_for_a_member_is_kept_by_nobody(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for path in ("/", "/settings", "/settings/security", "/nothing-here"):
            assert (await ada.open(path)).headers["Cache-Control"] == "no-store"


async def test_pages_travel_packed_where_nobody_can_measure_them(start_node: StartNode) -> None:
    """What another site makes a member's browser ask for is not packed: see ``packing.py``."""
    node = await start_node()
    await given_account(node, "ada")
    gzip = {"Accept-Encoding": "gzip, br"}
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        for reader, asked_by, coding in (
            (visitor, "cross-site", "gzip"),
            (ada, "same-origin", "gzip"),
            (ada, "none", "gzip"),
            (ada, "cross-site", None),
            (ada, "same-site", None),
            (ada, "", None),
        ):
            page = await reader.open("/about", headers={**gzip, "Sec-Fetch-Site": asked_by})
            assert page.headers.get("Content-Encoding") == coding, (reader, asked_by)
            assert "Accept-Encoding" in page.headers["Vary"]
            assert "<h1" in page.html
        plain = await visitor.open("/about", headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in plain.headers


async def test_a_visitor_is_not_sent_again_what_they_have(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        known = {"If-None-Match": (await visitor.open("/about")).headers["ETag"]}
        same = await visitor.open("/about", headers=known)
        assert (same.status, same.html) == (304, "")
        assert same.headers["Vary"] == "Accept-Language, Cookie, Accept-Encoding"
        assert (await visitor.open("/", headers=known)).status == 200
        mine = await ada.open("/about", headers=known)
        assert (mine.status, "ETag" in mine.headers) == (200, False)


async def test_a_community_can_be_installed_and_says_what_is_not_for_machines(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with node.http.get("/") as got:
        assert '<link rel="manifest" href="/manifest.webmanifest">' in await got.text()
    async with node.http.get("/manifest.webmanifest") as got:
        assert got.content_type == "application/manifest+json"
        said = await got.json(content_type=None)
    assert (said["name"], said["start_url"], said["display"]) == (
        "Test community",
        "/",
        "standalone",
    )
    assert said["theme_color"] == "#005a5f"
    assert {icon.get("purpose") for icon in said["icons"]} == {None, "maskable"}
    for icon in said["icons"]:
        async with node.http.get(icon["src"]) as got:
            assert (got.status, got.content_type) == (200, icon["type"])
    shared = {"title": "t", "text": "Bread", "url": "https://a.example/"}
    async with node.http.get("/share", params=shared, allow_redirects=False) as got:
        assert got.headers["Location"] == "/write?text=t+Bread+https%3A%2F%2Fa.example%2F"
    async with node.http.get("/robots.txt") as got:
        lines = (await got.text()).splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /settings" in lines and "Disallow: /" not in lines


async def test_only_members_who_chose_it_are_shown_to_visitors(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "joris", role="owner")
    await given_account(node, "shown")
    await given_account(node, "hidden")
    await given_account(node, "talks")
    await node.pool.execute(
        "UPDATE actors SET discoverable = true, summary_html = CASE username"
        " WHEN 'talks' THEN '<p>Bakes <b>bread</b></p><p>And more</p>' ELSE '' END"
        " WHERE username IN ('shown', 'talks')"
    )
    for name in ("shown", "hidden"):
        async with browser(node) as writer:
            await writer.sign_in(name)
            fields = {"audience": "everyone", "text": f"By {name}"}
            await writer.fill("/write", "/write", fields)
            if name == "hidden":
                first = await node.pool.fetchval("SELECT min(id) FROM posts")
                await writer.fill(f"/@shown/{first}", "/write", {"text": "Well said"})
    async with browser(node) as visitor:
        front, about = await visitor.open("/"), await visitor.open("/about")
    assert "replied" not in front.text, "nor are those who answer named"
    assert "By shown" in front.text, "what they write to everyone stands there, too"
    assert "@shown" in front.text, "by their name, where they say nothing of themselves"
    assert "Bakes bread" in front.text and "@talks" not in front.text
    assert "hidden" not in front.text.lower()
    assert "hidden" not in about.text.lower()
    assert "Joris" in about.text
    assert "A community of 4 people" in front.text


async def test_errors_speak_to_each_reader_in_its_own_form(start_node: StartNode) -> None:
    node = await start_node()
    async with node.http.get("/api/v1/nothing") as got:
        assert (got.status, await got.json()) == (404, {"error": "Record not found"})
        assert got.headers["Access-Control-Allow-Origin"] == "*"
    async with node.http.get("/users/a/b/c", headers=ACTIVITY) as got:
        assert (got.status, got.content_type) == (404, "application/problem+json")
        assert "Signature" in got.headers["Vary"]
    async with node.http.get("/users/a/b/c", headers={"Accept": "text/html"}) as got:
        assert (got.status, got.content_type) == (404, "text/html")
    async with node.http.put("/sign-in") as got:
        assert got.status == 403  # no form token, whatever the method
    async with node.http.get("/sign-out") as got:
        assert (got.status, got.headers["Allow"]) == (405, "POST")


async def test_an_app_is_known_by_its_token_on_the_api_alone(start_node: StartNode) -> None:
    node = await start_node()
    account_id, _ = await given_account(node, "ada")
    async with transaction(node.pool) as tx:
        token = await create_token(tx, account_id, ["read"], "An app")
    given = {"Authorization": f"Bearer {token}"}
    async with node.http.get("/settings", headers=given, allow_redirects=False) as got:
        assert got.status == 303
    for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
        async with node.http.get("/api/v1/nothing", headers=headers) as got:
            answer = await got.json()
            assert (got.status, answer) == (401, {"error": "The access token is invalid"})
    async with node.http.get("/api/v1/nothing", headers=given) as got:
        assert got.status == 404
    async with node.http.get(f"/api/v1/nothing?access_token={token}") as got:
        assert got.status == 404
    await node.pool.execute("UPDATE access_tokens SET revoked_at = now()")
    async with node.http.post("/api/v1/nothing", data={"access_token": token}) as got:
        assert got.status == 401


async def test_a_loopback_node_answers_under_its_own_name_only(start_node: StartNode) -> None:
    node = await start_node()
    for host in ("evil.example", "localhost", "127.0.0.1"):
        async with node.http.get("/", headers={"Host": host}) as got:
            assert got.status == 421, host
    async with node.http.get("/health", headers={"Host": "127.0.0.1"}) as got:
        assert got.status == 200


async def test_a_browser_app_may_ask_before_it_calls(start_node: StartNode) -> None:
    node = await start_node()
    asked = {"Origin": "https://elk.example", "Access-Control-Request-Method": "POST"}
    async with node.http.options("/api/v1/statuses", headers=asked) as got:
        assert got.status == 204
        assert "Idempotency-Key" in got.headers["Access-Control-Allow-Headers"]
    async with node.http.options("/settings", headers=asked) as got:
        assert "Access-Control-Allow-Origin" not in got.headers


async def test_assets_are_named_by_content_and_kept_for_good(start_node: StartNode) -> None:
    node = await start_node()
    async with browser(node) as visitor:
        page = await visitor.open("/")
    links = [part for part in page.html.split('"') if part.startswith("/assets/")]
    assert any(link.endswith("hue-200.css") for link in links)
    for link in {link.partition("#")[0] for link in links}:
        async with node.http.get(link) as got:
            assert got.status == 200, link
            assert "immutable" in got.headers["Cache-Control"]
    async with ClientSession(node.origin, auto_decompress=False) as raw:
        css = next(link for link in links if "fedinet." in link)
        async with raw.get(css, headers={"Accept-Encoding": "gzip"}) as got:
            assert got.headers["Content-Encoding"] == "gzip"
            packed = await got.read()
        async with raw.get(css, headers={"Accept-Encoding": "identity"}) as got:
            assert "Content-Encoding" not in got.headers
            assert len(packed) < len(await got.read()) / 3
    for wrong in ("/assets/hue-360.css", "/assets/fedinet.css", "/assets/..%2fpages.py"):
        async with node.http.get(wrong) as got:
            assert got.status == 404


async def test_hostile_forms_get_a_plain_answer(start_node: StartNode) -> None:
    node = await start_node()
    async with browser(node) as visitor:
        token = (await visitor.open("/sign-in")).form("/sign-in").fields["csrf"]
        signs = {"X-CSRF-Token": token}
        bodies: list[tuple[bytes, str]] = [
            (b"login=%00&password=x", "application/x-www-form-urlencoded"),
            (b"login[a][b][c][d][e][f][g]=1", "application/x-www-form-urlencoded"),
            (b"&".join(b"a%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded"),
            (b"login[]=1&login[]=2", "application/x-www-form-urlencoded"),
            (b"login=\xff\xfe", "application/x-www-form-urlencoded"),
            (b"--x\r\nContent-Disposition: form", "multipart/form-data; boundary=x"),
            (b"no parts", "multipart/form-data"),
            (b'{"login": ["a"]}', "application/json"),
            (b"[1, 2", "application/json"),
            (b'{"login":' + b"[" * 5000, "application/json"),
            (b"x=1", "application/x-www-form-urlencoded; charset=nonsense"),
        ]
        for body, kind in bodies:
            headers = {**signs, "Content-Type": kind}
            async with visitor.http.post("/sign-in", data=body, headers=headers) as got:
                assert got.status in (400, 413, 415, 422), (got.status, body[:40])
        big = BytesIO(b"login=" + b"a" * (2 * 1024 * 1024))
        headers = {**signs, "Content-Type": "application/x-www-form-urlencoded"}
        async with visitor.http.post("/sign-in", data=big, headers=headers) as got:
            assert got.status == 413


async def test_names_are_shown_as_text_everywhere(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "joris", role="owner")
    evil = '"><script>alert(1)</script>%(x)s{{7*7}}'
    await node.pool.execute("UPDATE node SET name = $1, purpose = $1", evil)
    await node.pool.execute("UPDATE actors SET name = $1, discoverable = true", evil)
    async with browser(node) as joris:
        await joris.sign_in("joris")
        for path in ("/", "/about", "/settings", "/settings/community", "/nothing-here"):
            page = await joris.open(path)
            assert "<script>alert" not in page.html, path
            assert evil in page.text or evil in str(page.forms), path


async def test_an_error_says_what_happened_and_what_to_do_next(
    start_node: StartNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await start_node()
    await given_account(node, "ada")

    async def goes_wrong(request: web.Request) -> None:
        raise WRONG[request.query["e"]]

    monkeypatch.setattr("fedinet.charter.web.facts_of", goes_wrong)
    async with browser(node) as ada, browser(node) as nobody:
        await ada.sign_in("ada")
        for who, place in ((ada, 0), (nobody, 1)):
            for code, (status, english, dutch, *next_) in SAID.items():
                for language, words in (("en", english), ("nl", dutch)):
                    await node.pool.execute("UPDATE accounts SET language = $1", language)
                    page = await who.open(
                        "/privacy", params={"e": code}, headers={"Accept-Language": language}
                    )
                    title = words if code != "403" or who is ada else VISITED[language]
                    assert (page.status, title in page.html) == (status, True), (code, title)
                    assert page.html.count("<h1") == 1 and 'class="masthead"' in page.html
                    assert next_[place].replace("HERE", f"/privacy?e={code}") in page.html
        await node.pool.execute("UPDATE accounts SET language = 'en'")
        full = (await ada.open("/privacy?e=507")).text
        assert "You can go on" not in full and "Try again" not in full

        forged = await ada.post("/settings", {"csrf": "x"})
        assert (forged.status, "open for too long" in forged.text) == (403, True)
        assert '<a class="btn btn--tone" href="/settings">Open the page again' in forged.html
        form = (await ada.open("/settings")).form("/settings").fields
        await node.pool.execute("DELETE FROM sessions")
        ended = await ada.post("/settings", form)
        assert "Please sign in again" in ended.text and "were signed out" in ended.text
        assert '<a class="btn btn--tone" href="/sign-in?next=/settings">' in ended.html


WRONG: dict[str, Exception] = {
    "403": Forbidden("x"),
    "404": NotFound("x"),
    "410": Gone("x"),
    "429": TooManyRequests("x", retry_after_s=100),
    "500": KeyError("x"),
    "503": Overloaded("x"),
    "507": DiskFull("x"),
}
HOME, AGAIN = '<a class="btn btn--tone" href="/">', '<a class="btn btn--tone" href="HERE">'
DOOR = '<a class="btn btn--tone" href="/sign-in?next=/privacy%3Fe%3D'
SAID = {
    "403": (403, "That is not yours to do", "Dit is niet aan jou", HOME, DOOR),
    "404": (404, "There’s nothing at this address", "Er is niets op dit adres", HOME, DOOR),
    "410": (410, "This was deleted", "Dit is verwijderd", HOME, HOME),
    "429": (429, "quicker than we can follow", "sneller dan we", AGAIN, AGAIN),
    "500": (500, "Something broke here", "Hier ging iets stuk", AGAIN, AGAIN),
    "503": (503, "Not possible right now", "Dit kan nu niet", AGAIN, AGAIN),
    "507": (503, "The server’s disk is full", "De schijf van de server", HOME, HOME),
}
"""Of each: the status, what a page says in two languages, and the next step of a member and a
visitor."""
VISITED = {"en": "This is for members", "nl": "Dit is voor leden"}


async def test_what_nobody_expected_is_a_page_with_a_number_to_name(start_node: StartNode) -> None:
    node = await start_node()
    await node.pool.execute("ALTER TABLE accounts RENAME TO elsewhere")
    async with browser(node) as visitor:
        page = await visitor.open("/about")
    assert page.status == 500
    assert page.headers["X-Request-Id"] in page.text
    assert "accounts" not in page.text
