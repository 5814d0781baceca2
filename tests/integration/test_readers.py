"""Before a post is published: who will see it, by name, and what nobody is to learn from that."""

from yarl import URL

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.posts.readers_store import count_readers, list_readers
from fedinet.posts.readership import Known, Place, Servers
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.friends import given_ally
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.people import given_block, given_follow, given_member, given_remote
from tests.integration.statements import statements


async def test_followers_are_counted_by_where_they_are(tx: Tx) -> None:
    ada, bo, cy = [await given_member(tx, name) for name in ("ada", "bo", "cy")]
    node = await given_remote(tx, "node", "ally.example")
    await given_ally(tx, node, "https://ally.example")
    homes = ("ally.example", "b.example", "b.example", "c.example", "dead.example", "d.example")
    far = [await given_remote(tx, f"p{number}", home) for number, home in enumerate(homes)]
    for follower in (bo, *far):
        await given_follow(tx, follower, ada)
    await given_follow(tx, cy, ada, "pending")
    await tx.execute("INSERT INTO outbound_hosts (host, dead_at) VALUES ('dead.example', now())")
    await tx.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", far[-1].id)
    counted = await count_readers(tx, ada.id)
    assert counted.allied == {"https://ally.example": "ally.example"}
    assert counted.places == {
        Place.MEMBERS: Servers(3, 1),
        Place.HERE: Servers(1, 1, ("home.example",)),
        Place.ALLIED: Servers(1, 1, ("ally.example",)),
        Place.OTHER: Servers(3, 2, ("b.example", "c.example")),
        Place.SILENT: Servers(1, 1, ("dead.example",)),
    }


async def test_the_members_one_follows_are_named_first_and_no_block_is_counted(tx: Tx) -> None:
    ada, bo, cy, dee, eva = [
        await given_member(tx, name) for name in ("ada", "bo", "cy", "dee", "eva")
    ]
    await given_follow(tx, ada, bo)
    await given_block(tx, cy, ada)
    await given_block(tx, ada, dee)
    gone = await given_remote(tx, "gone", "b.example")
    await tx.execute("UPDATE actors SET gone_at = now() WHERE id = $1", gone.id)
    read = await list_readers(
        tx, ada.id, asked=[cy.id], typed=["cy", "dee", "nobody", "gone@b.example"]
    )
    assert [actor.id for actor in read.members] == [bo.id, eva.id]
    assert read.asked == {cy.id: Known(cy, shuts_out=True)}
    assert read.typed == {"cy": Known(cy, shuts_out=True), "dee": Known(dee, kept_away=True)}
    members = (await count_readers(tx, ada.id)).places[Place.MEMBERS]
    assert members.people == 4  # without dee, whom ada blocks; with cy, who blocks ada


async def test_the_page_says_who_will_see_a_post_and_follows_what_is_typed(
    start_node: StartNode,
) -> None:
    node = await start_node()
    for name in ("ada", "bo", "cy"):
        await given_account(node, name)
    async with transaction(node.pool) as tx:
        await given_remote(tx, "fay", "far.example")
    async with browser(node) as ada, browser(node) as bo, browser(node) as visitor:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        with statements() as asked:
            page = await ada.open("/write")
        assert len(asked[page.headers["X-Request-Id"]]) <= 6
        assert "You, Cy and Bo will see this: the members of" in page.text
        assert "Nobody follows you yet, so only you will see this." in page.text
        assert "Only you will see this, until you name somebody" in page.text

        seen = await readers(ada, "Hello @bo, @fay@far.example, @zed@new.example, @nobody")
        assert "You, Bo and fay will see this." in seen.text
        assert "fay will not get it: they are elsewhere, and it stays in this" in seen.text
        assert "Bo will not get it: they do not follow you." in seen.text
        assert "lead to nobody, so they will not be told: @nobody" in seen.text
        assert "looked up before you publish: @zed@new.example" in seen.text
        far_down = f"{'So it was. ' * 600}@bo"
        assert "Bo will not get it: they do not follow you." in (await readers(ada, far_down)).text
        assert "new.example" not in str(await node.pool.fetch("SELECT domain FROM policy_servers"))

        stopped = await ada.fill("/write", "/write", {"text": "@bo hi", "audience": "followers"})
        assert stopped.path == "/write" and "or publish as it is" in stopped.text
        again = stopped.form("/write").fields | {"audience": "mentioned", "shown": "@bo @cy"}
        letter = await ada.post("/write", again | {"text": "@bo and @cy, a word"})
        assert letter.path.startswith("/@ada/")
        number = letter.path.rpartition("/")[2]
        answer = await bo.open(f"/write?reply={number}")
        assert answer.form("/write").fields["text"] == "@ada @cy "
        assert "You, Ada and Cy will see this." in answer.text
        assert "You, Ada and Cy will see this." in (await readers(bo, "hi", number)).text
        await node.drain()
        with statements() as asked:
            home = await bo.open("/")
        assert len(asked[home.headers["X-Request-Id"]]) <= 6
        assert "Waiting on you: Ada" in home.text and "Answer Ada" in home.text
        assert "caught up" not in home.text
        await community_says_the_same(bo, ada)
        assert f'href="{letter.path}"' in home.html
        assert "Nobody is waiting on you" in (await ada.open("/")).text
        await nobody_learns_of_a_hidden_reader(bo, node, int(number))
        await seen_long_ago(ada, node)
        assert "That is everything since you last looked" in (await ada.open("/")).text
        async with transaction(node.pool) as tx:
            await tx.execute("DELETE FROM audience_members WHERE audience_id = $1", int(number))
        assert (await readers(bo, "hi", number)).status == 404
        assert (await readers(bo, "hi", "x")).status == 404
        assert (await ada.post("/write/readers", {"text": "@bo"})).status == 403
        assert (await visitor.post("/write/readers", {"text": "@bo"})).status in (401, 403)


async def readers(writer: Browser, text: str, parent: str = "") -> SeenPage:
    """What the script of the page is told."""
    token = (await writer.open("/write")).form("/write").fields["csrf"]
    fields = {"csrf": token, "text": text, "parent": parent}
    return await writer.post("/write/readers", fields)


async def community_says_the_same(waited_on: Browser, done: Browser) -> None:
    """Whoever begins there, as newcomers do, knows as well whether they are done for today."""
    with statements() as asked:
        page = await waited_on.open("/community")
    assert len(asked[page.headers["X-Request-Id"]]) <= 6
    assert "Waiting on you: Ada" in page.text and "Answer Ada" in page.text
    page = await done.open("/community")
    assert "Nobody is waiting on you" in page.text and "About this community" in page.text


async def nobody_learns_of_a_hidden_reader(bo: Browser, node: RunningNode, letter: int) -> None:
    """As if ada's own client had addressed cy in secret."""
    cy: int = await node.pool.fetchval("SELECT id FROM actors WHERE username = 'cy'")
    await node.pool.execute(
        "DELETE FROM post_mentions WHERE post_id = $1 AND actor_id = $2", letter, cy
    )
    page = await bo.open(f"/write?reply={letter}")
    fields = page.form("/write").fields
    assert fields["text"] == "@ada " and "Cy" not in page.text
    sent = await bo.post("/write", fields | {"text": "And now?", "audience": "mentioned"})
    answer = int(sent.path.rpartition("/")[2])
    told = await node.pool.fetch("SELECT actor_id FROM post_mentions WHERE post_id = $1", answer)
    assert cy not in {row["actor_id"] for row in told}
    await node.pool.execute("INSERT INTO post_mentions VALUES ($1, $2)", letter, cy)


async def seen_long_ago(member: Browser, node: RunningNode) -> None:
    """As if an hour went by since they looked at their home."""
    word = member.cookie("seen")
    assert word is not None
    *parts, last = word.split(".")
    name = f"fedinet-seen-{node.services.uris.origin.port}"
    value = ".".join([*parts, str(int(last) - 3600)])
    member.http.cookie_jar.update_cookies({name: value}, URL(node.origin))
