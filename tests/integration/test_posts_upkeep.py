"""Keys of requests are forgotten after a day, and go with their post."""

from fedinet.actors.model import Actor
from fedinet.db.query import Pool
from fedinet.posts.upkeep import forget_keys_once
from tests.integration.people import given_member


async def test_keys_are_forgotten_after_a_day(pool: Pool) -> None:
    await given_keys(pool, hours=(1, 23, 25, 24 * 30))
    assert await forget_keys_once(pool) == 2
    assert await keys(pool) == ["1 hours", "23 hours"]
    assert await forget_keys_once(pool) == 0


async def test_keys_are_forgotten_in_small_steps(pool: Pool) -> None:
    await given_keys(pool, hours=range(20, 30))
    assert await forget_keys_once(pool, chunk=2) == 6
    assert len(await keys(pool)) == 4


async def test_a_deleted_post_takes_its_keys_along(pool: Pool) -> None:
    await given_keys(pool, hours=(1,))
    await pool.execute("DELETE FROM posts")
    assert await keys(pool) == []


async def given_keys(pool: Pool, hours: range | tuple[int, ...]) -> None:
    """One post, published under a key at each of these ages."""
    async with pool.acquire() as tx, tx.transaction():
        author: Actor = await given_member(tx, "ada")
        post_id = await tx.fetchval(
            """
            INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                               published_at)
            VALUES (1, 'u', 'u', $1, true, 'everyone', '', 1, now()) RETURNING id
            """,
            author.id,
        )
        account_id = await tx.fetchval("SELECT id FROM accounts")
        await tx.executemany(
            """
            INSERT INTO idempotency_keys (account_id, key, post_id, created_at)
            VALUES ($1, $2::integer || ' hours', $3, now() - make_interval(hours => $2))
            """,
            [(account_id, age, post_id) for age in hours],
        )


async def keys(pool: Pool) -> list[str]:
    return [row["key"] for row in await pool.fetch("SELECT key FROM idempotency_keys ORDER BY key")]
