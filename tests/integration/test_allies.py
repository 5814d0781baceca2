"""Two communities make friends, and part: statements, activities, and who may believe what."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fedinet.actors.keys import find_node_actor, generate_keys, rotate_keys
from fedinet.actors.model import Actor
from fedinet.actors.remote import ActorSource
from fedinet.allies import jobs, store
from fedinet.allies.looking import NotSeen, look
from fedinet.allies.model import EndedBy, Standing
from fedinet.db.pool import transaction
from fedinet.kernel.ids import Domain
from fedinet.net.budget import Budget
from fedinet.policy.audit_store import list_audit
from fedinet.policy.commands import switch_mode
from fedinet.policy.model import Builtin, Mode, Scope, Verdict
from fedinet.signing.integrity import with_proof
from fedinet.signing.keys import KeyKind, SigningKey, generate_ed25519
from fedinet.vocab.activity import Document
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.friends import ally_of, befriend, names, part, stands, steward
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.shell import Shell

PAGE = "/admin/policy/allies"


async def test_two_communities_ask_agree_and_end_it_for_both(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()

    await names(here, there)
    assert await stands(here, there) is Standing.PROPOSED
    assert await stands(there, here) is Standing.ASKED
    assert await get(there, f"/actor/allies/{here.domain}") == 404
    assert await get(here, f"/actor/allies/{there.domain}") == 404  # nobody else learns who asked
    assert not await knows_ally(there, here)  # one word is none

    await names(there, here)
    assert await stands(here, there) is await stands(there, here) is Standing.ALLIED
    assert await get(here, f"/actor/allies/{there.domain}") == 200
    async with there.http.get("/actor/allies") as answer:
        named = [one["object"] for one in (await answer.json(content_type=None))["items"]]
    assert named == [here.services.uris.node_actor]
    assert await knows_ally(there, here) and await knows_ally(here, there)

    async with transaction(there.pool) as tx:
        await switch_mode(tx, Mode.ALLIES, by=steward())
    there.services.policy.current.forget("")
    decision = await there.services.policy.about(Scope.FETCH, Domain(here.domain))
    assert (decision.verdict, decision.decided_by) == (Verdict.ACCEPT, Builtin.ALLY)

    await part(there, here)
    assert await stands(here, there) is await stands(there, here) is Standing.ENDED
    assert (await ally_of(here, there)).ended_by is EndedBy.THEM
    assert (await ally_of(there, here)).ended_by is EndedBy.US
    assert await get(here, f"/actor/allies/{there.domain}") == 404
    assert not await knows_ally(there, here)
    audit = await list_audit(here.pool, limit=10)
    assert [row.change.action for row in audit] == ["ally_end", "ally_allied", "ally_name"]


async def test_who_takes_an_offer_back_or_says_no_is_heard(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()
    await names(here, there)
    await part(here, there)
    assert await store.find_ally(there.pool, Domain(here.domain)) is None

    await names(here, there)
    await part(there, here)
    assert not (await ally_of(here, there)).we_name_them(datetime.now(UTC))

    await befriend(there, here)  # and nothing of that stands in the way later
    assert await stands(here, there) is Standing.ALLIED


async def test_another_key_at_the_same_address_is_no_ally_until_a_steward_says_so(
    start_node: StartNode,
) -> None:
    here, there = await start_node(), await start_node()
    await befriend(here, there)
    async with transaction(there.pool) as tx:
        node = await find_node_actor(tx, there.services.uris)
        assert node is not None
        await rotate_keys(tx, node, box=there.services.box, keys=await generate_keys())
    there.services.signer.forget("")

    await looks(here, there)
    assert await stands(here, there) is Standing.PAUSED
    assert (await ally_of(here, there)).trouble == "new_key"
    assert not await knows_ally(here, there)

    await names(here, there)
    assert await stands(here, there) is Standing.ALLIED


@dataclass
class Altered:
    """Another node's documents, as somebody on the way, or its new owner, might have them."""

    source: ActorSource
    alter: Callable[[Document], Document]

    async def document(self, uri: str, *, budget: Budget | None = None) -> tuple[Document, str]:
        document, served_at = await self.source.document(uri, budget=budget)
        return (self.alter(document) if "proof" in document else document), served_at

    async def keep(self, document: Document, *, now: datetime) -> Actor:
        return await self.source.keep(document, now=now)


async def test_what_is_forged_replayed_or_about_another_is_no_word(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()
    await befriend(here, there)
    ally = await ally_of(here, there)
    now = datetime.now(UTC)
    nodes = here.services.nodes
    async with transaction(there.pool) as tx:
        node = await find_node_actor(tx, there.services.uris)
    assert node is not None
    key = await there.services.signer.signing_key(node.id, KeyKind.ED25519)
    forger = SigningKey(key.id, generate_ed25519())

    async def word(alter: Callable[[Document], Document]) -> str:
        altered = replace(nodes, source=Altered(here.services.actors, alter))
        with pytest.raises(NotSeen) as refused:
            await look(altered, ally, now)
        return refused.value.word

    def resigned(key: SigningKey, at: datetime = now, **changed: object) -> Callable[..., Document]:
        return lambda document: with_proof({**document, **changed}, key, now=at)

    assert await word(lambda document: {**document, "endTime": "2099-01-01T00:00:00Z"}) == (
        "not_proven"
    )
    assert await word(lambda document: {**document, "proof": None}) == "not_proven"
    assert await word(resigned(forger)) == "not_proven"
    assert await word(resigned(key, now - timedelta(hours=13))) == "not_proven"  # replayed
    assert await word(resigned(key, object="https://c.example/actor")) == "names_another"
    assert await word(resigned(key, subject="https://c.example/actor")) == "not_its_own"
    assert await word(resigned(key, type="Note")) == "not_proven"
    assert (await look(nodes, ally, now)).statement is not None


async def looks(one: RunningNode, other: RunningNode) -> None:
    """The daily look, now."""
    await jobs.check_ally(one.services.nodes, {"domain": other.domain})


async def knows_ally(one: RunningNode, other: RunningNode) -> bool:
    policy = one.services.policy
    policy.current.forget("")
    await policy.current.rules()
    return policy.current.is_ally(Domain(other.domain), datetime.now(UTC))


async def get(node: RunningNode, path: str) -> int:
    async with node.http.get(path, headers={"Accept": "application/activity+json"}) as answer:
        return answer.status


async def test_stewards_ask_say_yes_and_end_it_on_their_page(start_node: StartNode) -> None:
    here, there = await start_node(), await start_node()
    async with at_desk(here) as ada, at_desk(there) as bo:
        wrong = await ada.fill(PAGE, PAGE, {"domain": "no one/at all", "do": "preview"})
        assert wrong.status == 422 and "not the address of a server" in wrong.text
        wrong = await ada.fill(PAGE, PAGE, {"domain": here.domain, "do": "preview"})
        assert "This is this community" in (await said(ada, wrong, "by mistake")).text

        seen = await ada.fill(PAGE, PAGE, {"domain": there.origin + "/", "do": "preview"})
        assert f"Ask {there.domain} to be" in seen.text and "until their stewards say" in seen.text
        assert await stands(here, there) is Standing.UNKNOWN  # a preview changes nothing
        assert "We asked, and wait" in (await said(ada, seen, "They bake well")).text
        await here.drain()

        assert "waits for an answer about being allies" in (await bo.open("/admin")).text
        page = await bo.open(PAGE)
        assert "They ask us" in page.text
        seen = await bo.post(PAGE, pressed(page, "name"))
        assert f"Be an allied community of {here.domain}" in seen.text
        await said(bo, seen, "So do they")
        await there.drain()
        assert "waits for an answer" not in (await bo.open("/admin")).text
        page = await ada.open(PAGE)
        assert "Allies" in page.text and await stands(here, there) is Standing.ALLIED
        assert there.domain in (await ada.open("/policy")).text
        write = await ada.open("/write")
        assert f"All members here, and of: {there.domain}." in write.text

        seen = await ada.post(PAGE, pressed(page, "end"))
        assert "What was sent before stays there" in seen.text
        await said(ada, seen, "They moved away")
        await here.drain()
        page = await bo.open(PAGE)
        assert "by them" in page.text and "What was sent before stays there and here." in page.text
        assert "a-allies" not in (await bo.open("/write")).html
        record = await ada.open("/admin/policy/audit")
        assert "They moved away" in record.text and "became an ally" in record.text


def test_a_terminal_asks_lists_and_ends(tmp_path: Path, database_url: str) -> None:
    shell = Shell(tmp_path / "data", database_url)
    shell.facts("migrate", "--origin", "https://community.example")
    assert "There is none." in shell.run("policy", "allies", "list").output
    told = shell.facts("policy", "allies", "propose", "Bakers.Example", "--reason", "friends")
    assert (told["domain"], told["standing"]) == ("bakers.example", "proposed")
    assert "bakers.example: proposed" in shell.run("policy", "allies", "list").output
    assert shell.run("policy", "allies", "accept", "smiths.example").exit_code == 1
    assert shell.run("policy", "allies", "propose", "community.example").exit_code != 0
    assert "ended" in shell.run("policy", "allies", "end", "bakers.example").output
    assert shell.run("policy", "allies", "end", "bakers.example").exit_code == 1
    assert "page of those" in shell.run("policy", "undo").output


@asynccontextmanager
async def at_desk(node: RunningNode) -> AsyncGenerator[Browser]:
    await given_account(node, "owner", role="owner")
    async with browser(node) as one:
        await one.sign_in("owner")
        yield one


def pressed(page: SeenPage, what: str) -> dict[str, str]:
    """The fields of the button for ``what``."""
    form = next(form for form in page.forms if form.fields.get("what") == what)
    return {**form.fields, "do": "preview"}


async def said(one: Browser, seen: SeenPage, why: str) -> SeenPage:
    return await one.post(PAGE, {**seen.form(PAGE).fields, "why": why, "do": "save"})
