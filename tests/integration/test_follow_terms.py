"""What a follow brings, boosts or none and in which languages, and what apps post by default."""

from typing import Any

from fedinet.actors.model import Actor
from fedinet.db.query import Tx
from fedinet.follows.commands import change_terms
from fedinet.follows.model import Terms
from fedinet.posts.model import Post
from fedinet.reactions import commands as reactions
from fedinet.timelines.store import list_home
from tests.integration.apps import given_app
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_member, seen_by
from tests.integration.social import NOW, publish, tell


async def given_post(tx: Tx, author: Actor, language: str | None) -> Post:
    post = await publish(tx, author)
    await tx.execute("UPDATE posts SET language = $2 WHERE id = $1", post.id, language)
    return post


async def test_a_home_has_the_boosts_and_languages_that_are_wanted(tx: Tx) -> None:
    ada, bo, cleo = [await given_member(tx, name) for name in ("ada", "bo", "cleo")]
    await given_follow(tx, ada, bo)
    codes = ("nl", "nl-BE", "en", None)
    posts = {code: (await given_post(tx, bo, code)).id for code in codes}
    shared = {code: await given_post(tx, cleo, code) for code in ("nl", "en")}
    for post in shared.values():
        await reactions.boost(tx, bo, post.id, now=NOW)
    await tell(tx)

    async def home() -> set[int]:
        return {item.post_id for item in await list_home(tx, seen_by(ada))}

    everything = {*posts.values(), *(post.id for post in shared.values())}
    assert await home() == everything
    await change_terms(tx, ada, bo, Terms(languages=("nl",)))
    await tell(tx)
    wanted = {posts["nl"], posts["nl-BE"], posts[None]}
    assert await home() == wanted | {shared["nl"].id}
    await change_terms(tx, ada, bo, Terms(boosts=False))
    await tell(tx)
    assert await home() == wanted
    more = {code: (await given_post(tx, bo, code)).id for code in codes}
    again = await given_post(tx, cleo, "nl")
    await reactions.boost(tx, bo, again.id, now=NOW)
    await tell(tx)
    wanted |= {more["nl"], more["nl-BE"], more[None]}
    assert await home() == wanted
    await change_terms(tx, ada, bo, Terms(languages=()))
    await tell(tx)
    assert await home() == {*posts.values(), *more.values()}, "all languages again, no boosts"


async def test_apps_say_what_a_follow_brings_and_what_they_post(start_node: StartNode) -> None:
    node = await start_node()
    ada, bo = await given_app(node, "ada"), await given_app(node, "bo")

    async def follow(**terms: Any) -> tuple[bool, list[str] | None]:
        stands = await ada.post(f"/v1/accounts/{bo.id}/follow", json=terms)
        return stands["showing_reblogs"], stands["languages"]

    assert await follow() == (True, None)
    assert await follow(reblogs=False, languages=["nl", "pt_BR", "nl"]) == (False, ["nl", "pt-BR"])
    assert await follow(notify=True) == (False, ["nl", "pt-BR"]), "what is not named stays"
    assert await follow(reblogs=True, languages=[]) == (True, None)
    path = f"/v1/accounts/{bo.id}/follow"
    for wrong in (["dutch!"], ["x" * 40], [{"a": "b"}], [f"aa-{n}" for n in range(60)]):
        assert await ada.status("POST", path, json={"languages": wrong}) == 422, wrong

    source = {"language": "nl_BE", "sensitive": True}
    own = await ada.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": source})
    assert (own.body["source"]["language"], own.body["source"]["sensitive"]) == ("nl-BE", True)
    told = await ada.get("/v1/preferences")
    assert (told["posting:default:language"], told["posting:default:sensitive"]) == ("nl-BE", True)
    status = await ada.publish()
    assert (status["language"], status["sensitive"]) == ("nl-BE", True)
    said = await ada.publish(language="fr", sensitive=False)
    assert (said["language"], said["sensitive"]) == ("fr", False)
    for wrong, right in (({"language": "dutch!"}, None), ({"language": ""}, "en")):
        own = await ada.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": wrong})
        assert own.status == (422 if right is None else 200)
        assert right is None or own.body["source"]["language"] == right
