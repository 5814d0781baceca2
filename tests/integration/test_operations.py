"""Health, metrics, and what is turned away at the door."""

import re

from fedinet.db.pool import transaction
from fedinet.node.store import pause, resume
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account


async def test_a_running_node_says_that_it_is_well(start_node: StartNode) -> None:
    node = await start_node()
    async with node.http.get("/health") as answer:
        assert (answer.status, await answer.text()) == (200, "OK")


async def test_two_nodes_run_side_by_side_and_come_to_rest(start_node: StartNode) -> None:
    first, second = await start_node(), await start_node()
    await first.drain()
    async with first.http.get("/health") as one, second.http.get("/health") as other:
        assert (one.status, other.status) == (200, 200)


async def test_a_paused_node_takes_nothing_in_until_it_is_resumed(start_node: StartNode) -> None:
    node = await start_node()
    async with transaction(node.pool) as tx:
        await pause(tx)
    async with node.http.post("/inbox", data=b"{}") as answer:
        assert answer.status == 503
    async with transaction(node.pool) as tx:
        await resume(tx)


async def test_a_nearly_full_disk_takes_nothing_in(start_node: StartNode) -> None:
    node = await start_node(min_free_mb=1 << 20)
    async with node.http.post("/inbox", data=b"{}") as answer:
        assert answer.status == 503
    async with node.http.get("/health") as answer:
        assert (answer.status, await answer.text()) == (503, "disk")


async def test_a_nearly_full_disk_lets_stewards_in_to_make_room(start_node: StartNode) -> None:
    node = await start_node(min_free_mb=1 << 20)
    await given_account(node, "ada", role="owner")
    async with browser(node) as ada:
        page = await ada.sign_in("ada")
        assert (page.status, page.path) == (200, "/"), page.text
        page = await ada.open("/admin")
        assert re.search(r"The disk is full: [^(]+\([\d,]+ MB are left\)", page.text), page.text
        assert 'href="/admin/media"' in page.html.partition("The disk is full")[2]
        page = await ada.fill("/admin/media", "/admin/media", {"days": "7"})
        assert "Copies are being thrown away" in page.text
        assert await node.pool.fetchval("SELECT count(*) FROM jobs WHERE kind = 'media.make_room'")
        words = {"content": "A text that nobody should lose.", "visibility": "public"}
        words["shown"] = "@bo @cyrilla @donatella"
        form = (await ada.open("/write")).form("/write").fields
        page = await ada.post(
            "/write", {**form, **words}, headers={"Sec-Fetch-Site": "same-origin"}
        )
        assert page.status == 503 and "disk is full" in page.text, page.text
        assert "trying again does not help" in page.text
        assert page.html.count('id="kept-') == 1 and words["content"] in page.text
        assert (await ada.post("/tags/delete", form)).status == 503, "a tag, and no deletion"
        assert (await ada.post("/@ada/1/delete", form)).status == 200, "on the reserve"
        assert (await ada.post("/sign-out", form)).status == 200


async def test_metrics_open_with_the_token_only(start_node: StartNode) -> None:
    node = await start_node(metrics_token="a-long-enough-token")
    async with node.http.get("/metrics") as answer:
        assert answer.status == 404
    bearer = {"Authorization": "Bearer a-long-enough-token"}
    async with node.http.get("/metrics", headers=bearer) as answer:
        assert answer.status == 200
        assert "fedinet_backlog_deliveries 0.0" in await answer.text()


async def test_without_a_token_there_are_no_public_metrics(start_node: StartNode) -> None:
    node = await start_node()
    async with node.http.get("/metrics", headers={"Authorization": "Bearer None"}) as answer:
        assert answer.status == 404
