"""Set-up in the browser: once, behind a link, all or nothing."""

import asyncio

from fedinet.db.pool import transaction
from fedinet.node.store import new_setup_link
from tests.integration.browser import PASSWORD, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.nodes import RunningNode

ANSWERS = {
    "name": "Scheldt Guild",
    "purpose": "People who build along the river",
    "language": "en",
    "time_zone": "Europe/Brussels",
    "hue": "moss",
    "your_name": "Joris Claes",
    "username": "joris",
    "email": "joris@guild.example",
    "password": PASSWORD,
}


async def test_a_node_before_set_up_is_closed_and_says_how_to_open_it(
    start_node: StartNode,
) -> None:
    node = await start_node(set_up=False)
    async with browser(node) as visitor:
        page = await visitor.open("/")
    assert page.status == 503
    assert "set-up link" in page.text
    assert "after make run: .venv/bin/fedinet admin setup-link" in page.text
    async with node.http.get(
        "/users/joris", headers={"Accept": "application/activity+json"}
    ) as got:
        assert (got.status, got.content_type) == (503, "application/problem+json")
        assert "Retry-After" in got.headers
    async with node.http.get("/api/v1/instance") as got:
        assert (got.status, (await got.json()).keys()) == (503, {"error"})
    async with node.http.post("/inbox", data=b"{}") as got:
        assert got.status == 503
    async with node.http.get("/health") as got:
        assert got.status == 200


async def test_the_owner_sets_up_in_the_browser_and_is_in(start_node: StartNode) -> None:
    node = await start_node(set_up=False)
    link = await given_link(node)
    async with browser(node) as owner:
        form = await owner.open(link)
        assert "make run: ORIGIN= and DATA=" in form.text
        assert form.form("/setup").fields["time_zone"] == "", "a machine on UTC says nothing"
        page = await owner.fill(link, "/setup", ANSWERS)
        assert (page.status, page.path) == (200, "/admin/mail"), page.text
        assert "Later" in page.text and "How does mail go out?" in page.text
        assert "Scheldt Guild" in page.text
        assert owner.cookie("session") is not None
        assert (await owner.open("/settings")).status == 200
        assert "Brussels, Belgium" in (await owner.open("/write")).text, "for what waits"
    row = await node.pool.fetchrow("SELECT name, purpose, hue, set_up_at FROM node")
    assert row is not None
    assert (row["name"], row["hue"]) == ("Scheldt Guild", 135)
    assert await node.pool.fetchval("SELECT mode FROM policy") == "open"  # plain http
    account = await node.pool.fetchrow("SELECT role, email, password_hash FROM accounts")
    assert account is not None
    assert (account["role"], account["email"]) == ("owner", "joris@guild.example")
    assert account["password_hash"].startswith("$argon2id$")
    keys = await node.pool.fetch(
        "SELECT k.kind FROM actor_keys k JOIN actors a ON a.id = k.actor_id"
        " WHERE a.username = 'joris'"
    )
    assert sorted(row["kind"] for row in keys) == ["ed25519", "rsa"]


async def test_errors_are_summed_up_linked_and_keep_what_was_typed(start_node: StartNode) -> None:
    node = await start_node(set_up=False)
    link = await given_link(node)
    async with browser(node) as owner:
        wrong = {**ANSWERS, "name": "", "password": "zo kort", "email": "joris@guild"}
        wrong["time_zone"] = ""
        page = await owner.fill(link, "/setup", wrong)
        assert page.status == 422
        assert 'role="alert"' in page.html
        for field in ("name", "password", "email", "time_zone"):
            assert f'href="#{field}"' in page.html
            assert f'id="{field}-error"' in page.html
        assert page.form("/setup").fields["purpose"] == ANSWERS["purpose"]
        assert page.form("/setup").fields["hue"] == "moss"
        assert "zo kort" not in page.html
        assert "<title>Problem:" in page.html
        again = page.form("/setup").fields  # the link survives a mistake
        page = await owner.post("/setup", {**again, **ANSWERS})
        assert page.path == "/admin/mail"


async def test_a_used_an_expired_and_a_guessed_link_get_one_answer(start_node: StartNode) -> None:
    node = await start_node(set_up=False)
    expired = await given_link(node)
    await node.pool.execute("UPDATE setup_links SET expires_at = now() - interval '1 second'")
    async with browser(node) as visitor:
        pages = [await visitor.open(link) for link in (expired, "/setup?token=guess", "/setup")]
        posted = await visitor.post("/setup", {**ANSWERS, "token": "guess"})
    assert {(page.status, page.text) for page in pages} == {(410, pages[0].text)}
    assert "<a href" not in pages[0].html.partition("<footer")[2]  # every door is closed yet
    assert posted.status == 403  # no form of ours was ever seen
    assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 0


async def test_the_link_is_dead_after_use(start_node: StartNode) -> None:
    node = await start_node(set_up=False)
    link = await given_link(node)
    async with browser(node) as owner, browser(node) as late:
        form = (await late.open(link)).form("/setup").fields
        await owner.fill(link, "/setup", ANSWERS)
        assert (await late.open(link)).status == 410
        page = await late.post(
            "/setup",
            {**form, **ANSWERS, "username": "mallory", "email": "", "password": "q" + PASSWORD},
        )
        assert page.status == 410
        assert late.cookie("session") is None
    assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 1


async def test_two_set_ups_at_once_make_one_owner(start_node: StartNode) -> None:
    node = await start_node(set_up=False)
    links = [await given_link(node), await given_link(node)]
    async with browser(node) as one, browser(node) as two:
        # both hold the form before either sends it: a page opened after the other's answer is 410
        forms = [
            (await who.open(link)).form("/setup").fields
            for who, link in zip((one, two), links, strict=True)
        ]
        pages: list[SeenPage] = await asyncio.gather(
            one.post("/setup", {**forms[0], **answers_of("joris")}),
            two.post("/setup", {**forms[1], **answers_of("mallory")}),
        )
        signed_in = [one.cookie("session"), two.cookie("session")]
    assert sorted(page.status for page in pages) == [200, 410]
    assert signed_in.count(None) == 1
    assert await node.pool.fetchval("SELECT count(*) FROM accounts WHERE role = 'owner'") == 1
    assert await node.pool.fetchval("SELECT count(*) FROM actors WHERE kind = 'Person'") == 1


async def test_the_form_sent_twice_signs_its_sender_in_twice(start_node: StartNode) -> None:
    node = await start_node(set_up=False)
    link = await given_link(node)
    async with browser(node) as owner:
        form = (await owner.open(link)).form("/setup").fields
        pages = await asyncio.gather(
            owner.post("/setup", {**form, **ANSWERS}), owner.post("/setup", {**form, **ANSWERS})
        )
    assert [page.path for page in pages] == ["/admin/mail", "/admin/mail"]
    assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 1


async def test_names_that_pass_for_others_are_refused(start_node: StartNode) -> None:
    node = await start_node(set_up=False)
    link = await given_link(node)
    async with browser(node) as owner:
        form = (await owner.open(link)).form("/setup").fields
        for name in (
            "\u0430da",
            "ada\u202e",
            "ad\u0000a",
            "ad\na",
            "admin",
            "ADA LOVELACE",
            "",
            "a" * 31,
        ):
            page = await owner.post("/setup", {**form, **ANSWERS, "username": name})
            assert page.status in (400, 422), repr(name)
        assert await node.pool.fetchval("SELECT count(*) FROM accounts") == 0
        page = await owner.post("/setup", {**form, **ANSWERS, "username": " Joris "})
        assert page.path == "/admin/mail"
    assert await node.pool.fetchval("SELECT username FROM actors WHERE kind='Person'") == "joris"


async def given_link(node: RunningNode) -> str:
    async with transaction(node.pool) as tx:
        return f"/setup?token={await new_setup_link(tx)}"


def answers_of(username: str) -> dict[str, str]:
    return {**ANSWERS, "username": username, "email": "", "password": username + PASSWORD}
