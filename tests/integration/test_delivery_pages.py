"""What stewards see of messages that do not arrive, and the buttons that send them again."""

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.health.upkeep import note_machine
from fedinet.net.clocks import PeerClocks
from fedinet.policy.commands import Steward, change_rules
from fedinet.policy.document import RuleDocument
from fedinet.signing.dates import http_date
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.outbox.peers import answering, given_follower, peer_server

PAGE = "/admin/deliveries"


async def test_what_was_given_up_and_what_waits_is_sent_on_a_stewards_word(
    start_node: StartNode,
) -> None:
    here, there = await start_node(), await start_node()
    await given_account(here, "ada", role="moderator")
    await given_account(there, "bo")
    async with browser(here) as ada, browser(there) as bo:
        await ada.sign_in("ada")
        await bo.sign_in("bo")
        page = await ada.open(PAGE)
        assert "Nothing waits to be sent" in page.text and "Nothing was given up" in page.text
        assert (await bo.open(PAGE)).status == 403

        await ada.open("/search", params={"q": f"@bo@{there.domain}"})
        await rule(there, here, refused=True)
        await ada.fill(
            "/write", "/write", {"text": f"@bo@{there.domain} A word", "audience": "mentioned"}
        )
        await here.drain()
        page = await ada.open(PAGE)
        assert "Given up" in page.text and "That server refused it." in page.text
        assert there.domain in page.text and "one message" in page.text
        form = page.form(PAGE).fields
        await rule(there, here, refused=False)
        for unknown in (
            {"do": "retry", "host": "elsewhere.example"},
            {"do": "now", "host": there.domain},
        ):
            assert (await ada.post(PAGE, {**form, **unknown})).status == 200
        for broken in (
            {"do": "dance"},
            {"do": "retry", "host": "no server/"},
            {"do": "now", "host": ""},
        ):
            assert (await ada.post(PAGE, {**form, **broken})).status == 404
        assert "A word" not in (await bo.open("/notifications")).text
        page = await ada.post(PAGE, {**form, "do": "retry"})
        assert "Nothing was given up" in page.text and "is being tried again" in page.text
        await here.drain()
        assert "A word" in (await bo.open("/notifications")).text

        await ada.fill(
            "/write", "/write", {"text": f"@bo@{there.domain} One more", "audience": "mentioned"}
        )
        await here.pool.execute(FAILING, there.domain)
        await here.drain()
        page = await ada.open(PAGE)
        assert "one message waits" in page.text and "It is busy, or being looked" in page.text
        assert "Word for word" in page.text and "503 so <b>busy</b>" in page.text
        page = await ada.post(PAGE, {**page.form(PAGE).fields, "do": "now"})
        assert "being tried" in page.text
        await here.drain()
        assert "Every server takes what we send." in (await ada.open(PAGE)).text
        await here.pool.execute(
            "INSERT INTO allies (domain, origin, our_until, checked_at, trouble) VALUES"
            " ('mute.example', 'https://mute.example', now() + '1 day', now(), 'unreachable')"
        )
        one = "The server of our ally mute.example did not answer the last time."
        several = "Allies whose server did not answer the last time: 1"
        for path, said in ((PAGE, several), ("/admin", one), ("/admin/health", one)):
            page = await ada.open(path)
            assert said in page.text, path
            assert ("It last answered:" in page.text) == (said == one), path
            assert "Every server takes what we send." not in page.text
        assert (await ada.open("/admin/policy/servers/mute.example")).status == 200
        assert "One more" in (await bo.open("/notifications")).text


async def test_servers_that_take_nothing_tell_since_when_and_what_time_it_is(
    start_node: StartNode,
) -> None:
    node = await start_node()
    ada_id = (await given_account(node, "ada", role="owner"))[1]
    async with browser(node) as ada, AsyncExitStack() as stack:
        await ada.sign_in("ada")
        peers = [await stack.enter_async_context(peer_server()) for _ in range(3)]
        async with transaction(node.pool) as tx:
            me = await get_actor(tx, ada_id)
            for peer in peers:
                peer.answer = answering(500, Date=http_date(datetime.now(UTC) - TEN_MINUTES))
                await given_follower(tx, me, peer.origin)
        await ada.fill("/write", "/write", {"text": "A word", "audience": "everyone"})
        await node.drain()
        page = await ada.open(PAGE)
        assert page.text.count("Something is broken there.") == 3 and "500 because" in page.text
        since = (datetime.now(UTC) - timedelta(hours=2)).replace(microsecond=0)
        await node.pool.execute("UPDATE outbound_hosts SET failing_since = $1", since)
        host = {"do": "now", "host": peers[0].domain}
        page = await ada.post(PAGE, {**page.form(PAGE).fields, **host})
        assert "being tried" in page.text
        await node.drain()
        assert len(peers[0].received) == 2 and len(peers[1].received) == 1
        page = await ada.open(PAGE)
        assert page.html.count(f'since <time datetime="{since:%Y-%m-%dT%H:%M:%SZ}"') == 3
        await node.pool.execute(
            "UPDATE outbound_hosts SET dead_at = now() WHERE host = $1", peers[2].domain
        )
        page = await ada.open(PAGE)
        assert "One that took nothing for a week" in page.text
        assert "that take nothing at the moment: 2" in (await ada.open("/admin")).text
        page = await ada.open(f"/admin/policy/servers/{peers[0].domain}")
        assert "What went out to there, by day" in page.text and "To be tried again" in page.text
        assert "Something is broken there." in page.text

        assert "The server’s clock" not in (await ada.open("/admin/health")).text
        settings, clocks = node.services.settings, node.services.fetcher.clocks
        await note_machine(node.pool, settings, clocks)
        await node.pool.execute("UPDATE troubles SET since = $1", since)
        full = replace(settings, min_free_bytes=1 << 60)
        await note_machine(node.pool, full, clocks)
        for path in ("/admin", "/admin/health"):
            page = await ada.open(path)
            assert "The server’s clock is 10 min fast, as other servers tell" in page.text, path
            assert page.html.count(f'Since <time datetime="{since:%Y-%m-%dT%H:%MZ}"') == 1, path
        now = {row["what"]: row["since"] for row in await node.pool.fetch(TROUBLES)}
        assert now.pop("clock") == since and set(now) == {"disk_full", "disk_fills"}
        await note_machine(node.pool, settings, PeerClocks())
        assert [row["what"] for row in await node.pool.fetch(TROUBLES)] == ["clock"], "who knows"


TROUBLES = "SELECT what, since FROM troubles"


TEN_MINUTES = timedelta(minutes=10)


FAILING = """
    INSERT INTO outbound_hosts (host, failures, failing_since, due_at, last_error)
    VALUES ($1, 3, now() - interval '2 hours', now() + interval '1 hour', '503 so <b>busy</b>')
        ON CONFLICT (host) DO UPDATE
       SET failures = 3, failing_since = EXCLUDED.failing_since, due_at = EXCLUDED.due_at,
           last_error = EXCLUDED.last_error
"""


async def rule(node: RunningNode, other: RunningNode, *, refused: bool) -> None:
    document = RuleDocument(key="rule", verdict="reject", domains=[other.domain])
    async with transaction(node.pool) as tx:
        by = Steward(name="@bo", now=datetime.now(UTC))
        put, gone = ([document], ()) if refused else ((), {document.key})
        await change_rules(tx, put, gone, ours=[], by=by)
    node.services.policy.current.forget("")
