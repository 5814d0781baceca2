"""Each entity, as a node really answers, is the one in ``schemas/mastodon/``.

Who changes an entity sees in those files what apps will read; ``make golden`` writes them anew.
"""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import FormData

from fedinet.announcements import commands as announcements
from fedinet.announcements.model import Wish
from fedinet.db.pool import transaction
from fedinet.http.json import timestamp
from tests.contract.golden import Normaliser, differing
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.mastodon_py.house import write_down
from tests.integration.test_cards import Site, site
from tests.made_files import picture

__all__ = ["site"]

SCOPES = "read write follow push profile"
POINT = bytes.fromhex(  # the base point of P-256
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


async def test_every_entity_is_as_it_was(start_node: StartNode, site: Site) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada", SCOPES), await given_app(node, "bob", SCOPES)
    found: dict[str, Any] = {}
    found |= await of_people(ada, bob)
    found |= await of_posts(ada, bob)
    found |= await of_what_one_is_told(ada, bob)
    found |= await of_what_one_keeps(ada, bob)
    found |= await of_the_server(ada)
    found |= await of_what_waits(ada, bob, site)
    found |= await of_stewards(ada, bob)
    found |= await of_the_house(ada)
    wrong = differing({name: Normaliser(node.origin)(one) for name, one in found.items()})
    assert not wrong, f"not as in schemas/mastodon/: {wrong}. Is it meant so? `make golden`"


async def of_people(ada: App, bob: App) -> dict[str, Any]:
    await ada.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={
            "display_name": "Ada",
            "note": "I bake.",
            "fields_attributes": [{"name": "Site", "value": "https://ada.example"}],
        },
    )
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    await bob.post(f"/v1/accounts/{ada.id}/follow", json={"notify": True})
    await ada.node.drain()
    await ada.post("/v1/featured_tags", json={"name": "bread"})
    found = {
        "Account": await bob.get(f"/v1/accounts/{ada.id}"),
        "CredentialAccount": await ada.get("/v1/accounts/verify_credentials"),
        "Profile": await ada.get("/v1/profile"),
        "Relationship": (await bob.get(f"/v1/accounts/relationships?id={ada.id}"))[0],
        "Preferences": await ada.get("/v1/preferences"),
        "FeaturedTag": (await ada.get("/v1/featured_tags"))[0],
        "FamiliarFollowers": (await ada.get(f"/v1/accounts/familiar_followers?id={bob.id}"))[0],
    }
    carl = await given_app(ada.node, "carl")
    await carl.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": True})
    await ada.post(f"/v1/accounts/{carl.id}/mute", json={"duration": 3600})
    [muted] = await ada.get("/v1/mutes")
    [suggested] = await bob.get("/v2/suggestions")
    return found | {"MutedAccount": muted, "Suggestion": suggested}


async def of_posts(ada: App, bob: App) -> dict[str, Any]:
    form = FormData()
    form.add_field("file", picture(), filename="a.png", content_type="image/png")
    form.add_field("description", "A loaf")
    media = await ada.post("/v2/media", data=form)
    plain = await ada.publish("Hello @bob, #Bread is ready", spoiler_text="Food")
    pictured = await ada.publish("Look", media_ids=[media["id"]])
    asked = await ada.publish("Which?", poll={"options": ["Rye", "Oats"], "expires_in": 3600})
    answer = await bob.publish("Good", in_reply_to_id=plain["id"])
    quoting = await bob.publish("Look at this", quoted_status_id=plain["id"])
    changed = {"status": "It is @bob, #Bread for all"}
    await ada.call("PUT", f"/api/v1/statuses/{answer['id']}", json=changed)
    await ada.call("PUT", f"/api/v1/statuses/{plain['id']}", json=changed)
    await ada.node.drain()
    found = {
        "MediaAttachment": media,
        "Status": await bob.get(f"/v1/statuses/{plain['id']}"),
        "Status_for_visitors": await App(ada.node).get(f"/v1/statuses/{plain['id']}"),
        "Status_with_picture": await bob.get(f"/v1/statuses/{pictured['id']}"),
        "Status_with_quote": await ada.get(f"/v1/statuses/{quoting['id']}"),
        "Status_boosted": await bob.post(f"/v1/statuses/{pictured['id']}/reblog"),
        "Poll": await bob.post(f"/v1/polls/{asked['id']}/votes", json={"choices": [1]}),
        "Context": await bob.get(f"/v1/statuses/{answer['id']}/context"),
        "StatusSource": await ada.get(f"/v1/statuses/{plain['id']}/source"),
        "StatusEdit": (await ada.get(f"/v1/statuses/{plain['id']}/history"))[0],
        "Tag": await ada.get("/v1/tags/bread"),
        "Search": await ada.get("/v2/search?q=bob"),
    }
    deleted = await ada.call("DELETE", f"/api/v1/statuses/{asked['id']}")
    return found | {"DeletedStatus": deleted.body}


async def of_what_one_is_told(ada: App, bob: App) -> dict[str, Any]:
    await ada.node.drain()
    told = {one["type"]: one for one in await ada.get("/v1/notifications")}
    groups = await ada.get("/v2/notifications?types[]=reblog")
    read = {"home": {"last_read_id": told["mention"]["id"]}}
    await ada.publish("@bob only you", visibility="direct")
    await ada.node.drain()
    return {
        "Notification_mention": told["mention"],
        "Notification_follow": told["follow"],
        "GroupedNotifications": groups,
        "UnreadCount": await bob.get("/v1/notifications/unread_count"),
        "Markers": await ada.post("/v1/markers", json=read),
        "Conversation": (await bob.get("/v1/conversations"))[0],
        "WebPushSubscription": await ada.post(
            "/v1/push/subscription",
            json={
                "subscription": {
                    "endpoint": "https://push.example/1",
                    "keys": {
                        "p256dh": b64encode(POINT).decode(),
                        "auth": b64encode(bytes(16)).decode(),
                    },
                },
                "data": {"alerts": {"mention": True}},
            },
        ),
    }


async def of_what_one_keeps(ada: App, bob: App) -> dict[str, Any]:
    listed = await ada.post("/v1/lists", json={"title": "Bakers"})
    keywords = [{"keyword": "oats"}]
    made = {"title": "Oats", "context": ["home"], "keywords_attributes": keywords}
    one = await ada.post("/v2/filters", json=made)
    seen = await bob.publish("More oats")
    report = {"account_id": str(bob.id), "status_ids": [seen["id"]], "comment": "Too much"}
    return {
        "List": listed,
        "Filter": one,
        "V1Filter": (await ada.get("/v1/filters"))[0],
        "FilterResult": (await ada.get(f"/v1/statuses/{seen['id']}"))["filtered"][0],
        "Report": await ada.post("/v1/reports", json=report),
    }


async def of_the_server(ada: App) -> dict[str, Any]:
    visitor = App(ada.node)
    app = {"client_name": "Test", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    registered = await visitor.post("/v1/apps", data=app)
    token = await visitor.call(
        "POST", "/oauth/token", data={"grant_type": "client_credentials", **_proof(registered)}
    )
    alone = App(ada.node, token.body["access_token"])
    return {
        "Instance": await visitor.get("/v2/instance"),
        "V1Instance": await visitor.get("/v1/instance"),
        "CredentialApplication": registered,
        "Application": await alone.get("/v1/apps/verify_credentials"),
        "Token": token.body,
        "UserInfo": (await ada.call("GET", "/oauth/userinfo")).body,
        "Error": (await visitor.call("GET", "/api/v1/timelines/home")).body,
    }


async def of_what_waits(ada: App, bob: App, site: Site) -> dict[str, Any]:
    """A card that is read later, a post that is due later, a notification that is kept back."""
    dora = await given_app(ada.node, "dora", SCOPES)
    policy = {"for_not_following": "filter"}
    await bob.call("PATCH", "/api/v2/notifications/policy", json=policy)
    linking = await dora.publish(f"@bob, read {site.url('/story')}")
    later = timestamp(datetime.now(UTC) + timedelta(days=1))
    await ada.node.drain()

    def of_the_site(one: object) -> Any:
        """Its address is another one each time."""
        return json.loads(
            json.dumps(one).replace(site.url("/")[len("http://") :], "bread.example/")
        )

    return {
        "PreviewCard": of_the_site((await bob.get(f"/v1/statuses/{linking['id']}"))["card"]),
        "ScheduledStatus": await ada.post(
            "/v1/statuses", json={"status": "Good morning", "scheduled_at": later}
        ),
        "NotificationPolicy": await bob.get("/v2/notifications/policy"),
        "NotificationRequest": of_the_site((await bob.get("/v1/notifications/requests"))[0]),
    }


async def of_stewards(ada: App, bob: App) -> dict[str, Any]:
    """What they announce, and what they see of the report about Bob."""
    node = ada.node
    mo = await given_app(node, "mo", "admin:read admin:write")
    await node.pool.execute("UPDATE accounts SET role = 'moderator' WHERE actor_id = $1", mo.id)
    async with transaction(node.pool) as tx:
        wish = Wish("**Bread** at six #Bread")
        number = await announcements.write(tx, node.services.uris, mo.id, wish)
    await ada.call("PUT", f"/api/v1/announcements/{number}/reactions/🍞")
    return {
        "Announcement": (await ada.get("/v1/announcements"))[0],
        "AdminAccount": await mo.get(f"/v1/admin/accounts/{bob.id}"),
        "AdminReport": (await mo.get("/v1/admin/reports"))[0],
    }


async def of_the_house(ada: App) -> dict[str, Any]:
    """What is written down for everybody, and the rules that an owner keeps."""
    node, visitor = ada.node, App(ada.node)
    olga = await given_app(node, "olga", "admin:read admin:write")
    await node.pool.execute("UPDATE accounts SET role = 'owner' WHERE actor_id = $1", olga.id)
    await write_down(node)
    block = {"domain": "bad.example", "severity": "suspend", "public_comment": "Spam"}
    blocked = await olga.post("/v1/admin/domain_blocks", json=block)
    now = datetime.now(UTC)
    measures = {
        "keys": ["new_users"],
        "start_at": timestamp(now - timedelta(days=1)),
        "end_at": timestamp(now),
    }
    trash = {"domain": "trash.example"}
    filtered = (await ada.get("/v2/filters"))[0]
    post = await ada.publish("Rye")
    hidden = {"status_id": post["id"]}
    return {
        "CustomEmoji": (await visitor.get("/v1/custom_emojis"))[0],
        "Rule": (await visitor.get("/v1/instance/rules"))[0],
        "ExtendedDescription": await visitor.get("/v1/instance/extended_description"),
        "TermsOfService": await visitor.get("/v1/instance/terms_of_service"),
        "WrittenLanguage": (await visitor.get("/v1/instance/languages"))[0],
        "DomainBlock": (await visitor.get("/v1/instance/domain_blocks"))[0],
        "DomainBlockPreview": await ada.get("/v1/domain_blocks/preview?domain=bad.example"),
        "AdminDomainBlock": blocked,
        "AdminDomainAllow": await olga.post(
            "/v1/admin/domain_allows", json={"domain": "kind.example"}
        ),
        "AdminEmailDomainBlock": await olga.post("/v1/admin/email_domain_blocks", json=trash),
        "AdminMeasure": (await olga.post("/v1/admin/measures", json=measures))[0],
        "FilterKeyword": filtered["keywords"][0],
        "FilterStatus": await ada.post(f"/v2/filters/{filtered['id']}/statuses", json=hidden),
        "V1NotificationPolicy": await ada.get("/v1/notifications/policy"),
        "Merged": await ada.get("/v1/notifications/requests/merged"),
    }


def _proof(registered: dict[str, str]) -> dict[str, str]:
    return {name: registered[name] for name in ("client_id", "client_secret")}
