"""A steward enters a mail server, and "mail works" is said once a code has come back."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fedinet.mail.model import Trouble
from fedinet.mail.smtp import ServerTrouble, Smtp
from fedinet.mail.words import TROUBLES
from fedinet.settings import load
from tests.integration.browser import PASSWORD as HERS
from tests.integration.browser import Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import PASSWORD, USER, mail_server, own_certificate
from tests.integration.nodes import RunningNode
from tests.integration.statements import statements
from tests.integration.test_mail import say_nothing, told

HERE, ADDRESS = "/admin/mail", "ada@home.example"
NOT_TAKEN = "The last code that was to be sent was not taken."
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def said_of_one(node: RunningNode, ada: Browser) -> str:
    """What the page says once a message was written for which there is no server."""
    await node.pool.execute(
        "UPDATE accounts SET email = 'mo@home.example', email_confirmed_at = now()"
        " WHERE role = 'moderator'"
    )
    await told(node, await node.pool.fetchval("SELECT id FROM accounts WHERE role = 'moderator'"))
    text = (await ada.open(HERE)).text
    assert "0 were sent, and 0 did not arrive. One was only written down here" in text
    return text


async def keeps_failing(ada: Browser, said: SeenPage, wrong: dict[str, str]) -> None:
    """What a code showed to be wrong is told at its field, and wherever the server is looked at."""
    assert 'name="user"' in said.html.split('id="user-error"')[1][:400]
    assert said.html.count("<title>Problem: Mail") == 1 and wrong["port"] in said.html
    await ask(ada, "save", {**wrong, "sender": "b@home.example"})
    fails = f"Mail does not get out: 127.0.0.1:{wrong['port']} does not let us sign in"
    for path in (HERE, "/admin", "/admin/health"):
        with statements() as asked:
            page = await ada.open(path)
        assert len(asked[page.headers["X-Request-Id"]]) <= 6, asked
        assert f"{fails} " in page.text and "Since" in page.text, path
        assert "never prove" not in page.text, path


async def test_mail_works_when_a_code_came_back(start_node: StartNode, tmp_path: Path) -> None:
    tls, believed = own_certificate(tmp_path)
    async with mail_server(tls, wants_sign_in=True) as server:
        node = await start_node(smtp_ca=str(believed))
        await given_account(node, "ada", role="owner")
        await given_account(node, "mo", role="moderator")
        async with browser(node) as ada, browser(node) as mo:
            await ada.sign_in("ada")
            await mo.sign_in("mo")
            assert "nothing reaches members" in await said_of_one(node, ada)
            entered = {"host": "127.0.0.1", "port": str(server.port), "user": USER}
            await node.pool.execute("UPDATE sessions SET verified_at = NULL")
            for do in ("save", "forget"):
                asked = await ask(ada, do, {**entered, "password": PASSWORD})
                await goes_on(ada, asked, entered)
            assert not await node.pool.fetchval("SELECT count(*) FROM mail_server")
            await node.pool.execute("UPDATE sessions SET verified_at = now()")
            nameless = await ask(ada, "save", {**entered, "password": ""})
            assert (nameless.status, "give the password" in nameless.text) == (422, True)
            await ask(ada, "save", {**entered, "password": "wrong", "sender": "b@home.example"})
            said = await ask(ada, "try", {"address": ADDRESS})
            assert (said.status, "made for programs" in said.text) == (422, True)
            await keeps_failing(ada, said, {**entered, "password": "wrong"})

            await ask(ada, "save", {**entered, "password": PASSWORD, "sender": "b@home.example"})
            kept = await node.pool.fetchval("SELECT password_sealed FROM mail_server")
            assert PASSWORD.encode() not in kept
            await ask(ada, "save", {**entered, "password": "", "sender": "birds@home.example"})
            assert await desk(ada) == 1 and "never proven" in (await mo.open("/admin")).text
            server.says_rcpt = "450 4.2.0 greylisted ADDRESS"
            said = await ask(ada, "try", {"address": ADDRESS})
            assert "Wait five minutes" in said.text and "greylisted …" in said.text
            server.says_rcpt = "250 OK"
            for _ in range(2):
                page = await ask(ada, "try", {"address": ADDRESS})
            assert (page.status, "Mail works" in page.text) == (200, False)
            assert server.got[-1]["From"].addresses[0].addr_spec == "birds@home.example"
            former, code = (code_of(str(one["Subject"])) for one in server.got)
            assert (await ask(ada, "code", {"code": former})).status == 422
            assert "Mail works" in (await ask(ada, "code", {"code": f" {code} "})).text
            assert (await ask(ada, "code", {"code": code})).status == 422  # once
            assert "does not get out" not in (await ada.open("/admin")).text
            assert await desk(ada) == 0 and "Mail works" in (await mo.open(HERE)).text

            for do in ("save", "try", "code", "forget"):
                assert (await ask(mo, do, entered)).status == 403
            await ask(ada, "save", {**entered, "password": "", "sender": ""})
            assert "Mail works" not in (await ada.open(HERE)).text  # another sender
            await ask(ada, "try", {"address": ADDRESS})
            code = code_of(str(server.got[-1]["Subject"]))
            for guess in range(5):
                wrong = f"{(int(code) + guess + 1) % 1_000_000:06}"
                assert (await ask(ada, "code", {"code": wrong})).status == 422
            assert (await ask(ada, "code", {"code": code})).status == 422  # guessed too often
            await ask(ada, "forget", {})
            assert "nothing reaches members" in (await ada.open(HERE)).text


async def test_a_code_that_was_not_taken_is_told_until_one_is(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    await given_account(node, "mo", role="moderator")
    async with mail_server() as server, browser(node) as ada, browser(node) as mo:
        await ada.sign_in("ada")
        await mo.sign_in("mo")
        entered = {"host": "127.0.0.1", "security": "none", "port": str(server.port)}
        birds, others = (
            {**entered, "sender": f"{one}@home.example"} for one in ("birds", "others")
        )
        await ask(ada, "save", birds)
        server.says_rcpt = "550 5.1.1 ADDRESS is unknown here"
        assert NOT_TAKEN not in (await ask(ada, "try", {"address": ADDRESS})).text, "said there"
        later = await mo.open(HERE)
        assert NOT_TAKEN in later.text and "550 5.1.1 … is unknown here" in later.text
        assert "Look whether it is spelled right" in later.text
        await ask(ada, "save", others)
        assert NOT_TAKEN not in (await mo.open(HERE)).text, "that was another sender"
        await ask(ada, "save", birds)
        assert NOT_TAKEN in (await mo.open(HERE)).text
        server.says_rcpt = "250 OK"
        assert NOT_TAKEN not in (await ask(ada, "try", {"address": ADDRESS})).text


async def test_a_server_that_is_set_back_is_told_of_again(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="owner")
    async with browser(node) as ada:
        await ada.sign_in("ada")
        entered = {"host": "127.0.0.1", "security": "none", "sender": "birds@home.example"}
        for port in ("1", "2", "1"):
            page = await ask(ada, "save", {**entered, "port": port})
            assert f"127.0.0.1:{port} was never proven" in (await ada.open("/admin")).text, port
        assert "Without one it is fedinet@" in page.text
        vain = await ask(ada, "try", {"address": ADDRESS})
        assert "Nothing takes mail at this port" in vain.text
        assert "What the server said" not in vain.text, "there is none that could have said it"


async def test_what_the_settings_say_no_page_changes(start_node: StartNode) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        await given_account(node, "ada", role="owner")
        async with browser(node) as ada:
            await ada.sign_in("ada")
            page = await ada.open(HERE)
            assert "The settings of the machine say so" in page.text
            assert (await ask(ada, "save", {"host": "smtp.evil.example"})).status == 403
            await ask(ada, "try", {"address": ADDRESS})
            code = code_of(str(server.got[-1]["Subject"]))
            assert "Mail works" in (await ask(ada, "code", {"code": code})).text


async def test_what_is_wrong_with_a_server_is_told_apart(tmp_path: Path) -> None:
    tls, believed = own_certificate(tmp_path)

    async def not_mail(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        writer.close()

    cases: tuple[tuple[Talk, str, str, Trouble, ssl.SSLContext | None], ...] = (
        (not_mail, "none", "", Trouble.NOT_MAIL, None),
        (not_mail, "tls", "", Trouble.NO_ENCRYPTION, None),
        (say_nothing, "none", "", Trouble.SILENT, None),
        (say_nothing, "tls", "", Trouble.CERTIFICATE, tls),
        (say_nothing, "tls", "/no/such/file", Trouble.CERTIFICATE, tls),
        (say_nothing, "tls", str(believed), Trouble.SILENT, tls),
    )
    for talk, security, ca, wanted, context in cases:
        listening = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            step_s = 0.2 if wanted is Trouble.SILENT else 20
            told = await trouble(port=port, security=security, ca=ca, step_s=step_s)
            assert told is wanted, (security, ca)
    assert await trouble(port=1, security="none") is Trouble.CLOSED
    async with mail_server() as plain:
        assert await trouble(port=plain.port, security="starttls") is Trouble.NO_ENCRYPTION
    assert set(TROUBLES) == set(Trouble)


async def trouble(*, port: int, security: str, ca: str = "", step_s: float = 20) -> Trouble:
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": security}
    settings = load({"origin": "https://birds.example", **given, "smtp_ca": ca or None}, {})
    with pytest.raises(ServerTrouble) as told:
        await Smtp(settings, step_s=step_s).check()
    return told.value.trouble


async def ask(who: Browser, do: str, fields: dict[str, str]) -> SeenPage:
    csrf = (await who.open(HERE)).forms[0].fields["csrf"]
    return await who.post(HERE, {"csrf": csrf, "do": do, **fields})


async def goes_on(who: Browser, asked: SeenPage, entered: dict[str, str]) -> None:
    """The password leads back to what was entered, and nothing of it is saved."""
    assert "Your password once more" in asked.text and PASSWORD not in asked.html
    for typed, status in (("other", 422), (HERS, 200)):
        proof = {**asked.form("/settings/again").fields, "current_password": typed}
        asked = await who.post("/settings/again", proof)
        assert asked.status == status
    await who.node.pool.execute("UPDATE sessions SET verified_at = NULL")
    assert "Nothing is saved yet" in asked.text
    assert HERS not in asked.html and PASSWORD not in asked.html
    kept = [form.fields for form in asked.forms if "host" in form.fields]
    assert entered.items() <= kept[0].items(), kept
    anew = await ask(who, "forget", {})
    assert anew.form("/settings/again").fields["next"] == HERE, "nothing was entered"


async def desk(who: Browser) -> int:
    found = "SELECT count(*) FROM matters WHERE kind = 'mail_unproven' AND settled_at IS NULL"
    return int(await who.node.pool.fetchval(found))


def code_of(subject: str) -> str:
    found = re.match(r"\d{6}\b", subject)
    assert found is not None
    return found[0]
