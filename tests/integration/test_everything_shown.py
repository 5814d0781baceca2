"""One post that has everything, wherever a post is shown: no part breaks another's page or API."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fedinet.db.pool import transaction
from fedinet.kernel.ids import PostId
from fedinet.pins.commands import pin
from fedinet.reactions.commands import boost
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from fedinet.vocab.activity import PUBLIC, Document
from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.members import Member, follows, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.people import given_follow, given_remote
from tests.integration.social import receive, tell
from tests.integration.test_media_posts import uploaded

BAIT = "<script>alert(1)</script>\"'"
OURS = r' type="module" src="/assets/app\.[0-9a-f]{16}\.js"></script>'
"""The one script that pages name."""
TOKEN = re.compile(rf"<script(?!{OURS})|onerror|\son\w+=[\"']?alert", re.IGNORECASE)


async def test_a_post_with_everything_is_shown_everywhere(start_node: StartNode) -> None:
    node, other = await start_node(), await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")
    reader, author = await given_member_of(other, "eve"), Member(node, ada.account_id, ada.id)
    await follows(reader, author)
    async with transaction(node.pool) as tx:
        await given_follow(tx, await bo.actor(), await ada.actor())

    quoted = await ada.publish(
        f"A loaf {BAIT} #bread", media_ids=[(await uploaded(ada, f"Alt {BAIT}"))["id"]]
    )
    whole = await ada.publish(
        f"All of it {BAIT} #bread @bo",
        media_ids=[(await uploaded(ada, f"Alt {BAIT}"))["id"] for _ in range(2)],
        quoted_status_id=quoted["id"],
        spoiler_text=f"Note {BAIT}",
        sensitive=True,
        poll={"options": [f"Rye {BAIT}", "Wheat"], "expires_in": 3600, "multiple": True},
    )
    changed = await ada.call(
        "PUT", f"/api/v1/statuses/{whole['id']}", json={"status": "Still #bread @bo"}
    )
    assert changed.status == 200, changed.body
    event = await given_event(node, ada, bo, whole)
    async with transaction(node.pool) as tx:
        await pin(tx, await ada.actor(), PostId(int(whole["id"])))
        for number in (whole["id"], event):
            await boost(tx, await ada.actor(), PostId(int(number)), now=datetime.now(UTC))
    await node.drain()

    await see_pages(node, whole["id"], event)
    for app in (ada, bo, App(node)):
        await see_api(app, ada, whole["id"], event)
    await see_documents(node, reader, whole["id"])
    there = await given_app(other, "fay")
    [copy] = await there.get("/v1/timelines/public?remote=true&limit=1")
    assert copy["poll"] and copy["quote"] and len(copy["media_attachments"]) == 2


async def given_event(node: RunningNode, ada: App, bo: App, whole: Mapping[str, Any]) -> str:
    """Somebody elsewhere announces an event, with all that another server may put into it."""
    async with transaction(node.pool) as tx:
        cy = await given_remote(tx, "cy")
        await given_follow(tx, await ada.actor(), cy)
        await given_follow(tx, await bo.actor(), cy)
        await receive(tx, cy, announcement(cy.uri, str(whole["uri"]), (await bo.actor()).uri))
        react = {"type": "EmojiReact", "id": f"{cy.uri}/r", "actor": cy.uri, "content": ":loaf:"}
        await receive(tx, cy, {**react, "object": whole["uri"], "tag": emoji(cy.uri)})
        await tell(tx)
    return str(await node.pool.fetchval("SELECT id FROM posts WHERE NOT is_local"))


def emoji(author: str) -> list[dict[str, object]]:
    picture = {"type": "Image", "url": f"{author}/x.png"}
    return [{"type": "Emoji", "name": ":loaf:", "icon": picture}]


def announcement(author: str, quoted: str, named: str) -> Document:
    event: dict[str, object] = {
        "id": f"{author}/e",
        "type": "Event",
        "attributedTo": author,
        "published": "2026-08-01T11:00:00Z",
        "to": [PUBLIC],
        "cc": [named],
        "name": f"Breakfast :loaf: {BAIT}",
        "summary": f"Early :loaf: {BAIT}",
        "sensitive": True,
        "content": f"<p>Bring a loaf :loaf: #bread {BAIT}</p>",
        "startTime": "2026-09-12T08:00:00Z",
        "endTime": "2026-09-12T10:00:00Z",
        "timezone": "Europe/Berlin",
        "location": {"type": "Place", "name": f"Old mill {BAIT}"},
        "ical:status": "CANCELLED",
        "quote": quoted,
        "quoteUrl": quoted,
        "oneOf": [{"type": "Note", "name": f":loaf: {BAIT}"}, {"type": "Note", "name": "No"}],
        "tag": [
            *emoji(author),
            {"type": "Mention", "href": named, "name": "@bo"},
            {"type": "Hashtag", "name": "#bread", "href": f"{author}/tags/bread"},
        ],
        "attachment": [
            {"type": kind, "mediaType": of, "url": f"{author}/{number}", "name": f"Alt {BAIT}"}
            for number, (kind, of) in enumerate(
                (("Image", "image/png"), ("Video", "video/mp4"), ("Audio", "audio/mpeg"))
            )
        ],
    }
    return {"id": f"{author}/c", "type": "Create", "actor": author, "object": event}


async def see_pages(node: RunningNode, whole: str, event: str) -> None:
    places = {
        f"/@ada/{whole}": "Rye",
        f"/@cy@b.example/{event}": "Old mill",
        "/@ada": "Rye",
    }
    for_members = {
        "/@cy@b.example": "Old mill",
        "/": "Old mill",
        "/community": "",
        "/search?q=bread": "",
        "/search?q=%23bread": "",
        "/notifications": "",
        f"/write?reply={whole}": "",
        f"/write?quote={whole}": "",
        f"/report?post={event}": "Old mill",
        f"/@ada/{whole}/history": "All of it",
    }
    for name in ("", "ada", "bo"):
        async with browser(node) as person:
            if name:
                await person.sign_in(name)
            for path, words in {**places, **(for_members if name else {})}.items():
                page = await person.open(path)
                assert page.status == 200, (name, path)
                assert words in page.html, (name, path)
                assert not TOKEN.search(page.html), (name, path)
                assert " style=" not in page.html
            if name == "ada":
                for path in (f"/@ada/{whole}/edit", f"/@ada/{whole}/delete"):
                    assert (await person.open(path)).status == 200, path


async def see_api(app: App, ada: App, whole: str, event: str) -> None:
    status = await app.get(f"/v1/statuses/{whole}")
    assert status["quote"]["quoted_status"]["media_attachments"]
    assert status["poll"]["options"][1]["title"] == "Wheat"
    assert len(status["media_attachments"]) == 2 and status["edited_at"]
    there = await app.get(f"/v1/statuses/{event}")
    assert [one["type"] for one in there["media_attachments"]] == ["image", "video", "audio"]
    assert there["emojis"][0]["shortcode"] == "loaf"
    [said] = await app.get(f"/v1/statuses/{event}/history")
    assert said["emojis"] == there["emojis"]
    for path in (
        f"/v1/statuses/{whole}/context",
        f"/v1/statuses/{whole}/history",
        f"/v1/statuses/{whole}/reblogged_by",
        f"/v1/statuses/{whole}/favourited_by",
        f"/v1/polls/{whole}",
        f"/v1/accounts/{ada.id}/statuses",
        f"/v1/accounts/{ada.id}/statuses?pinned=true",
        *(
            (
                "/v1/timelines/home",
                "/v1/notifications",
                "/v1/timelines/public",
                "/v2/search?q=bread",
                f"/v1/statuses/{whole}/source",
                f"/v1/statuses/{whole}/quotes",
                "/v1/favourites",
                "/v1/bookmarks",
                "/v1/timelines/tag/bread",
            )
            if app.token
            else ()
        ),
    ):
        answer = await app.call("GET", f"/api{path}")
        assert answer.status in (200, 404), (path, answer.status, answer.body)


async def see_documents(node: RunningNode, reader: Member, whole: str) -> None:
    key = await reader.node.services.signer.signing_key(reader.actor_id)
    for path in (
        f"/posts/{whole}",
        "/users/ada/outbox?page=true",
        "/users/ada/collections/featured",
    ):
        url = node.origin + path
        headers = {"Accept": "application/activity+json"}
        headers |= sign_cavage(key, Outgoing("GET", url), now=datetime.now(UTC))
        async with node.http.get(url, headers=headers) as answer:
            assert answer.status == 200, (path, await answer.text())
            assert whole in await answer.text()
