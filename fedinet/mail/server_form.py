"""What a steward enters about the mail server, checked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from fedinet.kernel.errors import Malformed
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.kernel.uris import domain
from fedinet.mail.model import check_email
from fedinet.settings import is_local_name

USUAL_PORTS: Final[Mapping[str, int]] = {"starttls": 587, "tls": 465, "none": 25}
FIELDS: Final = ("host", "port", "security", "user", "sender")
_MOST: Final = 254
_OTHER_SIGNS: Final = N_("This is too long, or holds signs that cannot be sent.")
_OPEN: Final = N_(
    "Without encryption others could read links that open accounts."
    " Only a server on this machine may do without."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerChoice:
    """One server that could send. ``password`` empty: the one before stays."""

    host: str
    port: int
    security: str
    user: str | None
    password: str = field(repr=False)
    sender: str | None


def read_server(given: Mapping[str, str]) -> ServerChoice:
    """Read ``host``, ``port``, ``security``, ``user``, ``password`` and ``sender``.

    Raises:
        Invalid: with all that is to be put right.
    """
    problems: list[Problem] = []
    host, security = given.get("host", "").strip(), given.get("security", "") or "starttls"
    user, sender = given.get("user", "").strip(), given.get("sender", "").strip()
    if not _is_host(host):
        problems.append(Problem("host", N_("This is not the name of a server.")))
    if security not in USUAL_PORTS:
        problems.append(Problem("security", N_("Please choose one of these.")))
    elif security == "none" and host and not is_local_name(host):
        problems.append(Problem("security", _OPEN))
    port = given.get("port", "").strip() or str(USUAL_PORTS.get(security, 587))
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        problems.append(Problem("port", N_("A port is a number from 1 to 65535.")))
    if len(user) > _MOST or not user.isprintable():
        problems.append(Problem("user", _OTHER_SIGNS))
    password = given.get("password", "")
    if len(password) > 1000 or "\0" in password:
        problems.append(Problem("password", _OTHER_SIGNS))
    if sender:
        problems += [Problem("sender", one.text, one.values) for one in check_email(sender)]
    if problems:
        raise Invalid(*problems)
    return ServerChoice(
        host=host,
        port=int(port),
        security=security,
        user=user or None,
        password=password,
        sender=sender or None,
    )


def _is_host(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        pass
    else:
        return True
    try:
        return ":" not in host and bool(domain(host))
    except Malformed:
        return False
