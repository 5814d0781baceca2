"""The admin API about other servers: Mastodon.py, roles, paging, and what only we know stays."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError

from fedinet.db.pool import transaction
from fedinet.kernel.ids import Domain
from fedinet.policy import commands, store
from fedinet.policy.audit_store import list_audit
from fedinet.policy.document import RuleDocument
from fedinet.policy.model import Scope, Verdict
from tests.integration.apps import App, given_token
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

BLOCKS = "/v1/admin/domain_blocks"
ADMIN = "admin:read admin:write"


async def test_a_steward_keeps_the_rules_with_mastodon_py(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_steward(node)
    await asyncio.to_thread(_blocks, ada)
    decision = await node.services.policy.about(Scope.INBOUND, Domain("a.bad.example"))
    assert decision.verdict is Verdict.REJECT
    async with node.pool.acquire() as conn:
        [*_, first] = await list_audit(conn, limit=50)
        rule = await store.find_rule(conn, "bad.example")
    assert (first.by_whom, first.reason) == ("@ada (Test app)", "seen by Ada")
    assert rule is not None and (rule.document.source, rule.document.obfuscate) == ("manual", True)
    await asyncio.to_thread(_welcomes_and_addresses, ada)
    page = await ada.call("GET", f"/api{BLOCKS}?limit=2")
    assert [one["domain"] for one in page.body] == ["d2.example", "d1.example"]
    older, newer = page.headers["Link"].split(", ")  # FediBlockHole reads it exactly so
    address, rel = older.split("; ")
    assert (rel, newer.split("; ")[1]) == ('rel="next"', 'rel="prev"')
    rest = await ada.get(address.strip("<>").removeprefix(f"{node.origin}/api"))
    assert [one["domain"] for one in rest] == ["d0.example", "bad.example"]
    [_, nearest] = await ada.get(f"{BLOCKS}?limit=2&min_id={rest[1]['id']}")
    assert nearest["domain"] == "d0.example"
    assert (await node.services.policy.about(Scope.SIGN_UP, Domain("x.trash.example"))).verdict is (
        Verdict.REJECT
    )


def _client(app: App) -> Any:
    return Mastodon(
        access_token=app.token,
        api_base_url=app.node.origin,
        ratelimit_method="throw",
        version_check_mode="created",
    )


def _blocks(app: App) -> None:
    ada = _client(app)
    made = ada.admin_create_domain_block(
        "Bad.Example", severity="suspend", reject_media=True, private_comment="seen by Ada",
        public_comment="Spam", obfuscate=True,
    )  # fmt: skip
    assert (made.domain, made.severity, made.reject_media, made.reject_reports) == (
        "bad.example", "suspend", True, False,
    )  # fmt: skip
    assert (made.private_comment, made.public_comment, made.obfuscate) == (
        "seen by Ada", "Spam", True,
    )  # fmt: skip
    assert len(made.digest) == 64 and made.created_at.tzinfo is not None
    changed = ada.admin_update_domain_block(made.id, severity="silence", reject_reports=True)
    assert (changed.id, changed.severity, changed.reject_media, changed.public_comment) == (
        made.id, "silence", True, "Spam",
    )  # fmt: skip
    assert ada.admin_update_domain_block(made.id, severity="suspend").severity == "suspend"
    assert ada.admin_domain_blocks(made.id).domain == "bad.example"
    for number in range(4):
        ada.admin_create_domain_block(f"d{number}.example", severity="silence")
    newest = ada.admin_domain_blocks()[0]
    assert newest.domain == "d3.example"
    ada.admin_delete_domain_block(newest.id)
    with pytest.raises(MastodonNotFoundError):
        ada.admin_domain_blocks(newest.id)
    assert [one.domain for one in ada.admin_domain_blocks(min_id=made.id)] == [
        "d2.example", "d1.example", "d0.example",
    ]  # fmt: skip


def _welcomes_and_addresses(app: App) -> None:
    ada = _client(app)
    allow = ada.admin_create_domain_allow("kind.example")
    assert ada.admin_create_domain_allow("kind.example").id == allow.id
    assert [one.domain for one in ada.admin_domain_allows()] == ["kind.example"]
    assert ada.admin_domain_allow(allow.id).domain == "kind.example"
    trash = ada.admin_create_email_domain_block("trash.example")
    assert [one.id for one in ada.admin_email_domain_blocks()] == [trash.id]
    assert ada.admin_email_domain_block(trash.id).history == []
    assert "trash.example" not in [one.domain for one in ada.admin_domain_blocks()]
    ada.admin_delete_domain_allow(allow.id)
    assert ada.admin_domain_allows() == []
    now = datetime.now(UTC)
    [new, follows] = ada.admin_measures(
        now - timedelta(days=1), now + timedelta(hours=1), new_users=True, interactions=True,
        instance_follows="bad.example",
    )  # fmt: skip
    assert (new.key, new.total, follows.key, follows.total) == (
        "new_users", "1", "instance_follows", "0",
    )  # fmt: skip
    assert ada.admin_dimensions(now, now, languages=True) == ada.admin_retention(now, now) == []
    assert ada.admin_trending_tags() == ada.admin_trending_links() == []
    assert ada.admin_ip_blocks() == ada.admin_canonical_email_blocks() == []
    assert ada.admin_test_canonical_email_block("a@b.example") == []
    with pytest.raises(MastodonNotFoundError):
        ada.admin_ip_block(7)
    with pytest.raises(MastodonAPIError):
        ada.admin_create_ip_block("192.0.2.0/24", "no_access")


async def test_only_a_steward_with_the_role_and_the_scope_may(start_node: StartNode) -> None:
    node = await start_node()
    owner = await given_steward(node)
    mod, narrow, member = (
        await given_steward(node, "mo", role="moderator"),
        await given_steward(
            node, "ann", role="admin", scopes="admin:read:domain_blocks read write"
        ),
        await given_steward(node, "bob", role="member"),
    )
    body = {"domain": "bad.example", "severity": "silence"}
    assert await App(node).status("GET", BLOCKS) == 401
    assert await member.status("GET", BLOCKS) == 403
    for reader in (mod, narrow):
        assert await reader.get(BLOCKS) == []
        assert await reader.status("POST", BLOCKS, json=body) == 403
    assert await narrow.status("GET", "/v1/admin/domain_allows") == 403
    refused = await member.call("POST", f"/api{BLOCKS}", json=body)
    assert (refused.status, refused.body) == (403, {"error": "This action is not allowed"})
    made = await owner.post(BLOCKS, json=body)
    await node.pool.execute("UPDATE accounts SET role = 'member' WHERE id = $1", owner.account_id)
    assert await owner.status("DELETE", f"{BLOCKS}/{made['id']}") == 403


async def test_what_cannot_be_is_refused_in_mastodons_way(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_steward(node)
    made = await ada.post(BLOCKS, data={"domain": "bad.example", "severity": "suspend"})
    again = await ada.call("POST", f"/api{BLOCKS}", json={"domain": "bad.example"})
    assert again.status == 422 and again.body["existing_domain_block"] == made
    below = {"domain": "a.bad.example", "severity": "silence"}
    assert (await ada.call("POST", f"/api{BLOCKS}", json=below)).body[
        "existing_domain_block"
    ] == made
    for wrong in (
        {}, {"domain": ""}, {"domain": "a b"}, {"domain": "*.com"}, {"domain": "*"},
        {"domain": node.domain}, {"domain": "x.example", "severity": "burn"},
        {"domain": "x.example", "severity": "noop"},
        {"domain": "x.example", "public_comment": "x" * 2001},
    ):  # fmt: skip
        answer = await ada.call("POST", f"/api{BLOCKS}", json=wrong)
        assert answer.status == 422 and answer.body["error"], wrong
    assert len(await ada.get(BLOCKS)) == 1
    assert await ada.status("PUT", f"{BLOCKS}/{made['id']}", json={"severity": "noop"}) == 422
    for method in ("GET", "PUT", "DELETE"):
        answer = await ada.call(method, f"/api{BLOCKS}/12345")
        assert (answer.status, answer.body) == (404, {"error": "Record not found"})
    email = {"domain": "trash.example", "allow_with_approval": True}
    assert await ada.status("POST", "/v1/admin/email_domain_blocks", json=email) == 422


async def test_what_only_we_know_of_a_rule_stays(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_steward(node)
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=14)
    for rule in (
        {"key": "both", "domains": ["one.example", "two.example"], "verdict": "drop",
         "effects": ["mark_sensitive"], "expires": ends},
        {"key": "list:x:far.example", "source": "list:x", "tier": "subscription",
         "domains": ["far.example"], "verdict": "reject"},
        {"key": "exact.example", "domains": ["exact.example"], "exact": True, "verdict": "reject"},
        {"key": "in.example", "domains": ["in.example"], "scopes": ["in"], "verdict": "reject"},
        {"key": "held.example", "domains": ["held.example"], "verdict": "hold"},
        {"key": "draft.example", "domains": ["draft.example"], "verdict": "hold", "draft": True},
    ):  # fmt: skip
        async with transaction(node.pool) as tx:
            await commands.put_rules(
                tx, [msgspec.convert(rule, RuleDocument)], ours=[], by=commands.Steward(
                    name="x", now=datetime.now(UTC)))  # fmt: skip
    listed = {one["domain"]: one for one in await ada.get(BLOCKS)}
    assert {name: one["severity"] for name, one in listed.items()} == {
        "one.example": "suspend", "two.example": "suspend", "far.example": "suspend",
        "held.example": "silence",
    }  # fmt: skip

    path = f"{BLOCKS}/{listed['two.example']['id']}"
    await _put(ada, path, {"reject_media": True, "public_comment": "Loud"})
    await _put(ada, f"{BLOCKS}/{listed['held.example']['id']}", {"severity": "silence"})
    await _put(ada, f"{BLOCKS}/{listed['far.example']['id']}", {"severity": "silence"})
    async with node.pool.acquire() as conn:
        rules = {rule.key: rule.document for rule in await store.all_rules(conn)}
    two, far = rules["two.example"], rules["far.example"]
    assert (two.verdict, two.effects, two.expires, two.reason) == (
        "drop", ["mark_sensitive", "strip_media"], ends, "Loud",
    )  # fmt: skip
    assert rules["both"].domains == ["one.example"] and rules["held.example"].verdict == "hold"
    assert (far.source, far.verdict, far.effects) == ("manual", None, ["limit", "require_approval"])
    assert rules["list:x:far.example"].verdict == "reject"

    exact = await ada.post(BLOCKS, json={"domain": "exact.example", "severity": "suspend"})
    await _delete(ada, exact)
    assert "exact.example" in rules and await ada.status("GET", f"{BLOCKS}/{exact['id']}") == 404
    await _delete(ada, listed["far.example"])
    refused = await ada.call("DELETE", f"/api{BLOCKS}/{listed['far.example']['id']}")
    assert refused.status == 422 and "list:x" in refused.body["error"]


async def _put(app: App, path: str, body: dict[str, object]) -> None:
    assert await app.status("PUT", path, json=body) == 200


async def _delete(app: App, block: dict[str, Any]) -> None:
    assert (await app.call("DELETE", f"/api{BLOCKS}/{block['id']}")).body == {}


async def given_steward(
    node: RunningNode, name: str = "ada", *, role: str = "owner", scopes: str = ADMIN
) -> App:
    account_id, actor_id = await given_account(node, name, role=role)  # type: ignore[arg-type]
    return App(node, await given_token(node, account_id, scopes), account_id, actor_id)
