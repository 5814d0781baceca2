"""Somebody elsewhere who writes markup, towers and storms into every field that there is."""

from collections.abc import Mapping
from typing import Any, Final

from fedinet.vocab.activity import PUBLIC
from tests.integration.apps import App, given_app
from tests.integration.browser import browser
from tests.integration.foreign_server import ForeignServer
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.nodes import RunningNode
from tests.made_files import picture

ANNOUNCE: Final = "/admin/announcements"
OWNED: Final = "window.__owned = (window.__owned || 0) + 1"
_MARKUP: Final = (
    f'"\'><script>{OWNED}</script><img src=x onerror="{OWNED}"><svg onload="{OWNED}"><style>'
    f'*{{display:none}}</style></svg><iframe srcdoc="<script>top.{OWNED}</script>"></iframe>'
    f'<a href="javascript:{OWNED}">press</a></title></textarea></option></main>{{{{ 7 * 7 }}}}'
)
WORDS: Final[Mapping[str, str]] = {
    "markup": f"{_MARKUP} &lt;script&gt;{OWNED}&lt;/script&gt;&amp;amp;&#x202e;&#0;&nbsp;&quot;",
    "turned": "ab\u202enrut\u2067 \u2066\u202e\u202b "
    + "".join(one + "\u0336\u0310" * 40 for one in "zalgo"),
    "hidden": "\u200b\u200d\ufeff\u2060\u00ad\u3164",
    "long": "w" * 500,
    "storm": ":blob: 🦩 " * 1000,
    "empty": "",
}


async def given_hostile_things(node: RunningNode, there: ForeignServer) -> dict[str, str]:
    """Everything hostile, through the doors it would come by; returns pages that show it."""
    ada = await given_app(node, "ada", "read write follow admin:read admin:write")
    await node.pool.execute("UPDATE accounts SET role = 'owner'")
    mine = await ada.publish("Who has a ladder to lend?")
    _serve_files(there)
    pages: dict[str, str] = {}
    for number, (kind, words) in enumerate(WORDS.items()):
        one = _given_person(there, kind, words)
        for sent in _everything_of(one, node, words, mine["uri"]):
            answer = await deliver(node, one, sent)
            assert answer.status == 202, (kind, await answer.text())
        story = there.serve(*_story(number, words), content_type="text/html")
        await ada.publish(f"{words[:4000]}\n\nRead {story}", spoiler_text=words[:400])
        pages[kind] = f"/@{kind}@{there.domain}"
        if kind == "empty":
            await deliver(node, one, _shapes(one, node))
    await node.drain()
    await _follows_everybody(node, ada)
    await _members_write(node)
    pages |= await _one_long_word(node, ada)
    pages["thread"] = f"/@ada/{mine['id']}"
    for name, path, newest in (
        ("report", "/admin/reports", "SELECT max(id) FROM reports"),
        ("shapes", f"/@empty@{there.domain}", "SELECT id FROM posts WHERE html LIKE '%Shapes%'"),
        ("request", "/admin/joining", "SELECT max(id) FROM join_requests"),
    ):
        pages[name] = f"{path}/{await node.pool.fetchval(newest)}"
    pages["server"] = f"/admin/policy/servers/{there.domain}"
    return pages


def _given_person(there: ForeignServer, kind: str, words: str) -> PeerActor:
    face = {"type": "Image", "url": f"{there.origin}/face.png", "name": words}
    return peer_actor(
        there,
        kind,
        name=words,
        summary=f"<p>{words}</p>",
        icon=face,
        image=face,
        tag=[_emoji(there)],
        attachment=[{"type": "PropertyValue", "name": words, "value": words}] * 4,
    )


def _everything_of(one: PeerActor, node: RunningNode, words: str, mine: str) -> list[Any]:
    ada = f"{node.origin}/users/ada"
    origin = one.uri.partition("/users/")[0]
    tags = [
        {"type": "Hashtag", "name": f"#{words}", "href": f"{origin}/tags/{words}"},
        {"type": "Mention", "name": words, "href": ada},
        {"type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url": f"{origin}/face.png"}},
    ]
    file = {"type": "Document", "mediaType": "image/png", "blurhash": words, "name": words}
    common: dict[str, object] = {
        "attributedTo": one.uri, "to": [PUBLIC], "cc": [ada], "tag": tags, "content": words,
    }  # fmt: skip
    files = [
        {**file, "url": f"{origin}/tall.png", "width": 1, "height": 10_000},
        {**file, "url": f"{origin}/face.png", "width": 10**9, "height": 10**9},
        {**file, "url": f"{origin}/../{words}.png", "mediaType": words},
    ]
    options = [{"type": "Note", "name": f"{words} {number}"} for number in (1, 2)]
    things: list[dict[str, object]] = [
        {**common, "type": "Note", "summary": words, "attachment": files, "inReplyTo": mine},
        {**common, "type": "Question", "oneOf": options, "endTime": "2099-01-01T00:00:00Z"},
        {**common, "type": "Event", "name": words, "startTime": "2099-01-01T00:00:00Z",
         "location": {"type": "Place", "name": words}, "url": f"{origin}/{words}"},
    ]  # fmt: skip
    sent = [
        like(one, n, type="Create", to=[PUBLIC], object={"id": f"{one.uri}/things/{n}", **thing})
        for n, thing in enumerate(things)
    ]
    return [
        *sent,
        like(one, 7, type="Like", object=mine, content=":blob:", tag=tags),
        like(one, 8, type="Flag", object=[ada, mine], content=words),
        like(one, 9, type="Follow", object=ada),
    ]


def _shapes(one: PeerActor, node: RunningNode) -> Mapping[str, object]:
    """Pictures as narrow as can be, and such that are not as large as was said, or not there."""
    origin, ada = one.uri.partition("/users/")[0], f"{node.origin}/users/ada"
    file = {"type": "Document", "mediaType": "image/png", "name": "Said to be a picture"}
    files: list[dict[str, object]] = [
        {**file, "url": f"{origin}/tall.png", "width": 1, "height": 10_000},
        {**file, "url": f"{origin}/wide.png", "width": 10_000, "height": 1},
        {**file, "url": f"{origin}/face.png", "width": 10**9, "height": 1},
        {**file, "url": f"{origin}/face.png?2", "width": -1, "height": "x"},
    ]
    note = {
        "id": f"{one.uri}/shapes", "type": "Note", "attributedTo": one.uri, "to": [PUBLIC],
        "content": "Shapes", "attachment": files, "cc": [ada],
        "tag": [{"type": "Mention", "href": ada}],
    }  # fmt: skip
    return like(one, 20, type="Create", to=[PUBLIC], object=note)


def _emoji(there: ForeignServer) -> dict[str, object]:
    icon = {"type": "Image", "url": f"{there.origin}/face.png"}
    return {"type": "Emoji", "id": f"{there.origin}/emoji/blob", "name": ":blob:", "icon": icon}


def _serve_files(there: ForeignServer) -> None:
    there.serve("/face.png", picture("PNG"), content_type="image/png")
    there.serve("/tall.png", picture("PNG", (1, 10_000)), content_type="image/png")
    there.serve("/../.png", picture("PNG"), content_type="image/png")
    there.serve("/wide.png", picture("PNG", (10_000, 1)), content_type="image/png")
    said = {"version": "2.0", "software": {"name": WORDS["markup"], "version": WORDS["long"]}}
    links = [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0"}]
    links[0]["href"] = there.serve("/nodeinfo", said, content_type="application/json")
    there.serve("/.well-known/nodeinfo", {"links": links}, content_type="application/json")


def _story(number: int, words: str) -> tuple[str, bytes]:
    """A page that lies in all that a card is made of."""
    fields = {"og:title": words, "og:description": words, "og:site_name": words, "author": words}
    metas = "".join(
        f'<meta property="{name}" content="{text.replace(chr(34), "&quot;")}">'
        for name, text in fields.items()
    )
    html = f'<title>{words}</title>{metas}<meta property="og:image" content="/face.png">'
    return f"/story/{number}", html.encode()


async def _follows_everybody(node: RunningNode, ada: App) -> None:
    """So that all of it is at home."""
    await node.pool.execute(
        "INSERT INTO follows (follower_id, target_id, state, uri) SELECT $1, id, 'accepted', uri"
        " FROM actors WHERE NOT is_local",
        ada.id,
    )
    await node.pool.execute(
        "INSERT INTO home (owner_id, item_id, post_id) SELECT $1, id, id FROM posts"
        " WHERE visibility = 'everyone' ON CONFLICT DO NOTHING",
        ada.id,
    )


async def _one_long_word(node: RunningNode, ada: App) -> dict[str, str]:
    """A result of a poll, and somebody of whom an empty page says that they wrote nothing."""
    answers = {"options": ["w" * 50, "No"], "expires_in": 3600}
    asked = await ada.publish("Which?", poll=answers)
    silent = await given_app(node, "silent")
    await node.pool.execute("UPDATE actors SET name = repeat('w', 80) WHERE id = $1", silent.id)
    return {"poll": f"/@ada/{asked['id']}", "silent": "/@silent"}


async def _members_write(node: RunningNode) -> None:
    """What members and visitors may write themselves: lists, announcements, requests to join."""
    async with browser(node) as page, browser(node) as eve:
        await page.sign_in("ada")
        asking = "/admin/joining/settings"
        await page.fill(asking, asking, {"asking": "1", "text-1": "What do you do?"})
        for kind, words in WORDS.items():
            await page.fill("/lists", "/lists", {"title": words[:100]})
            await page.fill(ANNOUNCE, ANNOUNCE, {"text": words[:4000]})
            asks = {"your_name": words[:80], "answer-1": words[:500], "email": f"{kind}@e.example"}
            await eve.fill("/join/ask", "/join/ask", asks)
