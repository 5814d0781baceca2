"""The worker: order, batches, faults, refetching, and that one line's trouble is its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import web

from fedinet.db.query import Conn, Pool, Tx
from fedinet.inbox import store
from fedinet.inbox.dispatch import GONE, Entry, HandlerTable, Inbound, Needs
from fedinet.inbox.lanes import Lanes
from fedinet.inbox.model import LANES, Arrival
from fedinet.inbox.work import BATCH, Worker, process_once
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.kernel.outcomes import Applied, Dropped, Outcome
from fedinet.kernel.uris import origin_of
from fedinet.queue.signals import signal
from fedinet.vocab.activity import Activity
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import ForeignServer, foreign_server
from tests.integration.nodes import RunningNode

ALL_LANES = range(LANES)
READ = (
    "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
    " WHERE relname = 'inbound_queue'"
)
BOB, EVE = "https://b.example/users/bob", "https://e.example/users/eve"


@signal
@dataclass(frozen=True, slots=True)
class WorkerTold:
    what: str


@pytest.fixture
async def node(start_node: StartNode) -> RunningNode:
    node = await start_node()
    await node.pool.execute("CREATE TABLE done (n serial, what text, batch xid8)")
    for uri in (BOB, EVE):
        await given_actor(node.pool, uri)
    return node


@pytest.fixture
async def peer() -> AsyncIterator[ForeignServer]:
    async with foreign_server() as server:
        yield server


class Table(HandlerTable):
    """Handlers that write down what they are given. Like has a batch handler."""

    def __init__(self, *, needs: Needs | None = None) -> None:
        super().__init__()
        self.gathered: list[Mapping[str, object]] = []
        self._needs = needs
        self.add(("Like", "?"), Entry(self.one, many=self.many))
        self.add(("Delete", "?"), Entry(self.one))
        self.add(("Create", "Note"), Entry(self.one))
        self.add(("Announce", "?"), Entry(self.one, needs=self.asks))

    async def asks(self, _conn: Conn, activity: Activity) -> Needs:
        return self._needs or Needs(objects=(str(activity.object_uri),))

    async def one(self, tx: Tx, inbound: Inbound) -> Outcome:
        self.gathered.append(inbound.gathered.documents)
        what = str(inbound.activity.id).rsplit("/", 1)[1]
        await tx.execute("INSERT INTO done (what, batch) VALUES ($1, pg_current_xact_id())", what)
        if what.startswith("fault"):
            raise ValueError("a bug")
        if what.startswith("malformed"):
            raise Malformed("found by the handler")
        if what.startswith("drop"):
            return Dropped("not_for_us")
        return Applied((WorkerTold(what),))

    async def many(self, tx: Tx, batch: Sequence[Inbound]) -> list[Outcome]:
        return [await self.one(tx, inbound) for inbound in batch]


async def test_a_claim_planned_on_an_empty_queue_reads_a_deep_one_by_its_lanes(pool: Pool) -> None:
    async with pool.acquire() as conn:
        await conn.execute("VACUUM inbound_queue")
        for deep in (0, 2000):
            await conn.execute(
                """
                INSERT INTO inbound_queue (lane, signer_uri, actor_uri, activity_type, body)
                SELECT n % $2, 'u' || n, 'u' || n, 'Like', '' FROM generate_series(1, $1) AS n
                """,
                deep,
                LANES,
            )
            for _ in range(8):  # from the sixth on, a plan is kept
                async with conn.transaction():
                    before = await conn.fetchval(READ)
                    rows = await store.claim(conn, ALL_LANES, depth=8, limit=BATCH)
                    read = await conn.fetchval(READ) - before
        assert len(rows) == BATCH
        assert read <= 8 * LANES + BATCH


async def test_an_activity_is_applied_logged_told_and_gone_in_one_transaction(
    node: RunningNode,
) -> None:
    await given(node, activity(BOB, "1"))
    assert await work(node) == 1
    assert await done(node) == ["1"]
    assert await node.pool.fetchval("SELECT count(*) FROM inbound_queue") == 0
    [row] = await node.pool.fetch("SELECT * FROM inbound_log")
    assert (row["outcome"], row["reason"], row["activity_type"]) == ("applied", "", "Like")
    assert (row["object_type"], row["object_uri"]) == ("?", "https://c.example/notes/1")
    assert row["signer_uri"] == row["actor_uri"] == BOB and row["size_bytes"] > 0
    assert await node.pool.fetchval("SELECT body->>'what' FROM signals") == "1"
    transactions = """
        SELECT count(DISTINCT t.xmin::text)
          FROM (SELECT xmin FROM done UNION SELECT xmin FROM signals
                UNION SELECT xmin FROM inbound_log_default) t
    """
    assert await node.pool.fetchval(transactions) == 1


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        pytest.param({"type": "Like"}, ("applied", ""), id="applied"),
        pytest.param({"id": f"{BOB}/drop"}, ("dropped", "not_for_us"), id="the handler's word"),
        pytest.param({"id": f"{BOB}/malformed"}, ("dropped", "malformed"), id="malformed inside"),
        pytest.param({"type": "Listen"}, ("dropped", "unsupported_type"), id="unknown kind"),
        pytest.param({"actor": None}, ("dropped", "malformed"), id="no parser takes it"),
    ],
)
async def test_every_outcome_is_in_the_log_with_its_reason(
    node: RunningNode, sent: Mapping[str, object], outcome: tuple[str, str]
) -> None:
    await given(node, activity(BOB, "1", **sent))
    await work(node)
    assert await log(node) == [outcome]


async def test_what_a_malformed_activity_wrote_is_undone(node: RunningNode) -> None:
    await given(node, activity(BOB, "malformed-1"), activity(BOB, "2"))
    await work(node)
    assert await done(node) == ["2"]


async def test_one_actor_is_never_overtaken_by_itself(node: RunningNode) -> None:
    kinds = ["Like", "Like", "Delete", "Like", "Create", "Create", "Like"]
    sent = [activity(BOB, str(n), type=kind) for n, kind in enumerate(kinds)]
    others = [activity(EVE, f"e{n}") for n in range(5)]
    await given(node, *sent, *others)
    await work_all(node)
    assert [what for what in await done(node) if what[0] != "e"] == [str(n) for n in range(7)]


async def test_frequent_kinds_of_many_actors_are_one_transaction(node: RunningNode) -> None:
    actors = [f"https://h{n}.example/users/u" for n in range(40)]
    for uri in actors:
        await given_actor(node.pool, uri)
    await given(node, *(activity(uri, str(n)) for n, uri in enumerate(actors)))
    await work_all(node)
    assert sorted(map(int, await done(node))) == list(range(40))
    assert await node.pool.fetchval("SELECT count(DISTINCT batch) FROM done") <= 2


async def test_one_bad_activity_in_a_batch_harms_no_other(node: RunningNode) -> None:
    await given(node, activity(BOB, "1"), activity(EVE, "fault"), activity(BOB, "2"))
    await work(node)
    assert await done(node) == ["1", "2"]
    assert await node.pool.fetchval("SELECT last_error FROM inbound_queue") == "ValueError: a bug"


async def test_a_fault_is_tried_three_times_and_then_logged_as_failed(node: RunningNode) -> None:
    await given(node, activity(BOB, "fault"), activity(BOB, "later"))
    for attempt in (1, 2):
        await make_due(node)
        await work_all(node)
        assert await node.pool.fetchval("SELECT max(attempts) FROM inbound_queue") == attempt
        assert await done(node) == []
    await make_due(node)
    await work_all(node)
    assert await log(node) == [("failed", "fault"), ("applied", "")]
    assert await done(node) == ["later"]


async def test_while_one_line_waits_the_others_go_on(node: RunningNode) -> None:
    await given(node, activity(BOB, "fault"), activity(BOB, "b"), activity(EVE, "e"))
    await work_all(node)
    await given(node, activity(EVE, "e2"), activity(BOB, "b2"))
    await work_all(node)
    assert await done(node) == ["e", "e2"]


async def test_a_flood_of_one_actor_does_not_delay_another(node: RunningNode) -> None:
    await given(node, *(activity(BOB, f"b{n}") for n in range(2 * BATCH)), activity(EVE, "e"))
    await work(node)
    assert "e" in await done(node)


async def test_a_suspended_actor_may_only_take_back(node: RunningNode) -> None:
    await node.pool.execute("UPDATE actors SET suspended_at = now() WHERE uri = $1", BOB)
    await given(node, activity(BOB, "1"), activity(BOB, "2", type="Delete"))
    await work_all(node)
    assert await log(node) == [("dropped", "actor_suspended"), ("applied", "")]


async def test_a_worker_that_lost_its_lane_undoes_what_another_has_done(node: RunningNode) -> None:
    class Overtaken(Table):
        async def one(self, tx: Tx, inbound: Inbound) -> Outcome:
            await super().one(tx, inbound)
            await asyncio.wait_for(process_once(node.pool, Table(), node.services.actors), 10)
            return Applied()

    overtaken = Overtaken()
    overtaken["Like", "?"] = (Entry(overtaken.one),)
    await given(node, activity(BOB, "1"))
    with pytest.raises(Exception, match="finished elsewhere"):
        await process_once(node.pool, overtaken, node.services.actors)
    assert await done(node) == ["1"]
    assert await log(node) == [("applied", "")]


async def test_two_workers_do_everything_once_and_in_order(node: RunningNode) -> None:
    actors = {f"a{n}": f"https://h{n}.example/users/u" for n in range(30)}
    for uri in actors.values():
        await given_actor(node.pool, uri)
    sent = [activity(uri, f"{name}-{n}") for n in range(5) for name, uri in actors.items()]
    await given(node, *sent)
    url = str(node.services.settings.database_url)

    async def worker(lanes: Lanes) -> None:
        one = Worker(node.pool, Table(), node.services.actors)
        while await node.pool.fetchval("SELECT EXISTS (SELECT FROM inbound_queue)"):
            async with lanes.in_hand() as held:
                await one.step(held)

    async with (
        Lanes(url, on_taken=lambda: None, interval_s=0.01) as first,
        Lanes(url, on_taken=lambda: None, interval_s=0.01) as second,
        asyncio.timeout(60),
    ):
        await asyncio.gather(worker(first), worker(second))
    whats = await done(node)
    assert len(whats) == 150
    for name in actors:
        own = [what for what in whats if what.startswith(f"{name}-")]
        assert own == [f"{name}-{n}" for n in range(5)]


# Fetching ---------------------------------------------------------------------------------


async def test_what_a_handler_needs_is_fetched_before_its_transaction(
    node: RunningNode, peer: ForeignServer
) -> None:
    uri = serve_note(peer, "/notes/1")
    table = Table()
    await given(node, activity(BOB, "1", type="Announce", object=uri))
    await work(node, table)
    assert table.gathered[0][uri]["content"] == "real"  # type: ignore[index]
    assert await log(node) == [("applied", "")]


async def test_what_its_origin_does_not_have_is_gone(
    node: RunningNode, peer: ForeignServer
) -> None:
    uri = f"{peer.origin}/notes/none"
    table = Table()
    await given(node, activity(BOB, "1", type="Announce", object=uri))
    await work(node, table)
    assert table.gathered == [{uri: GONE}]


async def test_what_is_not_public_or_ours_or_nonsense_is_missing(
    node: RunningNode, peer: ForeignServer
) -> None:
    private = serve_note(peer, "/notes/private", to=[f"{peer.origin}/followers"])
    page = peer.serve("/page", b"<html>", content_type="text/html")
    ours = f"{node.origin}/posts/1"
    table = Table(needs=Needs(objects=(private, page, ours)))
    await given(node, activity(BOB, "1", type="Announce"))
    await work(node, table)
    assert table.gathered == [{}]


async def test_a_silent_origin_means_later_and_only_its_own_line_waits(
    node: RunningNode, peer: ForeignServer
) -> None:
    uri = peer.serve("/notes/1", {}, status=503)
    await given(
        node,
        activity(BOB, "1", type="Announce", object=uri),
        activity(BOB, "2"),
        activity(EVE, "e"),
    )
    await work_all(node)
    assert await done(node) == ["e"]
    [waiting, _] = await node.pool.fetch(
        "SELECT attempts, due_at > now() AS later FROM inbound_queue ORDER BY id"
    )
    assert dict(waiting) == {"attempts": 1, "later": True}


async def test_an_origin_that_stays_silent_is_given_up_and_the_line_goes_on(
    node: RunningNode, peer: ForeignServer
) -> None:
    uri = peer.serve("/notes/1", {}, status=503)
    await given(node, activity(BOB, "1", type="Announce", object=uri), activity(BOB, "2"))
    for _ in range(3):
        await make_due(node)
        await work_all(node)
    assert await log(node) == [("dropped", "origin_unreachable"), ("applied", "")]


async def test_a_host_that_does_not_answer_is_not_asked_again_at_once(
    node: RunningNode, peer: ForeignServer
) -> None:
    actors = [f"https://h{n}.example/users/u" for n in range(20)]
    uri = peer.serve("/notes/1", {}, status=503)
    worker = Worker(node.pool, Table(), node.services.actors)
    for number, actor in enumerate(actors):
        await given_actor(node.pool, actor)
        await given(node, activity(actor, str(number), type="Announce", object=uri))
        await worker.step(ALL_LANES)
        await worker.settle()
    assert await node.pool.fetchval("SELECT sum(attempts) FROM inbound_queue") == 20
    assert peer.count("/notes/1") < 5


async def test_a_server_that_never_answers_holds_up_no_other(
    node: RunningNode, peer: ForeignServer
) -> None:
    asked, hang = asyncio.Event(), asyncio.Event()

    async def silence(_: web.Request) -> web.Response:
        asked.set()
        await hang.wait()
        return web.Response(status=404)

    peer.answers["/notes/1"] = silence
    await given(node, activity(BOB, "1", type="Announce", object=f"{peer.origin}/notes/1"))
    worker = Worker(node.pool, Table(), node.services.actors)
    await worker.step(ALL_LANES)
    await asyncio.wait_for(asked.wait(), 10)
    await given(node, activity(EVE, "e"), activity(BOB, "2"))
    await worker.step(ALL_LANES)
    assert await done(node) == ["e"]
    hang.set()
    await worker.settle()
    await worker.step(ALL_LANES)
    assert await done(node) == ["e", "1", "2"]


# Forwarded --------------------------------------------------------------------------------


async def test_a_forwarded_post_is_what_its_origin_shows_and_not_what_was_brought(
    node: RunningNode, peer: ForeignServer
) -> None:
    author = peer.actor("author")
    uri = serve_note(peer, "/notes/1", attributedTo=author)
    seen: list[Inbound] = []

    async def remember(_tx: Tx, inbound: Inbound) -> Outcome:
        seen.append(inbound)
        return Applied()

    table = HandlerTable()
    table.add(("Create", "Note"), Entry(remember))
    forged = {"id": uri, "type": "Note", "attributedTo": author, "content": "forged"}
    await given(node, activity(author, "1", type="Create", object=forged), signer=BOB)
    await work(node, table)
    assert await log(node) == [("applied", "")]
    [inbound] = seen
    assert inbound.activity.object_document is not None
    assert inbound.activity.object_document["content"] == "real"
    assert inbound.activity.actor == author


async def test_a_forwarded_post_of_somebody_else_is_dropped(
    node: RunningNode, peer: ForeignServer
) -> None:
    author, other = peer.actor("author"), peer.actor("other")
    uri = serve_note(peer, "/notes/1", attributedTo=other)
    await given(node, activity(author, "1", type="Create", object=uri), signer=BOB)
    await work(node)
    assert await log(node) == [("dropped", "not_vouched")]


async def test_a_forwarded_delete_is_believed_only_when_the_object_is_gone(
    node: RunningNode, peer: ForeignServer
) -> None:
    author = peer.actor("author")
    alive, gone = serve_note(peer, "/notes/1"), f"{peer.origin}/notes/2"
    buried = peer.serve("/notes/3", {"error": "gone"}, status=410)
    for number, uri in enumerate((alive, gone, buried, "https://c.example/notes/9")):
        sent = activity(author, str(number), type="Delete", object=uri)
        await given(node, sent, signer=BOB)
        await work(node)
    assert await log(node) == [
        ("dropped", "still_there"),
        ("applied", ""),
        ("applied", ""),
        ("dropped", "not_vouched"),
    ]


async def test_a_forwarded_like_has_to_be_found_under_its_id(
    node: RunningNode, peer: ForeignServer
) -> None:
    author = peer.actor("author")
    true = activity(author, "true")
    peer.serve("/users/author/true", {"@context": "https://www.w3.org/ns/activitystreams", **true})
    peer.serve(
        "/users/author/other", {**activity(author, "other"), "actor": f"{peer.origin}/users/x"}
    )
    for name in ("true", "other", "none"):
        await given(node, activity(author, name), signer=BOB)
        await work(node)
    assert [row[0] for row in await log(node)] == ["applied", "dropped", "dropped"]
    assert await done(node) == ["true"]


async def test_nobody_can_hold_up_an_actor_by_bringing_something_in_their_name(
    node: RunningNode, peer: ForeignServer
) -> None:
    author = peer.actor("author")
    await given_actor(node.pool, author)
    uri = peer.serve("/notes/1", {}, status=503)
    await given(node, activity(author, "1", type="Create", object=uri), signer=EVE)
    await given(node, activity(author, "2"))
    await work_all(node)
    assert await done(node) == ["2"]


def activity(actor: str, name: str, /, **properties: object) -> dict[str, object]:
    document = {
        "id": f"{actor}/{name}",
        "type": "Like",
        "actor": actor,
        "object": "https://c.example/notes/1",
        **properties,
    }
    if document["type"] == "Create" and "object" not in properties:
        document["object"] = {"id": f"{actor}/notes/{name}", "type": "Note"}
    return document


def serve_note(peer: ForeignServer, path: str, **properties: object) -> str:
    return peer.serve(
        path,
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": peer.origin + path,
            "type": "Note",
            "content": "real",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            **properties,
        },
    )


async def given(
    node: RunningNode, *activities: Mapping[str, object], signer: str | None = None
) -> None:
    """Put activities into the queue as the door does."""
    arrivals = [
        Arrival(
            origin=str(origin_of(signer or BOB)),
            seen_hash=f"{signer}{sent['id']}".encode(),
            signer=ActorUri(signer or str(sent["id"]).rsplit("/", 1)[0]),
            actor=ActorUri(str(sent["id"]).rsplit("/", 1)[0]),
            activity_id=ObjectUri(str(sent["id"])),
            activity_type=str(sent["type"]),
            body=json.dumps({k: v for k, v in sent.items() if v is not None}).encode(),
        )
        for sent in activities
    ]
    async with node.pool.acquire() as conn:
        await store.record(conn, arrivals)


async def given_actor(pool: Pool, uri: str) -> None:
    await pool.execute(
        """
        INSERT INTO actors (uri, origin, username, domain, is_local, kind, page_url, inbox_url)
        VALUES ($1, 'o', 'u', 'd', false, 'Person', $1, $1)
        """,
        uri,
    )


async def work(node: RunningNode, table: HandlerTable | None = None) -> int:
    return await process_once(node.pool, table or Table(), node.services.actors)


async def work_all(node: RunningNode) -> None:
    while await work(node):
        pass


async def make_due(node: RunningNode) -> None:
    await node.pool.execute("UPDATE inbound_queue SET due_at = $1", datetime.now(UTC))


async def done(node: RunningNode) -> list[str]:
    return [row["what"] for row in await node.pool.fetch("SELECT what FROM done ORDER BY n")]


async def log(node: RunningNode) -> list[tuple[str, str]]:
    rows = await node.pool.fetch("SELECT outcome, reason FROM inbound_log ORDER BY id")
    return [(row["outcome"], row["reason"]) for row in rows]
