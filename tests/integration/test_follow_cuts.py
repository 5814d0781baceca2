"""Members hear what a rule does to their follows, and may take the names along."""

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.follows import frozen_store
from fedinet.follows.cuts_store import CutWord, record_cuts
from fedinet.policy.commands import Steward, put_rules, remove_rules
from fedinet.policy.document import RuleDocument
from tests.integration.apps import given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.people import given_follow, given_remote
from tests.integration.test_desk import NOW


async def test_a_member_is_told_reads_why_and_hears_when_follows_come_back(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada = await given_app(node, "ada", scopes="read")
    cleo = await given_app(node, "cleo", scopes="read")
    rule = RuleDocument(
        key="loud", domains=["loud.example"], verdict="reject", effects=["freeze_follows"],
        reason="Shouting",
    )  # fmt: skip
    by = Steward(name="@ada", now=NOW, reason="why")
    async with transaction(node.pool) as tx:
        actor = await get_actor(tx, ada.id)
        bo, eve = [await given_remote(tx, name, "loud.example") for name in ("bo", "=eve")]
        await given_follow(tx, actor, bo)
        await given_follow(tx, eve, actor)
        await put_rules(tx, [rule], ours=[], by=by)
    await node.drain()
    async with browser(node) as mine, browser(node) as hers:
        await mine.sign_in("ada")
        await hers.sign_in("cleo")
        assert (
            "A rule put your follows with loud.example aside"
            in (await mine.open("/notifications")).text
        )
        page = await mine.open("/follows/put-aside")
        assert "Shouting" in page.text and "You follow one person there" in page.text
        place = page.html.split('href="/follows/put-aside/')[1].split('"')[0]
        sheet = await mine.open(f"/follows/put-aside/{place}")
        assert sheet.html.splitlines() == [
            "Account address,Which", "bo@loud.example,following", "'=eve@loud.example,follower",
        ]  # fmt: skip
        assert (await hers.open(f"/follows/put-aside/{place}")).status == 404
        [told] = await ada.get("/v1/notifications")
        assert (told["type"], told["event"]["target_name"]) == (
            "severed_relationships",
            "loud.example",
        )
        assert (told["event"]["followers_count"], told["event"]["following_count"]) == (1, 1)
        assert await cleo.get("/v1/notifications") == []

        async with transaction(node.pool) as tx:
            await remove_rules(tx, ["loud"], by=by)
        await node.drain()
        assert (
            "Your follows with loud.example hold again" in (await mine.open("/notifications")).text
        )
        async with transaction(node.pool) as tx:
            await frozen_store.freeze(tx, "https://loud.example")
            await tx.execute("UPDATE frozen_follows SET frozen_at = now() - interval '31 days'")
            await record_cuts(tx, await frozen_store.sever_old(tx), CutWord.LOST)
        await node.drain()
        assert "have ended by a rule" in (await mine.open("/notifications")).text
