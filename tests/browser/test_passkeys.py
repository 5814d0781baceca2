"""Passkeys in a real browser, with a device that Chromium pretends to have."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import CDPSession

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode

Start = Callable[..., Awaitable[RunningNode]]
pytestmark = pytest.mark.browser


async def test_a_passkey_is_added_and_signs_in_alone_and_after_a_password(
    start_node: Start, visit: Visit
) -> None:
    node = await start_node(host="localhost")  # a passkey is made for a name, never for an address
    await given_account(node, "ada")
    ada = await visit(node, "ada")
    device, name = await given_device(ada)
    await ada.open("/settings/passkeys")
    await ada.fill("What to call it (optional)", "my laptop")
    await ada.press("Add a passkey")
    assert await ada.page.get_by_label("Name of this passkey").input_value() == "my laptop"
    await ada.shot("passkeys")
    await ada.page.locator(".menu--face > summary").click()
    await ada.press("Sign out", within="header")

    await ada.open("/sign-in?next=/settings")
    await ada.page.locator("input[name=stay][type=checkbox]").check()
    await ada.press("Sign in with a passkey")
    assert ada.path == "/settings"
    cookies = await ada.page.context.cookies()
    session = next(cookie for cookie in cookies if "session" in cookie["name"])
    assert session["expires"] > 0  # "stay signed in" was ticked

    await node.pool.execute(
        "INSERT INTO totp (account_id, secret, created_at, confirmed_at)"
        " SELECT id, '', now(), now() FROM accounts"
    )
    await ada.page.context.clear_cookies()
    await ada.open("/sign-in")
    await ada.page.locator("input[name=login]").fill("ada")
    await ada.page.locator("input[name=password]").fill("een zin die niemand raadt")
    await ada.press("Sign in")
    assert ada.path == "/sign-in/code"
    await ada.press("Use a passkey instead")
    assert ada.path == "/"

    await ada.page.context.clear_cookies()
    await device.send(
        "WebAuthn.setUserVerified", {"authenticatorId": name, "isUserVerified": False}
    )
    await ada.open("/sign-in")
    await ada.page.get_by_role("button", name="Sign in with a passkey").click()
    await ada.page.get_by_text("That did not work").wait_for()
    assert ada.path == "/sign-in"


async def given_device(visitor: Visitor) -> tuple[CDPSession, str]:
    """A laptop that sees whose finger it is, and says yes at once."""
    session = await visitor.page.context.new_cdp_session(visitor.page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]
