"""The gate in Python and in SQL says the same, on generated worlds."""

import importlib
import pkgutil
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fedinet
from fedinet.audiences.gate import VISIBLE, VISIBLE_BY_ID, VISIBLE_TO
from fedinet.audiences.model import VISITOR, Relation, Viewer, Visibility, may_see
from fedinet.audiences.store import name_members, name_only, relation, who_sees
from fedinet.db.query import QUERIES, Tx
from fedinet.kernel.ids import ActorId, PostId
from fedinet.posts import store
from tests.integration.friends import given_ally
from tests.integration.people import given_member, given_remote

_PAIRS = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1])
MEMBERS = 3
"""The first of the six actors are members, the others live elsewhere."""


@dataclass(frozen=True)
class World:
    """Six actors by number, and every fact that the gate knows of."""

    posts: list[tuple[int, Visibility]]
    follows: dict[tuple[int, int], str]
    blocks: set[tuple[int, int]]
    servers: set[tuple[int, int]]
    """(member, somebody elsewhere whose server they keep away)."""
    named: dict[tuple[int, int], bool]
    """(post, actor) -> still in it."""
    suspended: set[int]
    gone: set[int]
    disabled: set[int]
    allied: set[int]
    """Of those elsewhere: each has a community of its own, and is its node's actor besides."""

    def relation(self, post: int, viewer: int | None) -> Relation:
        author = self.posts[post][0]
        return Relation(
            is_author=viewer == author,
            is_member=self.is_member(viewer),
            follows_author=viewer is not None and self.follows.get((viewer, author)) == "accepted",
            is_named=viewer is not None and self.named.get((post, viewer), False),
            blocked=viewer is not None and bool({(viewer, author), (author, viewer)} & self.blocks),
            server_blocked=bool({(viewer, author), (author, viewer)} & self.servers),
            of_ally=viewer in self.allied
            and author < MEMBERS
            and self.named.get((post, viewer), False),
            author_hidden=author in self.suspended | self.gone,
        )

    def is_member(self, viewer: int | None) -> bool:
        return viewer is not None and viewer < MEMBERS and viewer not in self.disabled


worlds = st.builds(
    World,
    posts=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(Visibility)), min_size=1, max_size=6
    ),
    follows=st.dictionaries(_PAIRS, st.sampled_from(["pending", "accepted"]), max_size=12),
    blocks=st.sets(_PAIRS, max_size=4),
    servers=st.sets(st.tuples(st.integers(0, MEMBERS - 1), st.integers(MEMBERS, 5)), max_size=3),
    named=st.dictionaries(
        st.tuples(st.integers(0, 5), st.integers(0, 5)), st.booleans(), max_size=10
    ),
    suspended=st.sets(st.integers(0, 5), max_size=1),
    gone=st.sets(st.integers(0, 5), max_size=1),
    disabled=st.sets(st.integers(0, MEMBERS - 1), max_size=1),
    allied=st.sets(st.integers(MEMBERS, 5), max_size=3),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds)
async def test_the_rule_and_its_sql_twins_agree_on_every_viewer_and_post(
    tx: Tx, world: World
) -> None:
    savepoint = tx.transaction()
    await savepoint.start()
    actors, posts = await given_world(tx, world)

    for viewer in (None, *range(len(actors))):
        asking = (
            VISITOR if viewer is None else Viewer(actors[viewer], is_member=world.is_member(viewer))
        )
        expected = {
            posts[n]
            for n, (_, visibility) in enumerate(world.posts)
            if may_see(visibility, world.relation(n, viewer))
        }
        assert set(await store.list_visible(tx, asking, posts)) == expected
        for n, post_id in enumerate(posts):
            assert await relation(tx, post_id, asking) == world.relation(n, viewer)

    hidden = world.suspended | world.gone
    assert await who_sees(tx, [(p, a) for p in posts for a in actors]) == {
        (posts[n], actors[viewer])
        for n, (_, visibility) in enumerate(world.posts)
        for viewer in range(len(actors))
        if viewer not in hidden and may_see(visibility, world.relation(n, viewer))
    }
    await savepoint.rollback()


async def test_who_is_taken_out_of_an_audience_is_out_and_may_come_back(tx: Tx) -> None:
    ada, bo, cy = [(await given_remote(tx, name)).id for name in ("ada", "bo", "cy")]
    post_id = await given_post(tx, ada, Visibility.MENTIONED)
    await name_members(tx, post_id, [bo, cy])

    await name_only(tx, post_id, [cy])
    assert not (await relation(tx, post_id, Viewer(bo)) or Relation()).is_named

    await name_members(tx, post_id, [bo])
    assert await who_sees(tx, [(post_id, bo), (post_id, cy)]) == {(post_id, bo), (post_id, cy)}


async def test_a_post_that_is_not_there_has_no_relation(tx: Tx) -> None:
    assert await relation(tx, PostId(1), VISITOR) is None
    assert await who_sees(tx, [(PostId(1), ActorId(1))]) == set()


def test_every_statement_that_returns_a_text_carries_the_gate() -> None:
    for module in pkgutil.walk_packages(fedinet.__path__, "fedinet."):
        if "store" in module.name:
            importlib.import_module(module.name)

    ungated = {
        name
        for name, sql in QUERIES.items()
        if re.search(r"\b(html|source)\b", sql)
        and re.search(r"\b(posts|post_revisions)\b", sql)
        and not any(gate in sql for gate in (VISIBLE, VISIBLE_BY_ID, VISIBLE_TO))
    }
    assert ungated == {
        "posts.insert_local",
        "posts.insert_arrivals",
        "posts.update_local",
        "posts.update_remote",
        "posts.keep_revision",  # copies within the database
        "search.index_posts",  # the same
        "search.index_reacted",
        "posts.lock_remote",  # compares, and returns a boolean
        "posts.list_own",  # for who wrote it, to take it along
        "posts.list_own_up",
        "cards.list_with_links",  # returns ids, for a job
        "cards.list_posts",  # for that job, which takes no address but of its own audiences
    }


async def given_world(tx: Tx, world: World) -> tuple[list[ActorId], list[PostId]]:
    people = [
        await given_member(tx, f"actor{n}")
        if n < MEMBERS
        else await given_remote(tx, f"actor{n}", f"b{n}.example")
        for n in range(6)
    ]
    for n in range(MEMBERS, 6):
        over = None if n in world.allied else datetime(2026, 1, 1, tzinfo=UTC)
        await given_ally(tx, people[n], f"https://b{n}.example", until=over)
    actors = [person.id for person in people]
    posts = [await given_post(tx, actors[author], visibility) for author, visibility in world.posts]
    for (follower, target), state in world.follows.items():
        await tx.execute(
            "INSERT INTO follows (follower_id, target_id, state, uri) VALUES ($1, $2, $3, '')",
            actors[follower],
            actors[target],
            state,
        )
    for blocker, blocked in world.blocks:
        await tx.execute(
            "INSERT INTO blocks (actor_id, target_id) VALUES ($1, $2)",
            actors[blocker],
            actors[blocked],
        )
    for member, elsewhere in world.servers:
        await tx.execute(
            "INSERT INTO domain_blocks (actor_id, domain) VALUES ($1, $2)",
            actors[member],
            people[elsewhere].domain,
        )
    for (post, actor), stays in world.named.items():
        if post < len(posts):
            await tx.execute(
                "INSERT INTO audience_members (audience_id, actor_id, until) VALUES ($1, $2, $3)",
                posts[post],
                actors[actor],
                None if stays else datetime(2026, 1, 1, tzinfo=UTC),
            )
    for column, numbers in (("suspended_at", world.suspended), ("gone_at", world.gone)):
        await tx.execute(
            f"UPDATE actors SET {column} = now() WHERE id = ANY($1::bigint[])",  # noqa: S608  # two constants
            [actors[n] for n in numbers],
        )
    await tx.execute(
        "UPDATE accounts SET disabled_at = now() WHERE actor_id = ANY($1::bigint[])",
        [actors[n] for n in world.disabled],
    )
    return actors, posts


async def given_post(tx: Tx, author: ActorId, visibility: Visibility) -> PostId:
    return PostId(
        await tx.fetchval(
            """
            WITH fresh AS (SELECT new_id() AS id)
            INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                               published_at)
            SELECT fresh.id, 'https://x.example/' || fresh.id, '', $1, a.is_local, $2, '<p>x</p>',
                   fresh.id, now()
              FROM fresh, actors a WHERE a.id = $1
            RETURNING id
            """,
            author,
            visibility,
        )
    )
