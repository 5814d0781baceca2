"""A message as bytes: headers that nothing can be smuggled into, text and HTML of one letter.

Pure. Values are escaped where they stand; a header takes one line or is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Final

from markupsafe import Markup, escape

from fedinet.kernel.errors import Malformed
from fedinet.kernel.uris import domain
from fedinet.mail.model import is_safe_address
from fedinet.mail.sections import Line, Section, sections_of
from fedinet.mail.words import NO_ANSWER, NO_BROWSER, NO_REASON, STOP, WHY, WHY_ANYBODY, Letter

_PLAIN: Final = SMTP.clone(max_line_length=998)
"""As long as lines may be, so that links stay whole in files that somebody reads."""
_WIDE: Final = SMTPUTF8.clone(max_line_length=998)
"""For an address whose name has letters beyond ASCII: RFC 6531."""

_FACTS: Final = ("handle", "when", "code", "name", "host", "greeting", "until", "place")
"""What sentences may name, and a message need not have."""

Say = Callable[[str], str]
"""An English sentence in the reader's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes: ``address`` as configured, the community's name, and the node's origin."""

    address: str
    community: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What stands outside. ``message_id`` is the same each time it is tried."""

    recipient: str
    language: str
    message_id: str
    written_at: datetime
    way_out: str = ""
    """Where its reader stops such messages with one click; ``""``: it cannot be stopped."""


def compose(
    sender: Sender,
    to: Envelope,
    letter: Letter,
    facts: Mapping[str, str],
    *,
    link: str | None,
    say: Say,
) -> EmailMessage:
    """Write one letter, both ways.

    Raises:
        Malformed: an address that is no single address.
    """
    writer, reader = mailbox(sender.address), mailbox(to.recipient)
    values = {**dict.fromkeys(_FACTS, ""), **facts, "community": sender.community}
    values["browser"] = values.get("browser") or say(NO_BROWSER)
    values["reason"] = values.get("reason") or say(NO_REASON)

    def fill(text: str) -> str:
        return one_line(say(text) % values)

    message = EmailMessage(policy=_PLAIN if (writer + reader).isascii() else _WIDE)
    message["From"] = _address(writer, one_line(sender.community))
    message["To"] = _address(reader)
    message["Subject"] = fill(letter.subject)
    message["Date"] = to.written_at
    message["Message-ID"] = to.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer
    message["X-Auto-Response-Suppress"] = "All"
    if to.way_out:
        message["List-Unsubscribe"] = f"<{to.way_out}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    target = link or letter.path
    url = f"{sender.origin}{target}" if target else ""
    why = fill(WHY if values["handle"] else WHY_ANYBODY)
    said = (letter.said,) if letter.said and values.get("words") else ()
    parts = _Parts(
        before=list(filter(None, map(fill, (*letter.before, *said)))),
        button=fill(letter.button) if letter.button and url else "",
        url=url,
        sections=[
            Section(
                one_line(section.title),
                tuple(
                    Line(one_line(line.text), f"{sender.origin}{line.path}")
                    for line in section.lines
                ),
            )
            for section in sections_of(facts)
        ],
        after=[fill(text) for text in letter.after],
        foot=[f"{why} {fill(NO_ANSWER)}", sender.origin],
        stop=fill(STOP),
        way_out=to.way_out,
    )
    message.set_content(_as_text(parts))
    message.add_alternative(_as_html(parts, to.language, fill(letter.subject)), subtype="html")
    message["Content-Language"] = to.language
    return message


def mailbox(address: str) -> str:
    """An address as servers want it, its domain in ASCII.

    Raises:
        Malformed: not one address, or one with more in it than an address.
    """
    if not is_safe_address(address):
        raise Malformed("mail: an address with more in it than an address")
    local, _, host = address.rpartition("@")
    return f"{local}@{domain(host)}"


def _address(mailbox: str, name: str = "") -> Address:
    local, _, host = mailbox.rpartition("@")
    return Address(name, username=local, domain=host)


def one_line(text: str) -> str:
    """The text without anything that ends a line or cannot be seen."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


@dataclass(frozen=True, slots=True)
class _Parts:
    before: list[str]
    button: str
    url: str
    sections: list[Section]
    after: list[str]
    foot: list[str]
    stop: str
    way_out: str


def _as_text(parts: _Parts) -> str:
    link = [f"{parts.button}:\n{parts.url}"] if parts.button else []
    way_out = [f"{parts.stop}: {parts.way_out}"] if parts.way_out else []
    lists = [_list_as_text(section) for section in parts.sections]
    blocks = [
        *parts.before,
        *lists,
        *link,
        *parts.after,
        "-- \n" + "\n".join([*parts.foot, *way_out]),
    ]
    return "\n\n".join(blocks) + "\n"


def _list_as_text(section: Section) -> str:
    lines = (f"- {line.text}\n  {line.path}" for line in section.lines)
    return "\n".join([section.title, *lines])


def _list_as_html(section: Section) -> Markup:
    item = Markup('<li><a href="{}"><bdi>{}</bdi></a></li>')
    lines = Markup("\n").join(item.format(line.path, line.text) for line in section.lines)
    return Markup("<h2>{}</h2>\n<ul>\n{}\n</ul>").format(section.title, lines)


def _as_html(parts: _Parts, language: str, title: str) -> str:
    def paragraph(text: str) -> Markup:
        return Markup("<p>{}</p>").format(text)

    link = (
        Markup(
            '<p><a href="{url}"><strong>{button}</strong></a><br><small>{url}</small></p>'
        ).format(url=parts.url, button=parts.button)
        if parts.button
        else Markup()
    )
    way_out = [Markup('<a href="{}">{}</a>').format(parts.way_out, parts.stop)]
    body = Markup("\n").join(
        [*map(paragraph, parts.before), *map(_list_as_html, parts.sections), link]
        + [*map(paragraph, parts.after), Markup("<hr>")]
        + [
            Markup("<p><small>{}</small></p>").format(text)
            for text in (*parts.foot, *(way_out if parts.way_out else ()))
        ]
    )
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
    )
