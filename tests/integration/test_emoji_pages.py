"""Emoji of other servers on pages and in apps: our copies of their pictures, or their names."""

import re

from fedinet.db.pool import transaction
from fedinet.vocab.activity import Document
from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_remote
from tests.integration.social import receive, tell
from tests.integration.test_media_elsewhere import Elsewhere, elsewhere

__all__ = ["elsewhere"]


async def test_emoji_are_shown_through_us_alone(
    start_node: StartNode, elsewhere: Elsewhere
) -> None:
    node = await start_node()
    ada = await given_app(node, "ada")
    own = await ada.publish("Bread is ready")
    async with transaction(node.pool) as tx:
        bo = await given_remote(tx, "bo")
        await given_follow(tx, await ada.actor(), bo)
        await receive(tx, bo, question(bo.uri, elsewhere.url))
        react = {"type": "EmojiReact", "id": f"{bo.uri}/r", "actor": bo.uri, "object": own["uri"]}
        tags = emoji_tags(elsewhere.url)
        await receive(tx, bo, {**react, "content": ":good:", "tag": tags})
        await tell(tx)
    [status] = await ada.get("/v1/timelines/home?limit=1")
    assert status["content"] == "<p>Which :good: or :bad: or :inside:?</p>"
    assert {one["shortcode"] for one in status["emojis"]} == {"good", "bad", "inside"}
    assert status["poll"]["emojis"] == status["emojis"]
    assert (await ada.get(f"/v1/polls/{status['id']}"))["emojis"] == status["emojis"]
    assert elsewhere.url not in str(status)
    pictures = {one["shortcode"]: one["url"].removeprefix(node.origin) for one in status["emojis"]}

    async with browser(node) as reader:
        await reader.sign_in("ada")
        home = (await reader.open("/")).html
        told = (await reader.open("/notifications")).html
        thread = (await reader.open(f"/@ada/{own['id']}")).html
    for html in (home, told, thread):
        assert re.search(rf'<img class="emoji" src="{pictures["good"]}" alt=":good:"', html)
        assert elsewhere.url not in html
    assert home.count('<img class="emoji"') == 4
    assert "thanked you with" in told and "Thanked with" in thread
    visitor = App(node)
    for name, status_code in (("good", 200), ("bad", 404), ("inside", 404)):
        async with visitor.node.http.get(pictures[name]) as answer:
            assert answer.status == status_code, name
    async with node.http.get("/media/emojis/1/0123456789abcdef") as answer:
        assert answer.status == 404


def emoji_tags(url: str) -> list[dict[str, object]]:
    places = {
        "good": f"{url}/photo.jpg",
        "bad": f"{url}/bomb.png",
        "inside": "http://10.0.0.1/x.png",
    }
    return [
        {"type": "Emoji", "name": f":{name}:", "icon": {"type": "Image", "url": place}}
        for name, place in places.items()
    ]


def question(author: str, url: str) -> Document:
    asked = {
        "id": f"{author}/q",
        "type": "Question",
        "attributedTo": author,
        "published": "2026-08-01T11:00:00Z",
        "to": ["as:Public"],
        "content": "<p>Which :good: or :bad: or :inside:?</p>",
        "oneOf": [{"type": "Note", "name": ":good:"}, {"type": "Note", "name": "None"}],
        "tag": emoji_tags(url),
    }
    return {"id": f"{author}/c", "type": "Create", "actor": author, "object": asked}
