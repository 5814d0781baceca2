"""What stewards see of one server, on its page and in a terminal's facts."""

from datetime import UTC, datetime
from urllib.parse import quote

from fedinet.db.pool import transaction
from fedinet.kernel.ids import Domain
from fedinet.policy.servers.page_store import traffic_of
from tests.integration.conftest import StartNode
from tests.integration.foreign_server import foreign_server
from tests.integration.inbox_peer import deliver, like, peer_actor
from tests.integration.test_policy_enforced import put
from tests.integration.test_policy_pages import steward

SERVERS = "/admin/policy/servers"


async def test_a_server_has_a_page_with_notes(start_node: StartNode) -> None:
    node = await start_node()
    async with steward(node, "moderator") as ada, foreign_server() as peer:
        page = f"{SERVERS}/{peer.domain}"
        await put(node, domains=[peer.domain], effects=["unlist"], key="a quiet one")
        await deliver(node, bob := peer_actor(peer, "bob"), like(bob))
        await node.drain()
        await node.pool.execute(
            "UPDATE policy_servers SET software = 'zap', version = '1.2', accounts = 4"
        )
        assert peer.domain in (await ada.open(SERVERS)).text
        seen = await ada.open(page)
        assert "It runs zap 1.2." in seen.text and "It has 4 accounts." in seen.text
        assert "a quiet one" in seen.text and "Nobody here has met this server." in seen.text
        assert "What came in from there, by day" in seen.text and 'd="M' in seen.html
        async with transaction(node.pool) as tx:
            assert sum((await traffic_of(tx, Domain(peer.domain), scheme="http")).came_in.values())

        token = seen.form(f"{SERVERS}/{quote(peer.domain)}").fields
        assert (await ada.post(page, {**token, "do": "note", "text": ""})).status == 422
        noted = await ada.post(page, {**token, "do": "note", "text": "<b>Ask Bo</b>"})
        assert "<b>Ask Bo</b>" in noted.text and "&lt;b&gt;Ask" in noted.html
        for do in ("welcome", "unmeet"):
            refused = await ada.post(page, {**token, "do": do, "why": " "})
            assert refused.status == 422 and "Say why" in refused.text
        welcomed = await ada.post(page, {**token, "do": "welcome", "why": "Bo knows them"})
        assert "A steward welcomed it." in welcomed.text
        again = await ada.post(page, {**token, "do": "unmeet", "why": "Bo erred"})
        assert "Nobody here has met this server." in again.text
        number = await node.pool.fetchval("SELECT id FROM policy_notes")
        gone = await ada.post(page, {**token, "do": "forget", "id": str(number)})
        assert "Ask Bo" not in gone.text
        audit = await node.pool.fetch("SELECT action, reason FROM policy_audit ORDER BY id")
        assert [tuple(row) for row in audit][-2:] == [
            ("meet", "Bo knows them"), ("unmeet", "Bo erred")
        ]  # fmt: skip
        when = datetime.now(UTC).isoformat()
        nonsense = await ada.open(SERVERS, params={"domain": "no such/name"})
        assert nonsense.status == 422 and "This is no server’s name" in nonsense.text
        assert nonsense.form(SERVERS).fields["domain"] == "no such/name"
        assert peer.domain in nonsense.text
        for asked in (f"?before={when}%20a", "?before=x%00", "/not%20a%20server", "?domain=a.b"):
            assert (await ada.open(SERVERS + asked)).status in (200, 404)
