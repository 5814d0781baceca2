"""Forty people of a list by real mail: little by little; some come, one bounces, one says no."""

import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

from fedinet.db.pool import transaction
from fedinet.invitations.listed import commands
from fedinet.invitations.listed.commands import Inviting
from fedinet.invitations.listed.reading import read_list
from fedinet.invitations.listed.sending import KEPT, send_once
from fedinet.invitations.listed.sending_store import forget
from fedinet.invitations.listed.store import count_listed
from fedinet.mail.commands import SEND_MAIL
from fedinet.mail.model import StopReason
from fedinet.mail.stopping import LEAVING_PAGE, stop_writing
from tests.integration.browser import PASSWORD, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import MailServer, mail_server
from tests.integration.nodes import RunningNode
from tests.unit.mail.test_compose import bodies

NOW = datetime.now(UTC)
LIST = "naam;mail;taal\n" + "".join(f"Persoon {n};p{n}@home.example;nl\n" for n in range(40))


async def test_forty_are_invited_little_by_little_and_each_stands_somewhere(
    start_node: StartNode,
) -> None:
    async with mail_server() as server:
        server.refuses.add("p7@home.example")
        node = await start_node(**server.settings)
        await given_invited(node)
        sent = [await step(node, minutes=minute, hourly=30) for minute in (0, 1, 2, 3, 4, 5, 6)]
        assert sent == [5, 5, 5, 5, 5, 5, 0]  # whatever a restart in between forgets
        assert [await step(node, minutes=61 + n, hourly=30) for n in range(3)] == [5, 5, 0]
        assert len(server.got) == 39
        message = mail_to(server, "p8@home.example")
        plain, html = bodies(message)
        assert message["Subject"] == "Je bent uitgenodigd bij Test community"
        assert "Dag Persoon 8," in plain and "Tot maandag!" in html

        for n in (1, 2, 3):
            await join(node, server, n)
        way_out = urlsplit(message["List-Unsubscribe"].strip("<>"))
        assert way_out.path == LEAVING_PAGE
        async with browser(node) as one:
            stopped = await one.post(
                f"{way_out.path}?{way_out.query}", {"List-Unsubscribe": "One-Click"}
            )
            assert stopped.status == 200
            await step(node, minutes=70)
            ended = await one.open(link_of(message))
            assert ended.status == 410 and "You asked not to be written to" in ended.text
        assert await standings(node) == {"joined": 3, "sent": 35, "declined": 1, "bounced": 1}

        server.got.clear()
        week = 7 * 24 * 60
        assert await step(node, minutes=week - 5) == 0
        assert sum([await step(node, minutes=week + 65 + n) for n in range(4)]) == 35
        assert {one["Subject"] for one in server.got} == {
            "Je uitnodiging bij Test community werkt nog"
        }
        assert len(server.got) == 35 and not addressed(server) & {
            "p1@home.example", "p7@home.example", "p8@home.example",
        }  # fmt: skip
        assert await step(node, minutes=week + 500) == 0
        await join(node, server, 9)
        confirmed = "SELECT count(*) FROM accounts WHERE email_confirmed_at IS NOT NULL"
        assert await node.pool.fetchval(confirmed) == 4

        again = await node.pool.fetchval(
            "SELECT id FROM invited_people WHERE email = 'p7@home.example'"
        )
        server.refuses.clear()
        box = node.services.box
        async with transaction(node.pool) as tx:
            await stop_writing(tx, box, "p7@home.example", reason=StopReason.BOUNCED)
            await commands.send_again(tx, again, box=box, now=NOW)
        assert await step(node, minutes=week + 700) == 1
        assert mail_to(server, "p7@home.example")["Subject"].startswith("Je bent uitgenodigd")
        await forget(node.pool, before=NOW + KEPT, in_line=NOW)
        assert await standings(node) == {}


async def test_without_a_mail_server_nobody_is_written_to_and_members_never_are(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_invited(node)
    assert await step(node) == 0
    assert await node.pool.fetchval("SELECT count(*) FROM mails") == 0
    async with mail_server() as server:
        server.says_rcpt = "451 later"
        node = await start_node(**server.settings)
        await given_invited(node)
        await given_account(node, "early", email="P0@home.example")  # by another door
        assert await step(node, hourly=300) == 39
        assert await standings(node) == {"waiting": 40}


async def given_invited(node: RunningNode) -> None:
    owner, _ = await given_account(node, "joris", role="owner")
    how = Inviting(by=owner, role="owner", now=NOW, greeting="Tot maandag!")
    async with transaction(node.pool) as tx:
        guests = read_list(LIST).guests
        assert await commands.invite_listed(tx, guests, how, box=node.services.box) == 40


async def step(node: RunningNode, *, minutes: int = 0, hourly: int = 300) -> int:
    """What the worker does at that minute, and what the queue does with it."""
    office = await node.services.post_office()
    done = await send_once(office, hourly=hourly, now=NOW + timedelta(minutes=minutes))
    await node.pool.execute("UPDATE jobs SET due_at = now() WHERE kind = $1", SEND_MAIL)
    await node.drain()
    return done


async def join(node: RunningNode, server: MailServer, number: int) -> None:
    async with browser(node) as guest:
        link = link_of(mail_to(server, f"p{number}@home.example"))
        typed = {"username": f"p{number}", "password": PASSWORD}
        assert (await guest.fill(link, "/join", typed)).path == "/welcome"


async def standings(node: RunningNode) -> dict[str, int]:
    await step(node, minutes=8 * 24 * 60 - 1, hourly=0)
    async with node.pool.acquire() as conn:
        return {str(key): n for key, n in (await count_listed(conn, now=NOW)).items()}


def addressed(server: MailServer) -> set[str]:
    return {str(one["To"]) for one in server.got}


def mail_to(server: MailServer, address: str) -> EmailMessage:
    return next(one for one in reversed(server.got) if one["To"] == address)


def link_of(message: EmailMessage) -> str:
    found = re.search(r"/join\?code=\S+", bodies(message)[0])
    assert found is not None
    return found[0]
