"""What a community says of itself, how an app signs in, and what stewards do."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonNotFoundError,
    authentication,
)
from mastodon.errors import MastodonIllegalArgumentError, MastodonVersionError

from fedinet.announcements import commands as announcements
from fedinet.announcements.model import Wish
from fedinet.charter import commands as charter
from fedinet.charter.model import Kind, RuleWords
from fedinet.db.pool import transaction
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.policy.commands import Steward
from fedinet.policy.publishing import ShownTo, show_to
from tests.integration.browser import browser
from tests.integration.mastodon_py.stage import SCOPES, Stage, given_client
from tests.integration.nodes import RunningNode
from tests.integration.test_oauth import copied_code


def _the_house(stage: Stage) -> None:
    ada, visitor = stage.ada, stage.visitor
    stage.wait(write_down(stage.node))
    assert visitor.instance().title == visitor.instance_v1().title == "Test community"
    assert visitor.instance_v2().rules[0].text == "Be kind"
    assert visitor.instance_rules()[0].hint == "To all"
    assert "bread" in visitor.instance_extended_description().content
    assert visitor.instance_terms_of_service().effective_date.date() == _today()
    assert visitor.instance_health()
    assert visitor.instance_nodeinfo().software.name == "fedinet"
    assert visitor.instance_languages()[0].code
    assert visitor.instance_translation_languages() == {}
    visitor.instance_activity()
    visitor.instance_peers()
    assert [one.shortcode for one in visitor.custom_emojis()] == ["loaf"]
    assert ada.retrieve_mastodon_version().startswith("4.")
    assert ada.get_supported_version().startswith("4.")
    assert ada.verify_minimum_version("4.0.0")
    assert abs(ada.get_approx_server_time().timestamp() - time.time()) < 60
    ada.set_language("en")
    ada.clear_caches()
    with pytest.raises(MastodonVersionError):
        ada.reports()


def _today() -> date:
    return datetime.now(UTC).date()


async def write_down(node: RunningNode) -> None:
    """What the owner has written: rules, texts, an announcement, an emoji."""
    mo = await node.pool.fetchrow("SELECT id, actor_id FROM accounts WHERE role = 'owner'")
    assert mo is not None
    async with transaction(node.pool) as tx:
        await charter.add_rule(tx, RuleWords("Be kind", "To all"), {"nl": RuleWords("Wees lief")})
        for kind in (Kind.DESCRIPTION, Kind.TERMS):
            await charter.write_text(
                tx,
                kind,
                "All about bread",
                effective_on=_today(),
                today=_today(),
                by=AccountId(mo["id"]),
            )
        by = Steward(name="@mo", now=datetime.now(UTC), reason="")
        await show_to(tx, ShownTo.EVERYBODY, by=by)
        wish = Wish("**Bread** at six #Bread")
        await announcements.write(tx, node.services.uris, ActorId(mo["actor_id"]), wish)
        await tx.execute(
            """WITH one AS (INSERT INTO custom_emojis (origin, shortcode, url, updated_at)
                             VALUES ($1, 'loaf', $2, now()) RETURNING id)
               INSERT INTO house_emojis (emoji_id, file, media_type)
               SELECT id, $2, 'image/gif' FROM one""",
            node.origin,
            f"{node.origin}/loaf.png",
        )


def _announced(stage: Stage) -> None:
    ada = stage.ada
    [one] = ada.announcements()
    assert not one.read
    ada.announcement_reaction_create(one.id, "🍞")
    assert ada.announcements()[0].reactions[0].me
    ada.announcement_reaction_delete(one.id, "🍞")
    assert ada.announcements()[0].reactions == []
    ada.announcement_dismiss(one.id)
    assert ada.announcements()[0].read


def _signed_in(stage: Stage) -> None:
    """By the browser, with a code to copy."""
    scopes = SCOPES.split()
    made = stage.visitor.create_app("Hark", api_base_url=stage.node.origin, scopes=scopes)
    hark = stage.client(client_id=made[0], client_secret=made[1])
    assert hark.oauth_authorization_server_info().issuer
    asked = hark.auth_request_url(scopes=scopes, allow_http=True)
    code = stage.wait(_agreed(stage, asked))
    hark.log_in(code=code, scopes=scopes, allow_http=True)
    with patch.object(authentication.Mastodon, "_Mastodon__oauth_url_check"):  # which wants https
        assert hark.oauth_userinfo().preferred_username == "ada"
    assert hark.app_verify_credentials().name == "Hark"
    written = Path(stage.kept["folder"]) / "hark"
    written.write_text(hark.persistable_login_credentials())
    again = Mastodon(access_token=str(written), version_check_mode="none")
    assert again.me().acct == "ada"
    stage.kept["hark"] = hark
    with pytest.raises(MastodonAPIError):  # who gave no address has none to confirm
        stage.ada.email_resend_confirmation()
    newcomer = stage.client(client_id=made[0], client_secret=made[1])
    with pytest.raises(MastodonIllegalArgumentError, match="by invitation"):
        newcomer.create_account("dora", "a long sentence", "d@b.example", scopes=["read"])


async def _agreed(stage: Stage, url: str) -> str:
    async with browser(stage.node) as me:
        await me.sign_in("ada")
        return await copied_code(me, url.removeprefix(stage.node.origin))


def _members(stage: Stage) -> None:
    """A steward looks after people."""
    mo, hugo = stage.mo, stage.wait(given_client(stage, "hugo"))
    hugo_id = hugo.me().id
    assert mo.admin_account(hugo_id).username == "hugo"
    assert "hugo" in [one["username"] for one in mo.admin_accounts()]
    assert "hugo" in [one.username for one in mo.admin_accounts_v2(origin="local")]
    assert "hugo" in [one["username"] for one in mo.admin_accounts_v1()]
    mo.admin_account_moderate(hugo_id, "silence")
    mo.admin_account_moderate(hugo_id, "disable")
    assert not mo.admin_account_enable(hugo_id).disabled
    assert not mo.admin_account_unsilence(hugo_id).silenced
    mo.admin_account_moderate(hugo_id, "suspend")
    assert not mo.admin_account_unsuspend(hugo_id).suspended
    assert not mo.admin_account_unsensitive(hugo_id).sensitized
    for refused in (mo.admin_account_approve, mo.admin_account_reject, mo.admin_account_delete):
        with pytest.raises(MastodonAPIError):
            refused(hugo_id)
    [report] = mo.admin_reports()
    assert mo.admin_report(report.id).target_account.username == "bob"
    assert mo.admin_report_assign(report.id).assigned_account.username == "mo"
    assert mo.admin_report_unassign(report.id).assigned_account is None
    assert mo.admin_report_resolve(report.id).action_taken
    assert not mo.admin_report_reopen(report.id).action_taken


def _rules(stage: Stage) -> None:
    """A steward looks after servers and addresses."""
    mo = stage.mo
    made = mo.admin_create_domain_block("bad.example", severity="suspend", public_comment="Spam")
    assert mo.admin_update_domain_block(made.id, severity="silence").severity == "silence"
    assert [one.domain for one in mo.admin_domain_blocks()] == ["bad.example"]
    assert mo.admin_domain_blocks(made.id).severity == "silence"
    assert [one.domain for one in stage.visitor.instance_domain_blocks()] == ["bad.example"]
    mo.admin_delete_domain_block(made.id)
    allow = mo.admin_create_domain_allow("kind.example")
    assert mo.admin_domain_allow(allow.id).domain == mo.admin_domain_allows()[0].domain
    mo.admin_delete_domain_allow(allow.id)
    trash = mo.admin_create_email_domain_block("trash.example")
    assert mo.admin_email_domain_block(trash.id).domain == "trash.example"
    assert [one.id for one in mo.admin_email_domain_blocks()] == [trash.id]
    mo.admin_delete_email_domain_block(trash.id)
    _not_kept(stage)


def _not_kept(stage: Stage) -> None:
    """Lists that are kept empty: nothing is found in them, nothing goes in."""
    mo, now = stage.mo, datetime.now(UTC)
    assert mo.admin_ip_blocks() == mo.admin_canonical_email_blocks() == []
    assert mo.admin_test_canonical_email_block("a@b.example") == []
    for absent in (
        mo.admin_ip_block,
        mo.admin_delete_ip_block,
        mo.admin_canonical_email_block,
        mo.admin_delete_canonical_email_block,
        lambda number: mo.admin_update_ip_block(number, comment="No"),
    ):
        with pytest.raises(MastodonNotFoundError):
            absent(7)
    for refused in (
        lambda: mo.admin_create_ip_block("192.0.2.0/24", "no_access"),
        lambda: mo.admin_create_canonical_email_block("a@b.example"),
    ):
        with pytest.raises(MastodonAPIError):
            refused()
    day = timedelta(days=1)
    measured: Any = mo.admin_measures(now - day, now + day, new_users=True, interactions=True)
    assert [one.key for one in measured] == ["new_users"]
    assert mo.admin_dimensions(now, now, languages=True) == mo.admin_retention(now, now) == []
    assert mo.admin_trending_tags() == mo.admin_trending_links() == []
    assert mo.admin_trending_statuses() == []


SCENES = (_the_house, _announced, _signed_in)
STEWARDS = (_members, _rules)
