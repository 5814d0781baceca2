"""Thanks as an emoji, and the emoji of other servers in what they write."""

import json
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.remote_store import upsert_remote_actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.query import Tx
from fedinet.emojis.store import find_url
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.notifications.store import list_notifications
from fedinet.posts.model import Post
from fedinet.posts.store import find_visible_by_uri
from fedinet.reactions import emoji_store
from fedinet.reactions.signals import Liked, Reacted, Unliked, Unreacted
from fedinet.vocab.activity import Document
from fedinet.vocab.actor import parse_actor
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.social import NOW, publish, receive, tell
from tests.integration.test_wire_social import document_of


def about(post: Post, document: Document) -> Document:
    """A recorded document, about this very post."""
    text = json.dumps(document).replace("https://home.example/posts/1", post.uri)
    return json.loads(text)


async def given_actor(tx: Tx, document: Document) -> Actor:
    uri = str(document["actor"])
    return await given_remote(tx, "sender", uri.split("/")[2], uri=uri)


async def left(tx: Tx, post: Post) -> list[tuple[str, bool]]:
    found = await emoji_store.list_emoji_under(tx, post.id)
    return [(one.name, one.picture is not None) for one, _ in found]


@pytest.mark.parametrize(
    ("react", "undo", "emoji"),
    [
        ("pleroma/emoji_react.json", "pleroma/undo_emoji_react.json", ("🔥", False)),
        ("akkoma/emoji_react.json", "akkoma/undo_emoji_react_by_uri.json", (":fox_hug:", True)),
    ],
)
async def test_an_emoji_reaction_comes_and_goes(
    tx: Tx, react: str, undo: str, emoji: tuple[str, bool]
) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada)
    document = about(post, document_of(react))
    sender = await given_actor(tx, document)

    assert await receive(tx, sender, document) == Applied((Reacted(sender.id, post.id),))
    assert await receive(tx, sender, document) == Dropped("no_change")
    assert await left(tx, post) == [emoji]
    await tell(tx)
    assert [one.kind for one in await list_notifications(tx, seen_by(ada))] == ["reaction"]
    assert await tx.fetchval("SELECT count(*) FROM likes") == 0

    back = about(post, document_of(undo))
    assert await receive(tx, sender, back) == Applied((Unreacted(sender.id, post.id),))
    await tell(tx)
    assert await left(tx, post) == []
    assert await list_notifications(tx, seen_by(ada)) == []
    assert await receive(tx, sender, back) in (
        Dropped("unknown_reaction"),
        Dropped("unknown_object"),
    )


async def test_an_undo_by_post_and_emoji_takes_that_one_only(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await publish(tx, ada)
    for number, emoji in enumerate(("🎉", "🔥")):
        assert isinstance(await receive(tx, bo, react(bo, post, emoji, number)), Applied)
    undone = {key: value for key, value in react(bo, post, "🎉", 9).items() if key != "id"}
    undo = {"id": f"{bo.uri}/u", "type": "Undo", "actor": bo.uri, "object": undone}

    assert await receive(tx, bo, undo) == Applied((Unreacted(bo.id, post.id),))
    await tell(tx)

    assert await left(tx, post) == [("🔥", False)]
    assert [one.kind for one in await list_notifications(tx, seen_by(ada))] == ["reaction"]


async def test_a_like_with_an_emoji_is_a_like_and_goes_with_it(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada)
    document = about(post, document_of("misskey/like.json"))
    sender = await given_actor(tx, document)

    assert await receive(tx, sender, document) == Applied((Liked(sender.id, post.id),))
    assert await left(tx, post) == [(":bread:", True)]
    changed = {**document, "id": f"{document['id']}2", "content": "🎉", "_misskey_reaction": "🎉"}
    assert await receive(tx, sender, changed) == Dropped("no_change")
    assert await left(tx, post) == [("🎉", False)]

    undo = about(post, document_of("misskey/undo_like.json"))
    assert await receive(tx, sender, undo) == Applied((Unliked(sender.id, post.id),))
    assert await left(tx, post) == []


async def test_what_is_no_reaction_to_a_post_of_ours(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    private = await publish(tx, ada, "Among us", Visibility.COMMUNITY)
    post = await publish(tx, ada)

    async def tries(document: Document) -> Outcome:
        return await receive(tx, bo, document)

    assert await tries(react(bo, post, "nice words")) == Dropped("malformed")
    assert await tries(react(bo, private, "🎉")) == Dropped("unknown_object")
    outcomes = [await tries(react(bo, post, chr(0x1F600 + n), n)) for n in range(25)]
    assert outcomes.count(Dropped("no_change")) == 5
    assert len(await left(tx, post)) == 20


async def test_emoji_of_posts_and_names_are_kept_by_server(tx: Tx) -> None:
    ada, bo, cy = (
        await given_member(tx, "ada"),
        await given_remote(tx, "bo"),
        await given_remote(tx, "cy", "c.example"),
    )
    posts: list[Post] = []
    for author in (bo, cy):
        await given_follow(tx, ada, author)
        await receive(tx, author, note(author, "<p>:blob: :none:</p>"))
        posts.append(await found(tx, f"{author.uri}/1"))
    first, second = posts[0].emojis, posts[1].emojis
    assert [one.shortcode for one in (*first, *second)] == ["blob", "blob"]
    assert first[0].id != second[0].id
    assert await find_url(tx, second[0].id) == "https://c.example/blob.png"

    edit = note(bo, "<p>no more</p>", "2026-08-01T11:59:00Z")
    assert isinstance(
        await receive(tx, bo, {**edit, "type": "Update", "id": f"{bo.uri}/u"}), Applied
    )
    assert (await found(tx, f"{bo.uri}/1")).emojis == ()

    document = {
        "id": "https://b.example/users/di",
        "type": "Person",
        "preferredUsername": "di",
        "inbox": "https://b.example/users/di/inbox",
        "name": "Di :blob:",
        "tag": tags("https://b.example/new.png", updated="2026-08-01T00:00:00Z"),
    }
    actor_id = await upsert_remote_actor(tx, parse_actor(document), NOW)
    named = (await get_actor(tx, actor_id)).emojis
    assert [one.id for one in named] == [first[0].id] and named != first
    assert await find_url(tx, first[0].id) == "https://b.example/new.png"
    await upsert_remote_actor(tx, parse_actor({**document, "name": "Di"}), NOW)
    assert (await get_actor(tx, actor_id)).emojis == ()


def react(actor: Actor, post: Post, content: str, number: int = 1) -> dict[str, object]:
    return {
        "id": f"{actor.uri}/r{number}",
        "type": "EmojiReact",
        "actor": actor.uri,
        "object": post.uri,
        "content": content,
    }


def tags(url: str, **more: object) -> list[dict[str, object]]:
    icon = {"type": "Image", "url": url}
    return [{"type": "Emoji", "name": ":blob:", "icon": icon, **more}]


def note(author: Actor, content: str, updated: str | None = None) -> dict[str, Any]:
    said = {
        "id": f"{author.uri}/1",
        "type": "Note",
        "attributedTo": author.uri,
        "published": "2026-08-01T11:00:00Z",
        "updated": updated,
        "to": ["as:Public"],
        "content": content,
        "tag": tags(f"https://{author.domain}/blob.png"),
    }
    return {"id": f"{author.uri}/1/c", "type": "Create", "actor": author.uri, "object": said}


async def found(tx: Tx, uri: str) -> Post:
    post = await find_visible_by_uri(tx, VISITOR, uri)
    assert post is not None and PostId(post.id)
    return post
