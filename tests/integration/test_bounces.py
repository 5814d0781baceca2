"""Mail that comes back ends the writing to dead addresses, and strangers' reports end nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from fedinet.db.query import Tx
from fedinet.kernel.errors import Malformed
from fedinet.mail import stops_store, store
from fedinet.mail.bounces import MAX_BYTES, Taken, return_path, take_bounce, token_of
from fedinet.mail.commands import write_mail
from fedinet.mail.model import Mail, MailKind, Outcome, Stranger, Topic
from fedinet.mail.stopping import address_tag, may_write
from fedinet.node.secrets import SecretBox
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.mail_server import mail_server

BOX, OTHER = SecretBox(b"k" * 32), SecretBox(b"o" * 32)
NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
ADDRESS, BOUNCES = "bo@home.example", "bounces@birds.example"


async def test_only_a_report_with_our_token_counts(tx: Tx) -> None:
    mail_id, other = await sent(tx), await sent(tx, "cleo@home.example")
    good = report(return_path(BOX, mail_id, BOUNCES))
    for raw, wanted in (
        (report(return_path(OTHER, mail_id, BOUNCES)), Taken.STRANGER),
        (report(BOUNCES), Taken.STRANGER),
        (report(f"bounces+{other}-{token_of(BOX, mail_id).partition('-')[2]}@x"), Taken.STRANGER),
        (report(f"bounces+{'9' * 19}-{'0' * 20}@x"), Taken.STRANGER),
        (good.replace(b"Return-Path: <>", b"Return-Path: <eve@evil.example>"), Taken.NO_REPORT),
        (good.replace(b"multipart/report", b"multipart/mixed"), Taken.NO_REPORT),
        (good.replace(b"message/delivery-status", b"text/plain"), Taken.NO_REPORT),
        (b"Auto-Submitted: auto-replied\n\nI am away.", Taken.NO_REPORT),
        (b"", Taken.NO_REPORT),
        (good.replace(b"Action: failed", b"Action: delayed"), Taken.DELAYED),
    ):
        assert await take_bounce(tx, BOX, raw, now=NOW) is wanted
        assert await may_write(tx, BOX, ADDRESS, Topic.DIGEST)  # pyright: ignore[reportArgumentType]
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(5000)
    )
    for bad in (b"x" * (MAX_BYTES + 1), deep):
        with pytest.raises(Malformed):
            await take_bounce(tx, BOX, bad, now=NOW)

    assert await take_bounce(tx, BOX, good, now=NOW) is Taken.STOPPED
    assert await take_bounce(tx, BOX, good, now=NOW) is Taken.STRANGER  # the same twice
    outcomes = await store.read_outcomes(tx, [mail_id, other])
    assert outcomes == {mail_id: Outcome.BOUNCED, other: Outcome.SENT}
    (stop,) = await stops_store.list_stops(tx, address_tag(BOX, ADDRESS))
    assert (stop.topic, stop.said) == (None, "smtp; 550 5.1.1 … unknown")
    quoted = report(BOUNCES, message_id=f"<mail.{token_of(BOX, other)}@birds.example>")
    assert await take_bounce(tx, BOX, quoted, now=NOW) is Taken.STOPPED


async def test_three_in_a_row_over_days_are_as_bad_as_one_for_good(tx: Tx) -> None:
    async def full(days: int) -> Taken:
        raw = report(return_path(BOX, await sent(tx), BOUNCES), status="5.2.2")
        return await take_bounce(tx, BOX, raw, now=NOW + timedelta(days=days))

    assert [await full(0) for _ in range(4)] == [Taken.COUNTED] * 4  # all of one day
    assert await full(20) is Taken.COUNTED  # long after: a new row
    assert await full(21) is Taken.COUNTED
    arrived = await sent(tx)
    at = NOW + timedelta(days=21, hours=1)
    await tx.execute("UPDATE mails SET ended_at = $2 WHERE id = $1", arrived, at)
    assert [await full(day) for day in (23, 24)] == [Taken.COUNTED] * 2  # one arrived between
    assert await full(25) is Taken.STOPPED
    policy = report(return_path(BOX, await sent(tx, "cleo@home.example"), BOUNCES), status="5.7.1")
    assert await take_bounce(tx, BOX, policy, now=NOW) is Taken.NOTED


async def test_a_dead_address_is_told_to_its_member_who_can_try_again(
    start_node: StartNode,
) -> None:
    async with mail_server() as server:
        node = await start_node(**server.settings, mail_bounces=BOUNCES)
        await given_account(node, "ada", role="owner", email=ADDRESS)
        await node.pool.execute("UPDATE accounts SET email_confirmed_at = now()")
        server.says_rcpt = "550 5.1.1 ADDRESS unknown"
        async with browser(node) as ada:
            await ada.sign_in("ada")
            await node.drain()  # the link of a new account
            assert "One address is not written to" in (await ada.open("/admin/mail")).text
            page = await ada.open("/settings/email")
            assert "came back" in page.text and "550 5.1.1 … unknown" in page.text
            server.says_rcpt = "250 OK"
            csrf = page.form("/settings/email").fields["csrf"]
            page = await ada.post("/settings/email", {"csrf": csrf, "do": "revive"})
            assert "came back" not in page.text
            await node.drain()
            assert server.got[-1]["To"] == ADDRESS
            (path,) = {path for path in server.paths if path.startswith("bounces+")}
            assert path.endswith("@birds.example")
            bad = {"csrf": csrf, "do": "resume", "topic": "security"}
            assert (await ada.post("/settings/email", bad)).status == 422


async def sent(tx: Tx, address: str = ADDRESS) -> int:
    """A message that a server took a moment ago."""
    mail_id = await write_mail(
        tx, Stranger(address=address, language="en"), MailKind.WARNED, now=NOW
    )
    mail = await store.begin(tx, mail_id)
    assert isinstance(mail, Mail)
    await store.tag_address(tx, mail, address_tag(BOX, address))
    await store.end(tx, mail, Outcome.SENT)
    await tx.execute(
        "UPDATE mails SET ended_at = $2 WHERE id = $1", mail_id, NOW + timedelta(days=60)
    )
    return mail_id


def report(to: str, *, status: str = "5.1.1", message_id: str = "<x@birds.example>") -> bytes:
    """As Postfix writes it (RFC 3464)."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.home.example (Mail Delivery System)
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.home.example

Final-Recipient: rfc822; {ADDRESS}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{ADDRESS}> unknown

--b
Content-Type: text/rfc822-headers

From: post@birds.example
Message-ID: {message_id}
Subject: 1-00000000000000000000@x

--b--
""".encode()
