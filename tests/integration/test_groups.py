"""What groups bring: posts, edits and thanks of their members, and what they must not."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.groups.jobs import CARRY, carry
from fedinet.kernel.errors import NotFound, RemoteUnavailable
from fedinet.kernel.names import NodeUris
from fedinet.kernel.outcomes import Applied, Dropped
from fedinet.kernel.uris import origin_of
from fedinet.policy.ask import Policy
from fedinet.posts.store import find_post_id_by_uri
from fedinet.reactions.signals import Boosted, Liked, Unliked
from fedinet.vocab.activity import PUBLIC, Document
from fedinet.vocab.normalise import normalise
from fedinet.wiring.handlers import HANDLERS
from tests.integration.people import given_follow, given_member, given_remote
from tests.integration.social import publish, receive, tell

WIRE = Path(__file__).parents[1] / "wire" / "lemmy"
GROUP = "https://lemmy.example/c/bread"
BAKER = "https://lemmy.example/u/baker"
POST = "https://lemmy.example/post/7"
AWAY = "https://far.example/u/cleo"
Json = dict[str, Any]


def wire(name: str) -> Document:
    return normalise(json.loads((WIRE / name).read_text())["document"])


def note(author: str = AWAY, **more: Any) -> Json:
    return {
        "id": f"{author}/notes/1",
        "type": "Note",
        "attributedTo": author,
        "content": "<p>Hello</p>",
        "to": [PUBLIC],
        **more,
    }


def brought(inner: Json, **more: Any) -> Json:
    return {
        "id": f"{GROUP}/announce/1",
        "type": "Announce",
        "actor": GROUP,
        "to": [PUBLIC],
        "cc": [f"{GROUP}/followers"],
        "object": inner,
        **more,
    }


def create(author: str = AWAY, **more: Any) -> Json:
    return {
        "id": f"{author}/create/1",
        "type": "Create",
        "actor": author,
        "to": [PUBLIC],
        "object": note(author),
        **more,
    }


async def given_group(tx: Tx, *, followed: bool = True, kind: str = "Group") -> tuple[Actor, Actor]:
    ada = await given_member(tx, "ada")
    group = await given_remote(tx, "bread", "lemmy.example", uri=GROUP)
    await given_remote(tx, "baker", "lemmy.example", uri=BAKER)
    await tx.execute("UPDATE actors SET kind = $2 WHERE id = $1", group.id, kind)
    if followed:
        await given_follow(tx, ada, group)
    return ada, group


async def test_a_post_in_a_group_is_in_the_home_of_who_follows_the_group(tx: Tx) -> None:
    ada, group = await given_group(tx)

    outcome = await receive(tx, group, wire("group_create.json"))
    again = await receive(tx, group, wire("group_create.json"))
    compat = brought({}, id=f"{GROUP}/announce/page", object=POST)
    twice = await receive(tx, group, compat)
    await tell(tx)

    assert isinstance(outcome, Applied) and type(outcome.signals[-1]) is Boosted
    assert again == Dropped("already_known") and twice == Dropped("no_change")
    post_id = await find_post_id_by_uri(tx, POST)
    rows = await tx.fetch("SELECT post_id FROM home WHERE owner_id = $1", ada.id)
    assert [row["post_id"] for row in rows] == [post_id]


async def test_edits_and_deletes_come_by_the_group_too(tx: Tx) -> None:
    _, group = await given_group(tx)
    await receive(tx, group, wire("group_create.json"))

    assert isinstance(await receive(tx, group, wire("group_update.json")), Applied)
    html = await tx.fetchval("SELECT html FROM posts WHERE uri = $1", POST)
    assert "It does." in html
    assert isinstance(await receive(tx, group, wire("group_delete.json")), Applied)
    assert await find_post_id_by_uri(tx, POST) is None


async def test_thanks_for_our_post_come_by_the_group_and_are_taken_back(tx: Tx) -> None:
    ada, group = await given_group(tx)
    post = await publish(tx, ada)
    await tx.execute("UPDATE posts SET uri = 'https://lemmy.example/post/1'")
    baker = await tx.fetchval("SELECT id FROM actors WHERE uri = $1", BAKER)

    liked = await receive(tx, group, wire("announce_of_activity.json"))
    unliked = await receive(tx, group, wire("group_undo_like.json"))

    assert liked == Applied((Liked(baker, post.id),))
    assert unliked == Applied((Unliked(baker, post.id),))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(brought(brought(create())), "nested_announce", id="an Announce inside"),
        pytest.param(brought(create(), to=[], cc=[]), "not_public", id="to nobody"),
        pytest.param(brought({"type": "Create"}), "malformed", id="by nobody"),
        pytest.param(brought(create(id="https://evil.example/1")), "malformed", id="a foreign id"),
        pytest.param(
            brought(create(BAKER, to=[GROUP], object=note(BAKER, to=[GROUP]))),
            "not_public",
            id="a private post",
        ),
        pytest.param(
            brought(create(BAKER, object=note(BAKER, attributedTo=f"{BAKER}2"))),
            "forged_author",
            id="of somebody else there",
        ),
        pytest.param(
            brought({"type": "Delete", "actor": AWAY, "object": AWAY}),
            "not_offered_yet",
            id="actor",
        ),
        pytest.param(
            brought({"type": "Undo", "actor": AWAY, "object": {"type": "Follow"}}),
            "not_offered_yet",
            id="an Undo of a follow",
        ),
        pytest.param(wire("group_lock.json"), "not_offered_yet", id="Lock"),
        pytest.param(wire("group_dislike.json"), "not_offered_yet", id="Dislike"),
        pytest.param(
            brought(create("https://home.example/users/ada")), "looked up", id="in our name"
        ),
    ],
)
async def test_a_group_cannot_bring_everything(tx: Tx, document: Json, reason: str) -> None:
    _, group = await given_group(tx)

    outcome = await receive(tx, group, document)

    assert outcome == (Applied() if reason == "looked up" else Dropped(reason))
    assert await tx.fetchval("SELECT count(*) FROM posts") == 0


async def test_what_stands_behind_the_first_object_is_not_brought(tx: Tx) -> None:
    ada, group = await given_group(tx)
    baker = await find_actor_by_uri(tx, BAKER)
    assert baker is not None
    await given_follow(tx, baker, ada)
    undone = [{"type": "Like", "object": POST}, {"type": "Follow", "object": ada.uri}]

    outcome = await receive(tx, group, brought({"type": "Undo", "actor": BAKER, "object": undone}))

    assert outcome == Dropped("unknown_reaction")
    assert await tx.fetchval("SELECT count(*) FROM follows WHERE follower_id = $1", baker.id) == 1


async def test_only_groups_that_somebody_follows_bring_anything(tx: Tx) -> None:
    _, group = await given_group(tx, followed=False)
    assert await receive(tx, group, wire("group_create.json")) == Dropped("not_relevant")


async def test_a_person_brings_nothing(tx: Tx) -> None:
    _, group = await given_group(tx, kind="Person")
    assert await receive(tx, group, wire("group_create.json")) == Dropped("not_a_group")


class Elsewhere:
    """Other servers: what they show under an address."""

    def __init__(self, pool: Pool, documents: Mapping[str, Json | None]) -> None:
        self._pool = pool
        self._documents = documents

    async def get(self, uri: str, **_: object) -> Actor:
        async with transaction(self._pool) as tx:
            return await given_remote(tx, "cleo", "far.example", uri=uri)

    async def document(self, uri: str, **_: object) -> tuple[Json, str]:
        document = self._documents.get(uri, {})
        if document is None:
            raise RemoteUnavailable(uri)
        if not document:
            raise NotFound(uri)
        return document, uri


async def look_up(pool: Pool, documents: Mapping[str, Json | None], payload: Json) -> None:
    policy = Policy(pool, NodeUris(origin_of("https://home.example")))
    await carry(pool, Elsewhere(pool, documents), policy, HANDLERS, payload)


@pytest.mark.parametrize(
    ("shown", "is_kept"),
    [
        pytest.param(note(), True, id="its origin says the same"),
        pytest.param({}, False, id="its origin does not know it"),
        pytest.param(note(attributedTo=f"{AWAY}2"), False, id="somebody else wrote it"),
        pytest.param(note(to=[f"{AWAY}/followers"]), False, id="it is not public"),
    ],
)
async def test_what_is_of_a_third_server_is_looked_up_there(
    pool: Pool, shown: Json, is_kept: bool
) -> None:
    forged = create(object=note(content="<p>Forged</p>"))
    async with transaction(pool) as tx:
        ada, group = await given_group(tx)
        assert await receive(tx, group, brought(forged)) == Applied()
        assert await receive(tx, group, brought(forged)) == Applied()
        [row] = await tx.fetch("SELECT payload FROM jobs WHERE kind = $1", CARRY)
    payload = json.loads(row["payload"])
    assert "content" not in json.dumps(payload)

    with pytest.raises(RemoteUnavailable):
        await look_up(pool, {f"{AWAY}/notes/1": None}, payload)
    await look_up(pool, {f"{AWAY}/notes/1": shown}, payload)

    html = await pool.fetchval("SELECT html FROM posts WHERE uri = $1", f"{AWAY}/notes/1")
    assert html == ("<p>Hello</p>" if is_kept else None)
    async with transaction(pool) as tx:
        await tell(tx)
        at_home = await tx.fetchval("SELECT count(*) FROM home WHERE owner_id = $1", ada.id)
    assert at_home == int(is_kept)


async def test_a_poll_that_quotes_and_is_brought_by_a_group_is_all_three(tx: Tx) -> None:
    """And its edit, which quotes nothing and asks something else, is brought the same way."""
    ada, group = await given_group(tx)
    quoted = await publish(tx, ada)
    options = [{"type": "Note", "name": name} for name in ("Rye", "Wheat")]
    asked = note(BAKER, type="Question", oneOf=options, quote=quoted.uri)
    asked["published"] = "2024-05-01T00:00:00Z"
    assert isinstance(await receive(tx, group, brought(create(BAKER, object=asked))), Applied)
    post_id = await find_post_id_by_uri(tx, f"{BAKER}/notes/1")
    assert post_id is not None
    quote = await tx.fetchrow("SELECT quoted_id, state FROM quotes WHERE post_id = $1", post_id)
    assert quote is not None and tuple(quote) == (quoted.id, "pending")
    assert await tx.fetchval("SELECT options FROM polls WHERE post_id = $1", post_id) == [
        "Rye", "Wheat"
    ]  # fmt: skip

    edited = {k: v for k, v in asked.items() if k not in ("quote", "oneOf")}
    edited |= {"content": "<p>Other</p>", "updated": "2024-05-02T00:00:00Z", "anyOf": options}
    update = create(BAKER, id=f"{BAKER}/update/1", type="Update", object=edited)
    assert isinstance(await receive(tx, group, brought(update)), Applied)

    assert await tx.fetchval("SELECT count(*) FROM quotes") == 0
    assert await tx.fetchval("SELECT multiple FROM polls WHERE post_id = $1", post_id) is True
