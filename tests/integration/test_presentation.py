"""How members present themselves: set by an app or on the pages, told to apps and servers."""

from tests.integration.apps import given_app
from tests.integration.browser import browser
from tests.integration.conftest import StartNode

_CREDENTIALS = "/api/v1/accounts/update_credentials"


async def test_what_one_presents_reaches_apps_pages_and_servers(start_node: StartNode) -> None:
    node = await start_node()
    ada = await given_app(node, "ada", "read write:accounts")
    chosen = {
        "bot": True,
        "show_media": False,
        "show_featured": False,
        "avatar_description": "A face",
        "attribution_domains": ["https://Blog.example/ada", "blog.example"],
    }
    assert (await ada.call("PATCH", "/api/v1/profile", json=chosen)).status == 200
    # What is not given stays, and what is said of a picture shows with a picture.
    own = (await ada.call("PATCH", _CREDENTIALS, json={"show_media_replies": False})).body
    assert (own["bot"], own["avatar_description"]) == (True, "")
    assert not (own["show_media"] or own["show_media_replies"] or own["show_featured"])
    assert own["source"]["attribution_domains"] == ["blog.example"]
    document = await node.http.get("/users/ada", headers={"Accept": "application/activity+json"})
    actor = await document.json(content_type=None)
    assert (actor["type"], actor["attributionDomains"]) == ("Service", ["blog.example"])
    assert (actor["showMedia"], actor["showRepliesInMedia"]) == (False, False)
    async with browser(node) as page:
        assert "An automatic account" in (await page.open("/@ada")).text
        await page.sign_in("ada")
        refused = await page.fill("/settings", "/settings", {"attribution_domains": "a b/c d:x"})
        assert refused.status == 422 and "blog.example" in refused.text
        form = (await page.open("/settings")).form("/settings").fields
        assert (form["is_automatic"], "show_media" in form) == ("1", False)
        del form["is_automatic"]
        await page.post("/settings", {**form, "show_media": "1"})
        described = {"header_description": "A bakery at dawn"}
        saved = await page.fill("/settings/pictures", "/settings/pictures", described)
        assert saved.status == 200 and "A bakery at dawn" in saved.html
    own = await ada.get("/v1/profile")
    assert (own["bot"], own["show_media"], own["show_media_replies"]) == (False, True, False)
