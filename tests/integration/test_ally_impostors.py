"""Nobody but a community's own node speaks for it, and hints alone make nobody an ally."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fedinet.actors.model import Actor
from fedinet.allies.commands import propose, write_seen
from fedinet.allies.inbound import handlers
from fedinet.allies.model import MOST, MOST_OF_OWNER, TERM, Standing
from fedinet.allies.store import find_ally
from fedinet.db.query import Tx
from fedinet.inbox.dispatch import Inbound, dispatch
from fedinet.kernel.ids import Domain
from fedinet.kernel.outcomes import Applied, Outcome
from fedinet.vocab.activity import parse_activity
from tests.integration.friends import given_ally, steward
from tests.integration.people import URIS, given_member, given_remote

B = Domain("b.example")
OURS = "https://home.example/activities/1"


async def told(tx: Tx, by: Actor, kind: str, said: object, *, forwarded: bool = False) -> Outcome:
    document = {"id": f"{by.uri}/{kind}", "type": kind, "actor": by.uri, "object": said}
    now = datetime.now(UTC)
    inbound = Inbound(
        activity=parse_activity(document),
        actor_id=by.id,
        received_at=now,
        now=now,
        is_forwarded=forwarded,
    )
    return await dispatch(tx, handlers, inbound)


async def given_nodes(tx: Tx) -> tuple[Actor, Actor]:
    """Our node actor is there; theirs, and one of their people."""
    await given_member(tx, "ada")
    await tx.execute(
        """UPDATE actors SET kind = 'Application', uri = $1 WHERE is_local""", URIS.node_actor
    )
    node = await given_remote(tx, "node", B, uri=f"https://{B}/actor")
    await tx.execute("UPDATE actors SET kind = 'Application' WHERE id = $1", node.id)
    return node, await given_remote(tx, "bo", B)


async def test_an_offer_is_of_a_node_to_ours_and_only_a_hint(tx: Tx) -> None:
    node, bo = await given_nodes(tx)
    offer = {"type": "Relationship", "subject": node.uri, "object": URIS.node_actor}
    assert not isinstance(await told(tx, bo, "Offer", offer), Applied)
    assert not isinstance(await told(tx, node, "Offer", offer, forwarded=True), Applied)
    for about in ("https://c.example/actor", bo.uri, None):
        assert not isinstance(await told(tx, node, "Offer", {**offer, "object": about}), Applied)
    assert await find_ally(tx, B) is None

    assert isinstance(await told(tx, node, "Offer", offer), Applied)
    hinted = await find_ally(tx, B)
    assert hinted is not None and hinted.standing(datetime.now(UTC)) is Standing.UNKNOWN
    jobs = await tx.fetchval("SELECT count(*) FROM jobs WHERE kind = 'allies.check'")
    assert jobs == 1


async def test_who_asks_takes_no_place_from_others_and_fills_no_record(tx: Tx) -> None:
    node, _ = await given_nodes(tx)
    offer = {"type": "Relationship", "subject": node.uri, "object": URIS.node_actor}
    await tx.execute(
        "INSERT INTO allies (domain, origin) "
        "SELECT n || '.evil.example', 'https://' || n || '.evil.example' "
        "  FROM generate_series(1, $1) AS n",
        MOST_OF_OWNER,
    )
    sixth = await given_remote(tx, "node", "n.evil.example", uri="https://n.evil.example/actor")
    await tx.execute("UPDATE actors SET kind = 'Application' WHERE id = $1", sixth.id)
    assert not isinstance(await told(tx, sixth, "Offer", {**offer, "subject": sixth.uri}), Applied)
    await tx.execute(
        "INSERT INTO allies (domain, origin) "
        "SELECT n || '.example', 'https://' || n || '.example' FROM generate_series(1, $1) AS n",
        2 * MOST,
    )
    await propose(tx, URIS, Domain("friends.example"), by=steward())
    await tx.execute("DELETE FROM allies")
    audit = await tx.fetchval("SELECT count(*) FROM policy_audit")

    for _ in range(3):  # asked, proven, taken back, again and again
        assert isinstance(await told(tx, node, "Offer", offer), Applied)
        hinted = await find_ally(tx, B)
        assert hinted is not None
        now = datetime.now(UTC)
        asks = replace(
            hinted, node_uri=node.uri, node_id=node.id, their_since=now, their_until=now + TERM
        )
        await write_seen(tx, hinted, asks, now)
        assert isinstance(await told(tx, node, "Undo", {"id": OURS, "type": "Offer"}), Applied)
    assert await find_ally(tx, B) is None
    assert await tx.fetchval("SELECT count(*) FROM policy_audit") == audit
    assert await tx.fetchval("SELECT count(*) FROM matters WHERE subject = $1", B) == 1


@pytest.mark.parametrize("kind", ["Accept", "Reject", "Undo"])
async def test_only_the_node_itself_ends_or_agrees_to_anything(tx: Tx, kind: str) -> None:
    node, bo = await given_nodes(tx)
    await given_ally(tx, node, f"https://{B}")
    await tx.execute("UPDATE allies SET our_uri = $1", OURS)
    eve = await given_remote(tx, "eve", "c.example")
    offer = {"id": OURS, "type": "Offer", "actor": URIS.node_actor}
    for somebody in (bo, eve):
        assert not isinstance(await told(tx, somebody, kind, offer), Applied)
    assert not isinstance(await told(tx, node, kind, offer, forwarded=True), Applied)
    if kind != "Undo":
        another = {**offer, "id": OURS + "0"}
        assert not isinstance(await told(tx, node, kind, another), Applied)
    ally = await find_ally(tx, B)
    assert ally is not None and ally.is_allied(datetime.now(UTC))

    assert isinstance(await told(tx, node, kind, offer), Applied)
    ally = await find_ally(tx, B)
    assert ally is not None and ally.is_allied(datetime.now(UTC)) is (kind == "Accept")
