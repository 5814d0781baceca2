"""Posts for this and allied communities: who gets them, who answers, and what an end leaves."""

from dataclasses import replace
from datetime import UTC, datetime

from yarl import URL

from fedinet.actors.keys import find_node_actor
from fedinet.actors.store import get_actor
from fedinet.allies import posts_store
from fedinet.allies.commands import end
from fedinet.allies.model import Ally
from fedinet.allies.store import save_ally
from fedinet.audiences.model import VISITOR, Visibility
from fedinet.audiences.store import name_members
from fedinet.db.query import Tx
from fedinet.kernel.ids import ActorId, Domain, PostId
from fedinet.posts import commands
from fedinet.posts.model import Draft, Post
from fedinet.posts.store import find_visible_by_uri
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from fedinet.timelines.commands import place_own_post
from tests.integration.conftest import StartNode
from tests.integration.friends import befriend, given_ally, part, steward
from tests.integration.members import Member, copy_of, given_member_of, publishes
from tests.integration.nodes import RunningNode
from tests.integration.people import URIS, given_member, given_remote
from tests.integration.test_gate import given_post

ALLIES = Visibility.ALLIES


async def test_a_post_for_allies_is_read_and_answered_there_until_the_alliance_ends(
    start_node: StartNode,
) -> None:
    here, there = await start_node(), await start_node()
    ada, bo = await given_member_of(here, "ada"), await given_member_of(there, "bo")
    early = await publishes(ada, "Before", ALLIES)
    await befriend(here, there)

    post = await publishes(ada, "Among friends", ALLIES)
    copy = await copy_of(bo, post)
    assert copy.visibility is ALLIES
    assert await find_visible_by_uri(there.pool, VISITOR, post.uri) is None
    assert await find_visible_by_uri(there.pool, bo.viewer, early.uri) is None
    assert await asked(here, post.uri, bo) == 200
    assert await asked(here, post.uri, await node_of(there), there) == 200
    assert await asked(here, post.uri) == await asked(here, early.uri, bo) == 404

    answer = await publishes(bo, "Gladly", Visibility.EVERYONE, answering=copy)
    assert answer.visibility is ALLIES
    assert (await copy_of(ada, answer)).parent_id == post.id
    assert await find_visible_by_uri(here.pool, VISITOR, answer.uri) is None
    public = await publishes(ada, "For everyone")
    assert (await copy_of(bo, public)).visibility is Visibility.EVERYONE  # nobody follows ada

    await part(there, here)
    late = await publishes(ada, "Too late", ALLIES)
    assert await find_visible_by_uri(there.pool, bo.viewer, late.uri) is None
    assert await asked(here, post.uri, bo) == 404
    assert (await copy_of(bo, post)).html == copy.html  # what was sent stays
    await ada.does(lambda tx, me: commands.delete(tx, me, post.id))
    assert await find_visible_by_uri(there.pool, bo.viewer, post.uri) is None


async def test_an_answer_reaches_no_ally_that_what_it_answers_was_not_for(tx: Tx) -> None:
    me = await given_member(tx, "ada")
    nodes = {}
    for name in "bcd":
        node = await given_remote(tx, "node", f"{name}.example", uri=f"https://{name}.example/n")
        nodes[name] = node.id
        await given_ally_that_names(tx, node.id, name, "cd" if name == "b" else "b")
    bo = await given_remote(tx, "bo", "b.example")

    parent = await given_post(tx, bo.id, ALLIES)
    assert await received(tx, parent, bo.id, None) == {nodes["b"], nodes["c"], nodes["d"]}
    await name_members(tx, parent, [nodes["b"], nodes["c"]])
    answer = await given_post(tx, bo.id, ALLIES)
    assert await received(tx, answer, bo.id, parent) == {nodes["b"], nodes["c"]}
    assert set(await posts_store.list_reached(tx, parent)) == {nodes["b"], nodes["c"]}
    assert len(await posts_store.list_reached(tx, None)) == 3

    await tx.execute("UPDATE allies SET mutual_until = now() WHERE domain = 'c.example'")
    assert set(await posts_store.list_reached(tx, parent)) == {nodes["b"]}
    own = await given_post(tx, me.id, ALLIES)
    await name_members(tx, own, [nodes["c"]])
    assert await posts_store.list_told(tx, own, datetime.now(UTC)) == [nodes["c"]]


async def test_what_has_not_left_when_it_ends_stays_here_but_for_deletes(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    node = await given_remote(tx, "node", "b.example", uri="https://b.example/n")
    await given_ally(tx, node, "https://b.example")

    async def publish(text: str) -> Post:
        draft = Draft(text=text, visibility=ALLIES)
        now = datetime.now(UTC)
        return await commands.publish(
            tx, URIS, ada, draft, mentioned={}, now=now, on_published=place_own_post
        )

    await commands.delete(tx, ada, (await publish("Taken back")).id)
    await publish('Never left "/actor/allies"')
    await tx.execute(
        """INSERT INTO deliveries (host, outgoing_id, inbox_url, sender_id, expires_at)
           SELECT 'b.example', id, 'https://b.example/inbox', sender_id, now() FROM outgoing"""
    )
    await end(tx, URIS, Domain("b.example"), by=steward())

    left = await tx.fetch(
        """SELECT convert_from(body, 'UTF8')::jsonb ->> 'type' AS type, recipients
             FROM outgoing JOIN deliveries ON outgoing_id = id"""
    )
    assert [(row["type"], row["recipients"]) for row in left] == [("Delete", [node.id])]


async def given_ally_that_names(tx: Tx, node: ActorId, name: str, others: str) -> None:
    ally: Ally = await given_ally(tx, await get_actor(tx, node), f"https://{name}.example")
    named = tuple(f"https://{other}.example" for other in others)
    await save_ally(tx, replace(ally, names=named), check_after=datetime.now(UTC))


async def received(tx: Tx, post: PostId, author: ActorId, parent: PostId | None) -> set[ActorId]:
    pairs = await posts_store.list_received_for(tx, [(post, author, parent)])
    return {node for _, node in pairs}


async def node_of(node: RunningNode) -> ActorId:
    found = await find_node_actor(node.pool, node.services.uris)
    assert found is not None
    return found.id


async def asked(
    node: RunningNode, uri: str, by: Member | ActorId | None = None, of: RunningNode | None = None
) -> int:
    """The status of a GET, signed by somebody or by nobody."""
    headers = {"Accept": "application/activity+json"}
    if by is not None:
        home = by.node if isinstance(by, Member) else of
        assert home is not None
        actor_id = by.actor_id if isinstance(by, Member) else by
        key = await home.services.signer.signing_key(actor_id)
        headers |= sign_cavage(key, Outgoing("GET", uri), now=datetime.now(UTC))
    async with node.http.get(URL(uri), headers=headers) as answer:
        return answer.status
