"""Answers kept in memory: given again while they hold, and never a moment longer.

That each one equals what reading anew says is judged in every test (``tests.contract.ready``).
"""

from collections.abc import Awaitable, Callable

import asyncpg

from fedinet.db.changes import forget_changes, still_holds, take_snapshot
from fedinet.db.query import Conn
from fedinet.http.ready import READY
from tests.contract.ready import CheckedAnswers
from tests.integration.apps import App, given_app
from tests.integration.conftest import StartNode

HOME = "/v1/timelines/home"
HOLDS = "SELECT " + still_holds("$1", "$2")
Act = Callable[["Story"], Awaitable[object]]


class Story:
    """ada reads her home; bob is somebody she follows. ``of``: posts by what they are."""

    def __init__(self, ada: App, bob: App) -> None:
        self.ada, self.bob = ada, bob
        self.of: dict[str, str] = {}
        self.made: dict[str, str] = {}

    async def run(self, sql: str, *args: object) -> None:
        await self.ada.node.pool.execute(sql, *args)

    async def begin(self) -> None:
        node = self.ada.node
        await self.ada.post(f"/v1/accounts/{self.bob.id}/follow")
        await node.drain()
        self.of["own"] = (await self.ada.publish("Mine", quote_approval_policy="public"))["id"]
        self.of["bread"] = (await self.bob.publish("Bread is ready"))["id"]
        self.of["poll"] = (
            await self.bob.publish("Which?", poll={"options": ["a", "b"], "expires_in": 3600})
        )["id"]
        self.of["quote"] = (await self.bob.publish("As she says", quoted_status_id=self.of["own"]))[
            "id"
        ]
        self.of["circle"] = (await self.bob.publish("@ada only you", visibility="direct"))["id"]
        self.of["followers"] = (await self.bob.publish("For those", visibility="private"))["id"]
        await node.drain()

    def __getitem__(self, name: str) -> str:
        return self.of[name]


def on(name: str, act: str) -> Act:
    return lambda story: story.ada.post(f"/v1/statuses/{story[name]}/{act}")


async def _filter(story: Story) -> None:
    body = {"title": "No bread", "context": ["home"], "keywords_attributes": [{"keyword": "bread"}]}
    story.made["filter"] = (await story.ada.post("/v2/filters", json=body))["id"]


async def _list(story: Story) -> None:
    made = await story.ada.post("/v1/lists", json={"title": "Bakers", "exclusive": True})
    story.made["list"] = made["id"]
    path = f"/v1/lists/{made['id']}/accounts"
    await story.ada.post(path, json={"account_ids": [str(story.bob.id)]})


async def _edit(story: Story) -> None:
    await story.bob.call(
        "PUT", f"/api/v1/statuses/{story['bread']}", json={"status": "Bread is burnt"}
    )


async def _delete(app: App, path: str) -> None:
    assert await app.status("DELETE", path) == 200


async def _rename(story: Story) -> None:
    await story.bob.call(
        "PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Bob the baker"}
    )


async def _card(story: Story) -> None:
    await story.run(
        """WITH made AS (INSERT INTO cards (hash, url, said, version)
                VALUES ('\\x01', 'https://x.example/', $2, 1) RETURNING id)
           INSERT INTO post_cards (post_id, card_id) SELECT $1, id FROM made""",
        int(story["bread"]),
        '{"title": "A page", "url": "https://x.example/"}',
    )


CHANGES: dict[str, Act] = {
    "a new post": lambda s: s.bob.publish("Another"),
    "an answer": lambda s: s.bob.publish("And more", in_reply_to_id=s["own"]),
    "liked": on("bread", "favourite"),
    "unliked": on("bread", "unfavourite"),
    "boosted": on("bread", "reblog"),
    "saved": on("bread", "bookmark"),
    "pinned": on("own", "pin"),
    "its conversation muted": on("bread", "mute"),
    "liked by its reader's friend": lambda s: s.bob.post(f"/v1/statuses/{s['own']}/favourite"),
    "voted": lambda s: s.ada.post(f"/v1/polls/{s['poll']}/votes", json={"choices": [0]}),
    "edited": _edit,
    "renamed": _rename,
    "a quote taken back": lambda s: s.ada.post(
        f"/v1/statuses/{s['own']}/quotes/{s['quote']}/revoke"
    ),
    "filtered": _filter,
    "another keyword": lambda s: s.ada.post(
        f"/v2/filters/{s.made['filter']}/keywords", json={"keyword": "which"}
    ),
    "a filter gone": lambda s: _delete(s.ada, f"/v2/filters/{s.made['filter']}"),
    "a list of its own": _list,
    "that list gone": lambda s: _delete(s.ada, f"/v1/lists/{s.made['list']}"),
    "a card": _card,
    "what it links to changed": lambda s: s.run(
        "UPDATE cards SET said = jsonb_set(said, '{title}', '\"New\"'), version = 2"
    ),
    "nobody in the circle": lambda s: s.run(
        "UPDATE audience_members SET until = now() WHERE audience_id = $1", int(s["circle"])
    ),
    "limited by its author's stewards": lambda s: s.run(
        "UPDATE actors SET suspended_at = now() WHERE id = $1", s.bob.id
    ),
    "and back": lambda s: s.run("UPDATE actors SET suspended_at = NULL WHERE id = $1", s.bob.id),
    "deleted": lambda s: _delete(s.bob, f"/v1/statuses/{s['bread']}"),
    "muted": lambda s: s.ada.post(f"/v1/accounts/{s.bob.id}/mute"),
    "unmuted": lambda s: s.ada.post(f"/v1/accounts/{s.bob.id}/unmute"),
    "blocked by the author": lambda s: s.bob.post(f"/v1/accounts/{s.ada.id}/block"),
}
"""Each changes what ada's home says, one after the other."""


async def test_every_change_is_seen_at_once(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    story = Story(ada, bob)
    await story.begin()
    kept = node.app[READY]
    assert isinstance(kept, CheckedAnswers)
    for name, act in CHANGES.items():
        before, given = await ada.get(HOME), kept.given
        assert await ada.get(HOME) == before
        assert kept.given == given + 1, f"before '{name}', home was not kept"
        await act(story)
        at_once = await ada.get(HOME)
        await node.drain()
        assert (at_once, await ada.get(HOME)) != (before, before), f"'{name}' changed nothing"


async def test_a_home_without_words_of_its_reader_is_kept_no_longer(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    await ada.post(f"/v1/accounts/{bob.id}/follow")
    await node.drain()
    for number in range(3):
        assert len(await ada.get(HOME)) == number
        await bob.publish(f"Bread {number}")
        await node.drain()


async def test_kept_for_one_token_and_gone_with_it(start_node: StartNode) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada"), await given_app(node, "bob")
    await ada.publish("Mine", visibility="direct")
    for _ in range(2):
        assert len(await ada.get(HOME)) == 1
        assert await bob.get(HOME) == []
    await node.pool.execute("UPDATE access_tokens SET revoked_at = now()")
    assert await ada.status("GET", HOME) == 401


async def test_what_was_under_way_when_it_was_read_counts_as_later(database_url: str) -> None:
    one, two = [await asyncpg.connect(database_url) for _ in range(2)]
    try:
        writing = one.transaction()
        await writing.start()
        await one.execute("INSERT INTO changes (about) VALUES (7)")
        before = await take_snapshot(two)
        assert await two.fetchval(HOLDS, before, [7])
        await writing.commit()

        assert not await two.fetchval(HOLDS, before, [7])
        assert await two.fetchval(HOLDS, before, [8])
        await forget_changes(two, before)
        assert not await two.fetchval(HOLDS, before, [7])
        after = await take_snapshot(two)
        assert await two.fetchval(HOLDS, after, [7])
        await forget_changes(two, after)
        assert await two.fetchval("SELECT count(*) FROM changes") == 0

        await two.execute("INSERT INTO changes (about) SELECT n FROM generate_series(8, 1100) n")
        assert not await two.fetchval(HOLDS, after, [7]), "too many to look at"
    finally:
        await one.close()
        await two.close()


UNWATCHED: dict[str, str] = {
    "is no part of what readers are shown of posts": """
        access_tokens
        account_acts
        account_links
        account_notes
        activities
        actor_keys
        ally_entrances
        ally_people
        announcement_reactions
        announcement_reads
        announcements
        appeal_answers
        appeals
        attempts
        backup_passphrase
        backup_runs
        changes
        clock_reading
        collection_items
        conversations
        daily_counts
        delivery_counts
        dead_letters
        deliveries
        departures
        doomed_files
        early_undos
        emoji_reactions
        endorsements
        featured_looks
        featured_tags
        follow_cut_people
        follow_cuts
        followed_tags
        follower_checks
        follower_digests
        ended_sessions
        erasures
        forwarded
        frozen_follows
        handle_lookups
        greeters
        host_counts
        house_acceptances
        house_contact
        house_imprint
        house_rules
        reason_texts
        removed_words
        reported_words
        second_looks
        house_texts
        house_versions
        visitor_reports
        idempotency_keys
        inbound_held
        inbound_log
        inbound_queue
        inbound_refusals
        inbound_seen
        inbox_items
        import_rows
        import_turns
        imports
        invitations
        invited_people
        jobs
        join_readings
        join_requests
        joining_ways
        kept_drafts
        known_browsers
        mail_proof
        mail_server
        letter_plans
        letters_told
        mail_stops
        mail_strikes
        mailed_sign_ins
        mails
        markers
        matters
        moves
        names
        notification_permissions
        notification_policies
        notification_requests
        notifications
        oauth_apps
        oauth_codes
        outbound_hosts
        owner_links
        outgoing
        passkey_challenges
        passkeys
        pending_sign_ins
        policy
        policy_alerts
        policy_audit
        policy_domains
        policy_list_entries
        policy_lists
        policy_lists_together
        policy_notes
        policy_rates
        policy_rules
        policy_servers
        policy_sightings
        post_revisions
        post_words
        push_key
        push_subscriptions
        recovery_codes
        report_notes
        report_posts
        reports
        rhythms
        scheduled_posts
        schema_migrations
        security_notices
        sessions
        setup_links
        signals
        stored_posts
        suggestions_dismissed
        thread_visits
        tombstones
        totp
        troubles
        welcomes""",
    "is written with the row of its post, or changes together with it": "post_mentions post_tags",
    "is named in the row of a post or actor by its address, which changes with it": """
        media remote_media custom_emojis house_emojis""",
}
"""Tables whose changes no kept answer depends on, by the reason."""


async def test_every_table_is_watched_or_has_a_reason(tx: Conn) -> None:
    tables = {
        row["name"]
        for row in await tx.fetch(
            """SELECT c.relname AS name FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                  AND NOT c.relispartition"""
        )
    }
    watched = {
        row["name"]
        for row in await tx.fetch(
            """SELECT tgrelid::regclass::text AS name FROM pg_trigger
                WHERE tgname LIKE '%_note_gone'"""
        )
    }
    reasoned = {name for names in UNWATCHED.values() for name in names.split()}
    assert watched & reasoned == set()
    assert tables - watched - reasoned == set(), (
        "a new table: if what readers see of posts depends on it, let it note its changes"
        " (schemas/sql/0058_changes.sql); else name it in UNWATCHED"
    )
    assert reasoned <= tables
