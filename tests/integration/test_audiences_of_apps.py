"""No app widens an audience: whatever it asks for in an answer, an edit, a redraft, a post for
later, a quote or a boost; and no list of anybody else shows what is not for them.
"""

from hashlib import sha256
from typing import Any

from fedinet.audiences.model import Visibility
from fedinet.posts.model import is_narrower
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.test_scheduled import given_due, soon

PARENTS: dict[Visibility, dict[str, Any]] = {
    Visibility.EVERYONE: {"visibility": "public"},
    Visibility.QUIET: {"visibility": "unlisted"},
    Visibility.FOLLOWERS: {"visibility": "private"},
    Visibility.ALLIES: {"visibility": "allies"},
    Visibility.COMMUNITY: {"local_only": True},
    Visibility.MENTIONED: {"visibility": "direct"},
}
WISHES: tuple[dict[str, Any], ...] = (
    {},
    *({"visibility": word} for word in ("public", "unlisted", "private", "direct", "allies")),
    {"local_only": True},
    {"local_only": False, "visibility": "private"},
)
LINK = "https://bakery.example/rye"
WORDS = "Hush #secret"
LISTS = (
    "/v1/timelines/home?limit=40",
    "/v1/timelines/public?limit=40",
    "/v1/timelines/public?local=true&limit=40",
    "/v1/timelines/tag/secret?limit=40",
    "/v1/timelines/tag/other?any[]=secret&limit=40",
    f"/v1/timelines/link?url={LINK}&limit=40",
    "/v2/search?q=hush&limit=40",
    "/v1/conversations?limit=40",
    "/v1/notifications?limit=40",
)


async def audience_of(app: App, status_id: str) -> Visibility:
    sql = "SELECT visibility FROM posts WHERE id = $1"
    return Visibility(await app.node.pool.fetchval(sql, int(status_id)))


async def shown_to(viewer: App, *paths: str) -> set[int]:
    """Every status in these answers, also one inside another."""
    found: set[int] = set()

    def collect(value: Any) -> None:
        for inner in value.values() if isinstance(value, dict) else value:
            if isinstance(inner, dict | list):
                collect(inner)
        if isinstance(value, dict) and "in_reply_to_id" in value:
            found.add(int(value["id"]))

    for path in paths:
        answer = await viewer.call("GET", f"/api{path}")
        assert answer.status in (200, 401, 404), (path, answer.body)
        collect(answer.body)
    return found


async def test_audiences_are_never_widened_by_an_app(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo, cy, dan = [await given_app(node, name) for name in ("ada", "bo", "cy", "dan")]
    await ada.post(f"/v1/accounts/{bo.id}/follow")
    await dan.post(f"/v1/accounts/{ada.id}/follow")
    for viewer in (cy, dan):
        await viewer.post("/v1/tags/secret/follow")
    await node.pool.execute("UPDATE actors SET indexable = true")
    for audience, asked in PARENTS.items():
        words = {"status": f"{WORDS} @ada", "quote_approval_policy": "public"}
        parent = await bo.post("/v1/statuses", json=words | asked)
        assert await audience_of(bo, parent["id"]) is audience
        await answer_in_every_way(ada, parent["id"], audience)
        await hand_on(dan if audience is not Visibility.FOLLOWERS else ada, parent["id"], audience)
    await given_due(ada)
    assert await node.pool.fetchval("SELECT count(*) FROM scheduled_posts") == 0
    await node.pool.execute(
        "WITH card AS (INSERT INTO cards (hash, url) VALUES ($1, $2) RETURNING id)"
        " INSERT INTO post_cards SELECT posts.id, card.id FROM posts, card",
        sha256(LINK.encode()).digest(),
        LINK,
    )
    await see_only_what_is_for_them(cy, dan, App(node), ada, bo)
    await speak_to_nobody_unexpected(ada, bo, cy)


async def answer_in_every_way(ada: App, parent_id: str, audience: Visibility) -> None:
    """Each answer reaches whom the parent reaches, or fewer, and so does all it becomes."""
    inside = {"status": WORDS, "in_reply_to_id": parent_id}
    made: list[str] = []
    for wish in WISHES:
        made.append((await ada.post("/v1/statuses", json=inside | wish))["id"])
    edited = await ada.call(
        "PUT", f"/api/v1/statuses/{made[0]}", json={"status": f"{WORDS}!", "visibility": "public"}
    )
    assert edited.status == 200
    gone = await ada.call("DELETE", f"/api/v1/statuses/{made.pop()}")
    again = {"in_reply_to_id": gone.body["in_reply_to_id"], "status": gone.body["text"]}
    for word in (gone.body["visibility"], "public"):
        made.append((await ada.post("/v1/statuses", json=again | {"visibility": word}))["id"])
    later = inside | {"visibility": "public", "scheduled_at": soon()}
    waiting = await ada.post("/v1/statuses", json=later)
    known = (waiting["params"]["visibility"], waiting["params"]["local_only"])
    assert (known == ("public", False)) is (audience is Visibility.EVERYONE)
    for status_id in made:
        has = await audience_of(ada, status_id)
        assert has is audience or is_narrower(has, audience), (audience, has)


async def hand_on(somebody: App, post_id: str, audience: Visibility) -> None:
    """Boosts and quotes are for posts to everyone; of what one may not see there is nothing."""
    quote = {"status": "Look", "quoted_status_id": post_id}
    boosted = await somebody.status("POST", f"/v1/statuses/{post_id}/reblog")
    quoted = await somebody.status("POST", "/v1/statuses", json=quote)
    match audience:
        case Visibility.EVERYONE:
            assert (boosted, quoted) == (200, 200)
        case Visibility.MENTIONED:
            assert (boosted, quoted) == (404, 422), "it is not for who asks"
        case _:
            assert (boosted, quoted) == (422, 422), audience


async def see_only_what_is_for_them(cy: App, dan: App, visitor: App, ada: App, bo: App) -> None:
    rows = await ada.node.pool.fetch("SELECT id, author_id, visibility FROM posts")
    of = {one: {row["id"] for row in rows if row["visibility"] == one} for one in Visibility}
    by_bo = {row["id"] for row in rows if row["author_id"] == bo.id}
    inside = of[Visibility.COMMUNITY] | of[Visibility.ALLIES]
    hidden = (
        (cy, of[Visibility.MENTIONED] | of[Visibility.FOLLOWERS]),
        (dan, of[Visibility.MENTIONED] | (of[Visibility.FOLLOWERS] & by_bo)),
        (visitor, of[Visibility.MENTIONED] | of[Visibility.FOLLOWERS] | inside),
    )
    made = await dan.post("/v1/lists", json={"title": "Ada"})
    await dan.post(f"/v1/lists/{made['id']}/accounts", json={"account_ids": [str(ada.id)]})
    profiles = [f"/v1/accounts/{who.id}/statuses?limit=40" for who in (ada, bo)]
    around = [f"/v1/statuses/{status_id}/context" for status_id in by_bo]
    ids = [f"id[]={row['id']}" for row in rows]
    asked = [f"/v1/statuses?{'&'.join(ids[at : at + 20])}" for at in range(0, len(ids), 20)]
    for viewer, never in hidden:
        own = [f"/v1/timelines/list/{made['id']}?limit=40"] if viewer is dan else []
        seen = await shown_to(viewer, *LISTS, *own, *profiles, *around, *asked)
        assert not seen & never, viewer
        assert seen & of[Visibility.EVERYONE]
        assert bool(seen & inside) is (viewer is not visitor)
    linked = await shown_to(cy, LISTS[5])
    assert linked and linked <= of[Visibility.EVERYONE]
    assert of[Visibility.COMMUNITY] & await shown_to(cy, LISTS[0]), "a followed hashtag"
    assert of[Visibility.FOLLOWERS] & await shown_to(dan, profiles[0]), "whom he follows"


async def speak_to_nobody_unexpected(ada: App, bo: App, cy: App) -> None:
    both = {"status": "@bo and @cy", "visibility": "direct"}
    for allowed in ([], [str(bo.id)], ["nonsense", str(bo.id)]):
        more = {"allowed_mentions": allowed}
        answer = await ada.call("POST", "/api/v1/statuses", json=both | more)
        assert answer.status == 422 and answer.body["error"]
        unexpected = [one["id"] for one in answer.body["unexpected_accounts"]]
        assert sorted(unexpected) == sorted(str(a.id) for a in (bo, cy) if str(a.id) not in allowed)
    allowed = [str(bo.id), str(cy.id)]
    talk = await ada.post("/v1/statuses", json=both | {"allowed_mentions": allowed})
    answers = {"status": "Yes", "in_reply_to_id": talk["id"]}
    alone = answers | {"allowed_mentions": []}
    assert await bo.status("POST", "/v1/statuses", json=alone) == 422, "it would go to Cy too"
    assert await bo.status("POST", "/v1/statuses", json=answers) == 200
