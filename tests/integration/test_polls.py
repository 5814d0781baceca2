"""Polls: asked here and answered from everywhere, asked elsewhere and answered here."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.notifications.store import list_notifications
from fedinet.polls import commands as polls
from fedinet.polls.model import PollDraft
from fedinet.posts import commands, reach, store
from fedinet.posts.inbound import create_notes
from fedinet.posts.model import Draft, Post
from fedinet.posts.store import get_visible, list_revisions
from fedinet.timelines.commands import place_own_post
from fedinet.vocab.activity import Document
from tests.integration.people import (
    URIS,
    given_follow,
    given_member,
    given_remote,
    seen_by,
)
from tests.integration.social import NOW, inbound, receive, sent, tell
from tests.integration.test_wire_posts import document_of

DAY = timedelta(days=1)


async def asks(
    tx: Tx,
    author: Actor,
    *options: str,
    multiple: bool = False,
    visibility: Visibility = Visibility.EVERYONE,
) -> Post:
    draft = PollDraft(options=options or ("Tea", "Coffee"), lasts=DAY, multiple=multiple)
    return await commands.publish(
        tx,
        URIS,
        author,
        Draft(text="Tea or coffee?", visibility=visibility, poll=draft),
        mentioned={},
        now=NOW,
        on_published=place_own_post,
    )


def vote(voter: Actor, post: Post, name: str, number: int = 1, **changed: Any) -> Document:
    note = {
        "id": f"{voter.uri}#votes/{number}",
        "type": "Note",
        "name": name,
        "attributedTo": voter.uri,
        "inReplyTo": post.uri,
    }
    uri = f"{note['id']}/activity"
    return {"id": uri, "type": "Create", "actor": voter.uri, "object": note | changed}


async def counts(tx: Tx, post: Post) -> tuple[tuple[int, ...], int | None]:
    now = await get_visible(tx, seen_by_author(post), post.id)
    assert now.poll is not None
    return now.poll.counts, now.poll.voters


def seen_by_author(post: Post) -> Any:
    return replace(VISITOR, actor_id=post.author_id, is_member=True)


def retold(document: Document, post: Post) -> tuple[Document, Any]:
    """A recorded vote, as one in this very poll."""
    members: Any = document["object"]
    many = members if isinstance(members, list) else [members]
    asked = [{**member, "inReplyTo": post.uri} for member in many]
    return {**document, "object": asked if len(asked) > 1 else asked[0]}, asked


@pytest.mark.parametrize("software", ["mastodon", "misskey", "pleroma", "gotosocial"])
async def test_votes_of_every_shape_are_counted_and_are_no_posts(tx: Tx, software: str) -> None:
    ada = await given_member(tx, "ada")
    post = await asks(tx, ada, multiple=True)
    document, members = retold(document_of(f"{software}/create_vote.json"), post)
    uri = str(document["actor"])
    voter = await given_remote(tx, "voter", uri.split("/")[2], uri=uri)

    assert await receive(tx, voter, document) == Applied()

    assert await counts(tx, post) == ((1, len(members) - 1), 1)
    assert await receive(tx, voter, document) == Dropped("already_voted")
    assert await tx.fetchval("SELECT count(*) FROM posts") == 1
    told = await tx.fetch("SELECT kind FROM jobs ORDER BY kind")
    assert [row["kind"] for row in told] == ["polls.end", "polls.tell_counts"]


async def test_a_batch_of_votes_and_posts_is_counted_like_one_by_one(tx: Tx) -> None:
    ada, post_author = await given_member(tx, "ada"), await given_remote(tx, "cy")
    voters = [await given_remote(tx, f"v{n}") for n in range(3)]
    await given_follow(tx, ada, post_author)
    post = await asks(tx, ada)
    other = await asks(tx, ada, "A", "B", multiple=True)
    note = {"id": f"{post_author.uri}/1", "type": "Note", "attributedTo": post_author.uri}
    create = {
        "id": f"{post_author.uri}/1/create",
        "type": "Create",
        "actor": post_author.uri,
        "to": ["as:Public"],
        "object": note | {"content": "<p>No vote</p>"},
    }
    batch = [
        inbound(voters[0], vote(voters[0], post, "Tea")),
        inbound(voters[0], vote(voters[0], post, "Coffee", 2)),
        inbound(post_author, create),
        inbound(voters[1], vote(voters[1], other, "A")),
        inbound(voters[1], vote(voters[1], other, "B", 2)),
        inbound(voters[2], vote(voters[2], post, "Tea")),
    ]

    outcomes = await create_notes(tx, batch)

    assert outcomes[:2] == [Applied(), Dropped("already_voted")]
    assert isinstance(outcomes[2], Applied) and outcomes[2].signals
    assert outcomes[3:] == [Applied()] * 3
    assert await counts(tx, post) == ((2, 0), 2)
    assert await counts(tx, other) == ((1, 1), 1)


async def test_what_does_not_count(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await asks(tx, ada)
    private = await asks(tx, ada, visibility=Visibility.FOLLOWERS)
    inside = await asks(tx, ada, visibility=Visibility.COMMUNITY)

    async def tries(document: Document, **options: Any) -> Outcome:
        return await receive(tx, bo, document, **options)

    unknown = Dropped("unknown_poll")
    assert await tries(vote(bo, post, "Milk")) == Dropped("unknown_option")
    assert await tries(vote(bo, post, "x" * 100_000)) == Dropped("unknown_option")
    assert await tries(vote(bo, private, "Tea")) == unknown
    assert await tries(vote(bo, inside, "Tea")) == unknown
    assert await tries(vote(bo, post, "Tea", inReplyTo="https://c.example/1")) == unknown
    other = "https://b.example/users/cy"
    assert await tries(vote(bo, post, "Tea", attributedTo=other)) == Dropped("forged_author")
    late = await tries(vote(bo, post, "Tea"), now=NOW + DAY)
    assert late == Dropped("poll_ended")
    assert await counts(tx, post) == ((0, 0), 0)
    await given_follow(tx, bo, ada)
    assert await tries(vote(bo, private, "Tea")) == Applied()


async def test_a_poll_of_ours_goes_out_as_a_question_and_its_counts_are_no_edit(tx: Tx) -> None:
    ada, eve = await given_member(tx, "ada"), await given_member(tx, "eve")
    bo = await given_remote(tx, "bo")
    await given_follow(tx, bo, ada)
    post = await asks(tx, ada)
    await polls.vote(tx, eve, post.id, [1], now=NOW)
    await receive(tx, bo, vote(bo, post, "Tea"))

    now = await get_visible(tx, seen_by(ada), post.id)
    await reach.send_counts(tx, ada, now, NOW + timedelta(minutes=3))

    created, updated = await sent(tx)
    question = created.activity["object"]
    assert (question["type"], question["endTime"]) == ("Question", "2026-08-02T12:00:00Z")
    assert [(o["name"], o["replies"]["totalItems"]) for o in question["oneOf"]] == [
        ("Tea", 0),
        ("Coffee", 0),
    ]
    recount = updated.activity["object"]
    assert [o["replies"]["totalItems"] for o in recount["oneOf"]] == [1, 1]
    assert recount["votersCount"] == 2
    assert "updated" not in recount and "closed" not in recount
    assert updated.to_followers and list(updated.to) == [bo.id]
    assert bo.uri not in str(updated.activity) and eve.uri not in str(updated.activity)


async def test_a_member_votes_elsewhere_once_and_only_its_author_is_told(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await given_question(tx, ada, bo, key="anyOf")

    await polls.vote(tx, ada, post.id, [0, 1], now=NOW)
    with pytest.raises(Unprocessable, match="voted before"):
        await polls.vote(tx, ada, post.id, [0], now=NOW)

    tea, coffee = await sent(tx)
    assert tea.is_direct and list(tea.to) == [bo.id] and not tea.to_followers
    assert tea.activity["to"] == [bo.uri] and "cc" not in tea.activity
    names = [one.activity["object"]["name"] for one in (tea, coffee)]
    assert names == ["Tea", " <i>Coffee</i>"]
    assert tea.activity["object"]["inReplyTo"] == post.uri
    assert "content" not in tea.activity["object"]
    assert await counts(tx, post) == ((4, 2), 5)


async def test_nobody_votes_in_what_they_may_not_see(tx: Tx) -> None:
    ada, eve = await given_member(tx, "ada"), await given_member(tx, "eve")
    post = await asks(tx, ada, visibility=Visibility.FOLLOWERS)
    with pytest.raises(NotFound):
        await polls.vote(tx, eve, post.id, [0], now=NOW)


async def test_new_counts_from_mastodon_are_no_edit_and_its_end_is_told(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    create = document_of("mastodon/create_question.json")
    bob = await given_remote(tx, "bob", "m.example", uri=str(create["actor"]))
    await given_follow(tx, ada, bob)
    await receive(tx, bob, create, now=NOW)
    post = await store.find_visible_by_uri(tx, VISITOR, "https://m.example/users/bob/statuses/5")
    assert post is not None
    assert post.poll is not None and post.poll.options == ("Tea", "Coffee")
    await polls.vote(tx, ada, post.id, [0], now=NOW)
    assert await counts(tx, post) == ((1, 0), 1)

    counted = document_of("mastodon/update_question_counts.json")
    closed = document_of("mastodon/update_question_closed.json")
    assert await receive(tx, bob, counted, now=NOW) == Applied()
    assert await counts(tx, post) == ((3, 1), 4)
    assert await receive(tx, bob, counted, now=NOW) == Dropped("nothing_changed")
    assert await receive(tx, bob, closed, now=NOW + DAY) == Applied()
    assert await receive(tx, bob, counted, now=NOW + DAY) == Dropped("nothing_changed")
    assert await counts(tx, post) == ((3, 2), 5)
    assert len(await list_revisions(tx, VISITOR, post.id)) == 1
    await tell(tx)
    assert [one.kind for one in await list_notifications(tx, seen_by(ada))] == ["poll"]


async def test_an_edit_with_other_options_resets_the_votes(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await given_question(tx, ada, bo)
    await polls.vote(tx, ada, post.id, [0], now=NOW)
    other = question(bo, oneOf=[option("Milk", 9), option("Juice", 1)])

    assert await receive(tx, bo, update(bo, other)) == Dropped("not_newer")
    edited = await receive(tx, bo, update(bo, {**other, "updated": "2026-08-01T11:30:00Z"}))

    assert isinstance(edited, Applied) and edited.signals
    now = await get_visible(tx, VISITOR, post.id)
    assert now.poll is not None
    assert (now.poll.options, now.poll.counts) == (("Milk", "Juice"), (9, 1))
    await polls.vote(tx, ada, post.id, [1], now=NOW)
    gone = question(bo, type="Note", updated="2026-08-01T11:45:00Z")
    assert isinstance(await receive(tx, bo, update(bo, gone)), Applied)
    assert (await get_visible(tx, VISITOR, post.id)).poll is None
    asked = [one.asked for one in await list_revisions(tx, VISITOR, post.id)]
    assert asked == [post.poll and post.poll.options, ("Milk", "Juice"), None]


async def test_an_end_that_moves_is_waited_for_only_where_somebody_voted(tx: Tx) -> None:
    """Else an Update a second would leave a job a second, for ends that never come."""
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    post = await given_question(tx, ada, bo)
    waiting = "SELECT count(*) FROM jobs WHERE kind = 'polls.end'"
    options = [option("Tea", 3), option(" <i>Coffee</i>", 1)]
    for day, jobs in ((6, 0), (7, 0), (8, 2)):
        if jobs:
            await polls.vote(tx, ada, post.id, [0], now=NOW)
        moved = question(bo, oneOf=options, endTime=f"2026-08-{day:02}T11:00:00Z")
        assert await receive(tx, bo, update(bo, moved)) == Applied()
        assert await tx.fetchval(waiting) == jobs


async def test_nobody_else_counts_for_the_author(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cy = await given_remote(tx, "cy")
    post = await given_question(tx, ada, bo)
    forged = question(bo, oneOf=[option("Tea", 99), option(" <i>Coffee</i>", 0)])
    as_cy = {**forged, "attributedTo": cy.uri}

    assert await receive(tx, cy, update(cy, forged)) == Dropped("forged_author")
    assert await receive(tx, cy, update(cy, as_cy)) == Dropped("not_the_author")
    assert await counts(tx, post) == ((3, 1), 4)


def option(name: str, count: int) -> dict[str, object]:
    return {"type": "Note", "name": name, "replies": {"totalItems": count}}


def question(author: Actor, **said: object) -> dict[str, object]:
    return {
        "id": f"{author.uri}/q",
        "type": "Question",
        "attributedTo": author.uri,
        "published": "2026-08-01T11:00:00Z",
        "to": ["as:Public"],
        "content": "<p>Tea or coffee?</p>",
        "endTime": "2026-08-05T11:00:00Z",
        "votersCount": 4,
        **said,
    }


def update(actor: Actor, said: Document) -> Document:
    return {"id": f"{actor.uri}/u", "type": "Update", "actor": actor.uri, "object": said}


async def given_question(tx: Tx, reader: Actor, author: Actor, *, key: str = "oneOf") -> Post:
    await given_follow(tx, reader, author)
    asked = question(author, **{key: [option("Tea", 3), option(" <i>Coffee</i>", 1)]})
    create = {"id": f"{author.uri}/c", "type": "Create", "actor": author.uri, "object": asked}
    outcome = await receive(tx, author, create)
    assert isinstance(outcome, Applied), outcome
    post_id = await tx.fetchval("SELECT id FROM posts WHERE uri = $1", f"{author.uri}/q")
    return await get_visible(tx, VISITOR, PostId(post_id))
