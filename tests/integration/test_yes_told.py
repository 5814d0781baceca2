"""Who asked to follow and waited is told of the yes: once, and while it holds."""

from datetime import datetime, timedelta

import pytest

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows import commands
from fedinet.follows.signals import FollowAccepted
from fedinet.moves.commands import carry_over
from fedinet.moves.store import Concerned
from fedinet.notifications import reactions_store, store
from fedinet.notifications.model import Kind
from fedinet.notifications.wanted import WORDS
from fedinet.queue.signals import announce
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.social import NOW, hide, receive, tell

SECONDS, MINUTES = timedelta(seconds=5), timedelta(minutes=2)


async def test_a_members_yes_is_told_to_the_member_who_asked(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_member(tx, "bo")
    await _ask(tx, ada, bo, since=SECONDS)
    await commands.accept_request(tx, bo, ada, now=NOW)
    await tell(tx)
    assert await _told(tx, ada) == ["bo"]
    assert await _told(tx, bo) == []
    assert Kind.FOLLOW_ACCEPTED not in WORDS


@pytest.mark.parametrize(
    ("is_locked", "waited", "names"),
    [
        pytest.param(True, SECONDS, ["bo"], id="asked by a person"),
        pytest.param(False, MINUTES, ["bo"], id="waited"),
        pytest.param(False, SECONDS, [], id="a machine, at once"),
    ],
)
async def test_an_accept_is_told_where_it_kept_one_waiting(
    tx: Tx, *, is_locked: bool, waited: timedelta, names: list[str]
) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await tx.execute("UPDATE actors SET approves_followers = $2 WHERE id = $1", bo.id, is_locked)
    uri = await _ask(tx, ada, bo, since=waited)
    await receive(tx, bo, _answer("Accept", bo, uri))
    await tell(tx)
    assert await _told(tx, ada) == names


async def test_a_yes_said_again_is_told_once(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    uri = await _ask(tx, ada, bo, since=MINUTES)
    for _ in range(2):
        await receive(tx, bo, _answer("Accept", bo, uri))
        await tell(tx)
    await announce(tx, FollowAccepted(ada.id, bo.id))  # the effect runs again
    await tell(tx)
    assert await _told(tx, ada) == ["bo"]

    [one] = await store.list_notifications(tx, seen_by(ada))
    await store.dismiss(tx, ada.id, one.id)
    await receive(tx, bo, _answer("Accept", bo, uri))
    await announce(tx, FollowAccepted(ada.id, bo.id))
    await tell(tx)
    assert await _told(tx, ada) == [], "what was put away does not come again"


async def test_a_no_ends_it_and_a_yes_after_it_says_nothing(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    uri = await _ask(tx, ada, bo, since=MINUTES)
    await receive(tx, bo, _answer("Accept", bo, uri))
    await tell(tx)
    await receive(tx, bo, _answer("Reject", bo, uri))
    await tell(tx)
    assert await _told(tx, ada) == []
    await receive(tx, bo, _answer("Accept", bo, uri))
    await tell(tx)
    assert await _told(tx, ada) == []


async def test_who_stops_and_asks_anew_is_told_of_the_new_yes(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    first = await _ask(tx, ada, bo, since=MINUTES)
    await receive(tx, bo, _answer("Accept", bo, first))
    await tell(tx)
    await commands.unfollow(tx, ada, bo)
    second = await _ask(tx, ada, bo, since=MINUTES)
    await tell(tx)
    assert await _told(tx, ada) == [], "it waits again"
    await receive(tx, bo, _answer("Accept", bo, first))
    await receive(tx, bo, _answer("Accept", bo, second))
    await tell(tx)
    assert await _told(tx, ada) == ["bo"]


async def test_nobody_else_says_yes_in_their_name(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    eve = await given_remote(tx, "eve", "e.example")
    uri = await _ask(tx, ada, bo, since=MINUTES)
    await receive(tx, eve, _answer("Accept", eve, uri))
    await announce(tx, FollowAccepted(ada.id, eve.id), FollowAccepted(ada.id, bo.id))
    await tell(tx)
    assert await _told(tx, ada) == []


@pytest.mark.parametrize("way", ["muted", "blocked", "blocked_by", "suspended"])
async def test_of_hidden_people_nothing_is_told(tx: Tx, way: str) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    uri = await _ask(tx, ada, bo, since=MINUTES)
    await receive(tx, bo, _answer("Accept", bo, uri))
    await tell(tx)
    await hide(tx, ada, bo, way)
    assert await _told(tx, ada) == []
    await tx.execute("DELETE FROM notifications")
    await reactions_store.tell_of_yes(tx, [(ada.id, bo.id, False)])
    assert await tx.fetchval("SELECT count(*) FROM notifications") == 0


async def test_what_the_member_keeps_back_is_kept_back(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await tx.execute(
        """
        INSERT INTO notification_policies
        VALUES ($1, 'accept', 'filter', 'accept', 'accept', 'drop')
        """,
        ada.id,
    )
    uri = await _ask(tx, ada, bo, since=MINUTES)
    await receive(tx, bo, _answer("Accept", bo, uri))
    await tell(tx)
    assert await _told(tx, ada) == []
    assert await tx.fetchval("SELECT filtered FROM notifications WHERE owner_id = $1", ada.id)


async def test_a_follow_that_a_move_brings_along_is_no_answer(tx: Tx) -> None:
    ada, old = await given_member(tx, "ada"), await given_remote(tx, "bo")
    new = await given_member(tx, "bo")
    await given_follow(tx, ada, old)
    concerned = Concerned(
        actor_id=ada.id, follows=True, blocks=False, mutes=False, muted_until=None
    )
    began: datetime = await tx.fetchval("SELECT now()")
    await carry_over(tx, ada, concerned, old, new, now=began)
    await tell(tx)
    assert await tx.fetchval("SELECT state FROM follows WHERE target_id = $1", new.id) == "accepted"
    assert await _told(tx, ada) == []


async def _ask(tx: Tx, follower: Actor, target: Actor, *, since: timedelta) -> str:
    """Ask so long before ``NOW``; returns the id of the Follow."""
    asked = await commands.follow(tx, follower, target, now=NOW - since)
    await tx.execute("UPDATE follows SET created_at = $2 WHERE id = $1", asked.id, NOW - since)
    return asked.uri


def _answer(kind: str, answerer: Actor, about: str) -> dict[str, object]:
    return {
        "id": f"{answerer.uri}#{kind}",
        "type": kind,
        "actor": answerer.uri,
        "object": about,
    }


async def _told(tx: Tx, owner: Actor) -> list[str]:
    """Who said yes, as the page reads it."""
    listed = await store.list_notifications(tx, seen_by(owner))
    names: list[str] = []
    for one in listed:
        if one.kind is Kind.FOLLOW_ACCEPTED:
            names.append(
                await tx.fetchval("SELECT username FROM actors WHERE id = $1", one.actor_id)
            )
    return names
