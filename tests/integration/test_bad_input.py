"""Hostile and careless peers, from their POST to what people here see; and where the rest is.

Each thing that a peer can do wrong has a test through HTTP:

No signature, a wrong, expired, early, late or replayed one, a foreign key, one
that covers no digest or no date, a changed body, another host or path, a key
away from its actor; 2 MB, deep, doubled, undecodable or endless JSON, a wrong
content type: test_inbox_door. Here:

| what | test |
|---|---|
| object of another origin | a_post_of_another_server_is_what_that_server_shows |
| redirect loops, a byte a second, never, 5 GB | an_answer_that_never_comes (and test_fetcher) |
| private, loopback, link-local, mapped addresses | a_key_at_an_address_of_ours |
| names that change between check and use | test_fetcher: a_name_that_changes_its_address |
| scripts, styles, tracking | what_a_post_brings_along_is_taken_off |
| homoglyphs, control characters, bidi marks | a_name_that_looks_like_another, a_display_name |
| Create before Follow | a_post_before_the_follow |
| Delete before Create | a_delete_before_its_post |
| Undo before Like | an_undo_before_its_like |
| the same activity 50 times at once | fifty_copies |
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import Viewer, Visibility
from fedinet.db.pool import transaction
from fedinet.follows import commands as follows
from fedinet.kernel.ids import ActorId, KeyUri
from fedinet.notifications.store import list_notifications
from fedinet.posts import commands as posts
from fedinet.posts.model import Draft, Post
from fedinet.signing.keys import SigningKey
from fedinet.timelines.commands import place_own_post
from fedinet.timelines.store import list_home
from fedinet.vocab.activity import PUBLIC
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, Handler, foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import PeerActor, deliver, peer_actor
from tests.integration.nodes import RunningNode

Json = Mapping[str, object]


@pytest.fixture
async def node(start_node: StartNode) -> RunningNode:
    return await start_node()


@pytest.fixture
async def peer() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as peer:
        yield peer


@pytest.fixture
def bob(peer: ForeignServer) -> PeerActor:
    return peer_actor(peer, "bob")


@pytest.fixture
async def ada(node: RunningNode) -> ActorId:
    return (await given_account(node, "ada"))[1]


# Out of order, and again ------------------------------------------------------------------


async def test_a_post_before_the_follow_is_dropped_and_the_next_one_is_home(
    node: RunningNode, bob: PeerActor, ada: ActorId
) -> None:
    await take(node, bob, create(bob, 1))
    await follow(node, ada, bob)
    await take(node, bob, create(bob, 2))
    assert await outcomes(node) == [
        ("Create", "dropped", "not_relevant"),
        ("Accept", "applied", ""),
        ("Create", "applied", ""),
    ]
    assert await home(node, ada) == [f"{bob.uri}/notes/2"]


async def test_a_delete_before_its_post_keeps_the_post_away(
    node: RunningNode, bob: PeerActor, ada: ActorId
) -> None:
    await follow(node, ada, bob)
    gone = {"id": f"{bob.uri}/notes/1", "type": "Tombstone"}
    await take(node, bob, activity(bob, "Delete", gone, to=[PUBLIC]))
    await take(node, bob, create(bob, 1))
    assert (await outcomes(node))[-1] == ("Create", "dropped", "deleted")
    assert await home(node, ada) == []


async def test_an_undo_before_its_like_takes_it_back_once(
    node: RunningNode, bob: PeerActor, ada: ActorId
) -> None:
    post = await publish(node, ada)
    like = activity(bob, "Like", post.uri)
    await take(node, bob, activity(bob, "Undo", like))
    await take(node, bob, like)
    assert await node.pool.fetchval("SELECT count(*) FROM likes") == 0
    assert await told(node, ada) == []

    await take(node, bob, {**like, "id": f"{bob.uri}#likes/later"})
    assert await node.pool.fetchval("SELECT likes_count FROM posts") == 1
    assert await told(node, ada) == ["like"]


async def test_fifty_copies_at_once_are_one_post_and_one_notification(
    node: RunningNode, bob: PeerActor, ada: ActorId
) -> None:
    await follow(node, ada, bob)
    mine = f"{node.origin}/users/ada"
    mention = {"type": "Mention", "href": mine, "name": f"@ada@{node.domain}"}
    same = create(bob, 1, cc=[mine], tag=[mention])
    anew = [{**same, "id": f"{bob.uri}#again/{number}"} for number in range(25)]
    answers = await asyncio.gather(*(deliver(node, bob, one) for one in [*anew, *[same] * 25]))
    assert {answer.status for answer in answers} == {202}
    await node.drain()
    assert await home(node, ada) == [f"{bob.uri}/notes/1"]
    assert await told(node, ada) == ["mention"]
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1


# What is not theirs, and what is not what it seems -------------------------------------------


async def test_a_post_of_another_server_is_what_that_server_shows(
    node: RunningNode, bob: PeerActor, ada: ActorId
) -> None:
    await follow(node, ada, bob)
    async with foreign_server() as other:
        cleo = peer_actor(other, "cleo", key=2)
        real = other.serve("/users/cleo/notes/1", note(cleo, 1, content="<p>Mine</p>"))
        forged = [
            note(cleo, 1, content="<p>Forged</p>"),
            note(cleo, 1, content="<p>Forged</p>", attributedTo=bob.uri),
            note(bob, 1, id=real),
        ]
        for number, embedded in enumerate(forged):
            await take(node, bob, activity(bob, "Create", embedded, id=f"{bob.uri}#{number}"))
        assert await node.pool.fetchval("SELECT count(*) FROM posts WHERE html ~ 'Forged'") == 0
    assert await home(node, ada) == []
    assert {reason for _, _, reason in await outcomes(node) if reason} == {"forged_author"}


async def test_what_a_post_brings_along_is_taken_off(
    node: RunningNode, bob: PeerActor, ada: ActorId
) -> None:
    await follow(node, ada, bob)
    content = (
        "<p onclick='x()' style='position:fixed'>Hello</p><script>x()</script>"
        "<img src='https://track.example/1.gif'><style>p{}</style><iframe src='//x'></iframe>"
        "<a href='javascript:x()'>click</a><svg><script>x()</script></svg>"
    )
    await take(node, bob, create(bob, 1, content=content, summary="<img src=x onerror=x()>"))
    html, warning = await node.pool.fetchrow("SELECT html, content_note FROM posts")
    assert "Hello" in html
    for forbidden in ("script", "onclick", "style", "img", "iframe", "javascript:", "svg"):
        assert forbidden not in html
    assert "<" not in warning


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("\u0430da", id="homoglyph"),
        pytest.param("ada\u202e", id="bidi"),
        pytest.param("a\u200bda", id="zero width"),
        pytest.param("ada\n", id="control character"),
        pytest.param("ada@evil.example", id="another host"),
        pytest.param("", id="none"),
    ],
)
async def test_a_name_that_looks_like_another_is_nobodys(
    node: RunningNode, peer: ForeignServer, name: str
) -> None:
    eve = peer_actor(peer, "eve", preferredUsername=name)
    answer = await deliver(node, eve, create(eve, 1))
    assert 400 <= answer.status < 500, "and not 503: it will be no better later"
    assert await node.pool.fetchval("SELECT count(*) FROM actors WHERE uri = $1", eve.uri) == 0


async def test_a_display_name_cannot_turn_the_line_round(
    node: RunningNode, peer: ForeignServer, ada: ActorId
) -> None:
    eve = peer_actor(peer, "eve", name="Eve\u202e\u2066 \x07ada\n\nSteward")
    await take(node, eve, activity(eve, "Like", (await publish(node, ada)).uri))
    name = await node.pool.fetchval("SELECT name FROM actors WHERE uri = $1", eve.uri)
    assert name.isprintable() and "\u202e" not in name and "\n" not in name


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1:8080",
        "[::1]:9",
        "[::ffff:10.0.0.1]",
        "[fe80::1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "0.0.0.0:9",
    ],
)
async def test_a_key_at_an_address_of_ours_is_not_fetched(
    node: RunningNode, bob: PeerActor, host: str
) -> None:
    uri = f"http://{host}/users/eve"
    eve = replace(bob, uri=uri, key=SigningKey(KeyUri(f"{uri}#main-key"), bob.key.private))
    answer = await deliver(node, eve, create(eve, 1))
    assert answer.status in (400, 401)
    assert await node.pool.fetchval("SELECT count(*) FROM inbound_queue") == 0


# Peers that do not answer as they should -----------------------------------------------------


async def test_an_answer_that_never_comes_or_never_ends_holds_up_nobody(
    node: RunningNode, peer: ForeignServer, ada: ActorId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedinet.inbox.work.TIME_LIMIT_S", 1.0)
    ended = asyncio.Event()
    answers: dict[str, Handler] = {
        "drip": _dripping(ended),
        "never": _silent(ended),
        "endless": _endless,
        "loop": _looping,
    }
    senders = [peer_actor(peer, name) for name in answers]
    for sender, (name, answer) in zip(senders, answers.items(), strict=True):
        await follow(node, ada, sender)
        peer.answers[f"/users/{name}/notes/1"] = answer
        linked = activity(sender, "Create", f"{sender.uri}/notes/1")
        assert (await deliver(node, sender, linked)).status == 202
    bob = peer_actor(peer, "bob")
    await follow(node, ada, bob)
    await take(node, bob, create(bob, 1))
    ended.set()
    assert await home(node, ada) == [f"{bob.uri}/notes/1"]
    assert await node.pool.fetchval("SELECT count(*) FROM inbound_queue WHERE attempts = 0") == 0
    assert await node.pool.fetchval("SELECT count(*) FROM posts") == 1


def _dripping(ended: asyncio.Event) -> Handler:
    """A byte at a time, and then none."""

    async def drip(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/activity+json"})
        await answer.prepare(request)
        await answer.write(b"{")
        await ended.wait()
        return answer

    return drip


def _silent(ended: asyncio.Event) -> Handler:
    async def say_nothing(_: web.Request) -> web.StreamResponse:
        await ended.wait()
        return web.Response(status=404)

    return say_nothing


async def _endless(request: web.Request) -> web.StreamResponse:
    """Five gigabytes, for whoever reads them."""
    answer = web.StreamResponse(headers={"Content-Type": "application/activity+json"})
    await answer.prepare(request)
    for _ in range(5000):
        await answer.write(b" " * 1_000_000)
    return answer


async def _looping(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(request.path)


# Helpers --------------------------------------------------------------------------------------


def note(author: PeerActor, number: int, **more: object) -> dict[str, object]:
    return {
        "id": f"{author.uri}/notes/{number}",
        "type": "Note",
        "attributedTo": author.uri,
        "content": f"<p>Note {number}</p>",
        "published": datetime.now(UTC).isoformat(),
        "to": [PUBLIC],
        **more,
    }


def activity(actor: PeerActor, kind: str, object_: object, **more: object) -> dict[str, object]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{actor.uri}#{kind}",
        "type": kind,
        "actor": actor.uri,
        "object": object_,
        **more,
    }


def create(author: PeerActor, number: int, **more: object) -> dict[str, object]:
    written = note(author, number, **more)
    addressed = {name: written[name] for name in ("to", "cc") if name in written}
    return activity(author, "Create", written, id=f"{author.uri}#create/{number}", **addressed)


async def take(node: RunningNode, sender: PeerActor, sent: Json) -> None:
    """Deliver, and let everything follow from it."""
    answer = await deliver(node, sender, sent)
    assert answer.status == 202, await answer.text()
    await node.drain()


async def follow(node: RunningNode, member: ActorId, them: PeerActor) -> None:
    """The member follows, and they accept at once."""
    target = await node.services.actors.get(them.uri)
    async with transaction(node.pool) as tx:
        me = await get_actor(tx, member)
        asked = await follows.follow(tx, me, target, now=datetime.now(UTC))
    sent = {"id": asked.uri, "type": "Follow", "actor": me.uri, "object": them.uri}
    await take(node, them, activity(them, "Accept", sent))


async def publish(node: RunningNode, author: ActorId) -> Post:
    async with transaction(node.pool) as tx:
        me: Actor = await get_actor(tx, author)
        return await posts.publish(
            tx,
            node.services.uris,
            me,
            Draft(text="Bread at noon", visibility=Visibility.EVERYONE),
            mentioned={},
            now=datetime.now(UTC),
            on_published=place_own_post,
        )


async def outcomes(node: RunningNode) -> list[tuple[str, str, str]]:
    rows = await node.pool.fetch(
        "SELECT activity_type, outcome, reason FROM inbound_log ORDER BY id"
    )
    return [(row["activity_type"], row["outcome"], row["reason"]) for row in rows]


async def home(node: RunningNode, reader: ActorId) -> list[str]:
    async with transaction(node.pool) as tx:
        items = await list_home(tx, Viewer(reader, is_member=True))
        ids = [item.post_id for item in items]
        return [
            await tx.fetchval("SELECT uri FROM posts WHERE id = $1", post_id) for post_id in ids
        ]


async def told(node: RunningNode, owner: ActorId) -> list[str]:
    async with transaction(node.pool) as tx:
        found = await list_notifications(tx, Viewer(owner, is_member=True))
    return [one.kind for one in found]
