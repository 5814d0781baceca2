"""House rules and texts: written by those who may, read by everybody, named in reports."""

from datetime import UTC, datetime, timedelta

from fedinet.kernel.ids import AccountId
from tests.integration.apps import App, given_app
from tests.integration.browser import Browser, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.nodes import RunningNode
from tests.integration.test_invitation_pages import given_link

_HOUSE = "/admin/house"
_REMOVE = {"do": "remove"}


async def test_a_community_says_what_holds_in_it(start_node: StartNode) -> None:
    node = await start_node()
    owner, _ = await given_account(node, "ada", role="owner")
    visitor = App(node)
    for name in ("extended_description", "privacy_policy", "terms_of_service"):
        assert await visitor.status("GET", f"/v1/instance/{name}") == 404
    async with browser(node) as ada, browser(node) as guest:
        await ada.sign_in("ada")
        link = await given_link(ada)
        assert "No house rules are written" in (await guest.open("/rules")).text
        assert (await guest.open("/terms")).status == 404
        assert "not sealed" in (await guest.open("/privacy")).text
        await _begins_with_drafts(ada, guest, visitor)
        await _writes_rules(ada, visitor)
        await _writes_texts(ada, visitor)
        await _says_whom_to_write_to(ada, visitor, owner)
        for path in ("/about", "/rules", link):
            page = await guest.open(path, headers={"Accept-Language": "nl"})
            assert "Wees aardig" in page.text and "Kort & goed" in page.text, path
        assert "Our <b>story</b>" not in (await guest.open("/about")).html
        assert "Terms of use" in (await guest.open(link)).text
        await _only_some_write(node, ada, owner)


async def _begins_with_drafts(ada: Browser, guest: Browser, visitor: App) -> None:
    """Rules and terms that are proposed in both languages; nothing of them holds unasked."""
    offered = (await ada.open(_HOUSE)).form(_HOUSE).fields
    assert await visitor.get("/v1/instance/rules") == []
    chosen = {**offered, "start_1": "", "do": "start"}
    for _ in range(2):
        assert "No selling" not in (await ada.post(_HOUSE, chosen)).text
    rules = await visitor.get("/v1/instance/rules")
    assert len(rules) == 6
    assert rules[0]["translations"]["nl"]["text"].startswith("Wees vriendelijk")
    for rule in rules:
        await ada.fill(f"{_HOUSE}/rules/{rule['id']}", f"{_HOUSE}/rules/{rule['id']}", _REMOVE)
    terms = f"{_HOUSE}/terms"
    assert "Begin with a draft" in (await ada.open(terms)).text
    draft = (await ada.open(f"{terms}?draft=1")).form(terms).fields
    assert "Test community is a community" in draft["source"]
    assert (await guest.open("/terms")).status == 404
    assert (await ada.post(terms, {**draft, "source_nl": "x" * 60_000})).status == 422
    await ada.post(terms, draft)
    assert "What you write stays yours" in (await guest.open("/terms")).text
    for path in ("/terms", "/versions/terms/1"):
        page = await guest.open(path, headers={"Accept-Language": "nl"})
        assert "Wat je schrijft blijft van jou" in page.text, path
    assert "Begin with a draft" not in (await ada.open(terms)).text
    saved = (await ada.open(terms)).form(terms).fields
    assert (saved["source"], saved["source_nl"]) == (draft["source"], draft["source_nl"])
    empty = {"source": "", "source_nl": ""}
    assert (await ada.post(terms, {**draft, **empty})).status == 409, "made before it was saved"
    assert "What you write stays yours" in (await guest.open("/terms")).text
    await ada.post(terms, {**saved, **empty})
    assert (await guest.open("/terms")).status == 404


async def _writes_rules(ada: Browser, visitor: App) -> None:
    assert "Please fill this in" in (await ada.fill(_HOUSE, _HOUSE, {"hint": "why"})).text
    await ada.fill(_HOUSE, _HOUSE, {"text": "Short  & good", "text_nl": "Kort & goed"})
    await ada.fill(_HOUSE, _HOUSE, {"text": "Be kind", "text_nl": "Wees aardig", "hint": "Always"})
    await ada.fill(_HOUSE, _HOUSE, {"text": "No bread"})
    first, second, third = [
        f"{_HOUSE}/rules/{rule['id']}" for rule in await visitor.get("/v1/instance/rules")
    ]
    await ada.fill(_HOUSE, second, {"do": "up"})
    await ada.fill(third, third, {"do": "remove"})
    await ada.fill(first, first, {"do": "save", "hint": "Five words"})
    assert (await ada.fill(first, first, {"do": "other", "hint": "x"})).status == 422
    rules = await visitor.get("/v1/instance/rules")
    assert [(rule["text"], rule["hint"]) for rule in rules] == [
        ("Be kind", "Always"),
        ("Short & good", "Five words"),
    ]
    assert rules[0]["translations"] == {"nl": {"text": "Wees aardig", "hint": ""}}
    for version in ("v1", "v2"):
        assert (await visitor.get(f"/{version}/instance"))["rules"] == rules


async def _writes_texts(ada: Browser, visitor: App) -> None:
    today = datetime.now(UTC).date()
    day = (today + timedelta(days=30)).isoformat()
    for kind, source in (
        ("description", "Our <b>story</b>\n\n- bread"),
        ("privacy", "Logs: *a week*"),
        ("terms", "Be here"),
    ):
        saved = await ada.fill(f"{_HOUSE}/{kind}", f"{_HOUSE}/{kind}", {"source": source})
        assert "Saved" in saved.text
    terms = f"{_HOUSE}/terms"
    early = await ada.fill(terms, terms, {"source": "x", "from": "2020-01-01"})
    assert early.status == 422 and "today or a later day" in early.text
    await ada.fill(terms, terms, {"source": "Be here later", "from": day})
    about = await visitor.get("/v1/instance/extended_description")
    assert about["content"].startswith("<p>Our &lt;b&gt;story") and "<li>" in about["content"]
    assert "<em>a week</em>" in (await visitor.get("/v1/instance/privacy_policy"))["content"]
    now = await visitor.get("/v1/instance/terms_of_service")
    assert f"{today}" <= now["effective_date"] <= f"{datetime.now(UTC).date()}", "or midnight came"
    assert now == {
        "effective_date": now["effective_date"],
        "effective": True,
        "content": "<p>Be here</p>",
        "succeeded_by": day,
    }
    later = await visitor.get(f"/v1/instance/terms_of_service/{day}")
    assert (later["effective"], later["succeeded_by"]) == (False, None)
    for none in ("2020-01-01", "2020-13-45"):
        assert await visitor.status("GET", f"/v1/instance/terms_of_service/{none}") == 404
    urls = (await visitor.get("/v2/instance"))["configuration"]["urls"]
    assert urls["terms_of_service"] == f"{visitor.node.origin}/terms"


async def _says_whom_to_write_to(ada: Browser, visitor: App, owner: AccountId) -> None:
    contact = f"{_HOUSE}/contact"
    for wrong in ({"email": "ada@\nx"}, {"steward": "7"}):
        assert (await ada.fill(contact, contact, wrong)).status == 422
    named = {"email": "house@bread.example", "steward": str(owner)}
    assert "house@bread.example" in (await ada.fill(contact, contact, named)).text
    assert "house@bread.example" in (await ada.open("/about")).text
    answer = await visitor.get("/v2/instance")
    assert answer["contact"]["email"] == named["email"]
    assert answer["contact"]["account"]["username"] == "ada"
    assert answer["registrations"]["message"].startswith("<p>By invitation")
    for icon in answer["icon"]:
        async with visitor.node.http.get(icon["src"]) as picture:
            wide = int.from_bytes((await picture.read())[16:20])
        assert icon["size"] == f"{wide}x{wide}"
    older = await visitor.get("/v1/instance")
    assert (older["email"], older["contact_account"]["acct"]) == (named["email"], "ada")
    assert older["stats"]["user_count"] == 1
    pool = visitor.node.pool
    await pool.execute("UPDATE accounts SET role = 'member' WHERE id = $1", owner)
    assert (await visitor.get("/v1/instance"))["contact_account"] is None
    await pool.execute("UPDATE accounts SET role = 'owner' WHERE id = $1", owner)


async def _only_some_write(node: RunningNode, ada: Browser, owner: AccountId) -> None:
    """A moderator reads the desk's page and writes nothing; a member does neither."""
    form = (await ada.open(_HOUSE)).form(_HOUSE).fields
    for role, status in (("moderator", 200), ("member", 403)):
        await node.pool.execute("UPDATE accounts SET role = $1 WHERE id = $2", role, owner)
        assert (await ada.open(_HOUSE)).status == status
        assert (await ada.open(f"{_HOUSE}/terms")).status == 403
        assert (await ada.post(_HOUSE, {**form, "text": "Mine"})).status == 403


async def test_a_report_names_rules_and_stewards_read_them(start_node: StartNode) -> None:
    node = await start_node()
    bo, cleo = await given_app(node, "bo", "write:reports"), await given_app(node, "cleo")
    await given_account(node, "ada", role="moderator")
    ids = await node.pool.fetchval(
        "WITH new AS (INSERT INTO house_rules (position, text, removed_at) VALUES"
        " (1, 'Be kind', NULL), (2, 'No bread', NULL), (3, 'Old', now()) RETURNING id)"
        " SELECT array_agg(id) FROM new"
    )
    told = await bo.post(
        "/v1/reports", json={"account_id": str(cleo.id), "rule_ids": [*map(str, ids), "7"]}
    )
    assert (told["category"], told["rule_ids"]) == ("violation", [str(one) for one in ids[:2]])
    async with browser(node) as ada:
        await ada.sign_in("ada")
        asked = f"/report?person={cleo.id}"
        assert (await ada.fill(asked, "/report", {f"rule_{ids[1]}": "1"})).status == 200
        newest = await node.pool.fetchval("SELECT max(id) FROM reports")
        assert newest != int(told["id"])
        await node.pool.execute("UPDATE house_rules SET removed_at = now()")
        for report_id, named in ((told["id"], True), (newest, False)):
            page = await ada.open(f"/admin/reports/{report_id}")
            assert "No bread" in page.text and ("Be kind" in page.text) is named
