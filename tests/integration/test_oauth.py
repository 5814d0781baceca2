"""An app is let in, or not, through the very addresses that apps and browsers use."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from mastodon import Mastodon

from tests.integration.apps import App
from tests.integration.browser import PASSWORD, Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

OOB = "urn:ietf:wg:oauth:2.0:oob"
BACK = "https://app.example/back?x=1"
VERIFIER = "v" * 60
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@dataclass
class Registered:
    """An app that a node knows."""

    node: RunningNode
    id: str
    secret: str

    async def exchange(self, **fields: str) -> tuple[int, Any]:
        given = {"client_id": self.id, "client_secret": self.secret, "redirect_uri": BACK}
        data = {"grant_type": "authorization_code", **given, **fields}
        async with self.node.http.post("/oauth/token", data=data) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, await answer.json()


async def registers(node: RunningNode, **changes: object) -> Registered:
    app = {"client_name": "Hark", "redirect_uris": [BACK, OOB], "scopes": "read write", **changes}
    made = await App(node).post("/v1/apps", json=app)
    return Registered(node, made["client_id"], made["client_secret"])


def request_of(app: Registered, **changes: str) -> str:
    asked = {"response_type": "code", "client_id": app.id, "redirect_uri": BACK, "scope": "read"}
    return f"/oauth/authorize?{urlencode({**asked, **changes})}"


async def agrees(me: Browser, path: str, **fields: str) -> dict[str, str]:
    """Open the consent page, answer, and read what the app is told."""
    page = await me.open(path)
    assert page.status == 200, page.text
    form = page.form("/oauth/authorize")
    answered = {**form.fields, "do": "allow", **fields}
    async with me.http.post("/oauth/authorize", data=answered, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return {key: value[0] for key, value in parse_qs(_query(answer.headers)).items()}


def _query(headers: Any) -> str:
    return urlsplit(headers["Location"]).query


async def test_a_member_lets_an_app_in_and_takes_it_back(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    app = await registers(node)
    async with browser(node) as me:
        page = await me.open(request_of(app))
        assert page.path == "/sign-in"  # and leads back after it
        page = await me.fill(
            request_of(app), "/sign-in", {"login": "ada", "password": "een zin die niemand raadt"}
        )
        assert page.path == "/oauth/authorize"
        assert "Hark" in page.text
        assert "app.example" in page.text
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert "form-action 'self' https://app.example;" in page.headers["Content-Security-Policy"]

        no = await agrees(me, request_of(app, state="s"), do="deny")
        assert no == {"x": "1", "error": "access_denied", "state": "s", "iss": node.origin}

        asked = request_of(app, state="s&t", code_challenge=CHALLENGE, code_challenge_method="S256")
        yes = await agrees(me, asked)
        assert (yes["state"], yes["iss"], yes["x"]) == ("s&t", node.origin, "1")
        other = await registers(node)
        for wrong in (
            {"code_verifier": "w" * 60},
            {},  # PKCE left out on the way
            {"code_verifier": VERIFIER, "redirect_uri": "https://app.example/back"},
            {"code_verifier": VERIFIER, "client_id": other.id, "client_secret": other.secret},
        ):
            status, body = await app.exchange(code=yes["code"], **wrong)
            assert (status, body["error"]) == (400, "invalid_grant"), wrong
        status, body = await app.exchange(
            code=yes["code"], code_verifier=VERIFIER, client_secret="guess"
        )
        assert (status, body["error"]) == (401, "invalid_client")
        status, body = await app.exchange(code=yes["code"], code_verifier=VERIFIER)
        assert status == 200
        assert (body["token_type"], body["scope"]) == ("Bearer", "read")
        ada = App(node, body["access_token"])
        assert (await ada.get("/v1/accounts/verify_credentials"))["acct"] == "ada"
        assert (await ada.get("/v1/apps/verify_credentials/"))["name"] == "Hark"
        assert await ada.status("POST", "/v1/statuses", data={"status": "No"}) == 403
        by_address = f"/v1/accounts/verify_credentials?access_token={ada.token}"
        assert await App(node).status("GET", by_address) == 401

        await _is_seen_by_its_own_app_alone(app, other, ada)

        # stolen: the second time ends what the first time gave
        status, body = await app.exchange(code=yes["code"], code_verifier=VERIFIER)
        assert (status, body["error"]) == (400, "invalid_grant")
        assert await ada.status("GET", "/v1/accounts/verify_credentials") == 401

        settings = await _settles_down(me, app)
        assert "Hark" in settings


async def _is_seen_by_its_own_app_alone(app: Registered, other: Registered, ada: App) -> None:
    http, data = app.node.http, {"token": ada.token}
    for one, active in ((app, True), (other, False)):
        basic = b64encode(f"{one.id}:{one.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        async with http.post("/oauth/introspect", data=data, headers=headers) as answer:
            assert (await answer.json())["active"] is active
    async with http.post("/oauth/introspect", data=data) as answer:
        assert answer.status == 401
    me = await ada.call("GET", "/oauth/userinfo")
    assert me.body["sub"] == f"{app.node.origin}/users/ada"


async def _settles_down(me: Browser, app: Registered) -> str:
    """A second token, taken back by the member, and a third by the app itself."""
    node = app.node
    yes = await agrees(me, request_of(app))
    _, body = await app.exchange(code=yes["code"])
    page = await me.open("/settings/security")
    ended = await me.post("/settings/tokens", page.form("/settings/tokens").fields)
    assert ended.status == 200
    assert await App(node, body["access_token"]).status("GET", "/v1/preferences") == 401
    yes = await agrees(me, request_of(app))
    _, body = await app.exchange(code=yes["code"])
    given = {"client_id": app.id, "client_secret": app.secret, "token": body["access_token"]}
    other = await registers(node)
    theirs = {**given, "client_id": other.id, "client_secret": other.secret}
    async with node.http.post("/oauth/revoke", data=theirs) as answer:
        assert answer.status == 200
    assert await App(node, body["access_token"]).status("GET", "/v1/preferences") == 200
    async with node.http.post("/oauth/revoke", data=given) as answer:
        assert answer.status == 200
    assert await App(node, body["access_token"]).status("GET", "/v1/preferences") == 401
    return page.text


async def test_what_is_asked_wrongly_leads_nowhere(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    app = await registers(node)
    async with browser(node) as me:
        await me.sign_in("ada")
        for changes in (
            {"redirect_uri": "https://evil.example/"},
            {"redirect_uri": "https://app.example/back"},
            {"client_id": "nobody"},
            {"client_id": "no\0body"},
            {"client_id": f"{node.origin}/users/ada"},
        ):
            page = await me.open(request_of(app, **changes), allow_redirects=False)
            assert page.status == 400, changes
        for changes, error in (
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": "read follow"}, "invalid_scope"),
            ({"scope": "everything"}, "invalid_scope"),
            ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
        ):
            async with me.http.get(request_of(app, **changes), allow_redirects=False) as answer:
                assert answer.headers["Location"].startswith("https://app.example/back?x=1&")
                assert parse_qs(_query(answer.headers))["error"] == [error]
        form = (await me.open(request_of(app))).form("/oauth/authorize").fields
        forged = {**form, "csrf": "x.y", "do": "allow"}
        assert (await me.post("/oauth/authorize", forged)).status == 403
        elsewhere = {**form, "do": "allow", "redirect_uri": "https://evil.example/"}
        assert (await me.post("/oauth/authorize", elsewhere)).status == 400
        wider = {**form, "do": "allow", "scope": "read follow"}
        async with me.http.post("/oauth/authorize", data=wider, allow_redirects=False) as answer:
            assert parse_qs(_query(answer.headers))["error"] == ["invalid_scope"]
    for bad in ("javascript:alert(1)", "http://app.example/", "data:text/html,x"):
        fields = {"client_name": "X", "redirect_uris": bad}
        assert await App(node).status("POST", "/v1/apps", data=fields) == 422


async def test_a_stewards_desk_is_asked_for_again(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "bob")
    await given_account(node, "cleo", role="moderator")
    app = await registers(node, scopes="read admin:read admin:write")
    asked = request_of(app, scope="read admin:read admin:write")
    for name, ticked, expected in (
        ("ada", {}, "read"),
        ("ada", {"desk": "1"}, "read admin:read admin:write"),
        ("bob", {"desk": "1"}, "read"),
        ("cleo", {"desk": "1"}, "read admin:read admin:write:accounts admin:write:reports"),
    ):
        async with browser(node) as me:
            await me.sign_in(name)
            yes = await agrees(me, asked, **ticked)
        _, body = await app.exchange(code=yes["code"])
        assert body["scope"] == expected
    async with browser(node) as me:
        await me.sign_in("ada")
        form = (await me.open(asked)).form("/oauth/authorize").fields
        await node.pool.execute("UPDATE sessions SET verified_at = NULL")
        page = await me.post("/oauth/authorize", {**form, "do": "allow", "desk": "1"})
        assert page.path == "/settings/again"
        fields = {**page.form("/settings/again").fields, "current_password": PASSWORD}
        back = await me.post("/settings/again", fields)
        assert back.form("/oauth/authorize").fields["scope"] == form["scope"]


async def test_apps_without_a_secret_use_pkce(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    registration = {
        "client_name": "Page",
        "redirect_uris": ["http://127.0.0.1/back"],
        "token_endpoint_auth_method": "none",
        "scope": "read",
    }
    async with node.http.post("/oauth/register", json=registration) as answer:
        assert answer.status == 201
        made = await answer.json()
    assert "client_secret" not in made
    async with foreign_server() as elsewhere, browser(node) as me:
        await me.sign_in("ada")
        back = "http://127.0.0.1:4567/back"
        await _goes_the_pkce_way(me, made["client_id"], back)
        client_id = _describes_itself(elsewhere)
        await _goes_the_pkce_way(me, client_id, f"{elsewhere.origin}/back")
    async with node.http.get("/.well-known/oauth-authorization-server") as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert (await answer.json())["code_challenge_methods_supported"] == ["S256"]


def _describes_itself(elsewhere: ForeignServer) -> str:
    uri = f"{elsewhere.origin}/client"
    document = {"id": uri, "type": "Application", "redirectURI": f"{elsewhere.origin}/back"}
    return elsewhere.serve("/client", document)


async def _goes_the_pkce_way(me: Browser, client_id: str, back: str) -> None:
    app = Registered(me.node, client_id, "")
    without = await me.http.get(request_of(app, redirect_uri=back), allow_redirects=False)
    assert parse_qs(_query(without.headers))["error"] == ["invalid_request"]
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    yes = await agrees(me, request_of(app, redirect_uri=back, **pkce))
    status, body = await app.exchange(code=yes["code"], code_verifier=VERIFIER, redirect_uri=back)
    assert (status, body.get("scope")) == (200, "read")


async def test_an_app_by_itself_sees_what_visitors_see(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    app = await registers(node)
    status, body = await app.exchange(grant_type="client_credentials", scope="read")
    assert status == 200
    alone = App(node, body["access_token"])
    assert (await alone.get("/v1/apps/verify_credentials"))["name"] == "Hark"
    assert await alone.status("GET", "/v1/accounts/verify_credentials") == 401
    assert await alone.status("GET", "/v1/timelines/public?local=true") == 200


async def test_mastodon_py_signs_in_with_a_browser(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    client_id, secret = await asyncio.to_thread(
        Mastodon.create_app,
        "Tusky",
        api_base_url=node.origin,
        scopes=["read", "write", "follow", "push"],
    )

    def client(**more: Any) -> Any:
        return Mastodon(client_id=client_id, client_secret=secret, api_base_url=node.origin, **more)

    masto = await asyncio.to_thread(client)
    scopes = ["read", "write", "follow", "push"]
    url = await asyncio.to_thread(masto.auth_request_url, scopes=scopes, allow_http=True)
    async with browser(node) as me:
        await me.sign_in("ada")
        code = await copied_code(me, url.removeprefix(node.origin))
    token = await asyncio.to_thread(masto.log_in, code=code, scopes=scopes, allow_http=True)
    signed_in = await asyncio.to_thread(client, access_token=token)
    assert (await asyncio.to_thread(signed_in.me)).acct == "ada"
    await asyncio.to_thread(signed_in.revoke_access_token, allow_http=True)
    assert await App(node, token).status("GET", "/v1/preferences") == 401


async def copied_code(me: Browser, path: str) -> str:
    page = await me.open(path)
    form = page.form("/oauth/authorize")
    shown = await me.post("/oauth/authorize", {**form.fields, "do": "allow"})
    assert shown.headers["Cache-Control"] == "no-store"
    found: str = shown.html.partition('id="code" name="code" value="')[2].partition('"')[0]
    assert len(found) > 20
    return found


async def test_an_app_may_ask_for_another_member_than_who_is_signed_in(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "bo")
    app = await registers(node)
    async with browser(node) as me:
        await me.sign_in("ada")
        asked = request_of(app, force_login="true", prompt="select_account", state="a b&c")
        page = await me.open(asked)
        assert (page.path, "signed in as Ada" in page.text) == ("/sign-in", True)
        there = page.form("/sign-in").fields["next"]
        assert "force_login" not in there
        assert "prompt" not in there
        before = me.cookie("session")
        page = await me.fill(asked, "/sign-in", {"login": "bo", "password": PASSWORD})
        assert (page.path, "Bo" in page.text) == ("/oauth/authorize", True)
        assert page.form("/oauth/authorize").fields["state"] == "a b&c"
        assert await node.pool.fetchval("SELECT count(*) FROM sessions") == 1
        assert me.cookie("session") != before
        assert (await me.open(request_of(app, force_login="false"))).path == "/oauth/authorize"
    async with browser(node) as nobody:  # asked once, not twice
        page = await nobody.fill(asked, "/sign-in", {"login": "ada", "password": PASSWORD})
        assert page.path == "/oauth/authorize"
