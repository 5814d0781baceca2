"""What remote actors may do to follows and blocks: outcome, rows, answers."""

import asyncio
import contextlib
import json
from datetime import timedelta

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import insert_node_actor, mark_gone
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.follows import commands
from fedinet.follows.model import FollowState
from fedinet.follows.relations_store import find_relationship
from fedinet.follows.signals import FollowAccepted, FollowEnded, FollowRequested
from fedinet.kernel.errors import NotFound
from fedinet.kernel.outcomes import Applied, Dropped
from tests.integration.people import (
    HOME,
    URIS,
    given_block,
    given_follow,
    given_member,
    given_remote,
)
from tests.integration.social import NOW, receive, sent, tell

Json = dict[str, object]


def follow_of(follower: Actor, target: Actor, uri: str = "#follows/12") -> Json:
    return {
        "id": f"{follower.uri}{uri}",
        "type": "Follow",
        "actor": follower.uri,
        "object": target.uri,
    }


def undo(activity: Json) -> Json:
    return {
        "id": f"{activity['id']}/undo",
        "type": "Undo",
        "actor": activity["actor"],
        "object": activity,
    }


def answer(kind: str, answerer: Actor, about: object) -> Json:
    return {
        "id": f"{answerer.uri}#{kind}",
        "type": kind,
        "actor": answerer.uri,
        "object": about,
    }


async def test_a_follow_waits_for_the_members_yes(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")

    outcome = await receive(tx, bo, follow_of(bo, ada))

    assert outcome == Applied((FollowRequested(bo.id, ada.id),))
    assert await sent(tx) == []


async def test_a_follow_of_an_open_account_is_accepted_with_the_exact_follow(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    follow = follow_of(bo, ada)

    outcome = await receive(tx, bo, follow)

    assert outcome == Applied((FollowAccepted(bo.id, ada.id),))
    [accept] = await sent(tx)
    assert accept.activity["type"] == "Accept" and accept.activity["object"] == follow
    assert (accept.sender, accept.to, accept.is_direct) == (ada.id, [bo.id], True)


async def test_a_repeated_follow_is_accepted_again_and_is_news_once(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    await receive(tx, bo, follow_of(bo, ada))

    again = await receive(tx, bo, follow_of(bo, ada))
    renamed = await receive(tx, bo, follow_of(bo, ada, "#follows/13"))

    assert again == renamed == Applied()
    answers = await sent(tx)
    assert [one.activity["object"]["id"][-2:] for one in answers] == ["12", "12", "13"]
    assert await tx.fetchval("SELECT count(*) FROM follows") == 1


async def test_a_repeated_request_goes_on_waiting(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await receive(tx, bo, follow_of(bo, ada))

    assert await receive(tx, bo, follow_of(bo, ada)) == Applied()
    assert await sent(tx) == []


async def test_one_follow_id_for_two_people_means_two_follows(tx: Tx) -> None:
    ada, cleo = await given_open(tx, "ada"), await given_open(tx, "cleo")
    bo = await given_remote(tx, "bo")
    await receive(tx, bo, follow_of(bo, ada, "#follow"))
    await receive(tx, bo, follow_of(bo, cleo, "#follow"))

    outcome = await receive(tx, bo, undo(follow_of(bo, ada, "#follow")))

    assert outcome == Applied((FollowEnded(bo.id, ada.id),))
    assert (await find_relationship(tx, cleo.id, bo.id)).followed_by


async def test_after_an_undo_the_same_follow_id_follows_again(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    for _ in range(2):
        assert isinstance(await receive(tx, bo, follow_of(bo, ada)), Applied)
        assert isinstance(await receive(tx, bo, undo(follow_of(bo, ada))), Applied)

    assert await receive(tx, bo, follow_of(bo, ada)) == Applied((FollowAccepted(bo.id, ada.id),))


async def test_an_undo_before_its_follow_ends_it_once(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")

    assert await receive(tx, bo, undo(follow_of(bo, ada))) == Dropped("unknown_follow")
    assert await receive(tx, bo, follow_of(bo, ada)) == Dropped("undone_before")
    assert await sent(tx) == []
    assert isinstance(await receive(tx, bo, follow_of(bo, ada)), Applied)


async def test_an_early_undo_is_forgotten_after_six_hours(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    await receive(tx, bo, undo(follow_of(bo, ada)))

    later = NOW + timedelta(hours=6, seconds=1)
    assert isinstance(await receive(tx, bo, follow_of(bo, ada), now=later), Applied)


async def test_an_undo_may_name_only_the_id(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    await receive(tx, bo, follow_of(bo, ada))
    bare = answer("Undo", bo, follow_of(bo, ada)["id"])

    assert await receive(tx, bo, bare) == Applied((FollowEnded(bo.id, ada.id),))
    assert await receive(tx, bo, bare) == Dropped("unknown_object")


async def test_nobody_undoes_the_follow_of_somebody_else(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    eve = await given_remote(tx, "eve", "e.example")
    await receive(tx, bo, follow_of(bo, ada))

    bare = answer("Undo", eve, follow_of(bo, ada)["id"])
    embedded = answer("Undo", eve, follow_of(bo, ada))

    assert await receive(tx, eve, bare) == Dropped("unknown_object")
    assert await receive(tx, eve, embedded) == Dropped("unknown_object")
    assert (await find_relationship(tx, ada.id, bo.id)).followed_by


@pytest.mark.parametrize("blocker", ["member", "remote"])
async def test_a_follow_across_a_block_is_rejected(tx: Tx, blocker: str) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    await given_block(tx, *((ada, bo) if blocker == "member" else (bo, ada)))

    assert await receive(tx, bo, follow_of(bo, ada)) == Dropped("blocked")
    [reject] = await sent(tx)
    assert reject.activity["type"] == "Reject" and reject.activity["object"] == follow_of(bo, ada)


async def test_the_node_actor_cannot_be_followed(tx: Tx) -> None:
    bo = await given_remote(tx, "bo")
    await insert_node_actor(tx, uris=URIS, account_domain=HOME)
    follow: Json = {**follow_of(bo, bo), "object": URIS.node_actor}

    assert await receive(tx, bo, follow) == Dropped("follow_of_node_actor")
    assert [one.activity["type"] for one in await sent(tx)] == ["Reject"]


async def test_follows_of_self_of_nobody_and_of_strangers_are_dropped(tx: Tx) -> None:
    bo, cleo = await given_remote(tx, "bo"), await given_remote(tx, "cleo", "c.example")
    nobody: Json = {**follow_of(bo, bo), "object": "https://home.example/users/nobody"}
    nothing: Json = {**follow_of(bo, bo), "object": None}

    assert await receive(tx, bo, follow_of(bo, bo)) == Dropped("follow_of_self")
    assert await receive(tx, bo, nobody) == Dropped("unknown_object")
    assert await receive(tx, bo, nothing) == Dropped("unknown_object")
    assert await receive(tx, bo, follow_of(bo, cleo)) == Dropped("unknown_object")
    assert await tx.fetchval("SELECT count(*) FROM follows") == 0


async def test_somebody_who_is_gone_follows_nobody(tx: Tx) -> None:
    ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")
    await mark_gone(tx, bo.id)

    assert await receive(tx, bo, follow_of(bo, ada)) == Dropped("follower_unavailable")


async def test_an_accept_of_our_follow_makes_it_hold(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    asked = await commands.follow(tx, ada, bo, now=NOW)
    accept = answer("Accept", bo, follow_of_ours(ada, bo, asked.uri))

    assert await receive(tx, bo, accept) == Applied((FollowAccepted(ada.id, bo.id),))
    assert await receive(tx, bo, accept) == Dropped("no_change")
    assert (await find_relationship(tx, ada.id, bo.id)).following


async def test_an_accept_may_name_only_the_id_or_lose_it(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    cleo = await given_remote(tx, "cleo", "c.example")
    asked = await commands.follow(tx, ada, bo, now=NOW)
    await commands.follow(tx, ada, cleo, now=NOW)

    bare = answer("Accept", bo, asked.uri)
    lost = answer("Accept", cleo, {"type": "Follow", "actor": ada.uri, "object": cleo.uri})

    assert isinstance(await receive(tx, bo, bare), Applied)
    assert isinstance(await receive(tx, cleo, lost), Applied)


async def test_an_accept_of_a_follow_never_sent_does_nothing(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    invented = f"{URIS.origin}/activities/1"

    embedded = answer("Accept", bo, follow_of_ours(ada, bo, invented))
    assert await receive(tx, bo, embedded) == Dropped("unknown_follow")
    assert await receive(tx, bo, answer("Accept", bo, invented)) == Dropped("unknown_object")
    assert await tx.fetchval("SELECT count(*) FROM follows") == 0


async def test_an_accept_by_somebody_else_does_nothing(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    eve = await given_remote(tx, "eve", "e.example")
    asked = await commands.follow(tx, ada, bo, now=NOW)

    forged = answer("Accept", eve, follow_of_ours(ada, bo, asked.uri))
    assert await receive(tx, eve, forged) == Dropped("unknown_follow")
    assert await receive(tx, eve, answer("Reject", eve, asked.uri)) == Dropped("unknown_object")
    assert (await find_relationship(tx, ada.id, bo.id)).requested


async def test_nobody_accepts_their_own_follow_of_us(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await receive(tx, bo, follow_of(bo, ada))

    own = answer("Accept", bo, follow_of(bo, ada))
    assert await receive(tx, bo, own) == Dropped("unknown_follow")
    assert (await find_relationship(tx, ada.id, bo.id)).requested_by


@pytest.mark.parametrize("state", list(FollowState))
async def test_a_reject_ends_a_request_and_a_follow(tx: Tx, state: FollowState) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    asked = await commands.follow(tx, ada, bo, now=NOW)
    if state is FollowState.ACCEPTED:
        await receive(tx, bo, answer("Accept", bo, asked.uri))

    reject = answer("Reject", bo, follow_of_ours(ada, bo, asked.uri))
    assert await receive(tx, bo, reject) == Applied((FollowEnded(ada.id, bo.id),))
    assert await receive(tx, bo, reject) == Dropped("unknown_follow")


async def test_a_yes_can_be_taken_back(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    asked = await commands.follow(tx, ada, bo, now=NOW)
    accept = answer("Accept", bo, follow_of_ours(ada, bo, asked.uri))
    await receive(tx, bo, accept)

    assert await receive(tx, bo, undo(accept)) == Applied((FollowEnded(ada.id, bo.id),))


async def test_a_block_ends_follows_both_ways_and_its_undo_does_not_bring_them_back(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    await given_follow(tx, bo, ada)
    block: Json = {"id": f"{bo.uri}#b", "type": "Block", "actor": bo.uri, "object": ada.uri}

    outcome = await receive(tx, bo, block)

    assert outcome == Applied((FollowEnded(bo.id, ada.id), FollowEnded(ada.id, bo.id)))
    assert (await find_relationship(tx, ada.id, bo.id)).blocked_by
    assert await receive(tx, bo, block) == Dropped("no_change")
    assert await receive(tx, bo, undo(block)) == Applied()
    assert await find_relationship(tx, ada.id, bo.id) == await find_relationship(tx, bo.id, ada.id)
    assert await sent(tx) == []


async def test_an_undo_of_a_block_may_come_first_or_name_only_its_id(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    block: Json = {"id": f"{bo.uri}#b", "type": "Block", "actor": bo.uri, "object": ada.uri}

    assert await receive(tx, bo, undo(block)) == Dropped("unknown_block")
    assert await receive(tx, bo, block) == Dropped("undone_before")
    assert await receive(tx, bo, block) == Applied()
    assert await receive(tx, bo, answer("Undo", bo, block["id"])) == Applied()
    assert not (await find_relationship(tx, ada.id, bo.id)).blocked_by


async def test_a_ban_from_a_group_is_no_personal_block(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    ban: Json = {
        "id": f"{bo.uri}#b",
        "type": "Block",
        "actor": bo.uri,
        "object": ada.uri,
        "target": "https://b.example/c/bakers",
    }

    assert await receive(tx, bo, ban) == Dropped("ban_from_group")
    assert not (await find_relationship(tx, ada.id, bo.id)).blocked_by


def follow_of_ours(follower: Actor, target: Actor, uri: str) -> Json:
    return {"id": uri, "type": "Follow", "actor": follower.uri, "object": target.uri}


async def given_open(tx: Tx, username: str) -> Actor:
    member = await given_member(tx, username)
    await tx.execute("UPDATE actors SET approves_followers = false WHERE id = $1", member.id)
    return member


async def test_the_same_follow_fifty_times_at_once_is_one_follow(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_open(tx, "ada"), await given_remote(tx, "bo")

    async def one() -> None:
        async with transaction(pool) as tx:
            assert isinstance(await receive(tx, bo, follow_of(bo, ada)), Applied)

    await asyncio.gather(*(one() for _ in range(50)))
    async with transaction(pool) as tx:
        await tell(tx)
        assert await tx.fetchval("SELECT count(*) FROM follows") == 1
        assert await tx.fetchval("SELECT count(*) FROM notifications") == 1


async def test_a_yes_and_an_undo_at_once_leave_no_half_follow(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
        await receive(tx, bo, follow_of(bo, ada))

    async def undoes() -> None:
        async with transaction(pool) as tx:
            await receive(tx, bo, undo(follow_of(bo, ada)))

    async def accepts() -> None:
        async with transaction(pool) as tx:
            with contextlib.suppress(NotFound):
                await commands.accept_request(tx, ada, bo, now=NOW)

    await asyncio.gather(accepts(), undoes())
    async with transaction(pool) as tx:
        await tell(tx)
        assert await tx.fetchval("SELECT count(*) FROM follows") == 0
        assert await tx.fetchval("SELECT count(*) FROM notifications") == 0


PAIR: Json = {"actor": "ADA", "object": "BO"}


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param("URI", id="id"),
        pytest.param({"id": "URI", "type": "Follow", **PAIR}, id="embedded"),
        pytest.param([{"id": "URI", "type": "Follow", **PAIR}], id="array"),
        pytest.param({"type": "Follow", **PAIR}, id="no id"),
        pytest.param({"id": "BO/renamed", "type": ["Follow"], **PAIR}, id="another id"),
        pytest.param({"id": "URI", "type": "Follow"}, id="id and type"),
        pytest.param(
            {"id": "URI", "type": "Follow", "actor": {"id": "ADA"}, "object": {"id": "BO"}},
            id="people embedded",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["Accept", "Reject"])
async def test_every_way_to_name_our_follow_is_understood(tx: Tx, shape: object, kind: str) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await commands.follow(tx, ada, bo, now=NOW)
    words = {"URI": (await sent(tx))[0].activity["id"], "ADA": ada.uri, "BO": bo.uri}
    named = json.dumps(shape)
    for word, uri in words.items():
        named = named.replace(f'"{word}', f'"{uri}')

    outcome = await receive(tx, bo, answer(kind, bo, json.loads(named)))

    news = FollowAccepted(ada.id, bo.id) if kind == "Accept" else FollowEnded(ada.id, bo.id)
    assert outcome == Applied((news,))
    again = await commands.follow(tx, ada, bo, now=NOW)
    assert again.state == ("accepted" if kind == "Accept" else "pending")
