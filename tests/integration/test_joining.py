"""Who knows nobody here asks to join: by mail, and where no mail is sent."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import asyncpg

from fedinet.db.pool import transaction
from fedinet.joining.upkeep import keep_once
from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import MailServer, mail_server
from tests.integration.nodes import RunningNode
from tests.integration.shell import Shell
from tests.integration.test_mail import bodies

EVE = "eve@home.example"
WAYS = {"asking": "1", "text-1": "What do you do?", "hint-1": "A line is enough",
        "text-1_nl": "Wat doe je?"}  # fmt: skip
WRITTEN = {"your_name": "Eve", "email": EVE, "answer-1": "I bake"}
FILLED = """
    INSERT INTO join_requests (key_hash, key_sealed, name, email, language, answers, standing,
                               is_vouched, asked_at)
    SELECT (n + $2)::text::bytea, '', 'Cy', 'cy@x.example', 'en', '[]', 'waiting', false, now()
      FROM generate_series(1, $1::int) n
"""
DUTCH = {"Accept-Language": "nl"}

ASK = '<a href="/join/ask">Ask to join</a>'


async def test_two_stewards_read_and_who_asked_comes_in_by_mail(start_node: StartNode) -> None:
    async with mail_server() as server:
        node = await given_house(start_node, **server.settings)
        async with browser(node) as ada, browser(node) as bo, browser(node) as eve:
            await ada.sign_in("ada")
            await bo.sign_in("bo")
            assert "Ask to join" not in (await eve.open("/")).text
            assert (await eve.open("/join/ask")).path == "/join"
            assert (await bo.open("/admin/joining/settings")).status == 403  # a moderator
            wrong = await ask_the(ada, **WAYS, **{"hint-4_nl": "Een regel volstaat"})
            assert wrong.status == 422 and 'href="#text-4_nl"' in wrong.html
            assert "More questions" not in wrong.text, "unfolded, down to what is wrong"
            assert "More questions" in (await ask_the(ada, **WAYS)).text
            assert "/join/ask" in (await eve.open("/sign-in")).html
            form = await eve.open("/join/ask", headers=DUTCH)
            assert "Wat doe je?" in form.text and "A line is enough" not in form.text
            assert (await eve.fill("/join/ask", "/join/ask", {"email": "eve"})).status == 422
            sent = await eve.post(
                "/join/ask", {**form.form("/join/ask").fields, **WRITTEN}, headers=DUTCH
            )
            assert "Kijk in je mail" in (await eve.open(sent.path + "?sent=1", headers=DUTCH)).text
            assert "Nobody waits" in (await ada.open("/admin/joining")).text
            link = await key_in(node, server)
            assert server.got[-1]["Subject"] == "Wil je lid worden van Test community?"
            assert (await ada.open(await request_of(node))).status == 404  # not to be read yet
            await eve.fill(link, "/join/request", {"do": "confirm"})
            again = await eve.fill(link, "/join/request", {"do": "confirm"})
            assert "The stewards will read it" in again.text

            assert "Eve asks to join" in (await ada.open("/admin")).text
            page = await says(ada, await request_of(node), "yes", note="A colleague of Cy")
            assert "A colleague of Cy" in page.text and "Invitation link" not in page.text
            assert (await says(ada, page.path, "yes")).status == 200  # the same steward: still one
            assert "The stewards will read it" in (await eve.open(link)).text
            before = await bo.open(page.path)
            assert (await says(bo, page.path, "yes", reason="Bread!")).status == 200
            assert (await says(bo, page.path, "no", form=before)).status == 422  # decided
            assert "Eve asks to join" not in (await ada.open("/admin")).text
            await node.drain()
            letter = server.got[-1]
            assert (letter["To"], letter["Content-Language"]) == (EVE, "nl")
            assert "Wat de beheerders zeggen: Bread!" in plain(letter)
            assert "A colleague of Cy" not in (await eve.open(link)).text
            code = found(r"/join\?code=\S+", plain(letter))
            assert code in (await eve.open(link)).html
            guest = {
                "your_name": "Eve",
                "username": "eve",
                "email": EVE,
                "password": "x" + PASSWORD,
            }
            assert (await eve.fill(code, "/join", guest)).status == 200
        assert await node.pool.fetchval("SELECT count(*) FROM join_requests") == 0
        assert "network" not in str(await node.pool.fetch("SELECT * FROM join_requests"))


async def test_nobody_learns_who_is_a_member_and_nobody_is_written_to_twice(
    start_node: StartNode,
) -> None:
    async with mail_server() as server:
        node = await given_house(start_node, **server.settings)
        async with browser(node) as ada, browser(node) as eve:
            await ada.sign_in("ada")
            await ask_the(ada, **WAYS)
            server.got.clear()
            pages = [
                await eve.fill("/join/ask", "/join/ask", {**WRITTEN, "email": email})
                for email in ("ada@home.example", EVE, EVE.upper(), "ADA@home.example")
            ]
            assert {(page.status, page.text) for page in pages} == {(200, pages[0].text)}
            await node.drain()
            assert sorted((one["To"], one["Subject"]) for one in server.got) == [
                ("ada@home.example", "You are a member of Test community already"),
                (EVE, "Do you want to join Test community?"),
            ]
            link = await key_in(node, server)
            await eve.fill(link, "/join/request", {"do": "confirm"})
            await node.pool.execute("UPDATE join_requests SET asked_at = now() - interval '26 h'")
            await node.pool.execute("DELETE FROM attempts")
            await eve.fill("/join/ask", "/join/ask", WRITTEN)  # she has lost the letter
            other = await key_in(node, server)
            assert other != link
            page = await eve.fill(other, "/join/request", {"do": "confirm"})
            assert "The stewards will read it" in page.text and (await eve.open(link)).status == 410
            number = await request_of(node)
            await says(ada, number, "no", reason="Not this year")
            async with browser(node) as bo:
                await bo.sign_in("bo")
                await says(bo, number, "no")
            await node.drain()
            assert "What the stewards say: Not this year" in plain(server.got[-1])
            assert "do not invite you" in (await eve.open(other)).text


async def test_without_mail_a_private_page_says_how_it_stands(start_node: StartNode) -> None:
    node = await given_house(start_node, bo=False)
    async with browser(node) as ada, browser(node) as eve:
        await ada.sign_in("ada")
        assert [ASK in said for said in await ways_told(eve)] == [False, False]
        await ask_the(ada, **WAYS)
        assert [ASK in said for said in await ways_told(eve)] == [True, True]
        form = (await eve.open("/join/ask")).form("/join/ask").fields
        page = await eve.post("/join/ask", {**form, **WRITTEN})
        assert page.path == "/join/request" and "the answer comes here" in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert (await eve.post("/join/ask", {**form, **WRITTEN})).text == page.text  # sent twice
        private = found(r"/join/request\?key=[0-9a-f]+", page.html)
        await was_steward_and_said_yes(node)
        assert await node.pool.fetchval("SELECT count(*) FROM join_requests") == 1
        assert private.partition("=")[2] not in str(await rows(node))
        read = await says(ada, await request_of(node), "yes")
        assert "/join?code=" not in read.html, "one of those who said yes is no steward"
        await node.pool.execute("UPDATE accounts SET role = 'member' WHERE role = 'moderator'")
        read = await says(ada, await request_of(node), "yes")  # now she is the only steward
        link = found(r"/join\?code=[\w-]+", read.html)
        assert link in (await eve.open(private)).html
        anew = await says(ada, read.path, "link", form=read)
        assert (await eve.open(link)).status == 410
        link = found(r"/join\?code=[\w-]+", anew.html)
        assert (await eve.open(link)).status == 200
        gone = await eve.fill(private, "/join/request", {"do": "withdraw"})
        assert "Your request is deleted" in gone.text
        assert "Eve" not in str(await node.pool.fetch("SELECT note FROM invitations"))
        assert {(await eve.open(path)).status for path in (link, private)} == {410}
        assert await rows(node) == []


async def test_a_flood_ends_at_limits_and_tells_the_stewards_once(start_node: StartNode) -> None:
    node = await given_house(start_node, bo=False)
    async with browser(node) as ada, browser(node) as eve:
        await ada.sign_in("ada")
        await ask_the(ada, asking="1")
        asked = [
            (
                await eve.fill("/join/ask", "/join/ask", {**WRITTEN, "email": f"{n}@x.example"})
            ).status
            for n in range(6)
        ]
        assert asked == [200] * 5 + [429]
        await node.pool.execute("DELETE FROM attempts")
        await node.pool.execute(
            "INSERT INTO attempts (bucket, window_start, count)"
            " VALUES ('ask-to-join-all:', date_trunc('day', now() AT TIME ZONE 'UTC')"
            " AT TIME ZONE 'UTC', 100)"
        )
        for _ in range(2):
            assert (await eve.fill("/join/ask", "/join/ask", WRITTEN)).status == 429
        await node.pool.execute("DELETE FROM attempts")
        await node.pool.execute(FILLED, 300, 100)
        assert (await eve.fill("/join/ask", "/join/ask", WRITTEN)).status == 429
        assert "Very many ask to join at once" in (await ada.open("/admin")).text
        told = "SELECT count(*), sum(times) FROM matters WHERE kind = 'join_flood'"
        assert tuple(await node.pool.fetchrow(told)) == (1, 3)
        page = await ada.open("/admin/joining")
        assert page.html.count('class="name"') <= 40 and 'rel="next"' in page.html


async def test_bad_forms_are_answered_and_change_nothing(start_node: StartNode) -> None:
    node = await given_house(start_node, bo=False)
    async with browser(node) as ada, browser(node) as eve:
        await ada.sign_in("ada")
        numbers = {"readers": "9", "kept_days": "x", "most_members": "-1"}
        texts = {"text-1_nl": "Wat?", "hint-2": "h", "text-3": "q" * 201}
        bad = await ask_the(ada, **numbers, **texts)
        assert bad.status == 422
        for field in ("readers", "kept_days", "most_members", "text-1", "text-2", "text-3"):
            assert f'href="#{field}"' in bad.html, field
        await ask_the(ada, **WAYS)
        form = (await eve.open("/join/ask")).form("/join/ask").fields
        for changes in ({"language": "xx"}, {"answer-1": ""}, {"your_name": "E" * 81}):
            page = await eve.post("/join/ask", {**form, **WRITTEN, **changes})
            assert page.status == 422 and EVE in page.html, changes
        assert (await eve.post("/join/ask", {**form, **WRITTEN, "once": "x"})).status == 422
        assert (await eve.open("/join/request?key=guess")).status == 410
        assert (await eve.open("/admin/joining")).path == "/sign-in"
        assert (await ada.open("/admin/joining/1")).status == 404
        assert await rows(node) == []
        page = await eve.post("/join/ask", {**form, **WRITTEN})
        assert (await says(ada, await request_of(node), "maybe")).status == 422
        assert (await says(ada, await request_of(node), "no", note="n" * 1001)).status == 422
        key = found(r"key=([0-9a-f]+)", page.html)
        page = await eve.fill(f"/join/request?key={key}", "/join/request", {"do": "dance"})
        assert page.status == 422
        other = await eve.post("/join/ask", {**form, **WRITTEN, "email": "eva@home.example"})
        assert found(r"key=([0-9a-f]+)", other.html) != key  # she went back and put it right
        post = node.services.joining_post
        await keep_once(node.pool, post, datetime.now(UTC) + timedelta(days=59))
        assert len(await rows(node)) == 2
        await keep_once(node.pool, post, datetime.now(UTC) + timedelta(days=61))
        assert await rows(node) == [] and "Eve asks" not in (await ada.open("/admin")).text


def test_the_command_line_lists_accepts_and_declines(tmp_path: Path, database_url: str) -> None:
    shell = Shell(tmp_path / "data", database_url)
    shell.facts("migrate", "--origin", "https://community.example")
    assert shell.facts("admin", "joining", "list") == {"requests": []}

    async def given_requests() -> None:
        conn = await asyncpg.connect(database_url)
        await conn.execute(FILLED, 3, 0)
        await conn.close()

    asyncio.run(given_requests())
    listed = shell.facts("admin", "joining", "list")["requests"]
    third, second, first = [one["id"] for one in listed]  # type: ignore[index, attr-defined]
    refused = shell.run("admin", "joining", "accept", first)
    assert refused.exit_code != 0 and "no owner who can act" in refused.output
    words = ("--username", "ada", "--password-stdin")
    shell.facts("admin", "account", "create", *words, stdin=PASSWORD)
    assert "/join?code=" in str(shell.facts("admin", "joining", "accept", first)["link"])
    told = shell.facts("admin", "joining", "decline", second, "--reason", "No")
    assert told["standing"] == "declined"
    assert shell.run("admin", "joining", "accept", second).exit_code != 0
    assert third in shell.run("admin", "joining", "list").output
    assert len(shell.facts("admin", "joining", "list", "--all")["requests"]) == 3  # type: ignore[arg-type]


async def given_house(start: StartNode, *, bo: bool = True, **settings: object) -> RunningNode:
    """Ada owns it; Bo moderates."""
    node = await start(**settings)
    await given_account(node, "ada", role="owner", email="ada@home.example")
    if bo:
        await given_account(node, "bo", role="moderator")
    await node.drain()
    await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
    return node


async def was_steward_and_said_yes(node: RunningNode) -> None:
    """Mo said yes and is no steward any more; Cy is one: it still takes two."""
    for name, role in (("mo", "member"), ("cy", "moderator")):
        await given_account(node, name, role=role)
    await node.pool.execute(
        "INSERT INTO join_readings SELECT q.id, a.id, 'yes', '', '', now() FROM join_requests q,"
        " accounts a JOIN actors r ON r.id = a.actor_id WHERE r.username = 'mo'"
    )


async def ask_the(steward: Browser, **ways: str) -> SeenPage:
    """Let a steward set how people come in."""
    return await steward.fill("/admin/joining/settings", "/admin/joining/settings", ways)


async def says(
    steward: Browser, path: str, what: str, *, form: SeenPage | None = None, **fields: str
) -> SeenPage:
    sent = (form or await steward.open(path)).form(path).fields
    return await steward.post(path, {**sent, **fields, "do": what})


async def ways_told(visitor: Browser) -> tuple[str, str]:
    """What strangers read on the page about this community, and what apps are told."""
    async with visitor.http.get("/api/v2/instance") as answer:
        told = (await answer.json())["registrations"]["message"]
    return (await visitor.open("/about")).html, told.replace(visitor.node.origin, "")


async def request_of(node: RunningNode) -> str:
    number = await node.pool.fetchval("SELECT max(id) FROM join_requests")
    return f"/admin/joining/{number}"


async def rows(node: RunningNode) -> list[asyncpg.Record]:
    async with transaction(node.pool) as tx:
        return await tx.fetch("SELECT * FROM join_requests")


async def key_in(node: RunningNode, server: MailServer) -> str:
    """The private link in the newest letter that asks to confirm."""
    await node.drain()
    letter = next(one for one in reversed(server.got) if one["To"] == EVE)
    return found(r"/join/request\?key=\S+", plain(letter))


def plain(message: EmailMessage) -> str:
    return bodies(message)[0]


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[match.lastindex or 0]
