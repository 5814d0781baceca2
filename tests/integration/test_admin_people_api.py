"""The admin API about people and reports, as Mastodon.py speaks it; and who may not."""

import asyncio
from typing import Any

import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError

from fedinet.db.pool import transaction
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode
from tests.integration.people import given_remote

ADMIN = "read write follow admin:read admin:write"


async def given_steward(node: RunningNode, username: str, role: str) -> App:
    app = await given_app(node, username, ADMIN)
    await node.pool.execute("UPDATE accounts SET role = $2 WHERE id = $1", app.account_id, role)
    return app


async def test_stewards_look_through_people_and_act_on_them_and_on_reports(
    start_node: StartNode,
) -> None:
    node = await start_node()
    olga, mo = (
        await given_steward(node, "olga", "owner"),
        await given_steward(node, "mo", "moderator"),
    )
    ada, cleo = await given_app(node, "ada"), await given_app(node, "cleo")
    async with transaction(node.pool) as tx:
        bo = await given_remote(tx, "bo")
    await node.pool.execute("UPDATE accounts SET email = 'ada@mail.example', "
                            "email_confirmed_at = now() WHERE id = $1",
                            ada.account_id)  # fmt: skip
    said = await ada.publish("Buy my bread, @mo")
    for reporter in (cleo, olga):
        await reporter.post(
            "/v1/reports",
            json={"account_id": str(ada.id), "status_ids": [said["id"]], "comment": "Spam"},
        )
    await cleo.post("/v1/reports", json={"account_id": str(mo.id), "comment": "About you"})
    await node.drain()
    await asyncio.to_thread(_lists, olga, ada, bo.id)
    await asyncio.to_thread(_reports, mo, ada, cleo)
    word = {"text": "Please stop", "send_email_notification": False}
    await mo.post(f"/v1/admin/accounts/{ada.id}/action", json=word)
    await asyncio.to_thread(_acts, mo, ada, olga)
    told = await node.pool.fetch("SELECT kind FROM mails ORDER BY id")
    assert [one["kind"] for one in told] == ["limited", "frozen", "suspended"]
    assert await ada.status("GET", "/v1/accounts/verify_credentials") == 401
    assert await ada.status("GET", "/v2/admin/accounts") == 401
    await asyncio.to_thread(_takes_back, olga, ada, bo.id)
    await who_may_not(node, olga, mo, cleo)


def client(app: App) -> Any:
    return Mastodon(
        access_token=app.token,
        api_base_url=app.node.origin,
        ratelimit_method="throw",
        version_check_mode="created",
    )


def _lists(steward: App, ada: App, bo_id: int) -> None:
    olga = client(steward)

    def names(**asked: Any) -> list[str]:
        return [one.username for one in olga.admin_accounts_v2(**asked)]

    assert names(origin="local") == ["cleo", "ada", "mo", "olga"]
    assert names() == ["bo", "cleo", "ada", "mo", "olga"]
    assert names(origin="remote", by_domain="b.example") == ["bo"]
    assert names(permissions="staff") == ["mo", "olga"]
    assert names(role_ids=["3"]) == ["olga"]
    assert names(username="AD") == names(display_name="ad") == names(email="ada@") == ["ada"]
    assert names(status="pending") == names(ip="192.0.2.1") == names(status="suspended") == []
    assert names(origin="local", limit=2) == ["cleo", "ada"]
    assert names(origin="local", max_id=ada.id) == ["mo", "olga"]
    assert [one["username"] for one in olga.admin_accounts_v1(staff_only=True)] == ["mo", "olga"]
    assert [one["username"] for one in olga.admin_accounts_v1(remote=True)] == ["bo"]
    one = olga.admin_account(ada.id)
    assert (one.email, one.domain, one.ip, one.role.name) == ("ada@mail.example", None, None, "")
    assert (one.confirmed, one.approved, one.suspended) == (True, True, False)
    assert one.account.acct == "ada"
    assert olga.admin_account(bo_id).domain == "b.example"
    mine = olga.account_verify_credentials().role
    assert mine.name == "Owner"
    assert int(mine.permissions) & 1 == 1
    assert int(mine.permissions) & (1 << 10) == 1 << 10


def _reports(mo: App, ada: App, cleo: App) -> None:
    mo_ = client(mo)
    about_mo, second, first = mo_.admin_reports()
    assert (first.account.username, first.target_account.username) == ("cleo", "ada")
    assert second.account.username == "olga"
    assert first.statuses[0].account.acct == "ada"
    assert about_mo.account.username != "cleo", "who reported them is for the others"
    with pytest.raises(MastodonAPIError, match="ask another steward"):
        mo_.admin_report_resolve(about_mo.id)
    with pytest.raises(MastodonAPIError, match="ask another steward"):  # nor by an act of no words
        mo_.admin_account_moderate(mo.id, "none", report_id=about_mo.id)
    assert not mo_.admin_report(about_mo.id).action_taken
    assert [one.id for one in mo_.admin_reports(account_id=cleo.id)] == [first.id]
    assert len(mo_.admin_reports(target_account_id=ada.id, limit=1)) == 1
    taken = mo_.admin_report_assign(first.id)
    assert taken.assigned_account.id == str(mo.id) or taken.assigned_account.id == mo.id
    assert mo_.admin_report_unassign(first.id).assigned_account is None
    settled = mo_.admin_report_resolve(first.id)
    assert settled.action_taken and settled.action_taken_by_account.username == "mo"
    assert [one.id for one in mo_.admin_reports(resolved=True)] == [first.id]
    assert not mo_.admin_report_reopen(first.id).action_taken
    with pytest.raises(MastodonNotFoundError):
        mo_.admin_report(7)


def _acts(steward: App, ada: App, olga: App) -> None:
    mo = client(steward)
    report = mo.admin_reports(target_account_id=ada.id)[0]
    mo.admin_account_moderate(ada.id, "silence")
    mo.admin_account_moderate(ada.id, "disable")
    assert mo.admin_accounts_v2(status="disabled")[0].disabled
    assert mo.admin_accounts_v2(status="silenced")[0].silenced
    mo.admin_account_moderate(ada.id, "suspend", report_id=report.id, text="Enough")
    assert mo.admin_report(report.id).action_taken
    assert mo.admin_account(ada.id).suspended
    for wrong in (
        lambda: mo.admin_account_moderate(ada.id, "sensitive"),
        lambda: mo.admin_account_moderate(ada.id),
        lambda: mo.admin_account_moderate(olga.id, "suspend"),
        lambda: mo.admin_account_approve(ada.id),
        lambda: mo.admin_account_delete(ada.id),
    ):
        with pytest.raises(MastodonAPIError):
            wrong()


def _takes_back(steward: App, ada: App, bo_id: int) -> None:
    olga = client(steward)
    assert not olga.admin_account_unsuspend(ada.id).suspended
    assert not olga.admin_account_enable(ada.id).disabled
    assert not olga.admin_account_unsilence(ada.id).silenced
    assert not olga.admin_account_unsensitive(ada.id).sensitized
    olga.admin_account_moderate(bo_id, "silence")
    olga.admin_account_moderate(bo_id, "suspend")
    assert olga.admin_account_unsuspend(bo_id).silenced
    with pytest.raises(MastodonAPIError):
        olga.admin_account_moderate(bo_id, "disable")
    with pytest.raises(MastodonNotFoundError):
        olga.admin_account(7)


async def who_may_not(node: RunningNode, olga: App, mo: App, cleo: App) -> None:
    """Another scope, no role, a role that ended, nobody; wrong words; the server itself."""
    await node.pool.execute(
        "UPDATE access_tokens SET scopes = scopes || '{admin:read,admin:write}' "
        "WHERE account_id = $1",
        cleo.account_id,
    )
    for path in ("/v1/admin/accounts", "/v2/admin/accounts", "/v1/admin/reports"):
        assert await cleo.status("GET", path) == 403
        assert await App(node).status("GET", path) == 401
    assert await olga.status("GET", "/v2/admin/accounts?origin=mars") == 400
    assert await olga.status("GET", "/v2/admin/accounts?status=happy") == 400
    server = await node.pool.fetchval("SELECT id FROM actors WHERE kind = 'Application'")
    assert await olga.status("GET", f"/v1/admin/accounts/{server}") == 404
    action = f"/v1/admin/accounts/{olga.id}/action"
    assert await olga.status("POST", action, json={"type": "silence"}) == 422
    await node.pool.execute("UPDATE accounts SET role = 'member' WHERE id = $1", mo.account_id)
    assert await mo.status("GET", "/v1/admin/reports") == 403
