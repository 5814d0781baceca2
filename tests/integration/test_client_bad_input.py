"""What broken, curious and hostile apps send, and the answer: it says so, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import pytest_asyncio

from fedinet.http.tokens import revoke_tokens
from tests.contract.bundle import bundle
from tests.integration.apps import App, given_app, given_token
from tests.integration.conftest import StartNode

INVALID = {"error": "The access token is invalid"}
OUTSIDE = {"error": "This action is outside the authorized scopes"}
NOT_FOUND = {"error": "Record not found"}

_NAMED: Final = {"tag": "bread", "key": "follow-1", "name": "x"}
"""What stands in an address that has no id."""
_STREAMS: Final = "/api/v1/streaming"
"""Whoever is let in stays there. ``test_streaming`` opens them."""


def _address(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: _NAMED.get(found[1], "1"), path)


def _scoped() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each operation that asks for a scope, and which will do, as the document has them."""
    for path, methods in bundle()["paths"].items():
        for method, operation in methods.items():
            scopes = [scope for one in operation["security"] for scope in one.get("member", ())]
            if scopes and not path.startswith(_STREAMS):
                yield method.upper(), _address(path), frozenset(scopes)


SCOPED: Final = tuple(_scoped())
OPEN: Final = tuple(
    _address(path)
    for path, methods in bundle()["paths"].items()
    if "get" in methods and not methods["get"]["security"]
)


@pytest.fixture
async def ada(start_node: StartNode) -> App:
    return await given_ada(start_node)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def refused(start_for_all: StartNode) -> App:
    """Ada, of whom nothing that is asked here is done."""
    return await given_ada(start_for_all)


async def given_ada(start: StartNode) -> App:
    app = await given_app(await start(), "ada")
    await app.node.pool.execute("UPDATE accounts SET email = 'ada@home.example'")
    return app


async def test_each_route_asks_for_its_scope(ada: App) -> None:
    every = frozenset[str]().union(*(scopes for _, _, scopes in SCOPED))
    await ada.node.pool.execute("UPDATE accounts SET role = 'owner'")
    tokens: dict[frozenset[str], App] = {}
    for method, path, scopes in SCOPED:
        others = every - {
            one for one in every for scope in scopes if f"{scope}:".startswith(f"{one}:")
        }
        for held in (others, scopes):
            if held not in tokens:
                token = await given_token(ada.node, ada.account_id, " ".join(sorted(held)))
                tokens[held] = App(ada.node, token)
        answer = await tokens[others].call(method, path)
        assert (answer.status, answer.body) == (403, OUTSIDE), (method, path)
        answer = await tokens[scopes].call(method, path)
        assert answer.status not in (401, 403, 405, 500), (method, path)


async def test_dead_and_foreign_tokens_open_nothing(ada: App) -> None:
    await revoke_tokens(ada.node.pool, ada.account_id)  # pyright: ignore[reportArgumentType]
    for token in (ada.token, "x", "é", "x" * 5000, "a b"):
        dead = App(ada.node, token)
        for path in ("/api/v1/timelines/home", "/api/v1/timelines/public?local=1"):
            answer = await dead.call("GET", path)
            assert (answer.status, answer.body) == (401, INVALID)
    visitor = App(ada.node)
    for method, path, _ in SCOPED:
        answer = await visitor.call(method, path)
        assert answer.status in (200, 401, 404), (method, path)
        assert answer.status != 401 or answer.body == INVALID, path
    for path in OPEN:
        async with ada.node.http.get(path) as opened:
            assert opened.status in (200, 400, 404), path


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": ""},
        {"status": "   \n"},
        {"status": "x" * 5001},
        {"status": "Hi", "spoiler_text": "x" * 501},
        {"status": ["Hi"]},
        {"status": {"a": "b"}},
        {"status": "Hi", "visibility": "everybody"},
        {"status": "Hi", "visibility": ["public"]},
        {"status": "Hi", "visibility": "direct", "local_only": True},
        {"status": "Hi", "in_reply_to_id": "abc"},
        {"status": "Hi", "in_reply_to_id": "1"},
        {"status": "Hi", "in_reply_to_id": "-1"},
        {"status": "Hi", "in_reply_to_id": "9" * 19},
        {"status": "Hi", "in_reply_to_id": "9" * 40},
        {"status": "Hi", "language": "not a language"},
        {"status": "Hi", "media_ids": ["1"]},
        {"status": "Hi", "poll": {"options": ["a", "b"], "expires_in": 60}},
        {"status": "Hi", "scheduled_at": "soon"},
        {"status": "Hi", "scheduled_at": ["2030-01-01"]},
        {"status": "Hi", "scheduled_at": "9999-12-31T23:59:59-23:00"},
        {"status": "Hi", "scheduled_at": "2099-01-01T00:00:00Z"},
        {"status": "", "scheduled_at": "2030-01-01T00:00:00Z"},
        {"status": "Hi", "scheduled_at": "2030-01-01T00:00:00Z", "in_reply_to_id": "1"},
        {"status": "Hi", "scheduled_at": "2030-01-01T00:00:00Z", "media_ids": ["1"]},
        {"status": "Hi", "quoted_status_id": "1"},
    ],
)
async def test_a_post_that_cannot_be_is_refused_in_words(
    refused: App, fields: dict[str, Any]
) -> None:
    answer = await refused.call("POST", "/api/v1/statuses", json=fields)
    assert answer.status == 422
    assert answer.body["error"]
    assert await refused.node.pool.fetchval("SELECT count(*) FROM posts") == 0


async def test_bodies_that_are_not_what_they_say_are_refused(ada: App) -> None:
    headers = {"Content-Type": "application/json"}
    for raw in (b"{", b"[]", b'"x"', b"\xff", b'{"status": "a\\u0000b"}', b"[" * 5000):
        answer = await ada.call("POST", "/api/v1/statuses", data=raw, headers=headers)
        assert answer.status in (400, 422), raw[:20]
        assert answer.body["error"]
    for fields in ({"status": "a\0b"}, {"status": "Hi", "spoiler_text": "\0"}):
        answer = await ada.call("POST", "/api/v1/statuses", data=fields)
        assert answer.status == 400
    key = {"Idempotency-Key": "x" * 300}
    assert await ada.status("POST", "/v1/statuses", json={"status": "Hi"}, headers=key) == 422


@pytest.mark.parametrize(
    "path",
    [
        "v1/timelines/home",
        "v1/timelines/public",
        "v1/timelines/tag/bread",
        "v1/notifications",
        "v2/notifications",
        "v1/notifications/requests",
        "v1/favourites",
        "v1/bookmarks",
        "v1/conversations",
        "v1/blocks",
        "v1/mutes",
        "v1/domain_blocks",
        "v1/follow_requests",
    ],
)
async def test_pages_that_cannot_be_are_refused(refused: App, path: str) -> None:
    for query in ("limit=-1", "limit=x", "max_id=x", "min_id=%00", "since_id=" + "9" * 30):
        answer = await refused.call("GET", f"/api/{path}?{query}")
        assert (answer.status, "error" in answer.body) == (400, True), query
    for query in ("limit=999999", "limit=0", "max_id=9&min_id=3", "max_id=1", "limit=&max_id="):
        assert await refused.status("GET", f"/{path}?{query}") == 200, query


async def test_ids_that_name_nothing_are_not_found(ada: App) -> None:
    for odd in ("1", "0", "9" * 18, "9" * 40, "-1", "abc", "1.5", "%00", "1%20"):
        for path in (f"v1/accounts/{odd}", f"v1/statuses/{odd}", f"v1/notifications/{odd}"):
            answer = await ada.call("GET", f"/api/{path}")
            assert (answer.status, answer.body) == (404, NOT_FOUND), path
        for act in ("follow", "block", "mute", "unfollow", "remove_from_followers"):
            answer = await ada.call("POST", f"/api/v1/accounts/{odd}/{act}")
            assert (answer.status, answer.body) == (404, NOT_FOUND), act
    for acct in ("", "nobody", "a@b@c", "@", "ada@nowhere.example", "ä@ö", "x" * 3000):
        answer = await ada.call("GET", "/api/v1/accounts/lookup", params={"acct": acct})
        assert (answer.status, answer.body) == (404, NOT_FOUND), acct
    assert await ada.status("GET", "/v1/accounts/lookup?acct=%00") == 400


async def test_ten_thousand_ids_are_refused_and_two_hundred_are_not(ada: App) -> None:
    for most, status in ((10_000, 414), (5_000, 400)):  # more than an address holds; than is read
        many = "&".join(f"id[]={number}" for number in range(most))
        answer = await ada.call("GET", f"/api/v1/accounts/relationships?{many}")
        assert (answer.status, list(answer.body)) == (status, ["error"])
    answer = await ada.call(
        "POST", "/api/v1/markers", json={"home": {"last_read_id": "1"}, "id": [[]] * 10_000}
    )
    assert answer.status == 400
    some = "&".join(f"id[]={number}" for number in range(200))
    assert await ada.get(f"/v1/accounts/relationships?{some}&id[]=x&id[]={ada.id}") != []


@pytest.mark.parametrize(
    "fields",
    [
        {"display_name": "x" * 81},
        {"note": "x" * 1001},
        {"display_name": ["Ada"]},
        {"attribution_domains": ["not a site"]},
        {"attribution_domains": [f"b{number}.example" for number in range(101)]},
        {"avatar_description": "x" * 1501},
        {"source": {"privacy": "direct"}},
        {"source": {"privacy": ["public"]}},
        {"fields_attributes": [{"name": "x" * 61, "value": "y"}]},
        {"fields_attributes": [{"name": "x", "value": "y" * 256}]},
        {"fields_attributes": [{"name": "x", "value": "y"}] * 7},
    ],
)
async def test_a_profile_that_cannot_be_is_refused(refused: App, fields: dict[str, Any]) -> None:
    before = await refused.node.pool.fetchrow("SELECT * FROM actors WHERE id = $1", refused.id)
    answer = await refused.call("PATCH", "/api/v1/accounts/update_credentials", json=fields)
    assert (answer.status, "error" in answer.body) == (422, True)
    after = await refused.node.pool.fetchrow("SELECT * FROM actors WHERE id = $1", refused.id)
    assert after == before


async def test_a_profile_takes_no_script(ada: App) -> None:
    answer = await ada.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        data={
            "display_name": "Ada\u202e\x07",
            "note": "<script>x</script> javascript:alert(1)",
            "fields_attributes[0][name]": "Site",
            "fields_attributes[0][value]": "<img src=x onerror=y>",
        },
    )
    assert answer.status == 200
    assert answer.body["display_name"] == "Ada"
    for html in (answer.body["note"], answer.body["fields"][0]["value"]):
        assert "<script" not in html
        assert "<img" not in html


async def test_acts_that_cannot_be_are_refused(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    post = await ada.publish()
    for duration in ("x", "-1", "9" * 18):
        answer = await ada.call(
            "POST", f"/api/v1/accounts/{bob.id}/mute", data={"duration": duration}
        )
        assert answer.status == 422
    for act in ("follow", "block", "mute"):
        assert await ada.status("POST", f"/v1/accounts/{ada.id}/{act}") == 422
    refused = await bob.call(
        "POST", f"/api/v1/statuses/{post['id']}/reblog", json={"visibility": "direct"}
    )
    assert refused.status == 422
    for marker in ({"home": {"last_read_id": "x"}}, {"home": {"last_read_id": "-1"}}):
        assert await ada.status("POST", "/v1/markers", json=marker) == 422
    assert await ada.post("/v1/markers", json={"home": "x", "other": {"last_read_id": "1"}}) == {}


async def test_odd_searches_find_nothing_and_break_nothing(ada: App) -> None:
    for text in (
        "'",
        '"',
        "\\",
        "%",
        "a & | !",
        "(((",
        "#",
        "@",
        "-",
        "@@",
        "\uff41",
        "🍞",
        "x" * 3000,
    ):
        answer = await ada.call("GET", "/api/v2/search", params={"q": text, "resolve": "true"})
        assert answer.status == 200, text
    for query in ("q=", "", "q=%20"):
        assert await ada.status("GET", f"/v2/search?{query}") == 400
    for query in ("q=a&limit=-5", "q=a&offset=-1", "q=a&offset=999999999", "q=a&type=other"):
        assert await ada.status("GET", f"/v2/search?{query}") == 200
    assert await ada.status("GET", "/v2/search?q=a%00b") == 400
    for address in ("http://10.0.0.1/x", "http://[::1]:9/", "https://user@x/", "http://x" * 100):
        got = await ada.get("/v2/search", params={"q": address, "resolve": "true"})
        assert got["accounts"] == got["statuses"] == []


async def test_other_methods_are_refused_as_json(ada: App) -> None:
    for method, path in (("POST", "/v1/timelines/home"), ("DELETE", "/v2/instance")):
        answer = await ada.call(method, f"/api{path}")
        assert answer.status == 405
        assert answer.body["error"]
