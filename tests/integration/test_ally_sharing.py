"""What allies show each other alone: people who may be found, rules as drafts, what they write."""

from datetime import UTC, datetime

from fedinet.actors.keys import find_node_actor
from fedinet.actors.model import ProfileChange
from fedinet.actors.store import update_local_profile
from fedinet.allies import commands, jobs
from fedinet.allies.people_store import list_people
from fedinet.audiences.model import Visibility
from fedinet.db.pool import transaction
from fedinet.http.context import NODE
from fedinet.kernel.ids import Domain
from fedinet.policy.commands import put_rules
from fedinet.policy.document import RuleDocument
from fedinet.policy.store import rules_of
from fedinet.signing.cavage import sign_cavage
from fedinet.signing.message import Outgoing
from tests.integration.apps import given_token
from tests.integration.conftest import StartNode
from tests.integration.friends import befriend, part, steward
from tests.integration.members import cookie_of, given_member_of, publishes
from tests.integration.nodes import RunningNode

SHARED = RuleDocument(
    key="loud.example", domains=["loud.example"], verdict="reject", reason="Shouts", note="Ada says"
)
KEPT = (
    RuleDocument(key="quiet.example", domains=["quiet.example"], verdict="reject"),
    RuleDocument(
        key="veiled", domains=["veiled.example"], verdict="reject", reason="Shouts", obfuscate=True
    ),
    RuleDocument(key="kind", domains=["kind.example"], verdict="accept", reason="Kind"),
    RuleDocument(key="words", words=["buy now"], verdict="hold", reason="Advertising"),
)


async def test_allies_show_each_other_people_rules_and_posts(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()
    ada, bo = await given_member_of(here, "ada"), await given_member_of(there, "bo")
    await given_member_of(there, "shy")
    about_us = RuleDocument(
        key="us",
        domains=[here.domain],
        effects=["limit"],
        reason="Rude",  # type: ignore[list-item]
    )
    async with transaction(there.pool) as tx:
        change = ProfileChange(name="Bo Berg", summary_html="<p>Bakes</p>", discoverable=True)
        await update_local_profile(tx, bo.actor_id, change)
        ours = [Domain(there.domain)]
        await put_rules(tx, [SHARED, *KEPT, about_us], ours=ours, by=steward())
    assert await shown(there, "/actor/people", here) == 404
    await befriend(here, there)

    assert await shown(here, "/actor/people") == await shown(here, "/actor/rules") == 404
    assert await shown(there, "/actor/people", here) == 200
    [found] = await list_people(here.pool)
    assert (found.name, found.summary, found.domain) == ("Bo Berg", "Bakes", there.domain)
    pages = await cookie_of(ada)
    listed = await text(here, "/people/allies?q=ber", pages)
    assert "Bo Berg" in listed and "shy" not in listed
    assert "Bo Berg" not in await text(here, "/people/allies?q=nobody", pages)

    assert await drafts(here, there) == {}  # never without a steward's word
    async with transaction(here.pool) as tx:
        await commands.take_rules(tx, Domain(there.domain), takes=True, by=steward())
    await here.drain()
    rules = await drafts(here, there)
    assert [(r.domains, r.verdict, r.draft, r.note) for r in rules.values()] == [
        (["loud.example"], "reject", True, "")
    ]

    await publishes(bo, "Rye", Visibility.EVERYONE)
    await publishes(bo, "Among friends", Visibility.ALLIES)
    timeline = await text(here, "/allies", pages)
    assert "Rye" in timeline and "Among friends" in timeline
    here.app[NODE].forget()
    assert 'href="/allies"' in await text(here, "/community", pages), "there is a way to it"
    token = await given_token(here, ada.account_id, "read")
    statuses = await text(here, "/api/v1/timelines/allies", {"Authorization": f"Bearer {token}"})
    assert "Among friends" in statuses and "Rye" in statuses

    await part(there, here)
    assert "Among friends" not in await text(here, "/allies", pages)
    assert await list_people(here.pool) == []
    await jobs.promise_checks(here.pool, datetime.now(UTC))
    assert len(await drafts(here, there)) == 1  # what a steward may be looking at stays


async def drafts(node: RunningNode, ally: RunningNode) -> dict[str, RuleDocument]:
    async with transaction(node.pool) as tx:
        return {rule.key: rule.document for rule in await rules_of(tx, f"ally:{ally.domain}")}


async def shown(node: RunningNode, path: str, to: RunningNode | None = None) -> int:
    """The status for a node that asks, or for nobody in particular."""
    headers = {"Accept": "application/activity+json"}
    if to is not None:
        actor = await find_node_actor(to.pool, to.services.uris)
        assert actor is not None
        key = await to.services.signer.signing_key(actor.id)
        headers |= sign_cavage(key, Outgoing("GET", node.origin + path), now=datetime.now(UTC))
    async with node.http.get(path, headers=headers) as answer:
        return answer.status


async def text(node: RunningNode, path: str, headers: dict[str, str]) -> str:
    async with node.http.get(path, headers=headers) as answer:
        assert answer.status == 200, answer.status
        return await answer.text()
