"""A real SMTP server, written by others, in the test's own loop; tests choose what it says."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

USER, PASSWORD = "birds", "a password of the server"


@dataclass
class MailServer:
    """``says``: its answer to each recipient, and to the text; a test changes them."""

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    says_rcpt: str = "250 OK"
    says_data: str = "250 OK"
    paths: list[str] = field(default_factory=list)
    """Where messages would come back to."""
    refuses: set[str] = field(default_factory=set)
    """Addresses that nobody has."""
    names: list[str] = field(default_factory=list)
    """Who signed in."""

    @property
    def settings(self) -> dict[str, object]:
        """Those of a node that sends by it."""
        return {"smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_security": "none"}

    async def handle_RCPT(  # aiosmtpd's names
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        if address in self.refuses:
            return "550 5.1.1 nobody has this address"
        return self.says_rcpt.replace("ADDRESS", address)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.says_data.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.got.append(message)
            self.paths.append(envelope.mail_from or "")
        return self.says_data

    def sign_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.names.append(data.login.decode())
        is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, *, wants_sign_in: bool = False
) -> AsyncGenerator[MailServer]:
    """``tls``: offered by STARTTLS, and wanted. One that listens on a port of 127.0.0.1."""
    server = MailServer()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            server,
            hostname="localhost",
            enable_SMTPUTF8=True,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=server.sign_in,
            auth_required=wants_sign_in,
            loop=loop,
        )

    listening = await loop.create_server(session, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


def own_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """TLS of a server at 127.0.0.1, and the file that makes others believe it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    believed, whole = folder / "believed.pem", folder / "server.pem"
    believed.write_bytes(certificate.public_bytes(Encoding.PEM))
    whole.write_bytes(
        believed.read_bytes() + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    return context, believed
