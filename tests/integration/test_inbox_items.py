"""Whose inbox an activity of others is shown in: whom it is for, and nobody else."""

import pytest

from fedinet.db.query import Tx
from fedinet.inbox.activities_store import list_inbox, record_received
from fedinet.inbox.reached import received
from fedinet.kernel.ids import ActorId
from fedinet.kernel.outcomes import Applied
from fedinet.vocab.activity import PUBLIC, parse_activity
from tests.integration.people import given_follow, given_member, given_remote
from tests.integration.social import publish

ADA = "https://home.example/users/ada"
EVE = "https://b.example/users/eve"


@pytest.mark.parametrize(
    ("to", "reached"),
    [
        pytest.param([PUBLIC], {"ada", "cleo"}, id="everybody: who is answered, and who follows"),
        pytest.param([f"{EVE}/followers"], {"cleo"}, id="followers"),
        pytest.param([f"{EVE}/lists/3"], set[str](), id="a list of the author's"),
        pytest.param(["bo"], {"bo"}, id="one person, beside whom it answers"),
    ],
)
async def test_an_answer_is_shown_to_those_it_is_for(
    tx: Tx, to: list[str], reached: set[str]
) -> None:
    people = {name: await given_member(tx, name) for name in ("ada", "bo", "cleo")}
    eve = await given_remote(tx, "eve", uri=EVE)
    await tx.execute(
        "UPDATE actors SET followers_uri = $2 WHERE id = $1", eve.id, f"{EVE}/followers"
    )
    await given_follow(tx, people["cleo"], eve)
    post = await publish(tx, people["ada"])
    addressed = [people[name].uri if name in people else name for name in to]
    note = {"id": f"{EVE}/1", "type": "Note", "inReplyTo": post.uri, "to": addressed}
    create = {"id": f"{EVE}/2", "type": "Create", "actor": EVE, "object": note, "to": addressed}

    kept = received(parse_activity(create), Applied())
    assert kept is not None
    await record_received(tx, [kept])

    found = {name for name, one in people.items() if await shown(tx, one.id)}
    assert found == reached


@pytest.mark.parametrize(
    "activity",
    [
        pytest.param({"type": "Flag", "object": [ADA]}, id="a report"),
        pytest.param({"type": "Block", "object": ADA}, id="a block"),
        pytest.param({"type": "Undo", "object": {"type": "Block", "object": ADA}}, id="its end"),
        pytest.param(
            {"type": "Create", "object": {"type": "Note", "name": "Rye", "inReplyTo": f"{ADA}/1"}},
            id="a vote",
        ),
    ],
)
def test_what_is_nobody_s_to_see_is_in_no_inbox(activity: dict[str, object]) -> None:
    sent = parse_activity({"id": f"{EVE}/2", "actor": EVE, "to": [ADA], **activity})
    assert received(sent, Applied()) is None


async def shown(tx: Tx, owner_id: ActorId) -> bool:
    return bool(await list_inbox(tx, owner_id, before=None, limit=5))
