"""One letter, two bodies: nothing that anybody typed becomes a header, markup or an address."""

from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default

import pytest

from fedinet.http.i18n import catalogue
from fedinet.kernel.errors import Malformed
from fedinet.mail.compose import Envelope, Sender, compose
from fedinet.mail.model import TOPICS, MailKind, delay_after, is_safe_address
from fedinet.mail.words import LETTERS, subject_of

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
HANDLE = {"handle": "@ada", "when": "2026-11-29 08:00 UTC"}


def letter(
    kind: MailKind = MailKind.RESET_PASSWORD,
    *,
    to: str = "ada@home.example",
    community: str = "Birds",
    language: str = "en",
    facts: dict[str, str] | None = None,
    way_out: str = "",
) -> EmailMessage:
    link = "/reset-password?token=t" if kind is MailKind.RESET_PASSWORD else None
    made = compose(
        Sender(address="post@birds.example", community=community, origin="https://birds.example"),
        Envelope(
            recipient=to,
            language=language,
            message_id="<mail.1@birds.example>",
            written_at=NOW,
            way_out=way_out,
        ),
        LETTERS[kind],
        {**HANDLE, **(facts or {})},
        link=link,
        say=catalogue(language).gettext,
    )
    read = message_from_string(made.as_bytes().decode(), policy=default)
    assert isinstance(read, EmailMessage)
    return read


def bodies(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and html is not None
    return text.get_content(), html.get_content()


def test_both_bodies_say_the_same_and_lead_to_the_same_place() -> None:
    message = letter()
    assert message["Subject"] == "A new password for @ada"
    assert (message["From"], message["To"]) == ("Birds <post@birds.example>", "ada@home.example")
    assert message["Auto-Submitted"] == "auto-generated"
    for body in bodies(message):
        assert "https://birds.example/reset-password?token=t" in body
        assert "It works once, for six hours." in body


def test_what_can_be_stopped_says_how_to_programs_and_people() -> None:
    assert "List-Unsubscribe" not in letter()
    there = "https://birds.example/unsubscribe?token=t"
    message = letter(way_out=there)
    assert message["List-Unsubscribe"] == f"<{there}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for body in bodies(message):
        assert there in body and "no more messages of this kind" in body


def test_what_somebody_typed_stays_one_line_of_text() -> None:
    nasty = 'Birds\r\nBcc: eve@evil.example\r\n\r\n<script>"%(handle)s'
    message = letter(
        MailKind.NEW_SIGN_IN, community=nasty, facts={"browser": "<b>\nSubject: x\u2028"}
    )
    assert "Bcc" not in message and len(message.get_all("Subject", [])) == 1
    assert [one.addr_spec for one in message["From"].addresses] == ["post@birds.example"]
    html = bodies(message)[1]
    assert "<script>" not in html and "&lt;script&gt;" in html and "<b>" not in html


@pytest.mark.parametrize(
    "address",
    [
        "", "ada", "@home.example", "ada@", "ada@home.example\r\nBcc: eve@evil.example",
        "ada@home.example,eve@evil.example", "ada@home.example eve@evil.example",
        "<ada@home.example>", '"ada"@home.example', "ada@home.example\0", "ada@home@x.example",
        "ada@[127.0.0.1]", "a..b@home.example", ".a@home.example", "ada@home..example",
        "ada@home.example\u2028", "a" * 65 + "@home.example", "ada@" + "a" * 250 + ".example",
    ],
)  # fmt: skip
def test_what_is_not_one_address_gets_no_mail(address: str) -> None:
    assert not is_safe_address(address)
    with pytest.raises(Malformed):
        letter(to=address)


def test_a_domain_in_other_letters_is_sent_to_as_servers_know_it() -> None:
    assert letter(to="ada@bücher.example")["To"] == "ada@xn--bcher-kva.example"
    assert letter(to="örn@birds.example")["To"] == "örn@birds.example"


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("kind", list(MailKind))
def test_every_letter_is_whole_in_every_language(kind: MailKind, language: str) -> None:
    message = letter(kind, language=language, community="Vögel")
    text, html = bodies(message)
    assert "%(" not in f"{message['Subject']}{text}{html}" and f'<html lang="{language}">' in html
    english = subject_of(kind) % {"handle": "@ada", "community": "Vögel", "code": ""}
    assert (message["Subject"] == english.strip()) is (language == "en")
    assert kind in TOPICS, "say who can stop it"


def test_servers_are_asked_again_soon_and_then_seldom() -> None:
    waits = [delay_after(attempt) for attempt in (1, 2, 8, 50)]
    assert waits == [
        timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=4), timedelta(hours=4)
    ]  # fmt: skip
