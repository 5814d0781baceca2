"""A server that a member keeps away: nothing of it is seen or heard, and nothing goes there."""

from collections.abc import AsyncIterator

import pytest

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows import commands, domain_blocking
from fedinet.follows.domain_blocking import keep_away, let_back, read_server
from fedinet.follows.domain_blocks_store import count_ties
from fedinet.follows.relations_store import find_relationship
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.outcomes import Dropped
from fedinet.notifications.store import list_notifications
from fedinet.posts.list_store import list_everyone
from fedinet.reactions import commands as reactions
from fedinet.reactions.store import list_likers
from fedinet.search.store import list_people
from fedinet.timelines.store import list_home
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.people import HOME, given_follow, given_member, given_remote, seen_by
from tests.integration.social import NOW, deliver_note, publish, receive, sent, tell

BAD = Domain("bad.example")
OURS = frozenset({HOME})


@pytest.fixture
async def ada(start_node: StartNode) -> AsyncIterator[App]:
    yield await given_app(await start_node(), "ada")


async def shown(tx: Tx, member: Actor) -> tuple[int, int, int]:
    """How much a member sees: in the home, in the list of everyone, among notifications."""
    viewer = seen_by(member)
    return (
        len(await list_home(tx, viewer)),
        len(await list_everyone(tx, viewer)),
        len(await list_notifications(tx, viewer)),
    )


async def test_nothing_of_such_a_server_is_seen_or_heard(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_member(tx, "bo")
    eve, far = await given_remote(tx, "eve", BAD), await given_remote(tx, "far")
    for other in (eve, far):
        await given_follow(tx, ada, other)
        await given_follow(tx, bo, other)
    own = await publish(tx, ada)
    for other in (eve, far):
        await deliver_note(tx, other, mentions=[ada])
        await reactions.like(tx, other, own.id)
    shared = await deliver_note(tx, far, 2)
    await reactions.boost(tx, eve, shared.id, now=NOW)
    await tell(tx)
    assert (await shown(tx, ada))[1:] == (4, 4)

    assert await keep_away(tx, ada, BAD, ours=OURS)
    assert not await keep_away(tx, ada, BAD, ours=OURS), "twice is as good as once"
    await tell(tx)
    assert await shown(tx, ada) == (3, 3, 2)
    assert (await shown(tx, bo))[1] == 4, "it is her own choice"
    await deliver_note(tx, eve, 3, mentions=[ada])
    await reactions.boost(tx, eve, own.id, now=NOW)
    await tell(tx)
    assert await shown(tx, ada) == (3, 3, 2)
    assert [who.id for _, who in await list_likers(tx, seen_by(ada), own.id)] == [far.id]
    assert await list_people(tx, seen_by(ada), "eve", limit=5) == []

    assert await let_back(tx, ada, BAD)
    assert not await let_back(tx, ada, BAD)
    assert (await shown(tx, ada))[1:] == (5, 4), "what came meanwhile was told to nobody"


async def test_follows_end_both_ways_and_none_begins(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain_blocking, "AT_ONCE", 2)
    ada = await given_member(tx, "ada")
    # a handle of that server, or an address on it: either is enough
    people = [await given_remote(tx, f"eve{n}", BAD) for n in range(3)]
    people.append(await given_remote(tx, "eve", "web.example"))
    await tx.execute("UPDATE actors SET domain = $2 WHERE id = $1", people[3].id, BAD)
    other = await given_remote(tx, "far", f"social.{BAD}")
    for one in (*people, other):
        await given_follow(tx, ada, one)
        await given_follow(tx, one, ada)
    ties = await count_ties(tx, ada.id, BAD)
    assert (ties.following, ties.followers) == (4, 4)
    stands = await find_relationship(tx, ada.id, people[0].id)
    assert (stands.following, stands.server_kept) == (True, False)

    await keep_away(tx, ada, BAD, ours=OURS)
    await tell(tx)
    await tell(tx)
    for one in people:
        stands = await find_relationship(tx, ada.id, one.id)
        assert (stands.following, stands.followed_by, stands.server_kept) == (False, False, True)
    stands = await find_relationship(tx, ada.id, other.id)
    assert (stands.following, stands.followed_by, stands.server_kept) == (True, True, False)
    kinds = [one.activity["type"] for one in await sent(tx)]
    assert (kinds.count("Undo"), kinds.count("Reject")) == (4, 4)

    with pytest.raises(Forbidden):
        await commands.follow(tx, ada, people[0], now=NOW)
    follow = {
        "id": f"{people[0].uri}/f",
        "type": "Follow",
        "actor": people[0].uri,
        "object": ada.uri,
    }
    assert await receive(tx, people[0], follow) == Dropped("blocked")


async def test_a_server_that_cannot_be_kept_away(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await given_member(tx, "ada")
    with pytest.raises(Unprocessable):
        await keep_away(tx, ada, HOME, ours=OURS)
    monkeypatch.setattr(domain_blocking, "MOST", 1)
    await keep_away(tx, ada, BAD, ours=OURS)
    with pytest.raises(Unprocessable):
        await keep_away(tx, ada, Domain("b.example"), ours=OURS)
    typed = ("Bad.Example.", "https://bad.example/@eve", "@eve@bad.example", " bad.example ")
    assert {read_server(one) for one in typed} == {BAD}


async def test_an_app_keeps_servers_away(ada: App) -> None:
    bob = await given_app(ada.node, "bob")
    for name in ("a.example", "b.example", "B.EXAMPLE"):
        assert await ada.post("/v1/domain_blocks", data={"domain": name}) == {}
    assert await ada.get("/v1/domain_blocks") == ["b.example", "a.example"]
    page = await ada.call("GET", "/api/v1/domain_blocks?limit=1")
    assert page.body == ["b.example"]
    assert 'rel="next"' in page.headers["Link"]
    assert await bob.get("/v1/domain_blocks") == []
    assert await ada.get("/v1/domain_blocks/preview?domain=b.example") == {
        "following_count": 0,
        "followers_count": 0,
    }
    for domain in ("b.example", "unknown.example"):
        gone = await ada.call("DELETE", "/api/v1/domain_blocks", json={"domain": domain})
        assert (gone.status, gone.body) == (200, {})
    assert await ada.get("/v1/domain_blocks") == ["a.example"]
    for odd in ("", "a b", "x/y", "http://", "." * 300, "é" * 300, ada.node.domain):
        answer = await ada.call("POST", "/api/v1/domain_blocks", data={"domain": odd})
        assert (answer.status, "error" in answer.body) == (422, True), odd
    for body in ({"domain": ["a"]}, {"domain": {"a": "b"}}, {}):
        assert await ada.status("POST", "/v1/domain_blocks", json=body) == 422
    assert await ada.status("POST", "/v1/domain_blocks", data={"domain": "a\0b"}) == 400
