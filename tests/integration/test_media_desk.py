"""The stewards' page on pictures, films and sounds."""

from datetime import UTC, datetime

from fedinet.health.upkeep import count_once
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

COPIES = """
    INSERT INTO remote_media (hash, state, until, file, media_type, bytes, used_at)
    SELECT sha256(days::text::bytea), 'here', now(), 'cache/' || days, 'image/png', 1500000,
           now() - make_interval(days => days)
      FROM unnest('{1, 8, 20}'::integer[]) AS days
"""
OURS = """
    INSERT INTO media (key, owner_id, purpose, file, media_type, bytes)
    SELECT 'k', id, 'attachment', 'f', 'video/mp4', 2000000 FROM actors WHERE username = 'ada'
"""


async def test_stewards_see_what_lies_here_and_make_room(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "mo", role="moderator")
    await given_account(node, "bo")
    await node.pool.execute(COPIES)
    await node.pool.execute(OURS)
    await count_once(node.pool, datetime.now(UTC))
    async with browser(node) as ada, browser(node) as mo, browser(node) as bo:
        for who, name in ((ada, "ada"), (mo, "mo"), (bo, "bo")):
            await who.sign_in(name)
        assert (await bo.open("/admin/media")).status == 403
        page = await mo.open("/admin/media")
        assert "Pictures – 4.5 MB (3 files)" in page.text
        assert "Not published yet 2.0 MB (one file) –" in page.text
        assert "Make room" not in page.text
        sent = {**page.form("/sign-out").fields, "days": "7"}
        assert (await mo.post("/admin/media", sent)).status == 403
        offered = (await ada.open("/admin/media")).form("/admin/media").fields
        assert offered["days"] == "7"
        page = await ada.post("/admin/media", offered)
        assert "Copies are being thrown away" in page.text
        refused = await ada.fill("/admin/media", "/admin/media", {"days": "-1"})
        assert refused.status == 422
        await node.drain()
        page = await ada.open("/admin/media")
        assert "Pictures – 1.5 MB (one file)" in page.text
    assert await node.pool.fetchval("SELECT count(*) FROM media") == 1
