"""Entities as strict apps decode them: every field that is not optional, of the right kind."""

import re
from itertools import pairwise
from typing import Any

from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_ID = re.compile(r"[0-9]{1,19}")
ACCOUNT = (
    "id username acct url uri display_name note avatar avatar_static avatar_description header "
    "header_static header_description locked fields emojis bot group discoverable indexable "
    "created_at last_status_at statuses_count followers_count following_count hide_collections "
    "show_media show_media_replies show_featured roles feature_approval"
)
STATUS = (
    "id uri created_at account content visibility sensitive spoiler_text media_attachments "
    "mentions tags emojis reblogs_count favourites_count quotes_count replies_count url "
    "in_reply_to_id in_reply_to_account_id reblog poll card language edited_at quote "
    "quote_approval tagged_collections local_only favourited reblogged muted bookmarked filtered"
)
SOURCE = (
    "privacy sensitive language note fields follow_requests_count hide_collections discoverable "
    "indexable attribution_domains quote_policy"
)
RELATIONSHIP = (
    "id following showing_reblogs notifying languages followed_by blocking blocked_by muting "
    "muting_notifications muting_expires_at requested requested_by domain_blocking endorsed note"
)
INSTANCE_V2 = (
    "domain title version source_url description usage thumbnail icon languages configuration "
    "registrations api_versions contact rules"
)
INSTANCE_V1 = (
    "uri title short_description description email version urls stats thumbnail languages "
    "registrations approval_required invites_enabled configuration contact_account rules"
)


MAY_BE_NULL = (
    "last_status_at in_reply_to_id in_reply_to_account_id reblog poll card language edited_at "
    "quote verified_at website expires_at voters_count languages muting_expires_at description "
    "preview_url remote_url preview_remote_url text_url blurhash status privacy_policy wrapstodon "
    "terms_of_service reason_required message min_age url account contact_account"
)
"""What Mastodon's documents call nullable or optional and nullable; by name alone."""


def check_nulls(entity: Any, *, without: str = "") -> None:
    """Nothing is null that strict decoders do not expect; ``without``: optional ones, left out."""
    if isinstance(entity, list):
        for one in entity:  # pyright: ignore[reportUnknownVariableType]
            check_nulls(one, without=without)
    elif isinstance(entity, dict):
        for name, value in entity.items():  # pyright: ignore[reportUnknownVariableType]
            assert name not in without.split(), name
            assert value is not None or name in MAY_BE_NULL.split(), name
            assert value != "" or name not in ("url", "uri", "static_url", "preview_url"), name
            check_nulls(value, without=without)


def check_fields(entity: dict[str, Any], names: str) -> None:
    missing = set(names.split()) - entity.keys()
    assert not missing, missing


def check_account(entity: dict[str, Any]) -> None:
    check_fields(entity, ACCOUNT)
    assert _ID.fullmatch(entity["id"])
    assert _TIME.fullmatch(entity["created_at"])
    for name in ("avatar", "avatar_static", "header", "header_static", "url", "uri"):
        assert entity[name].startswith("http")
    for name in ("fields", "emojis", "roles"):
        assert isinstance(entity[name], list)
    for name in ("locked", "bot", "group"):
        assert isinstance(entity[name], bool)
    last = entity["last_status_at"]
    assert last is None or re.fullmatch(r"\d{4}-\d\d-\d\d", last)


def check_status(entity: dict[str, Any]) -> None:
    check_fields(entity, STATUS)
    check_account(entity["account"])
    assert _ID.fullmatch(entity["id"])
    assert _TIME.fullmatch(entity["created_at"])
    assert entity["visibility"] in ("public", "unlisted", "private", "direct")
    for name in ("media_attachments", "mentions", "tags", "emojis", "filtered"):
        assert isinstance(entity[name], list)
    for name in ("replies_count", "reblogs_count", "favourites_count"):
        assert isinstance(entity[name], int)
    for one in entity["mentions"]:
        check_fields(one, "id username url acct")
    for one in entity["tags"]:
        check_fields(one, "name url")
    if entity["reblog"] is not None:
        check_status(entity["reblog"])


async def test_every_field_is_there(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    post = await ada.publish("Hello @bob #Bread", spoiler_text="Note")
    check_status(post)
    await node.pool.execute("UPDATE posts SET page_url = '', revision = 2")
    await node.pool.execute("UPDATE actors SET page_url = '', revision = revision + 1")
    seen = await bob.get(f"/v1/statuses/{post['id']}")
    check_status(seen)
    check_nulls(seen, without="moved")
    assert seen["url"] == seen["uri"]
    check_account(await bob.get(f"/v1/accounts/{ada.id}"))
    own = await ada.get("/v1/accounts/verify_credentials")
    check_account(own)
    check_nulls(own, without="moved memorial")
    assert own["url"] == own["uri"]
    await node.pool.execute("UPDATE accounts SET role = 'moderator' WHERE id = $1", ada.account_id)
    badged = await bob.get(f"/v1/accounts/{ada.id}")
    assert [one["name"] for one in badged["roles"]] == ["Moderator"]
    user = (await ada.call("GET", "/oauth/userinfo")).body
    check_nulls(user)
    assert user["picture"] == own["avatar"] and user["profile"] == own["url"]
    check_fields(own["source"], SOURCE)
    check_fields(own["role"], "id name permissions color highlighted")
    check_fields((await ada.get(f"/v1/accounts/relationships?id={bob.id}"))[0], RELATIONSHIP)
    await node.drain()
    [told] = await bob.get("/v1/notifications")
    check_fields(told, "id type created_at group_key account status")
    check_status(told["status"])
    check_nulls(told, without="moved report event moderation_warning")
    [edit] = await bob.get(f"/v1/statuses/{post['id']}/history")
    check_fields(edit, "content spoiler_text sensitive created_at account media_attachments emojis")
    check_nulls(edit, without="poll quote moved")
    await _a_quote_is_revoked(ada, bob, post)
    deleted = (await ada.call("DELETE", f"/api/v1/statuses/{post['id']}")).body
    check_status(deleted)
    assert deleted["text"] == "Hello @bob #Bread"


async def _a_quote_is_revoked(ada: App, bob: App, post: dict[str, Any]) -> None:
    """The answer is always the post that quotes; one that cannot be shown is 404."""
    open_one = await ada.publish("Quote me", quote_approval_policy="public")
    quoting = await bob.publish("See", quoted_status_id=open_one["id"])
    revoke = f"/v1/statuses/{open_one['id']}/quotes/{quoting['id']}/revoke"
    other = revoke.replace(open_one["id"], post["id"])
    assert [await ada.status("POST", path) for path in (other, revoke)] == [404, 200]
    check_status(await ada.post(revoke))
    await bob.post(f"/v1/accounts/{ada.id}/block")
    assert await ada.status("POST", revoke) == 404


async def test_the_instance_is_described_with_and_without_a_slash(start_node: StartNode) -> None:
    visitor = App(await start_node())
    for slash in ("", "/"):
        v1, v2 = (
            await visitor.get(f"/v1/instance{slash}"),
            await visitor.get(f"/v2/instance{slash}"),
        )
        check_fields(v1, INSTANCE_V1)
        check_fields(v2, INSTANCE_V2)
        for one in (v1, v2):
            check_nulls(one, without="blurhash")
        assert v1["uri"] == v2["domain"] == visitor.node.domain
        assert v1["version"] == v2["version"] == "4.5.0 (compatible; fedinet 0.1.0)"
        assert v2["configuration"]["statuses"]["max_characters"] == 5000
        assert v2["thumbnail"]["url"].startswith(visitor.node.origin)


async def test_the_server_tells_totals_and_languages(start_node: StartNode) -> None:
    ada = await given_app(await start_node(), "ada")
    await ada.publish("Public")
    await ada.publish("Private", visibility="private")
    visitor = App(ada.node)
    weeks = await visitor.get("/v1/instance/activity")
    begins = [int(week.pop("week")) for week in weeks]
    assert {a - b for a, b in pairwise(begins)} == {7 * 86_400}
    assert weeks[0] == {"statuses": "1", "logins": "1", "registrations": "1"}
    assert len(weeks) == 12 and not any(int(week["statuses"]) for week in weeks[1:])
    assert {"code": "nl", "name": "Nederlands"} in await visitor.get("/v1/instance/languages")
    assert await visitor.get("/v1/instance/translation_languages") == {}
    assert await visitor.get("/v1/instance/peers") == []
    assert await visitor.status("GET", "/v1/instance/domain_blocks") == 404


async def test_default_pictures_are_served(start_node: StartNode) -> None:
    ada = await given_app(await start_node(), "ada")
    own = await ada.get("/v1/accounts/verify_credentials")
    for name in ("avatar", "header"):
        async with ada.node.http.get(own[name].removeprefix(ada.node.origin)) as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert (await answer.read()).startswith(b"\x89PNG")


async def test_lists_that_are_empty_here_are_empty(start_node: StartNode) -> None:
    ada = await given_app(await start_node(), "ada")
    visitor = App(ada.node)
    for path in ("v1/custom_emojis", "v1/trends/tags", "v1/instance/rules"):
        assert await visitor.get(f"/{path}") == []
    for path in ("v1/lists", "v1/filters", "v2/filters", "v1/bookmarks", "v1/announcements/"):
        assert await ada.get(f"/{path}") == []
        assert await visitor.status("GET", f"/{path}") == 401
    for path in ("v1/polls/1", "v1/lists/1", "v1/media/1"):
        answer = await ada.call("GET", f"/api/{path}")
        assert (answer.status, answer.body) == (404, {"error": "Record not found"})


async def test_apps_in_browsers_may_call(start_node: StartNode) -> None:
    visitor = App(await start_node())
    asked = await visitor.call(
        "OPTIONS", "/api/v1/statuses", headers={"Origin": "https://elk.zone"}
    )
    assert asked.status == 204
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    for path, status in (("/api/v2/instance", 200), ("/api/v1/timelines/home", 401)):
        answer = await visitor.call("GET", path)
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Link" in answer.headers["Access-Control-Expose-Headers"]
