"""Long words in addresses, and words that a phone shares: none of them are lost."""

import pytest

from tests.integration.browser import PASSWORD, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account


@pytest.mark.parametrize("words", ["ë" * 2_000, "\U0001f35e" * 1_000], ids=["latin", "emoji"])
async def test_what_a_phone_shares_waits_until_one_has_signed_in(
    start_node: StartNode, words: str
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    async with node.http.get("/manifest.webmanifest") as got:
        target = (await got.json(content_type=None))["share_target"]
    assert (target["method"], target["enctype"]) == ("POST", "application/x-www-form-urlencoded")
    shared = {target["params"]["title"]: "Bread", target["params"]["text"]: words, "url": ""}
    device, ours = {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}
    async with browser(node) as ada:
        page = await ada.post(target["action"], shared, headers=device)
        assert (page.status, "what you wrote is kept" in page.text) == (401, True)
        kept = page.form(target["action"]).fields
        await ada.sign_in("ada")
        page = await ada.post(target["action"], kept, headers=ours)
        assert page.form("/write").fields["text"] == f"Bread {words}"
        page = await ada.post(target["action"], shared, headers=device)
        assert page.form("/write").fields["text"] == f"Bread {words}", "signed in before"
        for site in ("cross-site", "same-site"):
            page = await ada.post(target["action"], shared, headers={"Sec-Fetch-Site": site})
            assert page.status == 403, "a page of others begins nothing here"
        assert await node.pool.fetchval("SELECT count(*) FROM kept_drafts") == 2
        assert await node.pool.fetchval("SELECT count(*) FROM posts") == 0


async def test_long_words_in_an_address_are_found_there_after_signing_in(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada")
    words = "ë" * 2_000
    async with browser(node) as ada:
        wide = 1 << 17
        door = await ada.open("/share", params={"text": words}, max_field_size=wide)
        fields = door.form("/sign-in").fields
        assert len(fields["next"]) > 12_000
        fields |= {"login": "ada", "password": PASSWORD}
        page = await ada.post("/sign-in", fields, max_field_size=wide)
        assert page.form("/write").fields["text"] == words
        found = await ada.open("/search", params={"q": "\U0001f35e" * 1_000})
        assert found.status == 200


async def test_an_address_without_end_is_told_in_our_words(start_node: StartNode) -> None:
    node = await start_node()
    async with browser(node) as visitor:
        dutch = {"Accept-Language": "nl"}
        page = await visitor.open("/search?q=" + "a" * 140_000, headers=dutch)
        assert (page.status, page.headers["Content-Language"]) == (414, "nl")
        assert "Content-Security-Policy" in page.headers
        assert "Dit adres is te lang" in page.text
