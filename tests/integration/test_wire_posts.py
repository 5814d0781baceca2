"""Posts in the shapes that real servers send, through the handlers, to what is stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.query import Tx
from fedinet.inbox.dispatch import Gathered, Inbound, dispatch, entries_for
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.posts import store
from fedinet.posts.facts import whole_html
from fedinet.posts.inbound import handlers
from fedinet.posts.model import Post
from fedinet.posts.signals import PostDeleted, PostEdited, PostPublished
from fedinet.vocab.activity import Document, parse_activity, reduce_foreign
from fedinet.vocab.normalise import normalise
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.playing import read_table

WIRE = Path(__file__).parents[1] / "wire"
NOW = datetime(2026, 8, 1, 12, 30, tzinfo=UTC)
DOCUMENTS = sorted(str(p.relative_to(WIRE)) for p in WIRE.glob("*/*.json"))


@dataclass(frozen=True)
class Kept:
    """What a Create is expected to become."""

    visibility: str
    text: str
    kind: str = "Note"
    language: str | None = None
    mentions: bool = False
    """It mentions ada."""


KEPT: Mapping[str, Kept] = {
    "mastodon/create_public_reply.json": Kept("everyone", "hi", language="en", mentions=True),
    "mastodon/create_unlisted.json": Kept("quiet", "Plain", language="en"),
    "mastodon/create_followers_only.json": Kept("followers", "Plain", language="en"),
    "mastodon/create_direct.json": Kept("mentioned", "hi", language="en", mentions=True),
    "mastodon/create_question.json": Kept(
        "everyone", "Tea or coffee?", kind="Question", language="en"
    ),
    "mastodon/create_public_4_2.json": Kept("everyone", "hi", language="de", mentions=True),
    "gotosocial/create_single_values.json": Kept(
        "everyone", "slow web", language="en", mentions=True
    ),
    "pleroma/create_as_public.json": Kept("everyone", "hey", mentions=True),
    "misskey/create_home.json": Kept("quiet", "good morning", mentions=True),
    "lemmy/create_page.json": Kept("everyone", "Sourdough", kind="Page", language="fr"),
    "lemmy/create_comment.json": Kept("everyone", "Like this?", mentions=True),
    "lemmy/create_private_message.json": Kept("mentioned", "hi!", kind="ChatMessage"),
    "wordpress/create_article.json": Kept(
        "everyone", "On proofing", kind="Article", language="en-US"
    ),
    "peertube/create_video.json": Kept("everyone", "Kneading", kind="Video"),
    "mobilizon/create_event.json": Kept("everyone", "Old mill", kind="Event"),
    "pleroma/create_question.json": Kept("everyone", "which", kind="Question"),
    "misskey/create_question.json": Kept("everyone", "cat or dog", kind="Question"),
    "gotosocial/create_question.json": Kept(
        "everyone", "Rye or wheat?", kind="Question", language="en"
    ),
    "friendica/create_comment.json": Kept("everyone", "Agreed.", mentions=True),
}


NOT_KEPT = {"gotosocial/create_by_uri.json"}


def document_of(path: str) -> Document:
    recorded: Mapping[str, Any] = json.loads((WIRE / path).read_text())
    return normalise(recorded["document"])


async def receive(tx: Tx, document: Document, sender: Actor, **gathered: Document) -> Outcome:
    """What the inbox does, after it has verified the sender."""
    activity = reduce_foreign(parse_activity(document))
    assert activity.actor == sender.uri
    uri = activity.object_uri
    documents = {uri: gathered["fetched"]} if gathered and uri else {}
    inbound = Inbound(
        activity=activity,
        actor_id=sender.id,
        received_at=NOW,
        now=NOW,
        gathered=Gathered(documents=documents),
    )
    return await dispatch(tx, handlers, inbound)


async def given_author(tx: Tx, document: Document) -> Actor:
    uri = str(document["actor"])
    return await given_remote(tx, "author", uri.split("/")[2], uri=uri)


@pytest.mark.parametrize("path", sorted(KEPT))
async def test_a_post_becomes_what_its_author_meant(tx: Tx, path: str) -> None:
    ada = await given_member(tx, "ada")
    document = document_of(path)
    author = await given_author(tx, document)
    await given_follow(tx, ada, author)

    outcome = await receive(tx, document, author)

    post, expected = await stored(tx, outcome, ada), KEPT[path]
    assert (post.visibility, post.kind, post.language) == (
        Visibility(expected.visibility),
        expected.kind,
        expected.language,
    )
    assert expected.text in whole_html(post)
    assert (ada.id in post.mentions) is expected.mentions
    assert post.author_id == author.id and not post.is_local


async def test_every_detail_of_a_mastodon_post_is_kept(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    document = document_of("mastodon/create_public_reply.json")
    author = await given_author(tx, document)

    post = await stored(tx, await receive(tx, document, author), ada)

    assert post.content_note == "CW text" and post.sensitive
    assert [(a.url, a.media_type, a.description) for a in post.attachments] == [
        ("https://m.example/system/media/a.png", "image/png", "alt text")
    ]
    assert [(t.name, t.written) for t in post.tags] == [("bread", "Bread")]
    assert post.page_url == "https://m.example/@bob/1"
    assert (post.parent_id, post.parent_uri) == (None, "https://home.example/posts/9")
    assert 'class="u-url mention"' in post.html


async def test_a_post_named_by_its_uri_is_fetched_first(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    document = document_of("gotosocial/create_by_uri.json")
    author = await given_author(tx, document)
    [entry] = entries_for(handlers, parse_activity(document))
    assert entry.needs is not None
    needs = await entry.needs(tx, parse_activity(document))
    assert needs.objects == (document["object"],)

    note = document_of("gotosocial/create_single_values.json")["object"]
    outcome = await receive(tx, document, author, fetched=note)  # pyright: ignore[reportArgumentType]

    assert "slow web" in (await stored(tx, outcome, ada)).html


async def test_an_edit_and_a_delete_from_mastodon_apply(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    create = document_of("mastodon/create_unlisted.json")
    author = await given_author(tx, create)
    await given_follow(tx, ada, author)
    post = await stored(tx, await receive(tx, create, author), ada)

    counts = await receive(tx, document_of("mastodon/update_counts_only.json"), author)
    edited = await receive(tx, document_of("mastodon/update_note.json"), author)
    assert counts == Dropped("nothing_changed")
    assert edited == Applied((PostEdited(post.id),))
    assert "Edited" in (await store.get_visible(tx, VISITOR, post.id)).html
    assert len(await store.list_revisions(tx, VISITOR, post.id)) == 2

    deleted = await receive(tx, document_of("mastodon/delete_tombstone.json"), author)
    assert deleted == Applied((PostDeleted(post.id, author.id, post.uri),))
    assert await store.find_visible(tx, VISITOR, post.id) is None
    assert await receive(tx, create, author) == Dropped("deleted")


@pytest.mark.parametrize(
    ("create", "delete"),
    [
        ("gotosocial/create_single_values.json", "gotosocial/delete_by_uri.json"),
        ("pleroma/create_as_public.json", "pleroma/delete_by_uri.json"),
        ("misskey/create_home.json", "misskey/delete_tombstone.json"),
        ("lemmy/create_page.json", "lemmy/delete_page.json"),
    ],
)
async def test_deletes_of_every_shape_apply(tx: Tx, create: str, delete: str) -> None:
    ada = await given_member(tx, "ada")
    author = await given_author(tx, document_of(create))
    await given_follow(tx, ada, author)
    post = await stored(tx, await receive(tx, document_of(create), author), ada)

    outcome = await receive(tx, document_of(delete), author)

    assert outcome == Applied((PostDeleted(post.id, author.id, post.uri),))


def test_each_recorded_document_names_its_software_and_is_tried() -> None:
    creates = {path for path in DOCUMENTS if "/create_" in path}
    for path in creates:
        recorded = json.loads((WIRE / path).read_text())
        assert recorded["software"].lower() == path.split("/")[0] and recorded["version"]
    votes = {path for path in creates if path.endswith("/create_vote.json")}  # test_polls.py
    reviewed = read_table(WIRE / "things_readings.csv")
    assert creates == {*KEPT, *NOT_KEPT, *votes, *reviewed}


async def stored(tx: Tx, outcome: Outcome, member: Actor) -> Post:
    assert isinstance(outcome, Applied), outcome
    [published] = outcome.signals
    assert isinstance(published, PostPublished)
    return await store.get_visible(tx, seen_by(member), PostId(published.post_id))
