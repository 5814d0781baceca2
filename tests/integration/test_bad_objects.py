"""Objects that are too much, and changes by who may not, through the real inbox."""

from typing import Any

import pytest

from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.nodes import RunningNode
from tests.integration.test_things_of_others import PUBLIC, given_followed

PICTURE = "https://m.example/p.png"


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_a_member_is_told_of_one_post_however_much_it_holds(start_node: StartNode) -> None:
    node = await start_node()
    mention = {"type": "Mention", "name": "@ada"}
    ada = f"{node.origin}/users/ada"
    crowd = [{**mention, "href": f"https://m.example/{n}"} for n in range(100)]
    too_much: list[tuple[dict[str, Any], int]] = [
        ({"tag": [*crowd, {**mention, "href": ada}, *crowd * 9], "cc": [ada]}, 202),
        ({"attachment": [{"type": "Image", "url": f"{PICTURE}?{n}"} for n in range(5_000)]}, 202),
        ({"attachment": [{"type": "Image", "url": f"{PICTURE}?{n}"} for n in range(10_000)]}, 400),
        ({"content": f"<p>{'x ' * 450_000}</p>"}, 202),
        ({"content": "x" * 5_000_000}, 413),
        ({"name": "n" * 200_000, "summary": "s" * 200_000, "url": "h" * 200_000}, 202),
        ({"location": [{"type": "Place", "name": "p" * 1000}] * 500}, 202),
        ({"contentMap": {f"l{n}": "x" for n in range(5_000)}}, 202),
        ({"type": [f"T{n}" for n in range(5_000)]}, 202),
    ]
    async with foreign_server() as peer:
        bob = await given_followed(node, peer)
        for number, (changes, status) in enumerate(too_much):
            answer = await deliver(node, bob, post(bob, number, **changes))
            assert answer.status == status, list(changes)
        await node.drain()
        rows = await node.pool.fetch(
            "SELECT length(html) AS html, jsonb_array_length(attachments) AS files,"
            " length(content_note) AS note, length(about ->> 'title') AS title,"
            " (SELECT count(*) FROM post_mentions m WHERE m.post_id = p.id) AS mentions"
            " FROM posts p ORDER BY id"
        )
        failed = await node.pool.fetchval("SELECT count(*) FROM inbound_log WHERE outcome='failed'")

    assert (len(rows), failed) == (7, 0)
    assert max(row["html"] for row in rows) <= 100_010
    assert max(row["files"] for row in rows) == 16
    assert max(row["note"] for row in rows) == 2000
    assert max(row["title"] or 0 for row in rows) == 500
    assert max(row["mentions"] for row in rows) == 1


async def test_only_its_author_changes_or_deletes_a_thing(start_node: StartNode) -> None:
    node = await start_node()
    async with foreign_server() as peer, foreign_server() as elsewhere:
        bob = await given_followed(node, peer)
        neighbour, stranger = peer_actor(peer, "eve", key=2), peer_actor(elsewhere, "mo", key=3)
        await deliver(node, bob, post(bob, 1, type="Review", name="True"))
        await node.drain()
        uri = f"{bob.uri}/things/1"
        forged = {**post(bob, 1)["object"], "content": "<p>forged</p>", "updated": "2030-01-01"}
        for other in (neighbour, stranger):
            for number, kind in enumerate(("Update", "Create"), 1):
                await deliver(node, other, like(other, number, type=kind, object=forged))
                own = {**forged, "attributedTo": other.uri}
                await deliver(node, other, like(other, number + 5, type=kind, object=own))
            for number, gone in enumerate((uri, {"type": "Review", "id": uri}), 20):
                await deliver(node, other, like(other, number, type="Delete", object=gone))
        await node.drain()
        kept = await node.pool.fetch("SELECT uri, html FROM posts")
        reasons = await reasons_of(node)

    assert [tuple(row) for row in kept] == [(uri, "<p>true</p>")]
    assert reasons <= {
        "forged_author", "not_the_author", "foreign_object", "unknown_object", "deleted",
        "already_known",
    }  # fmt: skip


async def reasons_of(node: RunningNode) -> set[str]:
    rows = await node.pool.fetch("SELECT reason FROM inbound_log WHERE reason <> ''")
    return {row["reason"] for row in rows}


def post(author: PeerActor, number: int, /, **changes: Any) -> dict[str, Any]:
    thing = {
        "id": f"{author.uri}/things/{number}",
        "type": "Note",
        "attributedTo": author.uri,
        "to": [PUBLIC],
        "content": "<p>true</p>",
    }
    return dict(like(author, number, type="Create", object=thing | changes, to=[PUBLIC]))
