"""Finding people, posts and hashtags, here and where an address leads."""

from fedinet.actors.model import Actor
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.db.query import Tx
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.posts.changing import edit
from fedinet.posts.model import Change
from fedinet.reactions.commands import like
from fedinet.search import posts_store, store
from fedinet.search.model import handle_of, is_address, prefix_query, read_text
from fedinet.search.operators import read_where
from tests.integration.people import (
    URIS,
    given_block,
    given_follow,
    given_member,
    given_remote,
    seen_by,
)
from tests.integration.social import NOW, deliver_note, publish, tell


async def test_people_are_found_by_the_beginnings_of_their_names(tx: Tx) -> None:
    ada = await given_member(tx, "ada_l")
    bob = await given_remote(tx, "bob")
    await tx.execute("UPDATE actors SET name = 'Bob the Baker' WHERE id = $1", bob.id)
    found = [await store.list_people(tx, seen_by(ada), text, limit=5) for text in ("bak", "ada_l")]
    assert [[actor.id for actor, _ in people] for people in found] == [[bob.id], [ada.id]]


async def test_members_are_found_first_then_whom_the_name_fits_best(tx: Tx) -> None:
    known, exact, stranger = [await given_remote(tx, name) for name in ("annika", "ann", "anna")]
    ada, anne, ann = [await given_member(tx, name) for name in ("ada", "anneke", "ann")]
    await given_follow(tx, ada, known)
    found = await store.list_people(tx, seen_by(ada), "ann", limit=5)
    assert [actor.id for actor, _ in found] == [ann.id, anne.id, exact.id, known.id, stranger.id]
    [first, _] = await store.list_people(tx, seen_by(ada), "ann", limit=2)
    assert first[0].id == ann.id, "however many are known elsewhere"


async def test_letters_are_counted_whatever_their_alphabet(tx: Tx) -> None:
    """One is no word, two are one by themselves; an ideograph is a word, and has none around it."""
    ada, bob = [await given_member(tx, name) for name in ("ada", "bob")]
    await tx.execute("UPDATE actors SET summary_source = 'é où дать 東京都' WHERE id = $1", bob.id)

    async def finds(text: str) -> bool:
        found = await store.list_people(tx, seen_by(ada), text, limit=5, saying=True)
        return [actor.id for actor, _ in found] == [bob.id]

    texts = ("é", "où", "да", "дат", "京", "東京")
    assert [text for text in texts if await finds(text)] == ["où", "дат", "京", "東京"]


async def test_whoever_blocks_is_not_found(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    bob = await given_remote(tx, "bob")
    await given_block(tx, bob, ada)
    assert await store.list_people(tx, seen_by(ada), "bob", limit=5) == []


async def test_whom_one_blocks_is_found_by_their_exact_name_alone(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    bob = await given_remote(tx, "bob")
    await given_block(tx, ada, bob)
    found = [await store.list_people(tx, seen_by(ada), text, limit=5) for text in ("bo", "Bob")]
    assert [[actor.id for actor, _ in people] for people in found] == [[], [bob.id]]


async def test_posts_are_found_by_their_words_where_their_author_agreed(tx: Tx) -> None:
    ada, bob, cy = [await given_member(tx, name) for name in ("ada", "bob", "cy")]
    await tx.execute("UPDATE actors SET indexable = true WHERE id = $1", ada.id)
    bread = await publish(tx, ada, "Sourdough bread for everyone")
    await publish(tx, bob, "Sourdough is overrated")
    named = await publish(tx, bob, f"Sourdough, {cy.handle}?", Visibility.MENTIONED, cy)
    await tell(tx)
    assert await _found(tx, cy, "sourdough") == [bread.id]
    assert await _found(tx, bob, '"sourdough is"') != []
    assert named.id not in await _found(tx, ada, "sourdough")
    hits = await posts_store.list_posts(tx, VISITOR, read_where("sourdough -overrated"), FIRST_PAGE)
    assert [post.id for post in hits] == [bread.id]


async def test_what_somebody_liked_is_found_again_by_them_alone(tx: Tx) -> None:
    ada, bob = [await given_member(tx, name) for name in ("ada", "bob")]
    baker = await given_remote(tx, "baker")
    await given_follow(tx, ada, baker)
    post = await deliver_note(tx, baker)
    await tell(tx)
    assert await _found(tx, ada, "note") == []
    await like(tx, ada, post.id)
    await tell(tx)
    assert [await _found(tx, who, "note") for who in (ada, bob)] == [[post.id], []]


async def test_an_edited_post_is_found_by_what_it_says_now(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada, "Rye")
    await edit(tx, URIS, ada, post.id, Change(text="Spelt"), mentioned={}, now=NOW)
    await tell(tx)
    assert await _found(tx, ada, "rye") == []
    assert await _found(tx, ada, "spelt") == [post.id]


async def test_hashtags_are_found_by_their_beginning(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    await publish(tx, ada, "#Bread and #Bread2 and #butter")
    await publish(tx, ada, "#breadcrumb", Visibility.QUIET)
    tags = await store.list_tags(tx, seen_by(ada), "bread", limit=5)
    assert [tag.written for tag in tags] == ["Bread", "Bread2"]


def test_what_was_typed_is_read() -> None:
    assert read_text(" a\x00b\n\ud800 " + "x" * 600).startswith("a b x")
    assert is_address("https://b.example/@bob")
    assert not is_address("https:// nothing")
    assert handle_of("@bob@b.example") == "bob@b.example"
    assert handle_of("bob") is None
    assert prefix_query("Ada_L'); --") == "'ada':* & 'l':*"


async def test_operators_say_where_to_look(tx: Tx) -> None:
    ada, bob = [await given_member(tx, name) for name in ("ada", "bob")]
    await tx.execute("UPDATE actors SET indexable = true WHERE id = ANY($1)", [ada.id, bob.id])
    first = await publish(tx, ada, "Rye bread")
    answer = await publish(tx, ada, "More bread", parent=first)
    warned = await publish(tx, ada, "Burnt bread")
    late = await publish(tx, bob, "Late bread")
    await tx.execute(
        "UPDATE posts SET sensitive = true, language = 'nl-BE' WHERE id = $1", warned.id
    )
    await tx.execute("UPDATE posts SET published_at = '2031-05-02 01:00Z' WHERE id = $1", late.id)
    await tell(tx)
    expected = {
        "bread is:reply": [answer.id],
        "bread -is:reply before:2031-05-02": [warned.id, first.id],
        "bread is:sensitive": [warned.id],
        "bread language:nl": [warned.id],
        "bread -language:en": [warned.id],
        "bread after:2031-05-01": [late.id],
        "bread during:2031-05-02": [late.id],
        "bread after:2031-05-02": [],
        "bread in:library": [late.id],
        "bread has:poll": [],
        "bread has:link": [],
        "bread -has:media is:sensitive": [warned.id],
        "bread in:public is:reply": [answer.id],
    }
    assert {text: await _found(tx, bob, text) for text in expected} == expected


async def test_who_is_limited_is_found_by_followers_alone(tx: Tx) -> None:
    ada, bob, cy = [await given_member(tx, name) for name in ("ada", "bob", "cy")]
    await tx.execute("UPDATE actors SET indexable = true, limited_at = now() WHERE id = $1", ada.id)
    await given_follow(tx, bob, ada)
    post = await publish(tx, ada, "Quiet bread")
    await tell(tx)
    assert [await _found(tx, who, "bread") for who in (ada, bob, cy)] == [[post.id], [post.id], []]


async def test_pages_of_what_is_found_are_walked_by_number_and_by_offset(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    posts = [(await publish(tx, ada, f"Bread {number}")).id for number in range(4)]
    await tell(tx)
    where = read_where("bread")

    async def page(offset: int = 0, **bounds: int) -> list[int]:
        wanted = Page(limit=2, **bounds)
        got = await posts_store.list_posts(tx, seen_by(ada), where, wanted, offset=offset)
        return [posts.index(post.id) for post in got]

    assert await page() == [3, 2]
    assert await page(offset=2) == [1, 0]
    assert await page(max_id=posts[2]) == [1, 0]
    assert await page(min_id=posts[0]) == [2, 1]
    assert await page(min_id=posts[0], max_id=posts[2]) == [1]


async def test_an_author_alone_is_enough_and_operators_alone_are_not(tx: Tx) -> None:
    ada, bob = [await given_member(tx, name) for name in ("ada", "bob")]
    post = await publish(tx, ada, "Hidden words")
    await tell(tx)

    async def by(viewer: Actor, author: Actor | None) -> list[int]:
        got = await posts_store.list_posts(
            tx, seen_by(viewer), read_where("-is:reply"), FIRST_PAGE, author_id=author and author.id
        )
        return [post.id for post in got]

    assert await by(ada, ada) == [post.id]
    assert await by(ada, None) == []
    assert await by(bob, ada) == []


async def _found(tx: Tx, viewer: Actor, text: str) -> list[int]:
    found = await posts_store.list_posts(tx, seen_by(viewer), read_where(text), FIRST_PAGE)
    return [post.id for post in found]
