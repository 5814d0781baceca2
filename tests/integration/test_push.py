"""Apps that are rung: by a push service on loopback, read with their keys, and when it is over."""

import asyncio
import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import http_ece
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from mastodon import Mastodon

from fedinet.push import jobs
from tests.contract.sent import push_faults
from tests.integration.apps import App, given_app, given_token
from tests.integration.conftest import StartNode

PATH = "/v1/push/subscription"
SCOPES = "read write follow push"


@dataclass
class Service:
    """A push service: keeps what it gets, and answers as told."""

    url: str = ""
    status: int = 201
    delay_s: float = 0.0
    got: list[tuple[str, Any, bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.path, request.headers.copy(), await request.read()))
        await asyncio.sleep(self.delay_s)
        elsewhere = {"Location": f"{self.url}/elsewhere"} if self.status == 302 else {}
        return web.Response(status=self.status, headers=elsewhere)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def ada(start_node: StartNode) -> App:
    return await given_app(await start_node(), "ada", SCOPES)


@dataclass(frozen=True)
class Keys:
    private: ec.EllipticCurvePrivateKey
    given: dict[str, Any]

    def read(self, body: bytes) -> Any:
        auth = self.given["auth"]
        message = json.loads(
            http_ece.decrypt(body, private_key=self.private, auth_secret=auth, version="aes128gcm")
        )
        assert not push_faults(message)
        return message


def given_keys() -> tuple[Keys, dict[str, Any]]:
    secret, public = Mastodon.push_subscription_generate_keys(Mastodon.__new__(Mastodon))
    return Keys(ec.derive_private_key(secret["privkey"], ec.SECP256R1()), secret), public


def wanted(endpoint: str, public: dict[str, Any], **data: Any) -> dict[str, Any]:
    keys = {"p256dh": b64encode(public["pubkey"]).decode()}
    keys["auth"] = b64encode(public["auth"]).decode()
    alerts = dict.fromkeys(("mention", "follow", "favourite"), True)
    return {
        "subscription": {"endpoint": endpoint, "keys": keys, "standard": True},
        "data": {"alerts": alerts, **data},
    }


async def rung(app: App, service: Service) -> list[Any]:
    """Let everything happen, and take what the service got."""
    await app.node.drain()
    got, service.got = service.got, []
    return got


async def test_apps_are_rung_in_both_encodings(ada: App, service: Service) -> None:
    node, bob = ada.node, await given_app(ada.node, "bob")
    await node.pool.execute("UPDATE accounts SET language = 'nl' WHERE id = $1", ada.account_id)
    client = Mastodon(access_token=ada.token, api_base_url=node.origin, version_check_mode="none")
    secret, public = client.push_subscription_generate_keys()
    made = await asyncio.to_thread(
        client.push_subscription_set, f"{service.url}/old", public, mention_events=True
    )
    assert made.policy == "all"
    assert (made.alerts.mention, made.alerts.poll) == (True, False)
    other = App(node, await given_token(node, ada.account_id, SCOPES), ada.account_id, ada.id)
    changed = await asyncio.to_thread(
        client.push_subscription_update, mention_events=True, poll_events=True, policy="follower"
    )
    assert (changed.alerts.poll, changed.policy) == (True, "follower")
    await asyncio.to_thread(client.push_subscription_update, mention_events=True, policy="all")
    assert (await asyncio.to_thread(client.push_subscription)).id == made.id
    keys, theirs = given_keys()
    standard = await other.post(PATH, json=wanted(f"{service.url}/new", theirs))
    instance = await other.get("/v2/instance")
    vapid = instance["configuration"]["vapid"]["public_key"]
    registered = await other.post(
        "/v1/apps", json={"client_name": "A", "redirect_uris": "myapp://done"}
    )
    assert vapid == standard["server_key"] == registered["vapid_key"] != ""
    assert isinstance(standard["id"], int)

    post = await bob.publish("@ada *Bread* is ready")
    got = {path: (headers, body) for path, headers, body in await rung(ada, service)}
    assert set(got) == {"/old", "/new"}
    headers, body = got["/old"]
    old = client.push_subscription_decrypt_push(
        body, secret, headers["Encryption"], headers["Crypto-Key"]
    )
    assert (headers["TTL"], headers["Urgency"]) == ("172800", "normal")
    assert headers["Authorization"].startswith("WebPush ")
    assert old.access_token == ada.token
    headers, body = got["/new"]
    token = headers["Authorization"].removeprefix("vapid t=").partition(",k=")
    assert token[2] == vapid.rstrip("=")
    claims = json.loads(urlsafe_b64decode(token[0].split(".")[1] + "=="))
    assert claims["aud"] == service.url
    new = keys.read(body)
    notified = (await ada.get("/v1/notifications"))[0]
    assert new == {
        "access_token": other.token,
        "preferred_locale": "nl",
        "notification_id": int(notified["id"]),
        "notification_type": "mention",
        "icon": post["account"]["avatar"],
        "title": "Bob heeft je genoemd",
        "body": "@ada Bread is ready",
    }

    for narrow in ({"visibility": "public", "local_only": True}, {"visibility": "direct"}):
        await bob.publish("@ada Only for you", **narrow)
        said = [keys.read(b) for path, _, b in await rung(ada, service) if path == "/new"]
        assert [one["body"] for one in said] == [""]
        assert "Only" not in json.dumps(said)
    assert said[0]["title"] == "Bob heeft je geschreven"


async def test_a_subscription_belongs_to_one_token(ada: App, service: Service) -> None:
    bob = await given_app(ada.node, "bob", SCOPES)
    plain = await given_app(ada.node, "cy", "read write follow")
    _, public = given_keys()
    body = wanted(service.url, public)
    assert await plain.status("POST", PATH, json=body) == 403
    assert await App(ada.node).status("GET", PATH) == 401
    assert {await bob.status(how, PATH) for how in ("GET", "PUT")} == {404}
    for endpoint in ("http://push.example/", "https://10.0.0.1/", f"{ada.node.origin}/inbox", ""):
        assert await ada.status("POST", PATH, json=wanted(endpoint, public)) == 422
    broken = wanted(service.url, public | {"pubkey": b"\x04" + b"\0" * 64})
    assert await ada.status("POST", PATH, json=broken) == 422
    assert await ada.status("POST", PATH, json=wanted(service.url, public, policy="x")) == 422
    for lying in ({"subscription": []}, {"subscription": {"endpoint": {"a": 1}}}, {}):
        assert await ada.status("POST", PATH, json=lying) == 422

    first = await ada.post(PATH, json=body)
    assert (await ada.post(PATH, json=body))["id"] == first["id"]
    assert await ada.get(PATH) == first
    changed = await ada.call(
        "PUT", f"/api{PATH}", data={"data[alerts][poll]": "true", "data[policy]": "followed"}
    )
    assert [word for word, on in changed.body["alerts"].items() if on] == ["poll"]
    assert changed.body["policy"] == "followed"
    assert await bob.status("GET", PATH) == 404
    assert await bob.status("DELETE", PATH) == 200
    assert (await ada.get(PATH))["policy"] == "followed"
    assert await ada.status("DELETE", PATH) == 200
    assert await ada.status("GET", PATH) == 404

    await ada.post(PATH, json=body)
    row = await ada.node.pool.fetchrow("SELECT * FROM push_subscriptions")
    assert row is not None
    assert ada.token.encode() not in row["token_sealed"]
    await bob.publish("@ada Hello")
    await ada.node.pool.execute("UPDATE access_tokens SET revoked_at = now()")
    assert await ada.node.pool.fetchval("SELECT count(*) FROM push_subscriptions") == 0
    assert await rung(ada, service) == []


async def test_nobody_is_rung_for_what_the_list_does_not_show(ada: App, service: Service) -> None:
    bob = await given_app(ada.node, "bob")
    _, public = given_keys()

    async def choose(policy: str) -> None:
        await ada.post(PATH, json=wanted(service.url, public, policy=policy))

    await choose("followed")
    await bob.publish("@ada One")
    assert await rung(ada, service) == []
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    await ada.node.drain()
    await bob.publish("@ada Two")
    assert len(await rung(ada, service)) == 1
    await choose("follower")
    await bob.publish("@ada Three")
    assert await rung(ada, service) == []
    await choose("none")
    await bob.publish("@ada Four")
    assert await rung(ada, service) == []

    await choose("all")
    hidden = {"title": "x", "context": ["notifications"], "filter_action": "hide"}
    await ada.post("/v2/filters", json=hidden | {"keywords_attributes": [{"keyword": "soup"}]})
    await bob.publish("@ada Soup")
    assert await rung(ada, service) == []
    post = await bob.publish("@ada Bread")
    await bob.call("DELETE", f"/api/v1/statuses/{post['id']}")
    assert await rung(ada, service) == []
    await ada.post(f"/v1/accounts/{bob.id}/mute")
    await bob.publish("@ada Cake")
    assert await rung(ada, service) == []
    await ada.post(f"/v1/accounts/{bob.id}/unmute")
    await ada.node.pool.execute("UPDATE node SET paused_at = now()")
    await bob.publish("@ada Late")
    assert await rung(ada, service) == []


async def test_services_that_fail_wait_and_that_refuse_end(
    ada: App, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, pool = await given_app(ada.node, "bob"), ada.node.pool
    _, public = given_keys()
    await ada.post(PATH, json=wanted(service.url, public))
    waits = "SELECT failures FROM push_subscriptions"
    again = "UPDATE jobs SET due_at = now() WHERE kind = 'push'"
    rest = "UPDATE push_subscriptions SET retry_at = now()"

    for count, status in enumerate((503, 429, 302), 1):
        service.status = status
        await bob.publish(f"@ada {status}")
        assert [path for path, _, _ in await rung(ada, service)] == ["/"]
        assert await pool.fetchval(waits) == count
        await pool.execute(again)
        assert await rung(ada, service) == [], "left alone for a while"
        await pool.execute(rest)
    service.status = 201
    await pool.execute(again)
    assert len(await rung(ada, service)) == 3, "nothing was lost"
    assert await pool.fetchval(waits) == 0

    monkeypatch.setattr(jobs, "_TIMEOUT_S", 0.1)
    service.delay_s = 0.3
    await bob.publish("@ada Slow")
    assert await rung(ada, service)
    assert await pool.fetchval(waits) == 1
    service.delay_s = 0.0
    await pool.execute(rest)
    await pool.execute("UPDATE notifications SET created_at = now() - interval '5 hours'")
    await pool.execute(again)
    assert await rung(ada, service) == [], "no longer news"
    assert await pool.fetchval("SELECT count(*) FROM jobs WHERE kind = 'push'") == 0

    await pool.execute("UPDATE push_subscriptions SET failing_since = now() - interval '8 days'")
    service.status = 500
    await bob.publish("@ada Gone for days")
    assert await rung(ada, service)
    assert await ada.status("GET", PATH) == 404
    for endpoint, status in ((service.url, 410), (service.url, 404), ("http://10.1.2.3/", 201)):
        service.status = status
        await ada.post(PATH, json=wanted(service.url, public))
        await pool.execute("UPDATE push_subscriptions SET endpoint = $1", endpoint)
        await bob.publish(f"@ada {status}")
        await rung(ada, service)
        assert await ada.status("GET", PATH) == 404
    await pool.execute(again)
    assert await rung(ada, service) == []
    assert await pool.fetchval("SELECT count(*) FROM jobs WHERE kind = 'push'") == 0
