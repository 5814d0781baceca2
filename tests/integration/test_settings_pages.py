"""Settings: what a member changes of themselves, and who is told."""

import json

from fedinet.db.pool import transaction
from fedinet.http.tokens import create_token
from tests.integration.browser import PASSWORD, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account

NEW_PASSWORD = "een heel andere zin"


async def test_a_changed_profile_is_kept_shown_and_told_to_followers(
    start_node: StartNode,
) -> None:
    node = await start_node()
    _, actor_id = await given_account(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await ada.fill(
            "/settings",
            "/settings",
            {
                "display_name": "Ada \u202eLovelace",
                "bio": "Engines & <b>notes</b>.\n\nSee https://engine.example #Maths",
                "field-1-name": "Site",
                "field-1-value": "https://ada.example",
                "discoverable": "1",
            },
        )
        assert (page.status, page.path) == (200, "/settings")
        assert "Saved." in page.text
        form = page.form("/settings").fields
        assert form["display_name"] == "Ada Lovelace"
        assert form["bio"] == "Engines & <b>notes</b>.\n\nSee https://engine.example #Maths"
        assert (form["field-1-name"], form["field-1-value"]) == ("Site", "https://ada.example")
        assert (form["approves_followers"], form["discoverable"]) == ("1", "1")
        assert "indexable" not in form
    row = await node.pool.fetchrow("SELECT * FROM actors WHERE id = $1", actor_id)
    assert row is not None
    assert "<b>" not in row["summary_html"]
    assert 'href="https://engine.example"' in row["summary_html"]
    sent = await node.pool.fetchrow("SELECT * FROM outgoing WHERE sender_id = $1", actor_id)
    assert sent is not None
    assert (sent["followers"], list(sent["recipients"])) == (True, [])
    activity = json.loads(sent["body"])
    assert (activity["type"], activity["actor"]) == ("Update", f"{node.origin}/users/ada")
    assert activity["id"].startswith(f"{node.origin}/activities/")
    assert activity["object"]["name"] == "Ada Lovelace"
    assert activity["object"]["discoverable"] is True
    assert activity["object"]["publicKey"]["id"] == f"{node.origin}/users/ada#main-key"
    assert "@context" not in activity["object"]


async def test_a_profile_that_is_too_long_is_kept_on_the_form(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        bio = "word " * 300
        changes = {"bio": bio, "field-2-value": "without a name", "display_name": "Ada II"}
        page = await ada.fill("/settings", "/settings", changes)
        assert page.status == 422
        assert 'href="#bio"' in page.html
        assert 'href="#field-2-name"' in page.html
        form = page.form("/settings").fields
        assert (form["bio"], form["display_name"]) == (bio, "Ada II")
    assert await node.pool.fetchval("SELECT count(*) FROM outgoing") == 0
    assert await node.pool.fetchval("SELECT name FROM actors WHERE username = 'ada'") == "Ada"


async def test_preferences_say_what_apps_post_to(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        there = "/settings/preferences"
        form = (await ada.open(there)).form(there).fields
        assert (form["language"], form["app_visibility"]) == ("en", "community")
        page = await ada.post(there, {**form, "app_visibility": "followers"})
        assert page.form(there).fields["app_visibility"] == "followers"
        for wrong in ({"app_visibility": "mentioned"}, {"language": "xx"}, {"language": ""}):
            assert (await ada.post(there, {**form, **wrong})).status == 422
    assert await node.pool.fetchval("SELECT app_visibility FROM accounts") == "followers"


async def test_a_new_password_signs_every_other_browser_out(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as elsewhere:
        await ada.sign_in("ada")
        await elsewhere.sign_in("ada")
        before = ada.cookie("session")
        changes = {"current_password": "not this", "password": NEW_PASSWORD}
        page = await ada.fill("/settings/security", "/settings/password", changes)
        assert (page.status, 'href="#current_password"' in page.html) == (422, True)
        changes["current_password"] = PASSWORD
        page = await ada.fill("/settings/security", "/settings/password", changes)
        assert page.path == "/settings/security"
        assert ada.cookie("session") not in (None, before)
        assert (await elsewhere.open("/settings")).path == "/sign-in"
        assert (await elsewhere.sign_in("ada", PASSWORD)).status == 422
        assert (await elsewhere.sign_in("ada", NEW_PASSWORD)).path == "/"


async def test_a_weak_new_password_is_refused_before_anything_else(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for weak in ("too short", "aaaaaaaaaaaaaa", "a" * 201, "password1234"):
            changes = {"current_password": PASSWORD, "password": weak}
            page = await ada.fill("/settings/security", "/settings/password", changes)
            assert (page.status, 'id="password-error"' in page.html) == (422, True)


async def test_sessions_are_listed_and_ended_one_by_one_or_all(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "eve")
    async with browser(node) as ada, browser(node) as phone, browser(node) as eve:
        await phone.sign_in("ada")
        await ada.sign_in("ada")
        await eve.sign_in("eve")
        page = await ada.open("/settings/security")
        assert "This browser" in page.text
        assert page.text.count("127.0.0.0/24") == 2  # roughly where, and no address
        assert page.text.count("Sign it out") == 1  # never the browser in front of one
        keys = [form.fields["key"] for form in page.forms if "key" in form.fields]
        assert len(keys) == 2
        form = (await eve.open("/settings/security")).form("/settings/sessions").fields
        for key in keys:  # another member's keys end nothing
            await eve.post("/settings/sessions", {**form, "key": key, "do": "one"})
        assert (await phone.open("/settings")).path == "/settings"
        form = page.form("/settings/sessions").fields
        await ada.post("/settings/sessions", {**form, "key": keys[1], "do": "one"})
        assert (await phone.open("/settings")).path == "/sign-in"
        assert (await ada.open("/settings")).path == "/settings"
        for _ in range(5):
            async with browser(node) as another:
                await another.sign_in("ada")
        page = await ada.open("/settings/security")
        first, _, rest = page.text.partition("2 more, used before these")
        assert "This browser" in first and first.count("Sign it out") == 3
        assert rest.count("Sign it out") == 2


async def test_all_other_browsers_are_signed_out_at_once(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with browser(node) as ada, browser(node) as phone:
        await phone.sign_in("ada")
        await ada.sign_in("ada")
        form = (await ada.open("/settings/security")).form("/settings/sessions").fields
        await ada.post("/settings/sessions", {**form, "do": "others"})
        assert (await phone.open("/settings")).path == "/sign-in"
        assert (await ada.open("/settings")).path == "/settings"
        assert (await ada.post("/settings/sessions", {**form, "do": "?"})).status == 422


async def test_signing_out_everywhere_takes_the_apps_too(start_node: StartNode) -> None:
    node = await start_node()
    account_id, _ = await given_account(node, "ada")
    async with transaction(node.pool) as tx:
        await create_token(tx, account_id, ["read"], "A phone app")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await ada.open("/settings/security")
        assert "A phone app" in page.text
        form = page.form("/settings/sessions").fields
        out = {**form, "do": "everywhere"}
        page = await ada.post("/settings/sessions", out, allow_redirects=False)
        assert page.headers["Location"] == "/sign-in"
        assert page.headers["Clear-Site-Data"] == '"storage"', "no draft stays in any window"
        assert (await ada.open("/settings")).path == "/sign-in"
    live = "SELECT count(*) FROM access_tokens WHERE revoked_at IS NULL"
    assert await node.pool.fetchval(live) == 0


async def test_an_app_loses_its_access_alone(start_node: StartNode) -> None:
    node = await start_node()
    ada_account, _ = await given_account(node, "ada")
    eve_account, _ = await given_account(node, "eve")
    async with transaction(node.pool) as tx:
        await create_token(tx, ada_account, ["read"], "One")
        await create_token(tx, ada_account, ["read"], "Two")
        await create_token(tx, eve_account, ["read"], "Eve's")
    async with browser(node) as eve:
        await eve.sign_in("eve")
        form = (await eve.open("/settings/security")).form("/settings/tokens").fields
        ids = await node.pool.fetch("SELECT id FROM access_tokens")
        for row in ids:
            await eve.post("/settings/tokens", {**form, "id": str(row["id"])})
    live = await node.pool.fetch("SELECT app_name FROM access_tokens WHERE revoked_at IS NULL")
    assert {row["app_name"] for row in live} == {"One", "Two"}


async def test_the_owner_changes_what_the_community_says_of_itself(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "joris", role="owner")
    there = "/settings/community"
    async with browser(node) as joris:
        await joris.sign_in("joris")
        page = await joris.fill(there, there, {"name": "New name", "hue": "plum"})
        assert (page.status, page.path) == (200, there)
        assert page.form(there).fields["hue"] == "plum"
        assert "New name" in (await joris.open("/about")).text
        page = await joris.fill(there, there, {"name": " \u200b "})
        assert (page.status, 'href="#name"' in page.html) == (422, True)


async def test_only_who_may_administer_changes_the_community(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada")
    await given_account(node, "mod", role="moderator")
    for name in ("ada", "mod"):
        async with browser(node) as somebody:
            await somebody.sign_in(name)
            assert (await somebody.open("/settings/community")).status == 403
            form = (await somebody.open("/settings")).form("/settings").fields
            page = await somebody.post("/settings/community", {**form, "name": "Mine"})
            assert page.status == 403
    assert await node.pool.fetchval("SELECT name FROM node") == "Test community"
