"""Speaking to an SMTP server: encrypted, checked, signed in, and never without an end.

Source: RFC 5321 (what each answer means), RFC 3207 (STARTTLS), RFC 4954 (signing in), RFC 6531
(letters beyond ASCII in addresses).
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from typing import Final

import aiosmtplib

from fedinet.kernel.errors import FedinetError, RemoteUnavailable
from fedinet.mail.model import Trouble
from fedinet.mail.verdicts import Verdict, verdict_of_reply
from fedinet.settings import Settings

STEP_S: Final = 20.0
"""For connecting, and for each answer."""
WHOLE_S: Final = 120.0
"""For one message, however slowly a server drips its answers."""

_ADDRESSES = re.compile(r"\S*@\S*")
_LONGEST_SAID: Final = 300
_WANTS_SIGN_IN: Final = 530
_TROUBLES: Final[tuple[tuple[type[BaseException], Trouble], ...]] = (
    (ssl.SSLCertVerificationError, Trouble.CERTIFICATE),
    (ssl.SSLError, Trouble.NO_ENCRYPTION),
    (socket.gaierror, Trouble.NO_NAME),
    (TimeoutError, Trouble.SILENT),
    (FileNotFoundError, Trouble.CERTIFICATE),  # smtp_ca names a file that cannot be read
    (PermissionError, Trouble.CERTIFICATE),
)


class RefusedForGood(FedinetError):
    """The server will never take this message. ``str()`` is its answer, without addresses."""

    def __init__(self, code: int, said: str, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(f"{code} {without_addresses(said)}")
        self.code = code
        self.trouble = trouble
        self.verdict = _verdict(code, said, trouble)


class ServerTrouble(RemoteUnavailable):
    """It is not about this message: the server does not answer, or lets us send nothing."""

    def __init__(self, said: str, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(said)
        self.trouble = trouble


class NotYet(RemoteUnavailable):
    """The server may take this message later."""

    def __init__(self, code: int, said: str, trouble: Trouble) -> None:
        super().__init__(f"{code} {without_addresses(said)}")
        self.trouble = Trouble.LATER
        self.verdict = _verdict(code, said, trouble)


def _verdict(code: int, said: str, trouble: Trouble) -> Verdict:
    """Only what was said to the address itself says something of it."""
    return verdict_of_reply(code, said) if trouble is Trouble.RECIPIENT else Verdict.NOTHING


class Smtp:
    """One server. A connection for each message: a community sends few."""

    def __init__(
        self, settings: Settings, *, step_s: float = STEP_S, whole_s: float = WHOLE_S
    ) -> None:
        self._settings = settings
        self._step_s = step_s
        self._whole_s = whole_s

    @property
    def leaves(self) -> bool:
        return True

    @property
    def place(self) -> str:
        return f"{self._settings.smtp_host}:{self._settings.smtp_port}"

    async def check(self) -> None:
        """Connect, encrypt, sign in, and leave.

        Raises:
            ServerTrouble: says which of these failed.
        """
        async with self._session():
            pass

    async def send(self, message: EmailMessage, *, name: str, returns_to: str = "") -> None:
        """See ``Transport.send``. Nothing that is not accepted counts as sent."""
        del name  # the Message-ID says it
        async with self._session() as client:
            try:
                await client.send_message(message, sender=returns_to or None)
            except aiosmtplib.SMTPRecipientsRefused as error:
                raise _meaning(error.recipients[0], Trouble.RECIPIENT) from error
            except aiosmtplib.SMTPDataError as error:
                raise _meaning(error) from error
            except aiosmtplib.SMTPNotSupported as error:
                raise RefusedForGood(
                    553, "the server takes no addresses with such letters"
                ) from error

    @asynccontextmanager
    async def _session(self) -> AsyncGenerator[aiosmtplib.SMTP]:
        """A server that lets us in. What goes wrong and is nobody else's fault is its trouble."""
        client: aiosmtplib.SMTP | None = None
        try:
            async with asyncio.timeout(self._whole_s):
                client = self._client()
                await client.connect()
                yield client
                with suppress(aiosmtplib.SMTPException, OSError):
                    await client.quit(timeout=2)  # what was taken stays taken
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ServerTrouble(f"{self.place}: {_words(error)}", trouble_of(error)) from error
        finally:
            if client is not None:
                client.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        encrypted = settings.smtp_security != "none"
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=settings.smtp_password,
            timeout=self._step_s,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            tls_context=ssl.create_default_context(cafile=settings.smtp_ca) if encrypted else None,
            local_hostname=settings.origin.host if "." in settings.origin.host else "localhost",
        )


def _meaning(
    error: aiosmtplib.SMTPResponseException, trouble: Trouble = Trouble.OTHER
) -> FedinetError:
    """5xx: never. Anything else: later; greylists answer 450 or 451."""
    if 500 <= error.code < 600:
        return RefusedForGood(error.code, error.message, trouble)
    return NotYet(error.code, error.message, trouble)


def trouble_of(error: BaseException) -> Trouble:
    """What went wrong while a server was spoken to, by what the error and its causes are."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _trouble_said(error)
    for kind, trouble in _TROUBLES:
        if isinstance(error, kind):
            return trouble
    cause = error.__cause__ or error.__context__
    if cause is not None:
        return trouble_of(cause)
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return Trouble.NOT_MAIL
    if isinstance(error, OSError):
        return Trouble.CLOSED
    said = str(error)
    if "STARTTLS" in said:
        return Trouble.NO_ENCRYPTION
    return Trouble.SIGN_IN if "AUTH" in said else Trouble.OTHER


def _trouble_said(error: aiosmtplib.SMTPResponseException) -> Trouble:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Trouble.SIGN_IN
    if isinstance(error, aiosmtplib.SMTPSenderRefused):
        return Trouble.SIGN_IN if error.code == _WANTS_SIGN_IN else Trouble.SENDER
    if error.code < 0:
        return Trouble.NOT_MAIL
    return Trouble.LATER if 400 <= error.code < 500 else Trouble.OTHER


def _words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"signing in was refused ({error.code})"  # some servers repeat what they were sent
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {without_addresses(error.message)}"
    return without_addresses(str(error)) or "it did not answer in time"


def without_addresses(said: str) -> str:
    """One line of what a server said, as it may stand in the log and on pages."""
    return _ADDRESSES.sub("…", " ".join(said.split()))[:_LONGEST_SAID]
