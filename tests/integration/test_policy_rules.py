"""Rules are written, told to every process, and written down; a change of the past shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from fedinet.db.pool import transaction
from fedinet.db.query import Conn, Pool
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.policy import commands, store
from fedinet.policy.audit_store import Filter, check_chain, list_audit
from fedinet.policy.commands import Steward
from fedinet.policy.current import CurrentPolicy
from fedinet.policy.document import RuleDocument
from fedinet.policy.engine import decide
from fedinet.policy.file.toml import plan, read_file
from fedinet.policy.model import Builtin, Envelope, Facts, Mode, Scope, Verdict

NOW = datetime.now(UTC)
ADA = Steward(name="@ada", now=NOW, reason="a wave")
OURS = (Domain("community.example"), Domain("node.community.example"))


async def test_every_change_is_one_version_and_one_line_of_the_audit(tx: Conn) -> None:
    await put(tx, evil())
    await put(tx, evil(verdict="hold"))
    version = await commands.remove_rules(tx, ["evil"], by=ADA)

    rows = await list_audit(tx, Filter(domains=[Domain("evil.example")]))
    assert [row.change.action for row in rows] == ["remove", "change", "add"]
    assert rows[0].policy_version == version
    before, after = rows[1].change.before, rows[1].change.after
    assert before is not None and after is not None
    assert msgspec.json.decode(before)["verdict"] == "reject"
    assert msgspec.json.decode(after)["verdict"] == "hold"
    assert await check_chain(tx) is None


async def test_putting_the_same_again_changes_nothing(tx: Conn) -> None:
    first = await put(tx, evil())
    assert await put(tx, evil(domains=["EVIL.example."])) == first
    assert len(await list_audit(tx)) == 1


async def test_the_audit_cannot_be_changed_and_a_forged_one_shows(tx: Conn) -> None:
    await put(tx, evil())
    await put(tx, evil(verdict="hold"))
    for statement in ("UPDATE policy_audit SET reason = ''", "DELETE FROM policy_audit",
                      "TRUNCATE policy_audit"):  # fmt: skip
        with pytest.raises(asyncpg.RaiseError):
            async with tx.transaction():
                await tx.execute(statement)
    await tx.execute("ALTER TABLE policy_audit DISABLE TRIGGER policy_audit_stays")
    first = (await list_audit(tx))[-1].id
    await tx.execute("UPDATE policy_audit SET by_whom = '@eve' WHERE id = $1", first)
    assert await check_chain(tx) == first


@pytest.mark.parametrize("domain", ["community.example", "node.community.example", "example"])
async def test_nobody_locks_the_node_out_of_itself(tx: Conn, domain: str) -> None:
    with pytest.raises(Unprocessable):
        await put(tx, evil(domains=[domain]))
    assert await list_audit(tx) == []


async def test_removing_what_is_not_there_changes_nothing(tx: Conn) -> None:
    await put(tx, evil())
    with pytest.raises(NotFound):
        async with tx.transaction():
            await commands.remove_rules(tx, ["evil", "nothing"], by=ADA)
    assert await store.find_rule(tx, "evil") is not None


async def test_a_file_is_applied_as_a_whole(tx: Conn) -> None:
    await put(tx, evil(), evil(key="list", source="list:worst", domains=["worst.example"]))
    wanted = read_file(
        'version = 1\nmode = "cautious"\n[[rule]]\nkey = "spam"\nwords = ["spam"]\nverdict = "hold"'
    )
    current = {rule.key: rule.document for rule in await store.list_rules(tx)}
    changes = plan(current, Mode.OPEN, wanted)

    await commands.apply_plan(tx, changes, ours=OURS, by=ADA)

    assert [rule.key for rule in await store.list_rules(tx)] == ["list", "spam"]
    assert (await store.read_standing(tx)).mode is Mode.CAUTIOUS
    assert sorted(row.change.action for row in await list_audit(tx, limit=3)) == [
        "add", "mode", "remove",
    ]  # fmt: skip
    assert plan(
        {rule.key: rule.document for rule in await store.list_rules(tx)}, Mode.CAUTIOUS, wanted
    ).is_empty


@pytest.mark.parametrize(("on_expire", "state"), [("remove", None), ("draft", "draft"),
                                                  ("limit", "active")])  # fmt: skip
async def test_what_runs_out_ends_as_it_says(tx: Conn, on_expire: str, state: str | None) -> None:
    await put(tx, evil(expires=NOW + timedelta(hours=1), on_expire=on_expire))

    assert await commands.end_expired(tx, NOW) == 0
    assert await commands.end_expired(tx, NOW + timedelta(hours=2)) == 1

    found = await store.find_rule(tx, "evil")
    assert (None if found is None else found.state) == state
    assert (await list_audit(tx))[0].change.action == "expire"
    assert await commands.end_expired(tx, NOW + timedelta(hours=3)) == 0


async def test_a_process_sees_a_change_at_its_next_decision(pool: Pool) -> None:
    policy = CurrentPolicy(pool)
    assert _decided(await policy.rules()) is Builtin.MODE_OPEN
    async with transaction(pool) as tx:
        await put(tx, evil(), evil(key="draft", domains=["draft.example"], draft=True))

    policy.forget("")
    decision = decide(_envelope("a.evil.example"), Facts(), await policy.rules())
    assert decision.verdict is Verdict.REJECT
    assert decide(_envelope("draft.example"), Facts(), await policy.rules()).verdict is (
        Verdict.ACCEPT
    )

    async with transaction(pool) as tx:
        await commands.remove_rules(tx, ["evil"], by=ADA)
        await commands.switch_mode(tx, Mode.ALLIES, by=ADA)
    policy.forget("")
    assert _decided(await policy.rules()) is Builtin.MODE_ALLIES


async def put(tx: Conn, *documents: RuleDocument) -> int:
    return await commands.put_rules(tx, documents, ours=OURS, by=ADA)


def evil(**changes: Any) -> RuleDocument:
    fields = {"key": "evil", "domains": ["evil.example"], "verdict": "reject"}
    return msgspec.convert(fields | changes, RuleDocument)


def _envelope(host: str) -> Envelope:
    return Envelope(scope=Scope.INBOUND, domain=Domain(host), now=datetime.now(UTC))


def _decided(rules: Any) -> object:
    return decide(_envelope("evil.example"), Facts(), rules).decided_by
