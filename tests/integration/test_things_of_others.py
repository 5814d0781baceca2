"""Events, films and articles of other servers: from the inbox to what a member sees."""

from collections.abc import Mapping

from tests.integration.apps import given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.members import Member, given_member_of
from tests.integration.nodes import RunningNode

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
EVENT = {
    "type": "Event",
    "name": "Portfolio <review>",
    "content": "<p>Bring one piece.</p>",
    "startTime": "2027-01-14T17:00:00Z",
    "endTime": "2027-01-14T19:00:00Z",
    "timezone": "Europe/Berlin",
    "location": [
        {"type": "Place", "name": "c-base", "address": "Rungestr. 20"},
        {"type": "VirtualLocation", "url": "https://meet.example/x"},
    ],
    "eventStatus": "EventPostponed",
}
FILM = {
    "type": "Video",
    "name": "Kneading",
    "content": "How to *knead*",
    "mediaType": "text/markdown",
    "duration": "PT187S",
}
REVIEW = {"type": "Review", "name": "A good book", "content": "<p>Read it.</p>", "url": "/b"}

ARTICLE = {
    "type": "Article",
    "name": "Winter <b>menu</b> \u202eunem",
    "content": f"<p>Dark bread is patient. {'It waits for you. ' * 40}</p><h1>Rye</h1><p>First "
    '<img src="https://10.0.0.1/rye.jpg" alt="A &quot;rye&quot; loaf" onerror=x()> then</p>'
    '<h4>Baking</h4><p>The very end.</p><img data-file="../../x" src="https://10.0.0.1/rye.jpg">'
    '<img src="https://10.0.0.1/spy.gif" width=1><img data-file="0123456789abcdef">',
    "attachment": [{"type": "Image", "url": "https://10.0.0.1/more.jpg", "name": "A crust"}],
    "image": {"type": "Image", "url": "https://10.0.0.1/cover.jpg", "name": "Rye on a shelf"},
}
SHORT = {"type": "Article", "name": "Rye", "content": "<p>Few words.</p><h2>Why</h2><p>Wait.</p>"}
LISTED = SHORT | {"name": "List", "content": "<p>Bring:</p><ul><li>flour</li></ul>"}
LONG = {"type": "Note", "content": f"<p>{'A long note. ' * 10_000}</p>"}


async def test_an_article_begins_in_the_feed_and_is_whole_on_its_page(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with foreign_server() as peer, browser(node) as ada:
        bob = await given_followed(node, peer)
        await deliver(node, bob, create(bob, 1, ARTICLE))
        await node.drain()
        await ada.sign_in("ada")
        feed = await ada.open("/")
        path = await node.pool.fetchval(
            "SELECT '/@bob@' || $1 || '/' || id FROM posts", peer.domain
        )
        page = await ada.open(path)
        app = await given_app(node, "cleo")
        shown = await app.get(f"/v1/statuses/{path.rpartition('/')[2]}")
        later = create(bob, 1, ARTICLE | {"updated": "2026-01-02T03:04:05Z", "name": "Rye"})
        await deliver(node, bob, {**later, "id": f"{bob.uri}/again", "type": "Update"})
        await node.drain()
        history = await app.get(f"/v1/statuses/{path.rpartition('/')[2]}/history")
        await deliver(node, bob, create(bob, 3, SHORT))
        await node.drain()
        number = await node.pool.fetchval("SELECT max(id) FROM posts")
        short = await ada.open(f"/@bob@{peer.domain}/{number}")
        await deliver(node, bob, create(bob, 4, LISTED))
        await node.drain()
        excerpts = await ada.open("/")
        await deliver(node, bob, create(bob, 2, LONG))
        await node.drain()
        number = await node.pool.fetchval("SELECT max(id) FROM posts")
        cut = await ada.open(f"/@bob@{peer.domain}/{number}")
        cut_for_apps = (await app.get(f"/v1/statuses/{number}"))["content"]

    assert f'<h4><a href="{path}"><bdi>Winter menu unem</bdi></a></h4>' in feed.html
    assert "Dark bread is patient. It waits" in feed.text and "The very end" not in feed.text
    assert ">: Winter menu unem</span></a>" in feed.html and "About one minute" in feed.text
    assert "<h1><bdi>Winter menu unem</bdi></h1>" in page.html and "The very end." in page.text
    for one in (feed, page):
        assert 'alt="Rye on a shelf"' in one.html and "10.0.0.1" not in one.html
    assert "<h2>Rye</h2><p>First <img src=" in page.html and "<h3>Baking</h3>" in page.html
    assert page.html.count('alt="A &#34;rye&#34; loaf"') == 2, "twice in the text, not below it"
    assert page.html.index("The very end") < page.html.index('alt="A crust"')
    assert "data-file" not in page.html and "onerror" not in page.html
    assert "<img" not in shown["content"] and "<p><strong>Rye</strong></p>" in shown["content"]
    assert len(shown["media_attachments"]) == 3
    assert len(history) == 2
    for one in history:
        assert "<img" not in one["content"] and "<p><strong>Rye</strong></p><p>F" in one["content"]
    assert '"og:description" content="Few words. Wait."' in short.html, "and not the title again"
    assert "<p>Few words.</p><p><strong>Why</strong></p><p>Wait.</p>" in excerpts.html
    assert "<p><bdi>Bring:</bdi></p>" in excerpts.html and "flour" not in excerpts.text
    rest = f'<a href="{bob.uri}/things/2" rel="nofollow noopener noreferrer">'
    assert "This text is longer than we keep." in cut.text
    assert f"{rest}Read the rest on {peer.domain}</a>" in cut.html
    assert cut_for_apps.endswith(
        f"Read the rest at its origin:</p><p>{rest}{bob.uri}/things/2</a></p>"
    )


async def test_a_member_sees_when_where_and_whether(start_node: StartNode) -> None:
    node = await start_node()
    async with foreign_server() as peer, browser(node) as ada:
        bob = await given_followed(node, peer)
        for number, thing in enumerate((EVENT, FILM, REVIEW), 1):
            await deliver(node, bob, create(bob, number, thing))
        await node.drain()
        await ada.sign_in("ada")
        english = await ada.open("/")
        await node.pool.execute("UPDATE accounts SET language = 'nl'")
        dutch = await ada.open("/")

    for words in (
        "Portfolio <review>",
        "Postponed",
        "Thursday 14 January 2027, 18:00 – 20:00 (Europe/Berlin)",
        "c-base, Rungestr. 20",
        "Take part online, on meet.example",
        f"The event on {peer.domain}",
        "Kneading",
        "3:07",
        f"Watch on {peer.domain}",
        "A good book",
        f"Read on {peer.domain}",
    ):
        assert words in english.text
    assert "<em>knead</em>" in english.html
    assert '<time datetime="2027-01-14T18:00+01:00">' in english.html
    assert "donderdag 14 januari 2027, 18:00 – 20:00 (Europe/Berlin)" in dutch.text
    assert "Uitgesteld" in dutch.text


async def given_followed(node: RunningNode, peer: ForeignServer) -> PeerActor:
    """Bob elsewhere, whom ada follows."""
    ada: Member = await given_member_of(node, "ada")
    bob = peer_actor(peer, "bob")
    actor = await node.services.actors.get(bob.uri)
    await node.pool.execute(
        "INSERT INTO follows (follower_id, target_id, state, uri) VALUES ($1, $2, 'accepted', 'f')",
        ada.actor_id,
        actor.id,
    )
    return bob


def create(author: PeerActor, number: int, thing: Mapping[str, object]) -> Mapping[str, object]:
    document = {"id": f"{author.uri}/things/{number}", "attributedTo": author.uri, "to": [PUBLIC]}
    return like(author, number, type="Create", object=document | thing, to=[PUBLIC])
