"""What pages and apps ask each time is planned once, and read row by row.

To plan one of these takes longer than to run it, so that a plan for each request is felt.
"""

import importlib
import json

import pytest

from fedinet.db.query import QUERIES, Tx
from tests.integration.people import given_member

importlib.import_module("fedinet.app")  # registers the statements

_ASKED: dict[str, tuple[object, ...]] = {
    "http.find_tokens": ([b"x"], [None], [None]),
    "actors.find_many": ([7],),
    "posts.list_visible": (7, True, [8]),
    "posts.list_readers": (7, None, [], [], []),
    **{f"timelines.list_around_{answers}": (7, True, [8]) for answers in ("none", "who", "read")},
    "timelines.list_beside": (7, True, [8]),
    **{f"timelines.list_beside_and_{one}": (7, True, [8], []) for one in ("none", "who", "read")},
    "timelines.list_done": (7, [8]),
    "follows.list_people": (7, None, 40, False),
    "follows.search_people": (7, None, 40, False, "words"),
}


@pytest.mark.parametrize("name", _ASKED)
async def test_what_is_asked_each_time_is_planned_once(tx: Tx, name: str) -> None:
    asked = await tx.prepare(QUERIES[name])
    for _ in range(10):
        await asked.fetch(*_ASKED[name])
    kept = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = $1"
    assert tuple(await tx.fetchrow(kept, asked.get_name()) or ()) == (5, 5)


_AROUND = {
    "timelines.list_around_who": "7, true, '{8}'",
    "timelines.list_around_read": "7, true, '{8}'",
    "timelines.list_beside": "7, true, '{8}'",
    "timelines.list_beside_and_read": "7, true, '{8}', '{}'",
}


@pytest.mark.parametrize("name", _AROUND)
async def test_what_somebody_did_to_a_post_is_looked_up_and_not_all_they_did(
    tx: Tx, name: str
) -> None:
    """Whatever the planner thinks of it: hashed, it would read all likes of the reader first."""
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await tx.execute(f"PREPARE asked AS {QUERIES[name]}")
    plan = await tx.fetch(f"EXPLAIN (VERBOSE) EXECUTE asked ({_AROUND[name]})")
    said = [row[0] for row in plan if row[0].lstrip().startswith("Output:") and "EXISTS" in row[0]]
    assert said
    assert not any("hashed" in line for line in said)


@pytest.mark.parametrize("name", ["follows.list_people", "follows.search_people"])
async def test_the_directory_is_read_in_its_order_and_no_further(tx: Tx, name: str) -> None:
    """Not all whom one follows, to sort them for a page of forty."""
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await tx.execute("SET LOCAL enable_seqscan = off")  # the tables are small here
    await tx.execute("SET LOCAL enable_bitmapscan = off")
    await tx.execute(f"PREPARE asked AS {QUERIES[name]}")
    more = ", 'words'" if name.endswith("search_people") else ""
    plan = [row[0] for row in await tx.fetch(f"EXPLAIN EXECUTE asked (7, 8, 40, false{more})")]
    pages = [place for place, line in enumerate(plan) if "Limit" in line][1:]
    assert len(pages) == 2
    for index, page in zip(("actors_members_by_name", "follows_by_name"), pages, strict=True):
        assert any(f"using {index}" in line for line in plan[page:])
    assert not any("Sort  " in line for line in plan[pages[0] :])


@pytest.mark.parametrize("name", _AROUND)
async def test_who_answered_is_read_from_the_last_answer_on(tx: Tx, name: str) -> None:
    for choice in ("enable_seqscan", "enable_bitmapscan"):  # as if there were many posts
        await tx.execute(f"SET LOCAL {choice} = off")
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await tx.execute(f"PREPARE asked AS {QUERIES[name]}")
    plan = await tx.fetch(f"EXPLAIN EXECUTE asked ({_AROUND[name]})")
    lines = [row[0].strip(" ->") for row in plan]
    read = [line.partition(" near")[0] for line in lines if " posts near" in line]
    assert set(read) == {"Index Scan Backward using posts_by_parent on posts"}


async def test_an_empty_form_unpacks_none_of_what_was_begun(tx: Tx) -> None:
    """Ten drafts that fill many pages each."""
    ada = await given_member(tx, "ada")
    account_id = await tx.fetchval("SELECT id FROM accounts WHERE actor_id = $1", ada.id)
    await tx.execute(
        """
        INSERT INTO kept_drafts (account_id, form, kept)
        SELECT $1, 'form ' || n, jsonb_build_object('values', jsonb_build_object('text', (
                   SELECT string_agg(sha512((n || ' ' || part)::bytea)::text, ' ')
                     FROM generate_series(1, 800) AS part)))
          FROM generate_series(1, 10) AS n
        """,
        account_id,
    )
    await tx.execute(f"PREPARE asked AS {QUERIES['posts.find_form']}")
    explained = "EXPLAIN (ANALYZE, BUFFERS, FORMAT json) EXECUTE asked"
    [plan] = json.loads(await tx.fetchval(f"{explained} ({account_id}, 'another', true)"))
    read = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    assert 0 < read < 50
