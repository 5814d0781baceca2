"""Two nodes, real HTTP: a conversation from the first word to the last, in both directions."""

from datetime import UTC, datetime

import pytest

from fedinet.accounts.commands import update_profile
from fedinet.actors.model import ProfileChange
from fedinet.audiences.model import Visibility
from fedinet.follows import blocking
from fedinet.markup.sanitise import plain_text
from fedinet.posts import changing
from fedinet.posts import commands as posts
from fedinet.posts.model import Change, Post
from fedinet.posts.store import find_visible_by_uri, list_revisions
from fedinet.reactions import commands as reactions
from tests.integration.conftest import StartNode
from tests.integration.members import (
    Member,
    accepts,
    copy_of,
    counts,
    follows,
    given_member_of,
    original,
    publishes,
    suspend,
)


@pytest.fixture
async def ada(start_node: StartNode) -> Member:
    return await given_member_of(await start_node(), "ada")


@pytest.fixture
async def bo(start_node: StartNode, ada: Member) -> Member:
    """On another node; they follow each other, each with the other's yes."""
    bo = await given_member_of(await start_node(), "bo")
    for one, other in ((ada, bo), (bo, ada)):
        await follows(one, other)
        assert (await one.stands_to(other)).requested
        await accepts(other, one)
        assert (await one.stands_to(other)).following
    return bo


async def test_a_thread_is_the_same_on_both_sides(ada: Member, bo: Member) -> None:
    first = await publishes(ada, "Who bakes on Friday?")
    second = await publishes(bo, "I do", answering=await copy_of(bo, first))
    third = await publishes(ada, "With rye?", answering=await copy_of(ada, second))
    fourth = await publishes(bo, "With rye", answering=await copy_of(bo, third))

    for reader in (ada, bo):
        thread = [await copy_of(reader, post) for post in (first, second, third, fourth)]
        assert [post.parent_id for post in thread] == [None, *(post.id for post in thread[:3])]
        assert {post.root_id for post in thread} == {thread[0].id}
        assert [post.replies_count for post in thread] == [1, 1, 1, 0]
        assert len(await reader.home()) == 4
    assert await ada.told() == ["reply", "reply", "follow", "follow_accepted"]
    assert await bo.told() == ["reply", "follow_accepted", "follow"]


@pytest.mark.parametrize("visibility", [Visibility.QUIET, Visibility.FOLLOWERS])
async def test_an_answer_keeps_the_audience_of_what_it_answers(
    ada: Member, bo: Member, visibility: Visibility
) -> None:
    first = await publishes(ada, "Among us", visibility)
    second = await publishes(bo, "Indeed", answering=await copy_of(bo, first))
    assert second.visibility is visibility
    assert (await copy_of(ada, second)).visibility is visibility


async def test_a_community_post_stays_at_home(ada: Member, bo: Member) -> None:
    inside = await publishes(ada, "Keys are under the mat", Visibility.COMMUNITY)
    assert await find_visible_by_uri(bo.node.pool, bo.viewer, inside.uri) is None
    assert await bo.node.pool.fetchval("SELECT count(*) FROM posts") == 0
    assert await bo.home() == []


async def test_edits_arrive_with_what_was_said_before(ada: Member, bo: Member) -> None:
    for author, reader in ((ada, bo), (bo, ada)):
        post = await publishes(author, "Bread at non")
        await edits(author, post, Change(text="Bread at noon"))
        await edits(author, post, Change(text="Cake at noon", content_note="food"))

        for member in (author, reader):
            here = await copy_of(member, post)
            said = await list_revisions(member.node.pool, member.viewer, here.id)
            texts = [(plain_text(one.html), one.content_note) for one in said]
            assert texts == [("Bread at non", ""), ("Bread at noon", ""), ("Cake at noon", "food")]
        assert (await copy_of(author, post)).edited_at is not None


async def test_likes_and_boosts_come_and_go(ada: Member, bo: Member) -> None:
    for author, reader in ((ada, bo), (bo, ada)):
        post = await publishes(author, "Sourdough")
        here = await copy_of(reader, post)
        for _ in range(2):
            await reader.does(lambda tx, me, here=here: reactions.like(tx, me, here.id))
            await reader.does(
                lambda tx, me, here=here: reactions.boost(tx, me, here.id, now=datetime.now(UTC))
            )
            assert counts(await original(author, post)) == (1, 1)
            assert sorted(await author.told())[:1] == ["boost"]
            await reader.does(lambda tx, me, here=here: reactions.unlike(tx, me, here.id))
            await reader.does(lambda tx, me, here=here: reactions.unboost(tx, me, here.id))
            assert counts(await original(author, post)) == (0, 0)
        assert sorted(await author.told()) == ["follow", "follow_accepted"]


async def test_a_deleted_post_is_gone_everywhere_with_all_that_hung_on_it(
    ada: Member, bo: Member
) -> None:
    for author, reader in ((ada, bo), (bo, ada)):
        post = await publishes(author, "Not for long")
        here = await copy_of(reader, post)
        await reader.does(lambda tx, me, here=here: reactions.like(tx, me, here.id))
        await publishes(reader, "A pity", answering=here)
        await author.does(lambda tx, me, post=post: posts.delete(tx, me, post.id))

        for member in (author, reader):
            assert await find_visible_by_uri(member.node.pool, member.viewer, post.uri) is None
            assert "Not for long" not in " ".join(await member.home())
            assert await member.node.pool.fetchval("SELECT count(*) FROM likes") == 0


async def test_a_changed_profile_is_seen_on_the_other_side(ada: Member, bo: Member) -> None:
    for one, other in ((ada, bo), (bo, ada)):
        now = datetime.now(UTC)
        change = ProfileChange(name="Baker at dawn", summary_html="<p>Bread</p>")
        await one.does(lambda tx, me, c=change, n=now: update_profile(tx, me.id, c, now=n))
        seen = await other.sees(one)
        assert (seen.name, seen.summary_html) == ("Baker at dawn", "<p>Bread</p>")


async def test_a_block_ends_everything_between_two_and_can_be_lifted(
    ada: Member, bo: Member
) -> None:
    post = await publishes(bo, "Before")
    them = await bo.sees(ada)
    await bo.does(lambda tx, me: blocking.block(tx, me, them))
    after = await publishes(bo, "After")
    for gone in (post, after):
        assert await find_visible_by_uri(ada.node.pool, ada.viewer, gone.uri) is None
    assert (await ada.stands_to(bo)).blocked_by and not (await ada.stands_to(bo)).following

    await bo.does(lambda tx, me: blocking.unblock(tx, me, them))
    assert not (await ada.stands_to(bo)).blocked_by
    await follows(ada, bo)
    await accepts(bo, ada)
    await publishes(bo, "Again")
    assert (await ada.home())[0] == "<p>Again</p>"


async def test_a_suspended_actor_is_silent_here_until_restored(ada: Member, bo: Member) -> None:
    before = await publishes(bo, "Before")
    await suspend(ada, bo, suspended=True)
    during = await publishes(bo, "During")
    assert await ada.home() == []
    for hidden in (before, during):
        assert await find_visible_by_uri(ada.node.pool, ada.viewer, hidden.uri) is None
    reason = "SELECT reason FROM inbound_log ORDER BY id DESC LIMIT 1"
    assert await ada.node.pool.fetchval(reason) == "actor_suspended"
    mine = await publishes(ada, "Not to them")
    assert await find_visible_by_uri(bo.node.pool, bo.viewer, mine.uri) is None
    await bo.does(lambda tx, me: posts.delete(tx, me, before.id))
    gone = "SELECT count(*) FROM posts WHERE uri = $1"
    assert await ada.node.pool.fetchval(gone, before.uri) == 0, "taking back is always heard"

    await suspend(ada, bo, suspended=False)
    await publishes(bo, "After")
    assert await ada.home() == ["Not to them", "<p>After</p>"][::-1]

    await suspend(bo, bo, suspended=True)
    assert await ada.home() == ["Not to them"], "their own server says it, with an Update"
    await suspend(bo, bo, suspended=False)
    assert await ada.home() == ["Not to them", "<p>After</p>"][::-1]


async def edits(author: Member, post: Post, change: Change) -> None:
    uris = author.node.services.uris
    await author.does(
        lambda tx, me: changing.edit(
            tx, uris, me, post.id, change, mentioned={}, now=datetime.now(UTC)
        )
    )
