"""Which server sends: that of the settings (file, variable, flag), else the one of the page.

Both end as ``Settings``, so that whatever sends mail knows one shape. What the
settings say wins: whoever runs the machine decides last.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Final, Literal, cast

from fedinet.db.query import Conn, Pool, Tx
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.mail import server_store
from fedinet.mail.server_form import ServerChoice
from fedinet.mail.server_store import KeptServer
from fedinet.node.secrets import SecretBox
from fedinet.settings import Settings

ROW: Final = "mail_server"


def is_in_settings(settings: Settings) -> bool:
    """Whether the settings name the way out, so that no page can."""
    return settings.sends_mail


async def mail_settings(conn: Conn | Pool, box: SecretBox, settings: Settings) -> Settings:
    """The settings with the server that holds now.

    Raises:
        WrongSecretKey: the password was sealed with another ``secret.key``.
    """
    kept = None if is_in_settings(settings) else await server_store.read_server(conn)
    return settings_with(kept, box, settings)


def settings_with(kept: KeptServer | None, box: SecretBox, settings: Settings) -> Settings:
    """The same where it is known what was entered; what the settings say still wins.

    Raises:
        WrongSecretKey: the password was sealed with another ``secret.key``.
    """
    if kept is None or is_in_settings(settings):
        return settings
    password = None
    if kept.password_sealed is not None:
        password = box.open(kept.password_sealed, row=ROW).decode()
    return replace(
        settings,
        smtp_host=kept.host,
        smtp_port=kept.port,
        smtp_security=cast(Literal["starttls", "tls", "none"], kept.security),
        smtp_user=kept.username,
        smtp_password=password,
        mail_from=settings.mail_from or kept.mail_from,
    )


async def find_mail_host(conn: Conn | Pool, settings: Settings) -> str | None:
    """The server that holds now, by name; None: no mail is sent."""
    if is_in_settings(settings):
        return settings.smtp_host
    kept = await server_store.read_server(conn)
    return None if kept is None else kept.host


async def sends_mail(conn: Conn | Pool, settings: Settings) -> bool:
    """Whether messages reach somebody."""
    return is_in_settings(settings) or await server_store.read_server(conn) is not None


async def keep_server(tx: Tx, box: SecretBox, choice: ServerChoice) -> None:
    """Store what a steward entered. An empty password stays what it was.

    Raises:
        Invalid: a name without a password, which no other server is to be told.
    """
    before, sealed = await server_store.read_server(tx), None
    if choice.user is not None and choice.password:
        sealed = box.seal(choice.password.encode(), row=ROW)
    elif choice.user is not None:
        same = (choice.host, choice.user)
        if before is None or (before.host, before.username) != same:
            raise Invalid(Problem("password", N_("Please give the password for this name.")))
        sealed = before.password_sealed
    kept = KeptServer(
        host=choice.host,
        port=choice.port,
        security=choice.security,
        username=choice.user,
        password_sealed=sealed,
        mail_from=choice.sender,
    )
    await server_store.write_server(tx, kept)


def way_of(settings: Settings) -> str:
    """Mark a server with its sender: mail that arrived by one proves nothing of another."""
    said = (
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user,
        settings.mail_sender,
    )  # fmt: skip
    return sha256(repr(said).encode()).hexdigest()[:32]
