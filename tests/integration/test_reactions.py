"""Members like and boost what they may see: rows, counts, deliveries."""

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.query import Tx
from fedinet.follows import blocking
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.paging import Page
from fedinet.posts.model import Post
from fedinet.posts.store import get_visible
from fedinet.reactions import commands, store
from fedinet.reactions.model import OwnReactions
from fedinet.vocab.activity import PUBLIC
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.social import NOW, deliver_note, publish, sent

EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


async def test_a_like_is_counted_once_and_told_to_the_author_alone(tx: Tx) -> None:
    ada, post = await given_remote_post(tx)

    await commands.like(tx, ada, post.id)
    await commands.like(tx, ada, post.id)

    [like] = await sent(tx)
    assert (like.to, like.is_direct, like.to_followers) == ([post.author_id], True, False)
    assert (like.activity["type"], like.activity["object"]) == ("Like", post.uri)
    assert (await get_visible(tx, VISITOR, post.id)).likes_count == 1


async def test_an_unlike_embeds_the_like_as_it_was_sent(tx: Tx) -> None:
    ada, post = await given_remote_post(tx)
    await commands.like(tx, ada, post.id)

    assert await commands.unlike(tx, ada, post.id)
    assert not await commands.unlike(tx, ada, post.id)

    like, undo = await sent(tx)
    assert undo.activity["object"] == {
        key: like.activity[key] for key in ("id", "type", "actor", "object")
    }
    assert (await get_visible(tx, VISITOR, post.id)).likes_count == 0


async def test_a_like_among_members_stays_here(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    post = await publish(tx, cleo, visibility=COMMUNITY)

    await commands.like(tx, ada, post.id)

    assert await sent(tx) == []
    assert (await get_visible(tx, seen_by(ada), post.id)).likes_count == 1


async def test_what_a_member_may_not_see_cannot_be_liked_or_boosted(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    post = await publish(tx, cleo, visibility=FOLLOWERS)

    with pytest.raises(NotFound):
        await commands.like(tx, ada, post.id)
    with pytest.raises(NotFound):
        await commands.boost(tx, ada, post.id, now=NOW)


async def test_a_like_can_be_taken_back_from_what_became_invisible(tx: Tx) -> None:
    ada, post = await given_remote_post(tx)
    await commands.like(tx, ada, post.id)
    bo = await given_author_of(tx, post)
    await blocking.block(tx, bo, ada)

    assert await commands.unlike(tx, ada, post.id)


@pytest.mark.parametrize("visibility", [QUIET, FOLLOWERS, COMMUNITY, MENTIONED])
async def test_only_posts_to_everyone_are_boosted(tx: Tx, visibility: Visibility) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, visibility=visibility)
    before = len(await sent(tx))

    with pytest.raises(Unprocessable, match="boost"):
        await commands.boost(tx, ada, post.id, now=NOW)
    assert len(await sent(tx)) == before


@pytest.mark.parametrize("visibility", [COMMUNITY, MENTIONED])
async def test_a_boost_has_no_narrow_audience(tx: Tx, visibility: Visibility) -> None:
    ada, post = await given_remote_post(tx)

    with pytest.raises(Unprocessable):
        await commands.boost(tx, ada, post.id, visibility=visibility, now=NOW)


async def test_a_boost_goes_to_followers_and_to_the_author_by_its_uri(tx: Tx) -> None:
    ada, post = await given_remote_post(tx)
    bo = await given_author_of(tx, post)

    boost = await commands.boost(tx, ada, post.id, now=NOW)
    assert await commands.boost(tx, ada, post.id, now=NOW) == boost

    [announce] = await sent(tx)
    assert (announce.to_followers, announce.to) == (True, [bo.id])
    assert announce.activity["object"] == post.uri and announce.activity["id"] == boost.uri
    assert announce.activity["to"] == [PUBLIC]
    assert announce.activity["cc"] == [bo.uri, ada.followers_uri]
    assert announce.activity["published"] == "2026-08-01T12:00:00Z"
    assert (await get_visible(tx, VISITOR, post.id)).boosts_count == 1


@pytest.mark.parametrize(
    ("visibility", "has_public"), [(EVERYONE, "to"), (QUIET, "cc"), (FOLLOWERS, "")]
)
async def test_a_boost_is_addressed_as_peers_read_audiences(
    tx: Tx, visibility: Visibility, has_public: str
) -> None:
    ada, post = await given_remote_post(tx)

    await commands.boost(tx, ada, post.id, visibility=visibility, now=NOW)

    activity = (await sent(tx))[0].activity
    assert [key for key in ("to", "cc") if PUBLIC in activity[key]] == (
        [has_public] * bool(has_public)
    )


async def test_an_unboost_goes_where_the_boost_went(tx: Tx) -> None:
    ada, post = await given_remote_post(tx)
    boost = await commands.boost(tx, ada, post.id, now=NOW)

    assert await commands.unboost(tx, ada, post.id)
    assert not await commands.unboost(tx, ada, post.id)

    announce, undo = await sent(tx)
    assert (undo.to_followers, undo.to) == (announce.to_followers, announce.to)
    assert undo.activity["object"]["id"] == boost.uri
    assert undo.activity["object"]["type"] == "Announce"
    assert (await get_visible(tx, VISITOR, post.id)).boosts_count == 0


async def test_a_deleted_post_takes_its_likes_and_boosts_along(tx: Tx) -> None:
    ada, post = await given_remote_post(tx)
    await commands.like(tx, ada, post.id)
    await commands.boost(tx, ada, post.id, now=NOW)

    await tx.execute("DELETE FROM posts WHERE id = $1", post.id)

    assert not await commands.unlike(tx, ada, post.id)
    assert not await commands.unboost(tx, ada, post.id)


async def test_own_reactions_and_lists_are_read_in_sets(tx: Tx) -> None:
    ada, post = await given_remote_post(tx)
    cleo = await given_member(tx, "cleo")
    await commands.like(tx, ada, post.id)
    await commands.like(tx, cleo, post.id)
    await commands.boost(tx, cleo, post.id, now=NOW)

    own = await store.list_own_reactions(tx, cleo.id, [post.id])
    assert own == {post.id: OwnReactions(liked=True, boosted=True)}
    first = await store.list_likers(tx, VISITOR, post.id, Page(limit=1))
    then = await store.list_likers(tx, VISITOR, post.id, Page(max_id=first[0][0]))
    assert [a.username for _, a in (*first, *then)] == ["cleo", "ada"]
    assert [a.username for _, a in await store.list_boosters(tx, VISITOR, post.id)] == ["cleo"]
    assert [id_ for _, id_ in await store.list_liked(tx, seen_by(ada))] == [post.id]


async def test_lists_and_boosts_keep_to_the_gate(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    hidden = await publish(tx, cleo, visibility=COMMUNITY)
    await commands.like(tx, ada, hidden.id)
    shown = await publish(tx, cleo)
    quiet = await commands.boost(tx, ada, shown.id, visibility=FOLLOWERS, now=NOW)

    assert await store.list_likers(tx, VISITOR, hidden.id) == []
    assert await store.find_boost(tx, VISITOR, quiet.id) is None
    assert await store.find_boost(tx, seen_by(ada), quiet.id) == quiet
    await blocking.block(tx, cleo, ada)
    assert await store.list_liked(tx, seen_by(ada)) == []


async def given_remote_post(tx: Tx) -> tuple[Actor, Post]:
    """A public post from elsewhere, by somebody whom ada follows."""
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    return ada, await deliver_note(tx, bo)


async def given_author_of(tx: Tx, post: Post) -> Actor:
    return await get_actor(tx, post.author_id)
