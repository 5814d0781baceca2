"""Quotes in the shapes that real servers send: asked of us, and answered to us."""

import json
from pathlib import Path
from typing import Any

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri
from fedinet.db.query import Tx
from fedinet.kernel.outcomes import Applied
from fedinet.posts import commands
from fedinet.posts.model import Draft, Post
from fedinet.posts.store import get_visible
from fedinet.timelines.commands import place_own_post
from fedinet.vocab.normalise import normalise
from tests.integration.people import URIS, given_follow, given_member, given_remote, seen_by
from tests.integration.social import NOW, deliver_note, publish, receive, sent, tell

WIRE = Path(__file__).parents[1] / "wire"


def document_of(path: str, replaced: dict[str, str]) -> dict[str, Any]:
    text = (WIRE / path).read_text()
    for old, new in replaced.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return dict(normalise(json.loads(text)["document"]))


async def test_mastodon_asks_and_is_answered_under_the_id_of_its_request(tx: Tx) -> None:
    ada, bob = await given_member(tx, "ada"), await given_remote(tx, "bob", "m.example")
    await tx.execute("UPDATE accounts SET quote_policy = 'everyone'")
    post = await publish(tx, ada)
    document = document_of(
        "mastodon/quote_request.json", {"https://home.example/posts/1": post.uri}
    )

    assert isinstance(await receive(tx, bob, document), Applied)

    accept = (await sent(tx))[-1].activity
    assert accept["object"] == {
        "id": document["id"],
        "type": "QuoteRequest",
        "actor": bob.uri,
        "object": post.uri,
        "instrument": "https://m.example/users/bob/statuses/9",
    }
    assert str(accept["result"]).startswith("https://home.example/quotes/")


async def test_mastodon_says_yes_and_takes_it_back(tx: Tx) -> None:
    post, names = await given_our_quote_of_bob(tx)
    ada_sees = seen_by(await given_member(tx, "eve"))
    accept = document_of("mastodon/accept_quote_request.json", names)
    delete = document_of("mastodon/delete_quote_authorization.json", names)
    stamp = delete["object"]

    sender = await sender_of(tx)
    assert isinstance(await receive(tx, sender, accept, documents={stamp["id"]: stamp}), Applied)
    shown = (await get_visible(tx, ada_sees, post.id)).quote
    assert shown is not None and shown.is_shown and shown.stamp_uri == stamp["id"]

    assert await receive(tx, sender, delete) == Applied()
    after = (await get_visible(tx, ada_sees, post.id)).quote
    assert after is not None and after.state == "revoked"


async def test_mastodon_says_no(tx: Tx) -> None:
    post, names = await given_our_quote_of_bob(tx)
    reject = document_of("mastodon/reject_quote_request.json", names)

    assert await receive(tx, await sender_of(tx), reject) == Applied()
    state = await tx.fetchval("SELECT state FROM quotes WHERE post_id = $1", post.id)
    assert state == "rejected"


async def sender_of(tx: Tx) -> Actor:
    bob = await find_actor_by_uri(tx, "https://m.example/users/bob")
    assert bob is not None
    return bob


async def given_our_quote_of_bob(tx: Tx) -> tuple[Post, dict[str, str]]:
    """A post that quotes one of bob's, and the names of the documents for what they are here."""
    ada, bob = await given_member(tx, "ada"), await given_remote(tx, "bob", "m.example")
    await given_follow(tx, ada, bob)
    note = await deliver_note(tx, bob)
    post = await commands.publish(
        tx,
        URIS,
        ada,
        Draft(text="So true", visibility=note.visibility, quoted_id=note.id),
        mentioned={},
        now=NOW,
        on_published=place_own_post,
    )
    await tell(tx)
    request = next(one for one in await sent(tx) if one.activity["type"] == "QuoteRequest")
    names = {
        "https://home.example/activities/q1": request.activity["id"],
        "https://home.example/posts/1": str(post.uri),
        "https://m.example/users/bob/statuses/5": str(note.uri),
    }
    return post, names
