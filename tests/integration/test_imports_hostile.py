"""What somebody could try with a file: learn, reach or fill what is not for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.transfers import commands, store
from fedinet.transfers.model import MAX_FORM_BYTES, Counts, Kind, State
from fedinet.transfers.reading import read_import
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.members import Member, given_member_of
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member, given_remote
from tests.integration.test_import_turns import brought_before
from tests.integration.test_imports import finish, upload
from tests.integration.test_imports_at_work import begins, standing
from tests.integration.test_policy_enforced import put

PRIVATE: Final = {
    Kind.FOLLOWS: ("a@10.0.0.1", "a@169.254.169.254", "a@10.0.0.1:22", "a@[fd00::1]"),
    Kind.BOOKMARKS: ("http://10.0.0.1/x", "http://169.254.169.254/latest/meta-data/"),
}
SECRET: Final = """
      WITH fresh AS (SELECT new_id() AS id)
    INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                       published_at)
    SELECT id, $1, '', $2, false, 'followers', 'x', id, now() FROM fresh
"""


async def test_no_file_learns_reaches_or_fills_what_is_not_for_its_member(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada, bo = await given_member_of(node, "ada"), await given_member_of(node, "bo")
    await a_post_that_is_here_for_others_looks_as_if_it_were_not(node, ada, bo)
    await nobody_is_followed_whose_posts_come_from_a_server_with_a_rule(node, ada)
    for kind, lines in PRIVATE.items():
        await no_line_reaches_into_a_private_network(node, ada, kind, lines)
    await a_file_of_many_megabytes_is_not_even_kept_for_a_look(node)


async def a_post_that_is_here_for_others_looks_as_if_it_were_not(
    node: RunningNode, ada: Member, bo: Member
) -> None:
    async with foreign_server() as there:
        secret, none = f"{there.origin}/notes/1", f"{there.origin}/notes/2"
        async with transaction(node.pool) as tx:
            eve = await given_remote(tx, "eve", there.domain, uri=f"{there.origin}/users/eve")
            await tx.execute(SECRET, secret, eve.id)
        await brought_before(node, bo, there)
        one = await begins(ada, Kind.BOOKMARKS, f"{secret}\n{none}\n")
        await node.drain()
        assert await standing(node, one) == (State.WORKING, Counts(waiting=2))
        await finish(node, rounds=4)
        assert await standing(node, one) == (State.DONE, Counts(failed=2))
        assert await reasons(node, one.id) == ["no_post", "no_post"]
        assert await node.pool.fetchval("SELECT count(*) FROM bookmarks") == 0


async def nobody_is_followed_whose_posts_come_from_a_server_with_a_rule(
    node: RunningNode, ada: Member
) -> None:
    """Their handle is at another, which no rule is about."""
    async with transaction(node.pool) as tx:
        eve = await given_remote(tx, "eve", "kind.example", uri="https://loud.example/users/eve")
        await tx.execute("UPDATE actors SET handle_checked_at = now() WHERE id = $1", eve.id)
    await put(node, domains=["loud.example"], verdict="reject")
    one = await begins(ada, Kind.FOLLOWS, "eve@kind.example\n")
    await finish(node)
    assert await reasons(node, one.id) == ["refused"]
    assert await node.pool.fetchval("SELECT count(*) FROM follows") == 0


async def no_line_reaches_into_a_private_network(
    node: RunningNode, ada: Member, kind: Kind, lines: Sequence[str]
) -> None:
    one = await begins(ada, kind, "\n".join(lines))
    await finish(node, rounds=2)
    assert await standing(node, one) == (State.DONE, Counts(failed=len(lines)))
    assert set(await reasons(node, one.id)) <= {"nobody", "no_post", "no_handle"}  # never "silent"


async def a_file_of_many_megabytes_is_not_even_kept_for_a_look(node: RunningNode) -> None:
    before = await node.pool.fetchval("SELECT count(*) FROM imports")
    async with browser(node) as page:
        await page.sign_in("ada")
        seen = await upload(page, b"a@b.example\n" * 100_000, "following_accounts.csv")
        assert seen.status == 422 and "larger than" in seen.text
        seen = await upload(page, b"x" * (MAX_FORM_BYTES + 1), "following_accounts.csv")
        assert seen.status == 413
    assert await node.pool.fetchval("SELECT count(*) FROM imports") == before


async def test_what_began_a_moment_ago_is_not_thrown_away(tx: Tx) -> None:
    ada, now = await given_member(tx, "ada"), datetime(2026, 3, 1, tzinfo=UTC)
    reading = read_import("bad.example\n", kind=Kind.SERVERS, ours=(), username="ada")
    made = await commands.prepare(tx, ada.id, reading, now=now)
    await commands.begin(tx, ada.id, made.id, now=now)
    await store.delete_import(tx, made.id)
    assert await store.find_import(tx, ada.id, made.id) is not None


async def reasons(node: RunningNode, import_id: int) -> list[str]:
    rows = await node.pool.fetch(
        "SELECT reason FROM import_rows WHERE import_id = $1 ORDER BY line", import_id
    )
    return [row["reason"] for row in rows]
