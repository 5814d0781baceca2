"""Who answers for a community, versions that members accept, and what is kept how long."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fedinet.accounts import addresses, resets
from fedinet.backups.journal import MARGIN
from fedinet.charter.register import WHY
from fedinet.charter.retention import retention
from fedinet.charter.upkeep import look_once
from fedinet.db.query import Pool
from fedinet.desk.model import KEPT_DAYS as MATTERS_KEPT_DAYS
from fedinet.follows import cuts_store, frozen_store
from fedinet.http.upkeep import sweep_once
from fedinet.inbox import held_store
from fedinet.inbox.upkeep import RECEIVED_DAYS_KEPT
from fedinet.invitations.listed.sending import KEPT as LISTED_KEPT
from fedinet.invitations.listed.sending import KEPT_IN_LINE
from fedinet.joining.model import LONGEST_IN_LINE
from fedinet.lockdown import store as ended_sessions
from fedinet.mail.bounces import FORGOTTEN as BOUNCES_FORGOTTEN
from fedinet.moderation.acts_store import SAID_KEPT
from fedinet.moderation.visitors_store import NAMED_FOR
from fedinet.outbox.upkeep import ACTIVITIES_KEPT_FOR, LETTERS_KEPT_FOR
from fedinet.policy.floods.alerts_store import KEPT as ALARMS_KEPT
from fedinet.queue.dead_letters import FAILED_KEPT_FOR
from fedinet.security import mailed
from fedinet.security.upkeep import forget_once
from fedinet.settings import load
from fedinet.transfers.model import KEPT_FOR as IMPORTS_KEPT
from tests.integration.apps import App
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_invitation_pages import given_link

ROOT = Path(__file__).parents[2]
SETTINGS = load({"origin": "https://a.example"}, {})
_LAW = "/admin/law"
_ASK = "/admin/law/ask"
_MINE = "/settings/agreements"
_WHOLE = {
    "controller": "Bakers' <b>Guild</b>",
    "address": "Oven 1\n1000 Bread",
    "email": "house@bread.example",
    "host": "Rack of the guild, Belgium",
    "backups": "Cellar, Belgium",
    "authority": "Authority of bread",
}


async def test_stewards_say_who_answers_and_members_accept_what_changes(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "bo", role="moderator")
    await node.pool.execute(
        "INSERT INTO mail_server (host, port, security) VALUES ('post.example', 587, 'starttls')"
    )
    async with browser(node) as ada, browser(node) as bo, browser(node) as guest:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        assert 'href="/terms"' not in (await ada.open(_LAW)).html  # it would lead nowhere
        await _fills_in(node, ada, guest)
        for word in ("One", "Two"):  # the same day: one version
            await ada.fill("/admin/house", "/admin/house", {"text": word})
        assert (await guest.open("/versions/rules/2")).status == 404
        await _joins(node, ada, guest)
        await ada.fill("/admin/house", "/admin/house", {"text": "Three"})  # somebody accepted
        assert "Three" not in (await guest.open("/versions/rules/1")).text
        assert "Three" in (await guest.open("/versions/rules/2")).text
        await _asks(ada, bo, guest)
        assert (await bo.post(_LAW, {})).status == 403
        assert (await bo.open("/admin/law/register")).status == 403
        table = await ada.open("/admin/law/register.csv")
        assert "house@bread.example" not in table.html and "ip_days" in table.html
        assert table.html.count("post.example") == 3
        assert "Belgium" in (await ada.open("/admin/law/register.md")).html


async def _fills_in(node: RunningNode, ada: Browser, guest: Browser) -> None:
    await look_once(node.pool)
    assert "Your imprint is not filled in" in (await ada.open("/admin")).text
    assert "not filled in everything" in (await guest.open("/imprint")).text
    wrong = await ada.fill(_LAW, _LAW, {"controller": "x" * 301, "email": "a@\nb"})
    assert wrong.status == 422
    await ada.fill(_LAW, _LAW, {"controller": "Guild"})
    await look_once(node.pool)
    assert "Your imprint is not filled in" in (await ada.open("/admin")).text
    assert "Saved" in (await ada.fill(_LAW, _LAW, _WHOLE)).text
    assert "Your imprint is not filled in" not in (await ada.open("/admin")).text
    imprint = await guest.open("/imprint")
    assert "Bakers' <b>Guild</b>" in imprint.text and "not filled in" not in imprint.text
    privacy = await guest.open("/privacy", headers={"Accept-Language": "nl"})
    assert "30 dagen" in privacy.text and "Cellar, Belgium" in privacy.text
    assert "post.example" in privacy.text
    kept = await guest.open("/versions/privacy/1", headers={"Accept-Language": "nl"})
    assert "30 dagen" in kept.text
    app = await App(node).get("/v1/instance/privacy_policy")
    assert "Cellar, Belgium" in app["content"] and "not sealed" in app["content"]


async def _joins(node: RunningNode, ada: Browser, guest: Browser) -> None:
    fields = {"your_name": "Cleo", "username": "cleo", "password": "a short sentence"}
    await guest.fill(await given_link(ada), "/join", fields)
    rows = await node.pool.fetch("SELECT kind, number FROM house_acceptances")
    assert [tuple(row) for row in rows] == [("rules", 1)]


async def _asks(ada: Browser, bo: Browser, cleo: Browser) -> None:
    assert "has changed" not in (await cleo.open("/")).text
    await ada.fill(_LAW, _ASK, {})
    for one in (bo, cleo):
        assert "has changed" in (await one.open("/")).text
        for wrong in ({"paper": "privacy"}, {"number": "99999999"}, {"number": "x"}):
            assert (await one.fill(_MINE, _MINE, wrong)).status == 404
        page = await one.fill(_MINE, _MINE, {})
        assert "has changed" not in page.text and "version 2" in page.text
    assert (await ada.fill(_MINE, _MINE, {"number": "3"})).status == 200  # no such version
    assert "has changed" in (await ada.open("/")).text


async def test_every_network_that_is_stored_is_named_and_forgotten(pool: Pool) -> None:
    columns = await pool.fetch(
        """
        SELECT c.table_name, c.column_name
          FROM information_schema.columns c
         WHERE c.table_schema = current_schema()
           AND (c.data_type IN ('inet', 'cidr')
                OR c.column_name ~ '(^|_)(ip|ips|networks?|client|bucket)(_|$)')
           AND c.data_type <> 'timestamp with time zone'
           AND c.column_name <> 'client_id'
        """
    )
    found = {(row["table_name"], row["column_name"]) for row in columns}
    assert found == {
        ("attempts", "bucket"),
        ("sessions", "network"),
        ("security_notices", "network"),
        ("ended_sessions", "network"),
    }


async def test_whatever_says_something_of_people_is_kept_for_a_time_that_is_told(
    pool: Pool,
) -> None:
    """Each table: a line of the register, or rows that go with the member, or a reason."""
    tables = {row["name"] for row in await pool.fetch(_TABLES)} - {"inbound_log_default"}
    told = {name for one in retention(SETTINGS) for name in one.tables}
    with_member = set(WITH_THE_MEMBER.split())
    reasoned = [name for names in ABOUT_NOBODY.values() for name in names.split()]
    assert len(reasoned) == len(set(reasoned))
    assert not told & with_member and not (told | with_member) & set(reasoned)
    assert tables == told | with_member | set(reasoned), (
        "a new table: if it says something of people, its line belongs into charter/retention.py;"
        " if its rows go with the member, or it is about nobody, name it here"
    )
    go = {row["name"] for row in await pool.fetch(_GO_WITH_AN_ACTOR)}
    assert with_member <= go, "these stay when a member leaves"


def test_what_is_told_is_what_is_done() -> None:
    told = {one.key: one.days for one in retention(SETTINGS) if not one.setting}
    done = {
        "ended_sessions": ended_sessions.KEPT,
        "links": max(addresses.LIVES, resets.LIVES, mailed.LIVES),
        "held": timedelta(days=held_store.KEPT_DAYS),
        "received": timedelta(days=RECEIVED_DAYS_KEPT),
        "work": FAILED_KEPT_FOR,
        "sent": max(LETTERS_KEPT_FOR, ACTIVITIES_KEPT_FOR),
        "cuts": timedelta(days=max(cuts_store.KEPT_DAYS, frozen_store.KEPT_DAYS)),
        "alarms": ALARMS_KEPT,
        "matters": timedelta(days=MATTERS_KEPT_DAYS),
        "removed": SAID_KEPT,
    }
    assert {key: told[key] for key in done} == {key: kept.days for key, kept in done.items()}
    words = {one.key: one.until for one in retention(SETTINGS) if one.days is None}
    assert f"{LISTED_KEPT.days} days" in words["listed"]
    assert f"{NAMED_FOR.days} days" in words["visitors"]
    assert f"{IMPORTS_KEPT.days} days" in words["imports"]
    assert KEPT_IN_LINE.days == 365 and "a year" in words["listed"]
    assert f"{BOUNCES_FORGOTTEN.days} days" in words["stops"]
    assert LONGEST_IN_LINE.days == 365 and "a year" in words["join_requests"]
    assert timedelta(days=32) > MARGIN and "two months" in words["erasures"]


async def test_what_the_table_names_is_there_and_on_every_list(pool: Pool) -> None:
    """In the schema, in docs/law.md, in the register and among the settings."""
    kept = retention(SETTINGS)
    assert {one.key for one in kept} == set(WHY)
    tables = {row["name"] for row in await pool.fetch(_TABLES)}
    document = (ROOT / "docs" / "law.md").read_text()
    for one in kept:
        for word in (*one.tables, one.setting):
            assert f"`{word}`" in document or not word or one.key == "account", word
        assert set(one.tables) <= tables
        if one.setting:
            days = getattr(SETTINGS, one.setting)
            assert f"| {days} days | `{one.setting}` |" in document
        elif one.days is not None:
            assert f"| {one.days} day" in document, one.key


async def test_networks_of_sign_ins_go_and_the_sign_ins_stay(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await node.pool.execute(
        "INSERT INTO security_notices (account_id, kind, network, created_at)"
        " SELECT id, 'new_sign_in', '203.0.113.0/24', now() FROM accounts"
    )
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for days, is_left in ((29, True), (31, False)):
            now = datetime.now(UTC) + timedelta(days=days)
            await node.pool.execute("UPDATE sessions SET expires_at = $1", now + timedelta(days=9))
            await sweep_once(node.pool, now, ip_days=30)
            await forget_once(node.pool, now, ip_days=30)
            for table in ("sessions", "security_notices"):
                rows = await node.pool.fetch(f"SELECT network FROM {table}")  # noqa: S608
                assert rows, table
                assert {bool(row["network"]) for row in rows} == {is_left}, table


WITH_THE_MEMBER = """
    access_tokens account_notes announcement_reactions announcement_reads audience_members blocks
    bookmarks boosts collection_items conversations departures domain_blocks early_undos
    emoji_reactions endorsements featured_looks featured_tags filter_keywords filter_posts filters
    followed_tags follower_checks follower_digests follows forwarded home idempotency_keys
    kept_drafts likes list_members lists markers moves muted_threads mutes notification_permissions
    notification_policies notification_requests notifications passkeys pins poll_votes polls
    post_cards post_mentions post_revisions post_tags post_words quotes recovery_codes
    scheduled_posts stored_posts suggestions_dismissed thread_visits totp
"""

ABOUT_NOBODY = {
    "is about the community, and who stands in it put themselves there": """
        announcements house_contact house_emojis house_imprint house_rules house_texts
        house_versions joining_ways mail_proof mail_server node policy policy_domains
        policy_lists policy_lists_together policy_list_entries push_key reason_texts setup_links
    """,
    "is about servers, pages and programs": """
        allies ally_entrances cards custom_emojis host_counts inbound_refusals oauth_apps
        outbound_hosts
        policy_servers schema_migrations
    """,
    "says what is to be done, or was, by numbers, hashes and names of files": """
        changes clock_reading daily_counts delivery_counts doomed_files inbound_seen
        troubles
    """,
    "holds what came in until it is done with, which takes moments": "inbound_queue",
}

_GO_WITH_AN_ACTOR = """
    WITH RECURSIVE go AS (
        SELECT 'actors'::regclass::oid AS id
         UNION
        SELECT k.conrelid
          FROM go JOIN pg_constraint k ON k.confrelid = go.id AND k.contype = 'f'
         WHERE k.confdeltype = 'c')
    SELECT relname::text AS name FROM go JOIN pg_class c ON c.oid = go.id
"""

_TABLES = (
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
)
