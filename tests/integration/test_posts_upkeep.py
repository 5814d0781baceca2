"""Keys of requests are forgotten after a day, and go with their post; stored posts are counted."""

import asyncio
from collections.abc import Sequence

import pytest

from fedinet.actors.model import Actor
from fedinet.db.query import Pool
from fedinet.posts import upkeep
from fedinet.posts.upkeep import count_stored_once, forget_keys_once
from tests.integration.people import given_member, given_remote


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


async def test_stored_posts_are_counted_as_they_come_change_and_go(pool: Pool) -> None:
    async with pool.acquire() as tx, tx.transaction():
        bo, kim = await given_remote(tx, "bo"), await given_remote(tx, "kim")
        ada = await given_member(tx, "ada")
    file = '[{"url": "https://x.example/a.png"}]'
    await given_posts(pool, (bo, bo, bo, kim, ada), ("[]", file, file, file, file))
    assert await counted(pool) == {"bo": (3, 2), "kim": (1, 1)}

    await pool.execute("UPDATE posts SET attachments = '[]' WHERE id IN (2, 5)")
    await pool.execute("UPDATE posts SET attachments = $1::jsonb, html = 'x' WHERE id < 5", file)
    await pool.execute("DELETE FROM posts WHERE id IN (1, 5)")
    assert await counted(pool) == {"bo": (2, 2), "kim": (1, 1)}

    await pool.execute("DELETE FROM actors WHERE id = $1", kim.id)
    assert await counted(pool) == {"bo": (2, 2)}
    assert await count_stored_once(pool) == 0


async def test_counts_of_stored_posts_that_went_wrong_are_mended(pool: Pool) -> None:
    async with pool.acquire() as tx, tx.transaction():
        some = [await given_remote(tx, name) for name in ("bo", "kim", "lu", "mo")]
    await given_posts(pool, some[:3], ("[]", "[]", "[]"))
    await pool.execute("UPDATE stored_posts SET posts = 7 WHERE author_id = $1", some[0].id)
    await pool.execute("DELETE FROM stored_posts WHERE author_id = $1", some[1].id)
    await pool.execute("INSERT INTO stored_posts VALUES ($1, 3, 1)", some[3].id)
    assert await count_stored_once(pool, chunk=2) == 3
    assert await counted(pool) == {"bo": (1, 0), "kim": (1, 0), "lu": (1, 0), "mo": (0, 0)}


async def test_counting_stored_posts_makes_room_and_ends_when_it_is_told_to(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pool.acquire() as tx, tx.transaction():
        some = [await given_remote(tx, name) for name in ("bo", "kim", "lu")]
    await given_posts(pool, some, ("[]", "[]", "[]"))
    await pool.execute("UPDATE stored_posts SET posts = 7")
    stop, rests = asyncio.Event(), list[float]()

    async def rest(_: object, __: object, seconds: float) -> None:
        rests.append(seconds)
        stop.set()

    monkeypatch.setattr(upkeep, "rest", rest)
    assert await count_stored_once(pool, stop, chunk=1) == 1
    assert len(rests) == 1 and rests[0] > 0
    assert await counted(pool) == {"bo": (1, 0), "kim": (7, 0), "lu": (7, 0)}


async def given_posts(pool: Pool, authors: Sequence[Actor], files: Sequence[str]) -> None:
    """A post of each of these, numbered from 1, written by one statement."""
    await pool.execute(
        """
        INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                           published_at, attachments)
        SELECT n, 'u' || n, 'u', one, a.is_local, 'everyone', '', n, now(), file::jsonb
          FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS made (one, file, n)
          JOIN actors a ON a.id = one
        """,
        [author.id for author in authors],
        list(files),
    )


async def counted(pool: Pool) -> dict[str, tuple[int, int]]:
    rows = await pool.fetch(
        "SELECT username, posts, with_files FROM stored_posts JOIN actors ON id = author_id"
    )
    return {row["username"]: (row["posts"], row["with_files"]) for row in rows}


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
