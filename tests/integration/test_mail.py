"""Mail that was promised arrives, is tried again, or ends with a reason; the log names nobody."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from fedinet.accounts.notices import tell_member
from fedinet.db.pool import transaction
from fedinet.desk.store import list_open
from fedinet.http.dates import day
from fedinet.http.i18n import catalogue
from fedinet.kernel.errors import Malformed, RemoteUnavailable
from fedinet.kernel.ids import AccountId, Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of
from fedinet.kernel.zones import zone_of
from fedinet.mail import store
from fedinet.mail.bounces import token_of
from fedinet.mail.commands import SecretLink, write_mail
from fedinet.mail.jobs import PostOffice, send_mail
from fedinet.mail.model import KEPT, MailKind, Recipient, Stranger
from fedinet.mail.smtp import NotYet, RefusedForGood, ServerTrouble, Smtp
from fedinet.mail.transports import Console, Folder, Transport
from fedinet.mail.upkeep import close_waiting, tidy_once
from fedinet.node.secrets import open_box
from fedinet.settings import Settings, load
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import (
    PASSWORD,
    USER,
    MailServer,
    mail_server,
    own_certificate,
)
from tests.integration.nodes import RunningNode
from tests.integration.people import given_member
from tests.unit.mail.test_compose import bodies, letter

OURS = NodeUris(origin_of("https://birds.example"))
ADDRESS = "ada.lovelace@home.example"


async def test_a_servers_answers_decide_what_becomes_of_a_message() -> None:
    async with mail_server() as server:
        smtp = Smtp(settings(server))
        await smtp.send(letter(to="örn@bücher.example"), name="1")
        assert server.got[0]["To"] == "örn@xn--bcher-kva.example"
        for rcpt, data, wanted in (
            ("550 5.1.1 <ADDRESS> is unknown", "250 OK", RefusedForGood),
            ("451 4.7.1 greylisted, ADDRESS", "250 OK", NotYet),
            ("250 OK", "554 5.7.1 we think this is spam", RefusedForGood),
            ("250 OK", "452 4.3.1 full", NotYet),
        ):
            server.says_rcpt, server.says_data = rcpt, data
            with pytest.raises(wanted) as told:
                await smtp.send(letter(to=ADDRESS), name="2")
            assert ADDRESS not in str(told.value) and type(told.value) is wanted
        assert len(server.got) == 1


async def test_nothing_is_said_before_the_server_has_shown_who_it_is(tmp_path: Path) -> None:
    tls, believed = own_certificate(tmp_path)
    async with mail_server(tls, wants_sign_in=True) as server:
        safe = {"smtp_security": "starttls", "smtp_ca": str(believed), "smtp_user": USER}
        await Smtp(settings(server, **safe, smtp_password=PASSWORD)).send(letter(), name="1")
        assert (len(server.got), server.names) == (1, [USER])
        with pytest.raises(ServerTrouble, match="signing in was refused"):
            await Smtp(settings(server, **safe, smtp_password="wrong")).check()
        server.names.clear()
        for unsafe in (
            settings(server, smtp_security="starttls", smtp_user=USER, smtp_password=PASSWORD),
            settings(server, **(safe | {"smtp_ca": "/no/such/file"}), smtp_password=PASSWORD),
        ):
            with pytest.raises(ServerTrouble):
                await Smtp(unsafe).check()
    async with mail_server() as plain:
        with pytest.raises(ServerTrouble):  # one in between took STARTTLS away
            await Smtp(settings(plain, **safe, smtp_password=PASSWORD)).check()
        assert (plain.names, server.names) == ([], [])
    listening = await asyncio.start_server(say_nothing, "127.0.0.1", 0, ssl=tls)
    async with listening:
        port = MailServer(port=listening.sockets[0].getsockname()[1])
        hanging = settings(port, smtp_security="tls", smtp_ca=str(believed))
        for smtp in (Smtp(hanging, step_s=0.2), Smtp(hanging, whole_s=0.2)):
            with pytest.raises(ServerTrouble, match=r"127\.0\.0\.1:"):
                await smtp.check()


async def test_a_message_is_tried_again_until_it_is_taken(
    pool: asyncpg.Pool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "fedinet")
    async with mail_server() as server, house(pool, tmp_path, Smtp(settings(server))) as post:
        server.says_data = f"451 later, {ADDRESS}"
        mail_id = await promise(post, link="/reset-password?token=secret")
        await send(post, mail_id)
        server.says_data = "250 OK"
        await send(post, mail_id)
        await send(post, mail_id)  # the job of a process that died

        assert [one["Message-ID"] for one in server.got] == [
            f"<mail.{token_of(post.box, mail_id)}@birds.example>"
        ]
        assert "https://birds.example/reset-password?token=secret" in bodies(server.got[0])[0]
        row = await pool.fetchrow("SELECT * FROM mails")
        assert (row["attempts"], row["outcome"], row["last_error"]) == (2, "sent", "451 later, …")
        assert (row["recipient"], row["facts"], row["link_sealed"]) == (None, None, None)
        again = "SELECT due_at > now() + interval '30 s' FROM jobs WHERE unique_key = $1"
        assert await pool.fetchval(again, f"{mail_id}.1")
        assert (
            ADDRESS not in caplog.text
            and "secret" not in caplog.text
            and "mail.sent" in caplog.text
        )
        assert (
            await pool.fetchval("SELECT count(*) FROM jobs WHERE payload::text ~ '@|secret'") == 0
        )


async def test_a_dead_server_is_told_to_stewards_once_and_given_up_in_the_end(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    gone = MailServer(port=1)
    async with house(pool, tmp_path, Smtp(settings(gone))) as post:
        now = datetime.now(UTC)
        fresh = await promise(post)
        await send(post, fresh)
        assert await desk(pool) == []
        old = await promise(post, now=now - timedelta(hours=1))
        dead = await promise(post, now=now - timedelta(days=3) + timedelta(seconds=30))
        for mail_id in (old, old, dead):
            await send(post, mail_id)
        assert await desk(pool) == [("closed 127.0.0.1:1", 3)]
        assert await outcomes(pool) == {fresh: None, old: None, dead: "expired"}

        async with mail_server() as server:
            await send(replace(post, transport=Smtp(settings(server))), fresh)
        assert await desk(pool) == []
        late = await promise(post, now=now - timedelta(days=4))
        await send(post, late)
        await close_waiting(pool)  # a restored backup
        assert await outcomes(pool) == {
            fresh: "sent",
            old: "expired",
            dead: "expired",
            late: "expired",
        }
        await tidy_once(post, now + KEPT + timedelta(hours=1))
        assert await outcomes(pool) == {}


async def test_a_message_that_nobody_can_take_ends_at_once(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    async with mail_server() as server, house(pool, tmp_path, Smtp(settings(server))) as post:
        server.says_rcpt = "550 no ADDRESS here"
        refused, torn = await promise(post, of_member=False), await promise(post, link="/x")
        await pool.execute("UPDATE mails SET link_sealed = '\\x00' WHERE id = $1", torn)
        await send(post, refused)
        await send(post, torn)
        assert await outcomes(pool) == {refused: "refused", torn: "refused"}
        async with pool.acquire() as conn:
            found = [(one.username, one.why) for one in await store.list_troubled(conn, limit=9)]
        assert found[0][0] == "ada" and found[1] == (None, "550 no … here")
        assert await desk(pool) == []
        with pytest.raises(Malformed):
            await promise(post, address="ada@home.example\nBcc: eve@evil.example")


async def test_more_than_a_provider_allows_waits_but_what_concerns_signing_in_does_not(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    async with mail_server() as server, house(pool, tmp_path, Smtp(settings(server))) as many:
        post = replace(many, per_hour=1)
        first, second = [await promise(post, kind=MailKind.WARNED) for _ in range(2)]
        for mail_id in (first, second, second, await promise(post, link="/x")):
            await send(post, mail_id)  # one twice, as after the death of a worker
        assert [str(one["Subject"])[:5] for one in server.got] == ["The s", "A new"]
        row = await pool.fetchrow("SELECT attempts, ended_at FROM mails WHERE id = $1", second)
        assert (row["attempts"], row["ended_at"]) == (0, None)
        waits = "SELECT unique_key FROM jobs WHERE unique_key ~ 'wa' AND due_at > now() + '4 min'"
        assert [row["unique_key"] for row in await pool.fetch(waits)] == [f"{second}.waits.1"]
        await pool.execute("UPDATE mails SET ended_at = ended_at - interval '61 min'")
        await send(post, second)
        assert len(server.got) == 3


async def test_without_a_server_messages_are_files_that_others_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path / "mail")
    await folder.send(letter(), name="7")
    await folder.send(letter(), name="7")
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "7.eml" and "reset-password" in file.read_text()
    assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)
    await folder.forget(before=datetime.now(UTC) + timedelta(minutes=1))
    assert not file.exists()
    (tmp_path / "file").touch()
    with pytest.raises(RemoteUnavailable):
        await Folder(tmp_path / "file").send(letter(), name="8")
    await Console().send(letter(), name="9")
    assert "token=t" in capsys.readouterr().out


async def test_a_member_is_told_in_their_language_where_they_have_said_yes(
    start_node: StartNode,
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings)
        await given_account(node, "ada", role="moderator")
        account_id, _ = await given_account(node, "bo")
        await node.pool.execute(
            "UPDATE accounts SET email = $2, language = 'nl' WHERE id = $1", account_id, ADDRESS
        )
        await told(node, account_id)
        await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
        await told(node, account_id)
        (message,) = server.got
        assert message["To"] == ADDRESS and message["Content-Language"] == "nl"
        now = datetime.now(UTC)
        assert f"{day(now, zone=zone_of(), text=catalogue('nl').gettext)}, " in message.as_string()
        assert f"{now:%Y-%m-%d}" not in message.as_string()
        server.says_rcpt = "550 no"
        await told(node, account_id)
        async with browser(node) as ada:
            await ada.sign_in("ada")
            page = await ada.open("/admin/mail")
        assert "550 no" in page.html and "@bo" in page.html and ADDRESS not in page.html


async def told(node: RunningNode, account_id: AccountId) -> None:
    async with transaction(node.pool) as tx:
        browser_name = {"browser": "Firefox, Linux"}
        await tell_member(
            tx, account_id, MailKind.NEW_SIGN_IN, now=datetime.now(UTC), facts=browser_name
        )
    await node.drain()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def settings(server: MailServer, **given: object) -> Settings:
    return load({"origin": "https://birds.example", **server.settings, **given}, {})


@asynccontextmanager
async def house(pool: asyncpg.Pool, data: Path, transport: Transport) -> AsyncGenerator[PostOffice]:
    """A post office on an empty node with one member, ada."""
    async with transaction(pool) as tx:
        await tx.execute(
            "INSERT INTO node (origin, account_domain, name)"
            " VALUES ('https://birds.example', 'birds.example', 'Birds')"
        )
        await given_member(tx, "ada", uris=OURS, domain=Domain("birds.example"))
    yield PostOffice(
        pool=pool, box=open_box(data), uris=OURS, transport=transport, sender="post@birds.example"
    )


async def promise(
    post: PostOffice,
    *,
    now: datetime | None = None,
    link: str = "",
    address: str = ADDRESS,
    of_member: bool = True,
    kind: MailKind = MailKind.PASSWORD_CHANGED,
) -> int:
    at = now or datetime.now(UTC)
    async with transaction(post.pool) as tx:
        account_id = AccountId(await tx.fetchval("SELECT id FROM accounts"))
        to = Recipient(account_id=account_id, address=address, language="en", handle="@ada")
        to = to if of_member else Stranger(address=address, language="en")
        secret = SecretLink(link, at + timedelta(hours=1), post.box) if link else None
        kind = MailKind.RESET_PASSWORD if link else kind
        return await write_mail(tx, to, kind, now=at, link=secret)


async def send(post: PostOffice, mail_id: int) -> None:
    await send_mail(post, {"mail_id": mail_id})


async def desk(pool: asyncpg.Pool) -> list[tuple[str, int]]:
    async with pool.acquire() as conn:
        return [(one.name, one.times) for one in await list_open(conn)]


async def outcomes(pool: asyncpg.Pool) -> dict[int, str | None]:
    return {row["id"]: row["outcome"] for row in await pool.fetch("SELECT id, outcome FROM mails")}
