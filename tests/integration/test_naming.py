"""Whom somebody may mean by a name after ``@``: while it is typed, and before it is published."""

from urllib.parse import quote

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.db.query import Tx
from fedinet.posts.naming import PUT, beginnings, read_name, with_handle, written_names
from fedinet.posts.naming_store import MOST_OFFERED, list_meant
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_block, given_follow, given_member, given_remote
from tests.integration.test_gate import given_post


async def test_members_come_first_then_whom_one_follows_or_talked_with(tx: Tx) -> None:
    ada, bram, brid = [await given_member(tx, name) for name in ("ada", "bakker", "brid")]
    await called(tx, bram, "Bram Bakkèr")
    brian, brenda, bruno = [
        await given_remote(tx, name, f"{name[-1]}.example") for name in ("brian", "brenda", "bruno")
    ]
    await given_follow(tx, ada, brenda)
    await talked(tx, ada, bruno)
    assert await meant(tx, ada, "br") == [bram.id, brid.id, brenda.id, bruno.id], "no stranger"
    assert await meant(tx, ada, "bak") == [bram.id]
    assert await meant(tx, ada, "BRAM BAKKER") == [bram.id]
    assert await meant(tx, ada, "bakker") == [bram.id], "by the handle"
    assert await meant(tx, ada, "brenda@a.ex") == [brenda.id]
    assert await meant(tx, ada, "brenda@o") == []
    assert await meant(tx, ada, "ada") == [], "oneself is nobody to call"
    await given_follow(tx, ada, brian)
    await tx.execute(
        "UPDATE actors SET limited_at = now() WHERE id = ANY ($1)", [brian.id, brid.id]
    )
    assert await meant(tx, ada, "bri") == [brian.id], "limited: only whom one follows"
    for number in range(9):
        await given_member(tx, f"zed{number}")
    assert len(await meant(tx, ada, "z")) == MOST_OFFERED


async def test_whoever_is_hidden_or_kept_away_is_not_offered(tx: Tx) -> None:
    ada, *others = [await given_member(tx, name) for name in ("ada", "bo1", "bo2", "bo3", "bo4")]
    shy, kept, held, gone = others
    far = await given_remote(tx, "bofar", "b.example")
    await given_follow(tx, ada, far)
    assert len(await meant(tx, ada, "bo")) == 5
    await given_block(tx, shy, ada)
    await given_block(tx, ada, kept)
    await tx.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", held.id)
    await tx.execute("UPDATE actors SET gone_at = now() WHERE id = $1", gone.id)
    assert await meant(tx, ada, "bo") == [far.id]
    await tx.execute("UPDATE actors SET memorial = true WHERE id = $1", far.id)
    assert await meant(tx, ada, "bo") == [], "whom a page remembers reads nothing"
    await tx.execute("UPDATE actors SET memorial = false WHERE id = $1", far.id)
    await tx.execute(
        "INSERT INTO domain_blocks (actor_id, domain) VALUES ($1, 'b.example')", ada.id
    )
    assert await meant(tx, ada, "bo") == []


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "%",
        "_",
        "\\",
        "%%%",
        "b%",
        "b\0",
        "'; --",
        "\u202e",
        "x" * 100_000,
        "a " * 60,
        "@a",
    ],
)
async def test_nothing_typed_is_a_pattern_or_breaks_anything(tx: Tx, typed: str) -> None:
    ada = await given_member(tx, "ada")
    await given_member(tx, "bob")
    found = [] if read_name(typed) is None else await meant(tx, ada, typed)
    assert len(found) == ("b" in typed and "\0" in typed), "a control character says nothing"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("@bo and @Bram Bakker, hi", ("Bram Bakker",), id="a handle leads somewhere"),
        pytest.param("@Élodie", ("Élodie",), id="no handle has an accent"),
        pytest.param("@Bram-Jan", ("Bram-Jan",), id="nor a hyphen"),
        pytest.param("a@bram x@y.example/@bram", (), id="addresses"),
        pytest.param("@bram@b.example", (), id="a handle elsewhere"),
        pytest.param("@ bram @", (), id="no name"),
        pytest.param("@bram one two three four", ("bram one two three",), id="four words"),
    ],
)
def test_names_are_found_where_they_lead_to_nobody(text: str, names: tuple[str, ...]) -> None:
    assert written_names(text, ("@bram", "@nobody")) == names


def test_a_name_is_looked_for_without_what_is_theirs() -> None:
    assert list(beginnings("Bram Bakker's loaf.")) == [
        "Bram Bakker's loaf",
        "Bram Bakker's",
        "Bram Bakker",
        "Bram",
    ]
    assert "Anna" in beginnings("Anna’s")


def test_a_handle_takes_the_place_of_a_name_and_of_nothing_else() -> None:
    text = "@Bram Bakker's, @bram bakker, @Bram Bakkers, x@Bram Bakker"
    put = f"{PUT}bakker Bram Bakker"
    assert with_handle(text, put) == "@bakker's, @bram bakker, @Bram Bakkers, x@Bram Bakker"
    elsewhere = "@bram@b.example https://x.example/@bram a.@bram"
    assert with_handle(f"@bram: {elsewhere}", f"{PUT}bakker bram") == f"@bakker: {elsewhere}"
    for nothing in ("", "show", PUT, f"{PUT}bakker", f"{PUT}bakker "):
        assert with_handle(text, nothing) == text
    assert with_handle("@a.*", f"{PUT}b\\1 a.*") == "@b\\1"


async def test_names_are_offered_to_members_while_they_write(start_node: StartNode) -> None:
    node = await start_node()
    for name in ("ada", "bakker", "cy"):
        await given_account(node, name)
    await name_somebody(node, "bakker", 'Bram "Bakker" <b>\u202e')
    async with browser(node) as ada, browser(node) as visitor:
        await ada.sign_in("ada")
        page = await ada.open("/write/names?q=bra")
        assert 'data-handle="bakker"' in page.html and "1 person. Choose" in page.html
        assert "<b>\u202e" not in page.html and "data-handle=&" not in page.html
        assert page.headers["Cache-Control"] == "no-store"
        for typed in ("%", "_", "zz", "\u202e", "x" * 5000, "\0", ""):
            page = await ada.open(f"/write/names?q={quote(typed)}")
            assert (page.status, "role" in page.html) == (200, False), typed[:9]
        assert (await ada.open("/write/names")).status == 200
        there = {"Sec-Fetch-Site": "cross-site"}
        assert (await ada.open("/write/names?q=bra", headers=there)).status == 403
        assert (await visitor.open("/write/names?q=bra")).status == 404
        await names_are_asked_about(node, ada)


async def names_are_asked_about(node: RunningNode, ada: Browser) -> None:
    """Without scripts; nothing that was typed is lost by it."""
    await name_somebody(node, "bakker", "Bram Bakker")
    await name_somebody(node, "cy", "Bram Bakkersma")
    form = (await ada.open("/write")).form("/write").fields
    text = "@Bram Bakker said, and @cy: @bra, @Élodie"
    asked = await ada.post("/write", form | {"text": text, "content_note": "Oak"})
    assert asked.method == "GET" and "Whom do you mean by @Bram Bakker ?" in asked.text
    assert "Whom do you mean by @bra ?" in asked.text and "by @Élodie" not in asked.text
    buttons = [part.partition('"')[0] for part in asked.html.split('value="put ')[1:]]
    assert buttons[:2] == ["bakker Bram Bakker", "cy Bram Bakker"], "the whole name comes first"
    fields = asked.form("/write").fields
    put = await ada.post("/write", fields | {"do": "put bakker Bram Bakker"})
    assert put.method == "GET" and "by @Bram Bakker" not in put.text
    fields = put.form("/write").fields
    assert fields["text"].strip() == "@bakker said, and @cy: @bra, @Élodie"
    assert fields["content_note"] == "Oak"
    assert "Bram Bakker ( @bakker ) and Bram Bakkersma ( @cy ) will be told." in put.text
    assert "I mean: BB Bram Bakker @bakker" in asked.text, "a button says what it does"
    post = await ada.post("/write", fields)
    assert post.path.startswith("/@ada/")
    number = int(post.path.rpartition("/")[2])
    told = "SELECT count(*) FROM post_mentions WHERE post_id = $1"
    assert await node.pool.fetchval(told, number) == 2
    path = f"{post.path}/edit"
    asked = await ada.fill(path, path, {"text": "@bakker and @Bram Bakkersma"})
    assert "Whom do you mean by @Bram Bakkersma ?" in asked.text
    put = await ada.post(path, asked.form(path).fields | {"do": "put cy Bram Bakkersma"})
    assert put.form(path).fields["text"].strip() == "@bakker and @cy"
    await name_somebody(node, "cy", "Cy")
    asked = await ada.fill("/write", "/write", {"text": "Like @cy and @Cy Bakker"})
    assert asked.path.startswith("/@ada/"), "nobody else is called so"
    await name_somebody(node, "bakker", "Cy Bakker")
    asked = await ada.fill("/write", "/write", {"text": "Like @cy and @Cy Bakker's"})
    assert "Whom do you mean by @Cy Bakker ?" in asked.text
    buttons = [part.partition('"')[0] for part in asked.html.split('value="put ')[1:]]
    assert buttons == ["bakker Cy Bakker", "cy Cy Bakker"]
    put = await ada.post("/write", asked.form("/write").fields | {"do": f"put {buttons[0]}"})
    assert put.form("/write").fields["text"].strip() == "Like @cy and @bakker's"


async def called(tx: Tx, actor: Actor, name: str) -> None:
    await tx.execute("UPDATE actors SET name = $2 WHERE id = $1", actor.id, name)


async def name_somebody(node: RunningNode, username: str, name: str) -> None:
    await node.pool.execute("UPDATE actors SET name = $2 WHERE username = $1", username, name)


async def meant(tx: Tx, writer: Actor, typed: str) -> list[int]:
    asked = read_name(typed)
    assert asked is not None, typed
    [people] = await list_meant(tx, writer.id, [asked])
    return [actor.id for actor in people]


async def talked(tx: Tx, writer: Actor, other: Actor) -> None:
    """The writer has named them once."""
    post = await given_post(tx, writer.id, Visibility.MENTIONED)
    await tx.execute("INSERT INTO post_mentions VALUES ($1, $2)", post, other.id)
