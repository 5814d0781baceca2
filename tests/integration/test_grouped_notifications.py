"""What belongs together is one for apps; each page is walked once, and nothing hidden counts."""

import re

import pytest

from fedinet.actors.model import Actor
from fedinet.db.query import QUERIES, Tx
from fedinet.follows import blocking
from fedinet.http.params import Params
from fedinet.kernel.ids import PostId
from fedinet.kernel.paging import Page
from fedinet.notifications import grouped_store, reactions_store
from fedinet.notifications.model import Notification
from fedinet.notifications.wanted import read_wanted
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_member, given_remote, seen_by
from tests.integration.social import publish

EVERYTHING = read_wanted(Params({}))
_ALL = (0, 2**63 - 1)


async def test_what_belongs_together_is_one_and_pages_tell_each_once(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    bread, cake = await publish(tx, ada), await publish(tx, ada)
    fans = [await given_remote(tx, f"fan{n}") for n in range(11)]
    for fan in fans:
        await _thank(tx, fan, bread.id)
    await _thank(tx, fans[0], cake.id)
    await tx.execute(
        "INSERT INTO boosts (actor_id, post_id, uri, visibility) VALUES ($1, $2, $3, 'everyone')",
        fans[1].id,
        bread.id,
        "https://b.example/boosts/1",
    )
    await reactions_store.tell_of_boosts(tx, [(fans[1].id, bread.id, False)])
    await given_follow(tx, fans[2], ada)
    await given_follow(tx, fans[3], ada)
    await reactions_store.tell_of_follows(tx, [(fans[n].id, ada.id, False) for n in (2, 3)])

    listed = await _list(tx, ada, Page())
    assert [one.key.rpartition("-")[0] for one in listed] == [
        "follow",
        f"reblog-{bread.id}",
        f"favourite-{cake.id}",
        f"favourite-{bread.id}",
    ]
    figures = await grouped_store.list_figures(tx, seen_by(ada), listed, *_ALL)
    assert [figures[one.key].number for one in listed] == [2, 1, 1, 11]
    assert figures[listed[3].key].actor_ids == tuple(fan.id for fan in reversed(fans[3:]))

    newest = await _list(tx, ada, Page(limit=2))
    rest = await _list(tx, ada, Page(limit=2, max_id=newest[-1].id))
    assert [*newest, *rest] == listed
    up = await _list(tx, ada, Page(limit=2, min_id=0))
    assert [one.key for one in up] == [listed[2].key, listed[3].key]
    above = await _list(tx, ada, Page(limit=9, min_id=up[0].id))
    assert [one.key for one in above] == [listed[0].key, listed[1].key]

    alone = await _list(tx, ada, Page(), **{"grouped_types": ["favourite"]})
    assert [one.group_key is None for one in alone] == [True, True, True, False, False]
    only = await _list(tx, ada, Page(), **{"types": ["reblog"], "account_id": str(fans[1].id)})
    assert [one.key for one in only] == [listed[1].key]

    await blocking.mute(tx, ada, fans[9], until=None)
    again = await grouped_store.list_figures(tx, seen_by(ada), listed, *_ALL)
    assert again[listed[3].key].number == 10
    bob = await given_member(tx, "bob")
    assert await grouped_store.find_group(tx, seen_by(bob), listed[3].key) is None
    await grouped_store.dismiss_group(tx, bob.id, listed[3].key)
    await grouped_store.dismiss_group(tx, ada.id, listed[2].key)
    assert len(await _list(tx, ada, Page())) == 3


async def test_a_group_takes_in_what_comes_within_half_a_day(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    post = await publish(tx, ada)
    keys: list[str] = []
    for hours in (0, 11, 12):
        await _thank(tx, await given_remote(tx, f"after{hours}"), post.id)
        [first, *_] = await _list(tx, ada, Page())
        keys.append(first.key)
        await tx.execute(
            """UPDATE notifications SET group_key =
               'favourite-' || post_id || '-' || (floor(extract(epoch FROM now()) / 3600) - $1)
               WHERE owner_id = $2 AND group_key = $3""",
            {0: 11, 11: 12, 12: 0}[hours],
            ada.id,
            first.key,
        )
    hour = int(keys[0].rpartition("-")[2])
    assert [int(key.rpartition("-")[2]) - hour for key in keys] == [0, -11, 0]


async def test_apps_read_groups_with_what_they_name_beside_them(start_node: StartNode) -> None:
    ada = await given_app(await start_node(), "ada")
    bob, cleo = await given_app(ada.node, "bob"), await given_app(ada.node, "cleo")
    post = await ada.publish()
    for fan in (bob, cleo):
        await fan.post(f"/v1/statuses/{post['id']}/favourite")
        await ada.node.drain()
    await bob.publish("Hello @ada")
    await ada.node.drain()

    answer = await ada.call("GET", "/api/v2/notifications?limit=1")
    [mention] = answer.body["notification_groups"]
    assert mention["group_key"] == f"ungrouped-{mention['page_max_id']}"
    assert f"max_id={mention['page_max_id']}" in answer.headers["Link"]
    assert "partial_accounts" not in answer.body
    await _alone(ada, mention)

    rest = await ada.get(
        f"/v2/notifications?expand_accounts=partial_avatars&max_id={mention['page_max_id']}"
    )
    assert [one["acct"] for one in rest["accounts"]] == ["cleo"]
    [partial] = rest["partial_accounts"]
    assert " ".join(partial) == "id acct locked bot url avatar avatar_static"
    [group] = rest["notification_groups"]
    first, last = sorted(one["id"] for one in await ada.get("/v1/notifications?types[]=favourite"))
    assert group == {
        "group_key": group["group_key"],
        "notifications_count": 2,
        "type": "favourite",
        "most_recent_notification_id": int(last),
        "page_min_id": first,
        "page_max_id": last,
        "latest_page_notification_at": group["latest_page_notification_at"],
        "sample_account_ids": [str(cleo.id), str(bob.id)],
        "status_id": post["id"],
    }
    assert [one["id"] for one in rest["statuses"]] == [post["id"]]

    address = f"/v2/notifications/{group['group_key']}"
    assert (await ada.get(address))["notification_groups"] == [group]
    assert [one["acct"] for one in await ada.get(f"{address}/accounts")] == ["cleo", "bob"]
    assert (await ada.get("/v2/notifications/unread_count"))["count"] == 2
    assert (await ada.get("/v2/notifications/unread_count?limit=1"))["count"] == 1
    assert await bob.status("GET", address) == 404
    assert await bob.get(f"{address}/accounts") == []
    assert await bob.post(f"{address}/dismiss") == {}
    assert len((await ada.get("/v2/notifications"))["notification_groups"]) == 2
    assert await ada.post(f"{address}/dismiss") == {}
    assert await ada.status("GET", address) == 404
    assert await ada.status("GET", "/v2/notifications?expand_accounts=none") == 422
    await ada.post("/v2/notifications/clear")
    assert (await ada.get("/v2/notifications"))["notification_groups"] == []
    assert (await ada.get("/v2/instance"))["api_versions"]["mastodon"] >= 2


async def _alone(ada: App, mention: dict[str, object]) -> None:
    address = f"/v2/notifications/{mention['group_key']}"
    assert (await ada.get(address))["notification_groups"] == [mention]
    assert len(await ada.get(f"{address}/accounts")) == 1


async def _thank(tx: Tx, fan: Actor, post_id: PostId) -> None:
    await tx.execute(
        "INSERT INTO likes (actor_id, post_id, uri) VALUES ($1, $2, $3)",
        fan.id,
        post_id,
        f"https://b.example/likes/{fan.id}/{post_id}",
    )
    await reactions_store.tell_of_likes(tx, [(fan.id, post_id, False)])


async def _list(tx: Tx, owner: Actor, page: Page, **params: object) -> list[Notification]:
    wanted = read_wanted(Params(params)) if params else EVERYTHING  # pyright: ignore[reportArgumentType]
    return await grouped_store.list_grouped(tx, seen_by(owner), page, wanted)


@pytest.mark.parametrize("name", ["list", "list_up", "list_grouped", "list_grouped_up"])
async def test_a_page_is_found_without_reading_what_is_behind_it(tx: Tx, name: str) -> None:
    """Whatever the planner thinks of it: each row is joined with its actor by itself."""
    await tx.execute("SET LOCAL enable_nestloop = off")
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await tx.execute(f"PREPARE walk AS {QUERIES[f'notifications.{name}']}")
    more = "'{like}', false" if "grouped" in name else "false"
    walk = f"EXPLAIN EXECUTE walk(1, true, NULL, NULL, 40, '{{like}}', NULL, {more})"
    plan = "\n".join(row[0] for row in await tx.fetch(walk))
    assert re.search(r"Cond: .*n\.actor_id = a\.id|a\.id = n\.actor_id", plan) is None, plan
