"""What a member chose about what rings holds for all apps; quiet hours end, and tell little."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.integration.apps import given_app
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.test_push import (
    PATH,
    SCOPES,
    Service,
    given_keys,
    rung,
    service,  # noqa: F401  # a fixture  # pyright: ignore[reportUnusedImport]
    wanted,
)

WHEN = "/settings/notifications/when"
ZONE = "Asia/Kathmandu"


async def test_quiet_hours_hold_back_what_rings_until_they_end(
    start_node: StartNode,
    service: Service,  # noqa: F811
) -> None:
    node = await start_node()
    ada, bob = await given_app(node, "ada", SCOPES), await given_app(node, "bob")
    keys, public = given_keys()
    await ada.post(PATH, json=wanted(service.url, public))
    async with browser(node) as member:
        await member.sign_in("ada")
        same = await chosen(member, quiet_from="07:00", quiet_until="07:00", hour="x")
        assert same.status == 422 and "2 things to put right" in same.text
        assert "Saved." in (await member.live_in(ZONE)).text
        assert "Saved." in (await chosen(member, **quiet_now())).text
        for number in range(7):
            await bob.publish(f"@ada {number}")
        assert await rung(ada, service) == []
        held = await node.pool.fetch("SELECT due_at FROM jobs WHERE payload ? 'held'")
        assert len(held) == 7 and all(row["due_at"] > datetime.now(UTC) for row in held)

        await node.pool.execute("UPDATE rhythms SET quiet_from = NULL, quiet_until = NULL")
        await node.pool.execute("UPDATE jobs SET due_at = now()")
        await node.pool.execute(
            "UPDATE notifications SET created_at = now() - interval '9 h' WHERE owner_id = $1",
            ada.id,
        )
        said = [keys.read(body)["body"] for _, _, body in await rung(ada, service)]
        assert sorted(said) == [f"@ada {number}" for number in range(2, 7)], "the newest few"

        await chosen(member, quiet_from="", quiet_until="", push_mentions="never")
        await bob.publish("@ada Others read this too")
        assert await rung(ada, service) == []
        await bob.publish("@ada For you alone", visibility="direct")
        assert len(await rung(ada, service)) == 1
        again = await member.open(WHEN)
        assert again.form(WHEN).fields["push_mentions"] == "never"
        assert "on the clock of Kathmandu, Nepal" in again.text, "as it was chosen on its own page"


async def chosen(member: Browser, **fields: str) -> SeenPage:
    return await member.fill(WHEN, WHEN, fields)


def quiet_now() -> dict[str, str]:
    """An hour before and after, by the clock on the member's wall."""
    local = datetime.now(UTC).astimezone(ZoneInfo(ZONE))
    return {
        "quiet_from": f"{(local.hour - 1) % 24:02}:{local.minute:02}",
        "quiet_until": f"{(local.hour + 1) % 24:02}:{local.minute:02}",
    }
