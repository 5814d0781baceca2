"""Asking the stewards to look again: members, whoever comes by, and servers that are refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedinet.appeals import commands, store
from fedinet.appeals.model import MAX_ANSWERS, MAX_OPEN, MAX_OPEN_OF_MEMBER, MAX_UNVERIFIED, State
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.desk.store import count_open
from fedinet.kernel.errors import TooManyRequests, Unprocessable
from fedinet.kernel.ids import Domain, KeyUri
from fedinet.notifications.model import Kind
from fedinet.notifications.store import list_notifications
from fedinet.policy.commands import Steward, put_rules
from fedinet.policy.document import RuleDocument
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.households import given_account
from tests.integration.inbox_peer import PeerActor, deliver, like, peer_actor
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member, seen_by
from tests.integration.social import tell

LOUD = Domain("loud.example")
APPEALS = "/actor/appeals"


async def test_a_member_has_one_open_appeal_for_each_server_and_hears_the_answer(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")

    async def ask(words: str, domain: Domain = LOUD) -> int:
        return await commands.appeal_of_member(tx, ada, domain, words, rule_key="loud.example")

    first = await ask("They apologised")
    assert (
        await ask("They apologised ") == await ask("And moved") == await ask("And moved") == first
    )
    assert [one.words for one in await store.list_answers(tx, first)] == ["And moved"]
    for number in range(1, MAX_OPEN_OF_MEMBER):
        await ask("x", Domain(f"s{number}.example"))
    with pytest.raises(TooManyRequests):
        await ask("x", Domain("more.example"))

    await commands.answer(tx, first, "Not yet", by=cleo.id)
    await tell(tx)
    await commands.answer(tx, first, "Yes", by=cleo.id, settle=State.ACCEPTED)
    await commands.answer(tx, first, "Yes", by=cleo.id, settle=State.ACCEPTED)
    await tell(tx)
    [told] = await list_notifications(tx, seen_by(ada))
    assert (told.kind, told.about_id) == (Kind.APPEAL, first)
    for late in (commands.add_words(tx, first, "Thanks"),
                 commands.answer(tx, first, "No", by=cleo.id, settle=State.DECLINED)):  # fmt: skip
        with pytest.raises(Unprocessable):
            await late
    assert (await count_open(tx))["appeal"] == MAX_OPEN_OF_MEMBER - 1


async def test_what_nobody_proved_is_bounded_and_never_mixed_with_what_was(tx: Tx) -> None:
    async def ask(words: str, signer: str = "") -> int:
        return await commands.appeal_of_server(
            tx, LOUD, words, rule_key="", signer_uri=signer, now=now
        )

    now = datetime.now(UTC)
    forged = [await ask(f"Let us in {number}") for number in range(MAX_UNVERIFIED)]
    assert await ask("Let us in 0") == forged[0], "the same click"
    now += timedelta(minutes=2)
    with pytest.raises(TooManyRequests):
        await ask("Let us in 0")
    with pytest.raises(TooManyRequests):
        await ask("Let us in again")
    proven = await ask("It is us", "https://loud.example/actor")
    assert proven not in forged
    assert await ask("Please", "https://loud.example/users/bo") == proven
    for number in range(MAX_ANSWERS - 1):
        await ask(f"Please {number}", "https://loud.example/actor")
    with pytest.raises(Unprocessable):
        await ask("Please!", "https://loud.example/actor")
    await tx.execute(
        "INSERT INTO appeals (domain, rule_key, words) "
        "SELECT 'n', '', 'x' FROM generate_series(1, $1)",
        MAX_OPEN,
    )
    with pytest.raises(TooManyRequests):
        await commands.appeal_of_server(tx, Domain("c.example"), "x", rule_key="", now=now)
    assert await commands.appeal_of_server(
        tx, Domain("c.example"), "x", rule_key="", signer_uri="https://c.example/actor", now=now
    )
    for words in ("", " ", "x" * 2001, "\0", "\ud800"):
        with pytest.raises(Unprocessable):
            await ask(words)


async def test_settled_appeals_are_forgotten_but_for_those_that_are_shown(tx: Tx) -> None:
    ada = await given_member(tx, "ada")
    now = datetime.now(UTC)
    numbers = [
        await commands.appeal_of_server(tx, Domain(f"s{n}.example"), "x", rule_key="k", now=now)
        for n in (1, 2, 3)
    ]
    for number in numbers[:2]:
        await commands.answer(tx, number, "No", by=ada.id, settle=State.DECLINED)
    await store.show(tx, numbers[1], is_shown=True)
    await tx.execute(
        "UPDATE appeals SET settled_at = now() - interval '181 days' WHERE settled_at IS NOT NULL"
    )
    assert await store.forget_settled(tx) == 1
    assert await store.list_shown(tx, ["k", "other"]) == {"k": ["x"]}


async def test_a_visitor_asks_and_the_stewards_lift_the_rule_or_show_their_words(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "cleo")
    await refuse(node, LOUD)
    async with browser(node) as bo, browser(node) as ada, browser(node) as cleo:
        page = await bo.open("/policy")
        assert (
            "People there do not get what we write" in page.text
            and "Ask to look again" in page.text
        )
        ask = {"server": "a.loud.example", "words": "It was <b>one</b> person", "contact": "bo@x"}
        assert (
            await bo.fill("/policy/appeal", "/policy/appeal", ask | {"words": ""})
        ).status == 422
        wrong = await bo.fill("/policy/appeal", "/policy/appeal", ask | {"server": "a b"})
        assert wrong.status == 422 and "It was <b>one</b> person" in wrong.text
        mine = await bo.fill("/policy/appeal", "/policy/appeal", ask)
        assert mine.status == 200 and "have not answered yet" in mine.text
        assert (
            await bo.open(mine.path[:-1] + ("0" if mine.path[-1] != "0" else "1"))
        ).status == 404
        assert (await cleo.open("/policy/appeal/1-" + "0" * 32)).status == 404

        await cleo.sign_in("cleo")
        assert (await cleo.open("/admin/appeals")).status == 403
        theirs = await cleo.fill(
            "/policy/appeal",
            "/policy/appeal",
            {"server": "loud.example", "words": "My aunt is there"},
        )
        assert "What I asked the stewards" in theirs.text

        await ada.sign_in("ada")
        listed = await ada.open("/admin/appeals")
        assert "nobody checked who wrote it" in listed.text and "@cleo" in listed.text
        numbers = [row["id"] for row in await node.pool.fetch("SELECT id FROM appeals ORDER BY id")]
        place = f"/admin/appeals/{numbers[0]}"
        shown = await ada.fill(place, place, {"act": "show"})
        assert (
            "bo@x" in shown.text and "It was <b>one</b> person" in (await bo.open("/policy")).text
        )
        lift = await ada.fill(place, place, {"act": "lift", "words": "You are right"})
        assert "Lift the rule loud.example" in lift.text
        assert await node.pool.fetchval("SELECT state FROM policy_rules") == "active"
        form = lift.form(place).fields
        done = await ada.post(place, form | {"do": "save", "why": "They asked"})
        assert done.path == place and "The stewards agree" in done.text
        assert await node.pool.fetchval("SELECT state FROM policy_rules") == "removed"
        assert "You are right" in (await bo.open(mine.path)).text

        place = f"/admin/appeals/{numbers[1]}"
        assert "is lifted already" in (await ada.open(place)).text
        await ada.fill(place, place, {"act": "decline", "words": "It is open again"})
        await node.drain()
        assert "answered you about loud.example" in (await cleo.open("/notifications")).text
        assert "leave it as it is" in (await cleo.open("/appeals")).text
        assert "Nothing to look at" in (await ada.open("/admin/appeals")).text


async def test_a_refused_server_appeals_by_its_signature_and_learns_only_the_answer(
    start_node: StartNode,
) -> None:
    node = await start_node()
    async with foreign_server() as peer:
        bob, name = peer_actor(peer, "bob"), Domain(peer.domain)
        await refuse(node, name)
        refused = await deliver(node, bob, like(bob))
        assert (await refused.json())["appeal"] == f"{node.origin}/actor/appeals"

        async with node.http.post(APPEALS, data=b"{}") as answer:
            assert answer.status == 401 and answer.content_type == "application/problem+json"
        deep = b'{"text": "x", "x": ' + b"[" * 16_000
        for wrong in (b'{"text": 1}', b"[", b"{}", deep, b'{"text": "%s"}' % (b"x" * 17_000)):
            assert (await appeal(node, bob, wrong))[0] == 400
        body = json.dumps({"text": "We have moderators now", "contact": "@bob@there"}).encode()
        forged = PeerActor(f"{peer.origin}/users/bob", peer_actor(peer, "eve", key=2).key)
        assert (await appeal(node, forged, body, key_id=bob.key.id))[0] == 401
        proven = await node.pool.fetchval(
            "SELECT coalesce(sum(count), 0) FROM attempts WHERE bucket ^@ 'appeal-owner:'"
        )
        assert proven == 4  # what was forged uses up nobody's share; one was too long to be read
        status, made = await appeal(node, bob, body)
        assert status == 202 and made["verified"] and made["state"] == "open"
        assert (await appeal(node, bob, body))[1] == made
        assert peer.count("/users/bob") <= 2  # its key, and once more for the forged one

        row = await node.pool.fetchrow("SELECT id, signer_uri, rule_key FROM appeals")
        assert row is not None and (row["signer_uri"], row["rule_key"]) == (bob.uri, name)
        async with transaction(node.pool) as tx:
            zoe = await given_member(tx, "zoe", uris=node.services.uris)
            await commands.answer(tx, row["id"], "Hello", by=zoe.id, settle=State.ACCEPTED)
        async with node.http.get(made["status"]) as answer:
            told = await answer.json()
        assert (told["state"], [one["text"] for one in told["answers"]]) == ("accepted", ["Hello"])
        assert "zoe" not in json.dumps(told)


async def appeal(
    node: RunningNode, sender: PeerActor, body: bytes, *, key_id: str = ""
) -> tuple[int, dict[str, Any]]:
    signer = replace(sender, key=replace(sender.key, id=KeyUri(key_id))) if key_id else sender
    headers = signer.signed(f"{node.origin}{APPEALS}", body) | {"Content-Type": "application/json"}
    async with node.http.post(APPEALS, data=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def refuse(node: RunningNode, name: Domain) -> None:
    rule = RuleDocument(key=name, domains=[name], verdict="reject", reason="Shouting")
    by = Steward(name="@ada", now=datetime.now(UTC), reason="Shouting")
    async with transaction(node.pool) as tx:
        await put_rules(tx, [rule], ours=[], by=by)
    node.services.policy.current.forget("")
