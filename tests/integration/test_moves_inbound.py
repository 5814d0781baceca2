"""People elsewhere who move: who follows them here comes along, once, and nobody is fooled."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.places_store import set_aliases
from fedinet.actors.store import find_actor_by_uri, get_actor, mark_gone
from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool, Tx
from fedinet.follows.relations_store import find_relationship
from fedinet.inbox.dispatch import GONE
from fedinet.kernel.outcomes import Applied, Dropped
from fedinet.moves.inbound import its_destination
from fedinet.moves.jobs import carry_over
from fedinet.vocab.activity import Document, parse_activity
from fedinet.vocab.normalise import normalise
from tests.integration.people import given_block, given_follow, given_member, given_remote
from tests.integration.social import NOW, receive, sent

NEW = "https://new.example/users/bob"
WIRE = Path(__file__).parents[1] / "wire"


def move_of(old: Actor, target: str | None = NEW, **changes: object) -> Document:
    return {
        "id": f"{old.uri}#moves/1",
        "type": "Move",
        "actor": old.uri,
        "object": old.uri,
        "target": target,
        **changes,
    }


def shown(*aliases: str, uri: str = NEW, **changes: object) -> Mapping[str, Any]:
    """The new account as its server shows it."""
    return {
        uri: {
            "id": uri,
            "type": "Person",
            "preferredUsername": uri.rsplit("/", 1)[-1],
            "inbox": f"{uri}/inbox",
            "alsoKnownAs": list(aliases),
            **changes,
        }
    }


async def jobs(conn: Conn | Pool) -> list[dict[str, int]]:
    rows = await conn.fetch("SELECT payload FROM jobs WHERE kind = 'moves.carry_over'")
    return [json.loads(row["payload"]) for row in rows]


@pytest.mark.parametrize("software", ["mastodon", "pleroma", "gotosocial", "misskey"])
async def test_a_move_of_each_software_holds(tx: Tx, software: str) -> None:
    recorded = json.loads((WIRE / software / "move.json").read_text())
    document = normalise(recorded["document"])
    uri = str(document["actor"])
    old = await given_remote(tx, "bob", uri.split("/")[2], uri=uri)

    needs = await its_destination(tx, parse_activity(document))
    outcome = await receive(tx, old, document, documents=shown(uri))

    assert needs.objects == (NEW,) and outcome == Applied()
    new = await find_actor_by_uri(tx, NEW)
    assert new is not None and (await get_actor(tx, old.id)).moved_to == NEW
    assert await jobs(tx) == [{"old_id": old.id, "new_id": new.id}]


async def test_a_replayed_move_and_one_elsewhere_within_a_week_do_nothing(tx: Tx) -> None:
    old = await given_remote(tx, "bob")
    await receive(tx, old, move_of(old), documents=shown(old.uri))

    again = await receive(tx, old, move_of(old), documents=shown(old.uri))
    third = "https://third.example/users/bob"
    on = await receive(tx, old, move_of(old, third), documents=shown(old.uri, uri=third))

    assert (again, on) == (Dropped("no_change"), Dropped("moved_lately"))
    assert len(await jobs(tx)) == 1 and (await get_actor(tx, old.id)).moved_to == NEW
    later = NOW + timedelta(days=7)
    documents = shown(old.uri, uri=third)
    assert await receive(tx, old, move_of(old, third), now=later, documents=documents) == Applied()


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        pytest.param(shown(), "not_listed_back", id="the new account names nobody"),
        pytest.param(shown("https://b.example/users/eve"), "not_listed_back", id="or another"),
        pytest.param({}, "target_unavailable", id="cannot be had"),
        pytest.param({NEW: GONE}, "target_unavailable", id="gone"),
        pytest.param({NEW: {"id": NEW, "type": "Note"}}, "target_unavailable", id="no actor"),
        pytest.param(
            shown("https://b.example/users/bob", movedTo="https://b.example/users/bob"),
            "target_moved",
            id="in a circle",
        ),
    ],
)
async def test_a_move_that_the_new_account_does_not_confirm_does_nothing(
    tx: Tx, documents: Mapping[str, Any], reason: str
) -> None:
    old = await given_remote(tx, "bob")
    assert await receive(tx, old, move_of(old), documents=documents) == Dropped(reason)
    assert await jobs(tx) == [] and (await get_actor(tx, old.id)).moved_to is None
    assert await find_actor_by_uri(tx, NEW) is None


async def test_nobody_moves_somebody_else_nowhere_or_to_themselves(tx: Tx) -> None:
    old, eve = await given_remote(tx, "bob"), await given_remote(tx, "eve")
    documents = shown(old.uri, eve.uri)
    theft = move_of(eve, object=old.uri)
    assert await receive(tx, eve, theft, documents=documents) == Dropped("not_itself")
    assert await receive(tx, eve, move_of(eve, None), documents=documents) == Dropped("malformed")
    own = shown(eve.uri, uri=eve.uri)
    assert await receive(tx, eve, move_of(eve, eve.uri), documents=own) == Dropped("malformed")
    assert (await its_destination(tx, parse_activity(theft))).objects == ()


async def test_who_moves_to_us_is_looked_up_here_alone(tx: Tx) -> None:
    old, ada = await given_remote(tx, "bob"), await given_member(tx, "ada")
    assert (await its_destination(tx, parse_activity(move_of(old, ada.uri)))).objects == ()
    assert await receive(tx, old, move_of(old, ada.uri)) == Dropped("not_listed_back")

    await set_aliases(tx, ada.id, [old.uri])
    assert await receive(tx, old, move_of(old, ada.uri)) == Applied()
    await mark_gone(tx, ada.id)
    late = NOW + timedelta(days=8)
    assert await receive(tx, old, move_of(old, ada.uri), now=late) == Dropped("target_unavailable")


async def test_follows_blocks_and_mutes_come_along_and_a_second_run_changes_nothing(
    pool: Pool,
) -> None:
    async with transaction(pool) as tx:
        old, new = await given_remote(tx, "bob"), await given_remote(tx, "bob", "new.example")
        names = ("follows", "both", "blocks", "mutes", "refuses")
        town = {name: await given_member(tx, name) for name in names}
        for name in ("follows", "both", "refuses", "mutes"):
            await given_follow(tx, town[name], old)
        await given_follow(tx, town["both"], new)
        await given_block(tx, town["blocks"], old)
        await given_block(tx, town["refuses"], new)
        await tx.execute(
            "INSERT INTO mutes (actor_id, target_id) VALUES ($1, $2)", town["mutes"].id, old.id
        )
        await tx.execute("UPDATE actors SET moved_to = $2 WHERE id = $1", old.id, new.uri)

    for _ in range(2):
        await carry_over(pool, {"old_id": old.id, "new_id": new.id})

    async with transaction(pool) as tx:
        to_old = {name: await find_relationship(tx, town[name].id, old.id) for name in names}
        to_new = {name: await find_relationship(tx, town[name].id, new.id) for name in names}
        kinds = [(one.activity["type"], one.to) for one in await sent(tx)]
    assert to_new["follows"].requested and not to_old["follows"].following
    assert to_new["both"].following and not to_old["both"].following
    assert to_new["blocks"].blocking and to_old["blocks"].blocking
    assert to_new["mutes"].muting and to_new["mutes"].requested
    assert to_old["refuses"].following and not to_new["refuses"].requested
    counted = {
        kind: sum(1 for one, _ in kinds if one == kind) for kind in ("Follow", "Undo", "Block")
    }
    assert counted == {"Follow": 2, "Undo": 3, "Block": 1}


async def test_a_move_that_was_taken_back_carries_nobody(pool: Pool) -> None:
    async with transaction(pool) as tx:
        old, new = await given_remote(tx, "bob"), await given_remote(tx, "bob", "new.example")
        ada = await given_member(tx, "ada")
        await given_follow(tx, ada, old)
    await carry_over(pool, {"old_id": old.id, "new_id": new.id})
    async with transaction(pool) as tx:
        assert (await find_relationship(tx, ada.id, old.id)).following and await sent(tx) == []
