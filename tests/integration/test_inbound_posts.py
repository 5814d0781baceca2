"""Posts of others: forged, repeated, out of order, side by side, in circles."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.audiences.store import list_named
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.inbox.dispatch import GONE, UNKNOWN_OBJECT, Gathered, Inbound, dispatch
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.posts import commands, store
from fedinet.posts.arrivals import Arrival, read_arrival
from fedinet.posts.inbound import create_notes, handlers
from fedinet.posts.intake import take_in
from fedinet.posts.model import Draft, Post
from fedinet.posts.signals import PostPublished
from fedinet.vocab.activity import PUBLIC, Document, parse_activity, reduce_foreign
from fedinet.vocab.note import parse_note
from tests.integration.people import (
    URIS,
    given_block,
    given_follow,
    given_member,
    given_remote,
    seen_by,
)

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
MALFORMED = Dropped("malformed")


def note(author: Actor, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{author.uri}/notes/{number}",
        "type": "Note",
        "attributedTo": author.uri,
        "content": f"<p>Note {number}</p>",
        "published": "2026-08-01T11:00:00Z",
        "to": [PUBLIC],
        "cc": [author.followers_uri],
        **more,
    }


def inbound(
    author: Actor, kind: str, content: object, *, fetched: Document | None = None, **more: Any
) -> Inbound:
    document = {"type": kind, "actor": author.uri, "object": content, **more}
    activity = reduce_foreign(parse_activity(document))
    uri = activity.object_uri
    return Inbound(
        activity=activity,
        actor_id=author.id,
        received_at=NOW,
        now=NOW,
        gathered=Gathered(documents={uri: fetched} if uri and fetched is not None else {}),
    )


async def receive(tx: Tx, author: Actor, kind: str, content: object, **more: Any) -> Outcome:
    return await dispatch(tx, handlers, inbound(author, kind, content, **more))


async def post_of(tx: Tx, uri: object) -> Post:
    post_id = await store.find_post_id_by_uri(tx, str(uri))
    assert post_id is not None
    post = await store.find_visible(tx, VISITOR, post_id)
    assert post is not None
    return post


@dataclass(frozen=True)
class Town:
    """A member who follows a remote actor, and somebody nobody here knows."""

    ada: Actor
    bo: Actor
    mallory: Actor


async def given_town(tx: Tx) -> Town:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    return Town(ada, bo, await given_remote(tx, "mallory"))


# --- forged and broken -------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        pytest.param({"attributedTo": "mallory"}, Dropped("forged_author"), id="another's post"),
        pytest.param({"id": None}, Dropped("no_id"), id="no id"),
        pytest.param({"content": ""}, Dropped("empty"), id="empty"),
        pytest.param({"content": "<p>&nbsp;</p>"}, Dropped("empty"), id="only blanks"),
        pytest.param({"to": [], "cc": []}, Dropped("not_relevant"), id="for nobody"),
    ],
)
async def test_a_post_that_cannot_be_right_is_dropped(
    tx: Tx, change: dict[str, Any], outcome: Outcome
) -> None:
    town = await given_town(tx)
    if change.get("attributedTo") == "mallory":
        change = {"attributedTo": town.mallory.uri}

    assert await receive(tx, town.bo, "Create", note(town.bo, **change)) == outcome
    assert await tx.fetchval("SELECT count(*) FROM posts") == 0


async def test_a_post_with_an_id_of_another_server_is_asked_for_there(tx: Tx) -> None:
    town = await given_town(tx)
    foreign = note(town.bo, id="https://victim.example/notes/1")

    assert await receive(tx, town.bo, "Create", foreign) == UNKNOWN_OBJECT
    theirs = {**foreign, "attributedTo": "https://victim.example/users/v"}
    outcome = await receive(tx, town.bo, "Create", foreign, fetched=theirs)
    assert outcome == Dropped("forged_author")


async def test_absurd_dates_and_endless_text_do_no_harm(tx: Tx) -> None:
    town = await given_town(tx)
    for number, published in enumerate(
        ["0000-00-00T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 5, None]
    ):
        outcome = await receive(
            tx, town.bo, "Create", note(town.bo, number, published=published, content="ü" * 900_000)
        )
        post = await post_of(tx, f"{town.bo.uri}/notes/{number}")
        assert isinstance(outcome, Applied)
        assert post.published_at == NOW
        assert len(post.html) <= 110_000


async def test_a_pushed_post_is_new_though_it_was_published_long_ago(tx: Tx) -> None:
    """A date of the author's must not put a post where nobody looks."""
    town = await given_town(tx)
    await receive(tx, town.bo, "Create", note(town.bo, 1))
    await receive(tx, town.bo, "Create", note(town.bo, 2, published="2001-01-01T00:00:00Z"))

    first, second = [await post_of(tx, f"{town.bo.uri}/notes/{n}") for n in (1, 2)]
    assert second.id > first.id
    assert second.published_at.year == 2001


async def test_a_public_fetch_never_brings_in_what_is_not_public(tx: Tx) -> None:
    town = await given_town(tx)
    private = note(town.bo, to=[town.bo.followers_uri], cc=[])

    outcome = await receive(tx, town.bo, "Create", private["id"], fetched=private)

    assert outcome == Dropped("not_public")
    assert await receive(tx, town.bo, "Update", private["id"], fetched=private) == outcome


async def test_a_linked_post_that_is_gone_is_not_missed(tx: Tx) -> None:
    town = await given_town(tx)
    uri = f"{town.bo.uri}/notes/1"

    assert await receive(tx, town.bo, "Create", uri, fetched=GONE) == Dropped("deleted")
    assert await receive(tx, town.bo, "Create", uri, fetched={"type": "Person"}) == UNKNOWN_OBJECT


async def test_a_suspended_author_is_not_heard(tx: Tx) -> None:
    town = await given_town(tx)
    await tx.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", town.bo.id)

    outcome = await receive(tx, town.bo, "Create", note(town.bo))

    assert outcome == Dropped("actor_suspended")


# --- audiences ---------------------------------------------------------------------


async def test_a_direct_post_is_for_those_it_names_and_nobody_else(tx: Tx) -> None:
    town, ben = await given_town(tx), await given_member(tx, "ben")
    outcome = await receive(
        tx, town.mallory, "Create", note(town.mallory, to=[town.ada.uri], cc=[])
    )

    assert isinstance(outcome, Applied)
    [published] = outcome.signals
    assert isinstance(published, PostPublished)
    assert await list_named(tx, published.post_id) == (town.ada.id,)
    assert await store.find_visible(tx, seen_by(town.ada), published.post_id) is not None
    for outsider in (seen_by(ben), seen_by(town.bo), VISITOR):
        assert await store.find_visible(tx, outsider, published.post_id) is None


async def test_a_followers_post_is_for_accepted_followers_and_those_it_names(tx: Tx) -> None:
    town, ben, cem = (
        await given_town(tx),
        await given_member(tx, "ben"),
        await given_member(tx, "cem"),
    )
    await given_follow(tx, cem, town.bo, "pending")
    private = note(town.bo, to=[town.bo.followers_uri], cc=[ben.uri])
    await receive(tx, town.bo, "Create", private)
    post_id = await store.find_post_id_by_uri(tx, private["id"])
    assert post_id is not None

    sees = {
        who.username: await store.find_visible(tx, seen_by(who), post_id) is not None
        for who in (town.ada, ben, cem)
    }

    assert sees == {"ada": True, "ben": True, "cem": False}


async def test_an_edit_may_narrow_the_audience_and_never_widen_it(tx: Tx) -> None:
    town = await given_town(tx)
    public = note(town.bo)
    await receive(tx, town.bo, "Create", public)
    post_id = (await post_of(tx, public["id"])).id
    followers = [town.bo.followers_uri]

    narrowed = await receive(
        tx,
        town.bo,
        "Update",
        {**public, "to": followers, "cc": [], "updated": "2026-08-01T11:10:00Z"},
    )
    assert isinstance(narrowed, Applied)
    assert await store.find_visible(tx, VISITOR, post_id) is None
    post = await store.get_visible(tx, seen_by(town.ada), post_id)
    assert post.visibility is Visibility.FOLLOWERS

    widened = {**public, "content": "<p>Wide</p>", "updated": "2026-08-01T11:20:00Z"}
    assert isinstance(await receive(tx, town.bo, "Update", widened), Applied)
    post = await store.get_visible(tx, seen_by(town.ada), post_id)
    assert (post.visibility, post.html) == (Visibility.FOLLOWERS, "<p>Wide</p>")


async def test_whom_an_edit_no_longer_names_is_out(tx: Tx) -> None:
    town, ben = await given_town(tx), await given_member(tx, "ben")
    direct = note(town.bo, to=[town.ada.uri, ben.uri], cc=[])
    await receive(tx, town.bo, "Create", direct)
    post_id = await store.find_post_id_by_uri(tx, direct["id"])
    assert post_id is not None

    await receive(
        tx,
        town.bo,
        "Update",
        {
            **direct,
            "to": [town.ada.uri],
            "content": "<p>Only you</p>",
            "updated": "2026-08-01T11:10:00Z",
        },
    )

    assert await store.find_visible(tx, seen_by(ben), post_id) is None
    assert await store.find_visible(tx, seen_by(town.ada), post_id) is not None


# --- order and repetition ------------------------------------------------------------


async def test_the_same_create_fifty_times_at_once_is_one_post(pool: Pool) -> None:
    async with transaction(pool) as tx:
        town = await given_town(tx)
    activity = inbound(town.bo, "Create", note(town.bo))

    async def once() -> Outcome:
        async with transaction(pool) as tx:
            return await dispatch(tx, handlers, activity)

    outcomes = await asyncio.gather(*(once() for _ in range(50)))

    assert sum(isinstance(outcome, Applied) for outcome in outcomes) == 1
    assert outcomes.count(Dropped("already_known")) == 49
    assert await pool.fetchval("SELECT count(*) FROM posts") == 1


async def test_a_post_that_we_fetched_before_its_author_sent_it_is_news_once(tx: Tx) -> None:
    town = await given_town(tx)
    arrival = read_arrival(
        parse_note(note(town.bo)), author_id=town.bo.id, author_uri=town.bo.uri, now=NOW
    )
    assert isinstance(arrival, Arrival)
    [fetched] = await take_in(tx, [arrival], delivered=False, public_only=True)
    assert not isinstance(fetched, Dropped)

    twice = [inbound(town.bo, "Create", note(town.bo)) for _ in range(2)]
    news = Applied((PostPublished(fetched),))
    assert await create_notes(tx, twice) == [news, Dropped("already_known")]
    assert await receive(tx, town.bo, "Create", note(town.bo)) == Dropped("already_known")


async def test_a_delete_before_its_create_wins(tx: Tx) -> None:
    town = await given_town(tx)
    post = note(town.bo)

    assert (
        await receive(tx, town.bo, "Delete", {"type": "Tombstone", "id": post["id"]}) == Applied()
    )
    assert await receive(tx, town.bo, "Create", post) == Dropped("deleted")
    assert await receive(tx, town.bo, "Update", post) == Dropped("deleted")


async def test_a_neighbours_delete_counts_for_nothing(tx: Tx) -> None:
    town = await given_town(tx)
    post = note(town.bo)

    assert await receive(tx, town.mallory, "Delete", post["id"]) == Applied()
    assert isinstance(await receive(tx, town.bo, "Create", post), Applied)
    assert await receive(tx, town.mallory, "Delete", post["id"]) == Dropped("not_the_author")
    assert (await post_of(tx, post["id"])).author_id == town.bo.id
    assert isinstance(await receive(tx, town.bo, "Delete", post["id"]), Applied)
    assert await receive(tx, town.bo, "Create", post) == Dropped("deleted")


async def test_what_belongs_to_another_server_cannot_be_deleted(tx: Tx) -> None:
    town = await given_town(tx)

    outcome = await receive(tx, town.bo, "Delete", "https://home.example/posts/1")

    assert outcome == Dropped("foreign_object")
    assert await receive(tx, town.bo, "Delete", {"type": "Tombstone"}) == MALFORMED


async def test_a_young_update_before_its_create_is_the_post(tx: Tx) -> None:
    town = await given_town(tx)
    late = note(town.bo, content="<p>Second thought</p>", updated="2026-08-01T11:30:00Z")

    outcome = await receive(tx, town.bo, "Update", late)

    assert isinstance(outcome, Applied) and isinstance(outcome.signals[0], PostPublished)
    assert await receive(tx, town.bo, "Create", note(town.bo)) == Dropped("already_known")
    assert (await post_of(tx, late["id"])).html == "<p>Second thought</p>"


async def test_an_update_of_an_old_post_that_we_never_had_is_not_the_post(tx: Tx) -> None:
    town = await given_town(tx)
    old = note(town.bo, published="2026-07-01T00:00:00Z", updated="2026-08-01T11:30:00Z")

    assert await receive(tx, town.bo, "Update", old) == UNKNOWN_OBJECT


async def test_an_older_update_after_a_newer_one_changes_nothing(tx: Tx) -> None:
    town = await given_town(tx)
    post = note(town.bo)
    await receive(tx, town.bo, "Create", post)
    newer = {**post, "content": "<p>New</p>", "updated": "2026-08-01T11:30:00Z"}
    older = {**post, "content": "<p>Old</p>", "updated": "2026-08-01T11:20:00Z"}

    assert isinstance(await receive(tx, town.bo, "Update", newer), Applied)
    assert await receive(tx, town.bo, "Update", older) == Dropped("not_newer")
    assert await receive(tx, town.bo, "Update", newer) == Dropped("not_newer")
    assert (await post_of(tx, post["id"])).html == "<p>New</p>"


async def test_an_update_from_the_future_does_not_lock_the_post(tx: Tx) -> None:
    town = await given_town(tx)
    post = note(town.bo)
    await receive(tx, town.bo, "Create", post)
    await receive(
        tx, town.bo, "Update", {**post, "content": "1", "updated": "9000-01-01T00:00:00Z"}
    )
    later = inbound(town.bo, "Update", {**post, "content": "2", "updated": "9000-01-01T00:00:00Z"})

    outcome = await dispatch(tx, handlers, replace(later, now=NOW + timedelta(minutes=1)))

    assert isinstance(outcome, Applied)
    assert (await post_of(tx, post["id"])).html == "2"


async def test_nobody_edits_anothers_post(tx: Tx) -> None:
    town = await given_town(tx)
    post = note(town.bo)
    await receive(tx, town.bo, "Create", post)
    stolen = {**post, "attributedTo": town.mallory.uri, "updated": "2026-08-01T11:30:00Z"}

    assert await receive(tx, town.mallory, "Update", stolen) == Dropped("not_the_author")
    claimed = {**stolen, "attributedTo": town.bo.uri}
    assert await receive(tx, town.mallory, "Update", claimed) == Dropped("forged_author")


async def test_an_edit_replaces_mentions_and_tags(tx: Tx) -> None:
    town = await given_town(tx)
    mention = {"type": "Mention", "href": town.ada.uri, "name": "@ada"}
    post = note(town.bo, cc=[town.ada.uri], tag=[mention, {"type": "Hashtag", "name": "#one"}])
    await receive(tx, town.bo, "Create", post)
    assert (await post_of(tx, post["id"])).mentions == (town.ada.id,)

    await receive(
        tx,
        town.bo,
        "Update",
        {
            **post,
            "content": "<p>x</p>",
            "tag": [{"type": "Hashtag", "name": "#two"}],
            "updated": "2026-08-01T11:30:00Z",
        },
    )

    edited = await post_of(tx, post["id"])
    assert edited.mentions == ()
    assert [tag.name for tag in edited.tags] == ["two"]
    assert edited.edited_at == datetime(2026, 8, 1, 11, 30, tzinfo=UTC)


# --- threads ---------------------------------------------------------------------------


async def test_a_reply_before_its_parent_finds_its_place_when_the_parent_comes(tx: Tx) -> None:
    town = await given_town(tx)
    root, middle, leaf = chain(town.bo, 3)

    for document in (leaf, middle, root):
        assert isinstance(await receive(tx, town.bo, "Create", document), Applied)

    posts = [await post_of(tx, document["id"]) for document in (root, middle, leaf)]
    assert [post.parent_id for post in posts] == [None, posts[0].id, posts[1].id]
    assert {post.root_id for post in posts} == {posts[0].id}
    assert [post.replies_count for post in posts] == [1, 1, 0]
    assert await store.list_ancestors(tx, VISITOR, posts[2].id) == posts[:2]
    below = await store.list_descendants(tx, VISITOR, posts[0].id)
    assert {post.id for post in below} == {post.id for post in posts[1:]}


async def test_a_whole_thread_in_one_batch_is_a_thread_in_any_order(tx: Tx) -> None:
    town = await given_town(tx)
    first, second, third = chain(town.bo, 3)
    batch = [inbound(town.bo, "Create", d) for d in (third, first, second, first)]

    outcomes = await create_notes(tx, batch)

    assert [isinstance(o, Applied) for o in outcomes] == [True, True, True, False]
    assert outcomes[3] == Dropped("already_known")
    posts = [await post_of(tx, document["id"]) for document in (first, second, third)]
    assert [post.parent_id for post in posts] == [None, posts[0].id, posts[1].id]
    assert {post.root_id for post in posts} == {posts[0].id}
    assert [post.replies_count for post in posts] == [1, 1, 0]


async def test_a_batch_answers_for_each_activity_in_its_order(tx: Tx) -> None:
    town = await given_town(tx)
    batch = [
        inbound(town.bo, "Create", note(town.bo, 1)),
        inbound(town.bo, "Create", note(town.bo, 2, content="")),
        inbound(town.mallory, "Create", note(town.mallory, 3)),
        inbound(town.bo, "Create", note(town.bo, 4)),
    ]

    outcomes = await create_notes(tx, batch)

    assert [o.reason if isinstance(o, Dropped) else "" for o in outcomes] == [
        "",
        "empty",
        "not_relevant",
        "",
    ]
    assert await create_notes(tx, []) == []


async def test_a_parent_and_its_answer_that_arrive_side_by_side_find_each_other(
    pool: Pool,
) -> None:
    async with transaction(pool) as tx:
        town, cy = await given_town(tx), await given_remote(tx, "cy")
        await given_follow(tx, town.ada, cy)

    async def store_one(author: Actor, document: dict[str, Any]) -> None:
        async with transaction(pool) as tx:
            await receive(tx, author, "Create", document)

    for number in range(1, 21):
        parent = note(town.bo, number)
        answer = note(cy, number, inReplyTo=parent["id"])
        await asyncio.gather(store_one(town.bo, parent), store_one(cy, answer))

    assert await pool.fetchval("SELECT count(*) FROM posts WHERE parent_id IS NOT NULL") == 20


async def test_posts_that_answer_each_other_make_no_circle(tx: Tx) -> None:
    town = await given_town(tx)
    ring = [note(town.bo, n, inReplyTo=f"{town.bo.uri}/notes/{(n + 1) % 4}") for n in range(4)]
    itself = note(town.bo, 9, inReplyTo=f"{town.bo.uri}/notes/9")

    for document in (*ring, itself):
        assert isinstance(await receive(tx, town.bo, "Create", document), Applied)

    for document in ring:
        post = await post_of(tx, document["id"])
        assert len(await store.list_ancestors(tx, VISITOR, post.id)) <= 3
        assert len(await store.list_descendants(tx, VISITOR, post.id)) <= 3
    assert (await post_of(tx, itself["id"])).parent_uri is None


async def test_a_circle_in_one_batch_is_none_either(tx: Tx) -> None:
    town = await given_town(tx)
    a = note(town.bo, 1, inReplyTo=f"{town.bo.uri}/notes/2")
    b = note(town.bo, 2, inReplyTo=f"{town.bo.uri}/notes/1")

    await create_notes(tx, [inbound(town.bo, "Create", d) for d in (a, b)])

    posts = [await post_of(tx, d["id"]) for d in (a, b)]
    assert [post.parent_id for post in posts] == [None, posts[0].id]


async def test_an_unknown_parent_is_looked_for_once(tx: Tx) -> None:
    town = await given_town(tx)
    for number in (1, 2):
        await receive(
            tx, town.bo, "Create", note(town.bo, number, inReplyTo="https://c.example/notes/1")
        )

    jobs = await tx.fetch("SELECT kind, payload->>'uri' AS uri FROM jobs")
    assert [tuple(job) for job in jobs] == [("posts.fetch_parent", "https://c.example/notes/1")]


async def test_an_answer_to_a_members_post_is_kept_though_nobody_follows_its_author(
    tx: Tx,
) -> None:
    town = await given_town(tx)
    mine = await publish(tx, town.ada, Visibility.EVERYONE)

    outcome = await receive(tx, town.mallory, "Create", note(town.mallory, inReplyTo=mine.uri))

    assert isinstance(outcome, Applied)
    answer = await post_of(tx, f"{town.mallory.uri}/notes/1")
    assert (answer.parent_id, answer.root_id) == (mine.id, mine.id)


@pytest.mark.parametrize("visibility", [Visibility.COMMUNITY, Visibility.FOLLOWERS])
async def test_nobody_gets_into_a_conversation_they_may_not_see(
    tx: Tx, visibility: Visibility
) -> None:
    """Ids of posts can be guessed: an answer to one must not appear below it."""
    town = await given_town(tx)
    mine = await publish(tx, town.ada, visibility)

    stranger = await receive(tx, town.mallory, "Create", note(town.mallory, inReplyTo=mine.uri))
    followed = await receive(tx, town.bo, "Create", note(town.bo, inReplyTo=mine.uri))

    assert stranger == Dropped("not_relevant")
    assert isinstance(followed, Applied)
    assert (await post_of(tx, f"{town.bo.uri}/notes/1")).parent_id is None
    assert await store.list_descendants(tx, seen_by(town.ada), mine.id) == []


async def test_whom_the_author_blocks_does_not_answer_below_their_post(tx: Tx) -> None:
    town = await given_town(tx)
    mine = await publish(tx, town.ada, Visibility.EVERYONE)
    await given_block(tx, town.ada, town.mallory)

    outcome = await receive(tx, town.mallory, "Create", note(town.mallory, inReplyTo=mine.uri))

    assert outcome == Dropped("not_relevant")


async def test_deleting_a_post_in_the_middle_leaves_the_thread_readable(tx: Tx) -> None:
    town = await given_town(tx)
    documents = chain(town.bo, 3)
    for document in documents:
        await receive(tx, town.bo, "Create", document)
    root = await post_of(tx, documents[0]["id"])

    await receive(tx, town.bo, "Delete", documents[1]["id"])

    [left] = await store.list_descendants(tx, VISITOR, root.id)
    assert (left.uri, left.parent_id) == (documents[2]["id"], None)
    assert (await post_of(tx, root.uri)).replies_count == 0


async def test_numbers_of_answers_are_right_when_an_account_goes_with_all_its_posts(
    tx: Tx,
) -> None:
    town = await given_town(tx)
    mine = await publish(tx, town.ada, Visibility.EVERYONE)
    for number in (1, 2, 3):
        await receive(tx, town.mallory, "Create", note(town.mallory, number, inReplyTo=mine.uri))
    await receive(tx, town.bo, "Create", note(town.bo, 1, inReplyTo=mine.uri))
    assert (await post_of(tx, mine.uri)).replies_count == 4

    await tx.execute("DELETE FROM actors WHERE id = $1", town.mallory.id)

    assert (await post_of(tx, mine.uri)).replies_count == 1


def chain(author: Actor, length: int) -> Sequence[dict[str, Any]]:
    """Posts of which each answers the one before it."""
    documents = [note(author, 1)]
    for number in range(2, length + 1):
        documents.append(note(author, number, inReplyTo=documents[-1]["id"]))
    return documents


async def publish(tx: Tx, author: Actor, visibility: Visibility) -> Post:
    async def nothing(_tx: Tx, _post: Post) -> None:
        """No home rows here."""

    return await commands.publish(
        tx,
        URIS,
        author,
        Draft(text="Mine", visibility=visibility),
        mentioned={},
        now=NOW,
        on_published=nothing,
    )
