"""Who answered stands under each post of a list, as far as its reader may know it."""

from collections.abc import Sequence
from typing import Final

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import set_limited, set_suspended
from fedinet.audiences.model import VISITOR, Viewer, Visibility
from fedinet.db.query import Tx
from fedinet.filters.model import Action, Context, Filter, Keyword
from fedinet.posts import commands
from fedinet.posts.model import Post
from fedinet.timelines.entries import entries_of_items, entries_of_posts
from fedinet.timelines.model import Item
from tests.integration.people import (
    given_block,
    given_follow,
    given_member,
    given_remote,
    seen_by,
)
from tests.integration.social import deliver_note, publish

EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility
YOU: Final = "You"


async def echo(
    tx: Tx, reader: Actor | None, post: Post, filters: Sequence[Filter] = ()
) -> list[str]:
    """Who is said to have answered, in order; both kinds of lists say the same."""
    viewer = VISITOR if reader is None else seen_by(reader)
    [one] = await entries_of_items(tx, viewer, [Item(post.id, post.id)], filters)
    [other] = await entries_of_posts(tx, viewer, [post], filters)
    assert one.echo == other.echo
    if one.echo is None:
        return []
    names = [actor.username for actor in one.echo.named]
    if one.echo.with_reader:
        assert reader is not None and names[0] == reader.username
        names[0] = YOU
    return [*names, "…"] if one.echo.has_more else names


async def members(tx: Tx, *names: str) -> list[Actor]:
    return [await given_member(tx, name) for name in names]


async def test_each_audience_of_an_answer_names_its_writer_to_its_readers_alone(tx: Tx) -> None:
    ada, letter, circle, house, shown, hidden, cleo, dan = await members(
        tx, "ada", "letter", "circle", "house", "shown", "hidden", "cleo", "dan"
    )
    far, reader = await given_remote(tx, "far"), await given_remote(tx, "reader", "c.example")
    await tx.execute(
        "UPDATE actors SET discoverable = true WHERE id = ANY($1)",
        [one.id for one in (letter, circle, house, shown, far)],
    )
    await given_follow(tx, cleo, circle)
    house_readers, everybody = [ada, cleo, dan], [ada, cleo, dan, reader, None]
    answers: dict[Actor, tuple[Visibility, list[Actor | None]]] = {
        letter: (MENTIONED, [ada]),
        circle: (FOLLOWERS, [ada, cleo]),
        house: (COMMUNITY, [*house_readers]),
        shown: (EVERYONE, everybody),
        hidden: (QUIET, everybody[:-1]),
    }
    for writer, (visibility, told) in answers.items():
        post = await publish(tx, ada)
        await publish(tx, writer, "Yes", visibility, parent=post)
        assert await echo(tx, writer, post) == [YOU]
        for one in everybody:
            expected = [writer.username] if one in told else []
            assert await echo(tx, one, post) == expected, (writer.username, one)
    post = await publish(tx, ada)
    await deliver_note(tx, far, in_reply_to=post.uri, mentions=[ada])
    assert await echo(tx, reader, post) == ["far"]
    assert await echo(tx, None, post) == [], "visitors are told of members only"


async def test_who_keeps_whom_away_names_nobody(tx: Tx) -> None:
    ada, bo, cleo, dan = await members(tx, "ada", "bo", "cleo", "dan")
    far = await given_remote(tx, "far", "far.example")
    post = await publish(tx, ada)
    for writer in (bo, cleo, dan):
        await publish(tx, writer, "Yes", parent=post)
    await deliver_note(tx, far, in_reply_to=post.uri, mentions=[ada])
    [one] = await members(tx, "one")
    assert await echo(tx, one, post) == ["far", "dan", "…"]

    await given_block(tx, one, dan)
    await given_block(tx, cleo, one)
    assert await echo(tx, one, post) == ["far", "bo"]
    await tx.execute(
        "INSERT INTO domain_blocks (actor_id, domain) VALUES ($1, 'far.example')", one.id
    )
    assert await echo(tx, one, post) == ["bo"]
    mute = "INSERT INTO mutes (actor_id, target_id, until) VALUES ($1, $2, now() + $3::interval)"
    await tx.execute("DELETE FROM blocks WHERE actor_id IN ($1, $2)", one.id, cleo.id)
    await tx.execute(mute.replace("$3", "'1 day'"), one.id, bo.id)
    await tx.execute(mute.replace("$3", "'-1 day'"), one.id, dan.id)
    assert await echo(tx, one, post) == ["dan", "cleo"]


async def test_whom_stewards_suspend_or_limit_is_not_named(tx: Tx) -> None:
    ada, bo, cleo, fan = await members(tx, "ada", "bo", "cleo", "fan")
    await given_follow(tx, fan, cleo)
    post = await publish(tx, ada)
    for writer in (bo, cleo):
        await publish(tx, writer, "Yes", parent=post)
    await set_limited(tx, cleo.id, limited=True)
    assert await echo(tx, ada, post) == ["bo"]
    assert await echo(tx, fan, post) == ["cleo", "bo"], "who follows them hears them"
    assert await echo(tx, cleo, post) == [YOU, "bo"]
    await set_suspended(tx, bo.id, suspended=True)
    assert await echo(tx, ada, post) == []
    await set_suspended(tx, bo.id, suspended=False)
    await tx.execute("UPDATE actors SET gone_at = now() WHERE id = $1", cleo.id)
    assert await echo(tx, fan, post) == ["bo"]


async def test_each_is_named_once_the_last_first_and_the_reader_before_all(tx: Tx) -> None:
    ada, bo, cleo, dan, eve = await members(tx, "ada", "bo", "cleo", "dan", "eve")
    post = await publish(tx, ada)
    assert await echo(tx, bo, post) == []
    first = await publish(tx, bo, "I do", parent=post)
    await publish(tx, ada, "And I go on", parent=post)
    await publish(tx, dan, "That is to bo", parent=first)
    assert await echo(tx, eve, post) == ["bo"], "neither the author nor who answers an answer"
    assert await echo(tx, eve, first) == ["dan"]
    await publish(tx, cleo, "So do I", parent=post)
    assert await echo(tx, eve, post) == ["cleo", "bo"]
    again = await publish(tx, bo, "I still do", parent=post)
    assert await echo(tx, eve, post) == ["bo", "cleo"]
    assert await echo(tx, cleo, post) == [YOU, "bo"]
    last = await publish(tx, dan, "Me too", parent=post)
    assert await echo(tx, cleo, post) == [YOU, "dan", "bo"]
    await publish(tx, eve, "And me", parent=post)
    assert await echo(tx, ada, post) == ["eve", "dan", "…"]
    assert await echo(tx, bo, post) == [YOU, "eve", "…"]
    for gone in (again, first, last):
        author = dan if gone is last else bo
        await commands.delete(tx, author, gone.id)
    assert await echo(tx, ada, post) == ["eve", "cleo"]


async def test_a_page_looks_at_the_last_answers_and_no_further(tx: Tx) -> None:
    ada, bo, cleo = await members(tx, "ada", "bo", "cleo")
    post = await publish(tx, ada)
    await publish(tx, cleo, "First", parent=post)
    for number in range(8):
        await publish(tx, bo, f"Number {number}", parent=post)
    assert await echo(tx, ada, post) == ["bo"]


@pytest.mark.parametrize(("action", "named"), [(Action.HIDE, ["cleo"]), (Action.WARN, None)])
async def test_an_answer_that_a_filter_leaves_out_names_nobody(
    tx: Tx, action: Action, named: list[str] | None
) -> None:
    ada, bo, cleo = await members(tx, "ada", "bo", "cleo")
    post = await publish(tx, ada)
    await publish(tx, bo, "There is cake", parent=post)
    await publish(tx, cleo, "There is soup", parent=post)
    cake = Filter(
        id=1,
        owner_id=ada.id,
        title="No cake",
        contexts=(Context.HOME,),
        action=action,
        keywords=(Keyword(id=1, keyword="cake", whole_word=True),),
    )
    assert await echo(tx, ada, post, [cake]) == (named or ["cleo", "bo"])
    own = await publish(tx, ada)
    await publish(tx, bo, "There is cake", parent=own)
    assert await echo(tx, ada, own, [cake]) == ([] if named else ["bo"])
    by_bo = await publish(tx, bo)
    await publish(tx, ada, "Is there cake?", parent=by_bo)
    assert await echo(tx, ada, by_bo, [cake]) == [YOU], "never one's own"


async def test_a_conversation_has_its_answers_below_and_no_line(tx: Tx) -> None:
    ada, bo = await members(tx, "ada", "bo")
    post = await publish(tx, ada)
    await publish(tx, bo, "Yes", parent=post)
    viewer = Viewer(ada.id, is_member=True)
    [entry] = await entries_of_posts(tx, viewer, [post], with_echo=False)
    assert entry.echo is None
