"""Lists of posts: who finds what where, page by page, and by an index."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import VISITOR, Viewer, Visibility
from fedinet.db.query import QUERIES, Tx
from fedinet.kernel.ids import PostId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.posts import commands, list_store, store, thread_store
from fedinet.posts.model import Draft, Post
from fedinet.posts.thread_store import recount_replies
from tests.integration.people import (
    URIS,
    given_block,
    given_follow,
    given_member,
    given_remote,
    seen_by,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVERYONE, QUIET, ALLIES, FOLLOWERS, COMMUNITY, MENTIONED = Visibility


async def publish(
    tx: Tx, author: Actor, text: str, visibility: Visibility = EVERYONE, parent: Post | None = None
) -> Post:
    return await commands.publish(
        tx,
        URIS,
        author,
        Draft(text=text, visibility=visibility, parent_id=None if parent is None else parent.id),
        mentioned={},
        now=NOON,
        on_published=_nothing,
    )


def texts(posts: list[Post]) -> list[str]:
    return [post.source for post in posts]


async def test_the_community_list_holds_first_posts_for_those_who_may_read_them(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    first = await publish(tx, ada, "to all")
    for visibility in (QUIET, FOLLOWERS, COMMUNITY, MENTIONED):
        await publish(tx, ada, visibility, visibility)
    await publish(tx, ben, "an answer", parent=first)

    assert texts(await list_store.list_local(tx, VISITOR)) == ["to all"]
    assert texts(await list_store.list_local(tx, seen_by(ben))) == ["community", "to all"]


async def test_everyones_list_holds_posts_from_everywhere_but_quiet_ones(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    await publish(tx, ada, "ours")
    await publish(tx, ada, "quietly", QUIET)
    await publish(tx, ada, "between us", COMMUNITY)

    assert texts(await list_store.list_everyone(tx, seen_by(ada))) == ["ours"]


async def test_whom_one_muted_or_blocked_is_in_no_list_of_many_authors(tx: Tx) -> None:
    ada, ben, cem = [await given_member(tx, name) for name in ("ada", "ben", "cem")]
    for author in (ben, cem):
        await publish(tx, author, f"{author.username} #bread")
    await tx.execute("INSERT INTO mutes (actor_id, target_id) VALUES ($1, $2)", ada.id, ben.id)
    await given_block(tx, cem, ada)

    for posts in (
        await list_store.list_local(tx, seen_by(ada)),
        await list_store.list_everyone(tx, seen_by(ada)),
        await list_store.list_by_tag(tx, seen_by(ada), "bread"),
    ):
        assert posts == []
    assert texts(await list_store.list_by_author(tx, seen_by(ada), ben.id)) == ["ben #bread"]
    await tx.execute("UPDATE mutes SET until = now() - interval '1 day'")
    assert texts(await list_store.list_local(tx, seen_by(ada))) == ["ben #bread"]


async def test_a_tag_finds_posts_that_are_not_quiet(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    await publish(tx, ada, "one #Bread")
    await publish(tx, ada, "two #bread", QUIET)
    await publish(tx, ada, "three #BREAD", COMMUNITY)

    assert texts(await list_store.list_by_tag(tx, VISITOR, "bread")) == ["one #Bread"]
    assert texts(await list_store.list_by_tag(tx, seen_by(ada), "bread")) == [
        "three #BREAD",
        "one #Bread",
    ]
    assert await list_store.list_by_tag(tx, VISITOR, "cake") == []


async def test_a_profile_shows_what_its_reader_may_see(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, bo, ada)
    first = await publish(tx, ada, "everyone")
    for visibility in (QUIET, FOLLOWERS, COMMUNITY, MENTIONED):
        await publish(tx, ada, visibility, visibility)
    await publish(tx, ada, "reply", parent=first)

    async def seen(viewer: Viewer, *, with_replies: bool = False) -> list[str]:
        return texts(await list_store.list_by_author(tx, viewer, ada.id, with_replies=with_replies))

    assert await seen(VISITOR) == ["quiet", "everyone"]
    assert await seen(VISITOR, with_replies=True) == ["reply", "quiet", "everyone"]
    assert await seen(seen_by(bo)) == ["followers", "quiet", "everyone"]
    assert len(await seen(seen_by(ada))) == 5
    assert await list_store.count_by_author(tx, ada.id) == 3


async def test_lists_are_walked_in_both_directions(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    ids = [(await publish(tx, ada, f"{n} #x")).id for n in range(6)]

    for read in (
        lambda page: list_store.list_by_author(tx, VISITOR, ada.id, page),
        lambda page: list_store.list_local(tx, VISITOR, page),
        lambda page: list_store.list_everyone(tx, VISITOR, page),
        lambda page: list_store.list_by_tag(tx, VISITOR, "x", page),
    ):
        pages = [
            Page(limit=2),
            Page(limit=2, max_id=ids[4]),
            Page(limit=2, min_id=ids[1]),
            Page(limit=2, since_id=ids[1]),
            Page(limit=2, max_id=ids[3], min_id=ids[1]),
        ]
        found = [[post.id for post in await read(page)] for page in pages]
        assert found == [
            [ids[5], ids[4]],
            [ids[3], ids[2]],
            [ids[3], ids[2]],
            [ids[5], ids[4]],
            [ids[2]],
        ]


async def test_a_thread_shows_each_reader_their_part_of_it(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    root = await publish(tx, ada, "root")
    aside = await publish(tx, ben, "aside", COMMUNITY, parent=root)
    below = await publish(tx, ada, "below", parent=aside)
    last = await publish(tx, ben, "open", parent=root)

    assert texts(await store.list_descendants(tx, seen_by(ben), root.id)) == [
        "aside",
        "below",
        "open",
    ]
    assert texts(await store.list_ancestors(tx, seen_by(ada), below.id)) == ["root", "aside"]
    assert texts(await store.list_descendants(tx, VISITOR, root.id)) == ["open"]
    open_ = await thread_store.list_reply_uris(tx, VISITOR, root.id, after=None, limit=5)
    assert open_ == [(last.id, last.uri)]
    listed = await thread_store.list_thread_uris(tx, VISITOR, root.id, Page(limit=5))
    assert listed == [(last.id, last.uri), (root.id, root.uri)]
    forwards = Page(limit=1, min_id=root.id - 1)
    assert await thread_store.list_thread_uris(tx, VISITOR, root.id, forwards) == listed[1:]


async def test_hidden_answers_take_nobodys_place_in_a_thread(tx: Tx) -> None:
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    root = await publish(tx, ada, "root")
    for number in range(5):
        hidden = await publish(tx, ben, f"hidden {number}", MENTIONED, parent=root)
        await publish(tx, ben, f"below hidden {number}", MENTIONED, parent=hidden)
    for text in ("first", "second", "third"):
        await publish(tx, ben, text, parent=root)

    shown = await store.list_descendants(tx, VISITOR, root.id, limit=2)
    assert texts(shown) == ["first", "second"]
    assert len(await store.list_descendants(tx, seen_by(ben), root.id, limit=20)) == 13


async def test_a_page_looks_at_so_many_answers_and_no_further(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_MAX_LOOKED_AT", 3)
    ada, ben = await given_member(tx, "ada"), await given_member(tx, "ben")
    root = await publish(tx, ada, "root")
    for text in ("first", "second"):
        await publish(tx, ben, f"hidden {text}", MENTIONED, parent=root)
        await publish(tx, ben, text, parent=root)
    assert texts(await store.list_descendants(tx, VISITOR, root.id)) == ["first"]


@pytest.mark.parametrize(
    ("answer", "parent", "counted"),
    [
        (EVERYONE, FOLLOWERS, 1),
        (QUIET, EVERYONE, 1),
        (FOLLOWERS, FOLLOWERS, 1),
        (FOLLOWERS, EVERYONE, 0),
        (MENTIONED, EVERYONE, 0),
        (COMMUNITY, COMMUNITY, 1),
    ],
)
async def test_a_number_of_answers_betrays_nobody(
    tx: Tx, answer: Visibility, parent: Visibility, counted: int
) -> None:
    ada = await given_member(tx, "ada")
    root = await publish(tx, ada, "root", parent)
    await tx.execute(
        """
        INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,
                           parent_id, published_at)
        VALUES (new_id(), 'https://x.example/1', '', $1, false, $2, '', $3, $3, now())
        """,
        ada.id,
        answer,
        root.id,
    )
    assert (await store.get_visible(tx, seen_by(ada), root.id)).replies_count == counted
    await recount_replies(tx, [root.id])
    assert (await store.get_visible(tx, seen_by(ada), root.id)).replies_count == counted


async def test_who_may_not_see_a_post_does_not_see_its_history(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, "between us", COMMUNITY)

    assert await store.list_revisions(tx, VISITOR, post.id) == []
    assert len(await store.list_revisions(tx, seen_by(ada), post.id)) == 1


async def test_posts_are_found_by_uri_for_those_who_may_see_them(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, "between us", COMMUNITY)

    assert await store.find_visible_by_uri(tx, seen_by(ada), post.uri) == post
    assert await store.find_visible_by_uri(tx, VISITOR, post.uri) is None
    assert await store.find_post_ids_by_uri(tx, [post.uri, "https://x.example/1"]) == {
        post.uri: post.id
    }
    assert await store.list_visible(tx, VISITOR, [post.id, PostId(1)]) == {}


async def test_hashtags_are_joined_and_lists_narrowed_to_files(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    words = ("#rye #bread", "#rye", "#bread #cake", "#cake")
    made = [await publish(tx, ada, text) for text in words]
    await tx.execute(
        'UPDATE posts SET attachments = \'[{"url": "https://b.example/1"}]\' WHERE id = $1',
        made[2].id,
    )

    async def found(page: Page = FIRST_PAGE, **more: Any) -> list[str]:
        return texts(await list_store.list_by_tag(tx, VISITOR, "rye", page, **more))

    assert await found(or_any=["bread"]) == ["#bread #cake", "#rye", "#rye #bread"]
    assert await found(Page(limit=1, min_id=made[0].id), or_any=["bread"]) == ["#rye"]
    assert await found(Page(limit=2), or_any=["bread"]) == ["#bread #cake", "#rye"]
    assert await found(or_any=["bread"], but_none=["cake"]) == ["#rye", "#rye #bread"]
    assert await found(and_all=["bread"]) == ["#rye #bread"]
    assert await found(but_none=["bread", "x"]) == ["#rye"]
    assert await found(with_files=True, or_any=["bread"]) == ["#bread #cake"]
    for read in (list_store.list_local, list_store.list_everyone):
        assert texts(await read(tx, VISITOR, with_files=True)) == ["#bread #cake"]
    assert await list_store.list_elsewhere(tx, VISITOR, with_files=True) == []


@pytest.mark.parametrize(
    "name",
    [
        "posts.list_by_author",
        "posts.list_local",
        "posts.list_everyone",
        "posts.list_elsewhere",
        "posts.list_by_tag",
        "posts.list_reply_uris",
        "posts.list_thread_uris",
        "posts.list_thread_uris_up",
        "posts.count_by_author",
    ],
)
async def test_no_list_reads_the_whole_table(tx: Tx, name: str) -> None:
    """What the planner can do at best, and does on large tables: follow the order of an index."""
    for choice in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
        await tx.execute(f"SET LOCAL {choice} = off")
    arguments = {
        "posts.list_by_author": "1, true, NULL, NULL, 20, 5, true",
        "posts.list_local": "1, true, NULL, NULL, 20, false",
        "posts.list_everyone": "1, true, NULL, NULL, 20, false",
        "posts.list_elsewhere": "1, true, NULL, NULL, 20, false",
        "posts.list_by_tag": "1, true, NULL, NULL, 20, 'x', NULL, false, '{}', '{}'",
        "posts.list_reply_uris": "1, true, 5, NULL, 20",
        "posts.list_thread_uris": "1, true, 5, NULL, NULL, 20",
        "posts.list_thread_uris_up": "1, true, 5, NULL, NULL, 20",
        "posts.count_by_author": "5",
    }.get(name, "1, true, NULL, NULL, 20")
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await tx.execute(f"PREPARE listed AS {QUERIES[name]}")
    plan = "\n".join(row[0] for row in await tx.fetch(f"EXPLAIN EXECUTE listed({arguments})"))

    assert "Seq Scan on posts p" not in plan, plan
    assert "Sort Key: p.id" not in plan and "Sort Key: tagged" not in plan, plan


async def _nothing(_tx: Tx, _post: Post) -> None:
    """No home rows here."""
