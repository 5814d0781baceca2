"""Mail that comes back: which message it was, and whether its address is written to any more.

A bounce counts only with the token of the message, which nobody has but whoever got it:
in the return path (``bounces+ID-TOKEN@…``), or in the Message-ID of what it quotes. It is
never answered, and what is no report of delivery (absence notes, people) does nothing.
"""

import hmac
import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from enum import StrEnum
from typing import Final

from fedinet.db.query import Tx
from fedinet.kernel.errors import Malformed
from fedinet.mail import stops_store, store, strikes_store
from fedinet.mail.model import StopReason
from fedinet.mail.smtp import without_addresses
from fedinet.mail.verdicts import Verdict, verdict_of_status
from fedinet.node.secrets import SecretBox

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 256 * 1024
"""Reports quote at most what we sent, which is short."""
_MOST_PARTS: Final = 50
_STRIKES: Final = 3
_OVER: Final = timedelta(days=2)
FORGOTTEN: Final = timedelta(days=14)
_TOKEN = re.compile(r"(\d{1,19})-([0-9a-f]{20})(?=@)")
_NOBODY: Final = ("<>", "<mailer-daemon>")
_READERS: Final = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


class Taken(StrEnum):
    """What became of a bounce."""

    STOPPED = "stopped"
    COUNTED = "counted"
    NOTED = "noted"
    """The message is marked; the reason says nothing of its address."""
    DELAYED = "delayed"
    NO_REPORT = "no_report"
    STRANGER = "stranger"
    """Not about a message of ours that we remember, or said before."""


def token_of(box: SecretBox, mail_id: int) -> str:
    """What marks a message as ours, e.g. ``123-0f…``."""
    return f"{mail_id}-{box.tag(f'bounce of {mail_id}')[:20]}"


def return_path(box: SecretBox, mail_id: int, bounces: str) -> str:
    """Where a message comes back to: the mailbox for bounces, with the token of the message."""
    local, _, host = bounces.rpartition("@")
    return f"{local}+{token_of(box, mail_id)}@{host}"


async def take_bounce(tx: Tx, box: SecretBox, raw: bytes, *, now: datetime) -> Taken:
    """Read what came to the mailbox for bounces, and do what follows. The same twice counts once.

    Raises:
        Malformed: too large, or nothing that can be read as a message.
    """
    report = _read(raw)
    if report.get_content_type() != "multipart/report" or not _has_null_sender(report):
        return Taken.NO_REPORT
    said = _what_is_said(report)
    if said is None:
        return Taken.NO_REPORT
    action, status, why = said
    if action != "failed":
        return Taken.DELAYED
    mail_id = next((found for found in _tokens(report) if _is_ours(box, *found)), None)
    if mail_id is None:
        return Taken.STRANGER
    tag = await store.mark_bounced(tx, int(mail_id[0]), why)
    if tag is None:
        return Taken.STRANGER
    verdict = verdict_of_status(status)
    logger.info("mail.bounced id=%s status=%s verdict=%s", mail_id[0], status, verdict)
    return await judge(tx, tag, verdict, why, now=now)


async def judge(tx: Tx, tag: str, verdict: Verdict, why: str, *, now: datetime) -> Taken:
    """Stop writing to a dead address at once, to one in trouble after three in a row over days."""
    match verdict:
        case Verdict.NOTHING:
            return Taken.NOTED
        case Verdict.STRIKE:
            strikes, since = await strikes_store.count_strike(
                tx, tag, now=now, forgotten=now - FORGOTTEN
            )
            if strikes < _STRIKES or now - since < _OVER:
                return Taken.COUNTED
        case Verdict.DEAD:
            pass
    await stops_store.insert_stop(tx, tag, None, StopReason.BOUNCED, said=why)
    return Taken.STOPPED


def _read(raw: bytes) -> Message:
    if len(raw) > MAX_BYTES:
        raise Malformed(f"a bounce of more than {MAX_BYTES} bytes")
    try:
        report = message_from_bytes(raw)
        parts = sum(1 for _ in zip(report.walk(), range(_MOST_PARTS + 1), strict=False))
    except (RecursionError, ValueError, LookupError) as error:
        raise Malformed("a bounce that cannot be read") from error
    if parts > _MOST_PARTS:
        raise Malformed("a bounce of too many parts")
    return report


def _has_null_sender(report: Message) -> bool:
    """Whoever reports a failure wants no report of it (RFC 3464 2); other mail is somebody's."""
    sender = str(report.get("Return-Path", "<>")).strip().lower()
    return sender in _NOBODY


def _what_is_said(report: Message) -> tuple[str, str, str] | None:
    """Action, status and reason of the first recipient: each of our messages has one."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.walk():
            action = str(block.get("Action", "")).strip().lower()
            if action:
                why = without_addresses(str(block.get("Diagnostic-Code", "")))
                status = str(block.get("Status", "")).strip().split(" ")[0]
                return action, status, why or status
    return None


def _tokens(report: Message) -> Iterator[tuple[str, str]]:
    for name in _READERS:
        for value in report.get_all(name, []):
            yield from _TOKEN.findall(str(value))
    for part in report.walk():
        if part.get_content_type() == "text/rfc822-headers":
            yield from _TOKEN.findall(_message_id(str(part.get_payload())))
        elif part is not report:
            yield from _TOKEN.findall(str(part.get("Message-ID", "")))


def _message_id(headers: str) -> str:
    found = re.search(r"^Message-ID:[ \t]*(?:\r?\n[ \t]+)?(\S{1,200})", headers, re.I | re.M)
    return found[1] if found else ""


def _is_ours(box: SecretBox, mail_id: str, mark: str) -> bool:
    number = int(mail_id)
    given = f"{number}-{mark}"
    return number < 1 << 63 and hmac.compare_digest(token_of(box, number).encode(), given.encode())
