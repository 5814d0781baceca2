"""Origins and domains: what a remote name is tied to. Pure.

Source: RFC 6454 (origin), UTS 46 (A-labels); docs/traps.md 3 and 19 (TRAPS).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import idna

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain

_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNUSABLE = re.compile(r"[\x00-\x20\x7f\\]")
_AUTHORITY = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE)
_NOT_IN_DOMAINS = re.compile(r"[/@?#\\ \t\r\n]")
_LABEL = r"[a-z0-9_-]{1,63}"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
MAX_URI_LENGTH = 2048
"""In bytes of UTF-8. A longer one would also be beyond what a PostgreSQL index row holds."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, A-label host and effective port. "Same host" is not enough."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.domain}"

    @property
    def domain(self) -> Domain:
        """The host as rules and lists name it, with a port only where it is unusual."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.port == _DEFAULT_PORTS[self.scheme]:
            return Domain(host)
        return Domain(f"{host}:{self.port}")


def origin_of(uri: str) -> Origin:
    """Return the origin of an http(s) URI.

    Raises:
        Malformed: not an absolute http(s) URI, with user information, with
            control characters or blanks, too long, or with an impossible host.
    """
    too_long = len(uri) > MAX_URI_LENGTH or (
        not uri.isascii() and len(uri.encode(errors="replace")) > MAX_URI_LENGTH
    )
    if too_long or _UNUSABLE.search(uri) is not None:
        raise Malformed(f"not a usable URI: {uri[:200]!r}")
    match = _AUTHORITY.match(uri)
    if match is None:
        raise Malformed(f"not an http(s) URI: {uri[:200]!r}")
    return _origin(match[1].lower(), match[2])


@lru_cache(maxsize=4096)
def _origin(scheme: str, authority: str) -> Origin:
    # A dozen URIs in each activity, and few hosts: this is a good part of the inbox's time.
    try:
        parts = urlsplit(f"{scheme}://{authority}")
        port = _DEFAULT_PORTS[scheme] if parts.port is None else parts.port
    except ValueError as error:
        raise Malformed(f"not a usable URI: {authority[:200]!r}") from error
    if not parts.hostname or "@" in parts.netloc or port == 0:
        raise Malformed(f"not an http(s) URI: {authority[:200]!r}")
    return Origin(scheme, _host(parts.hostname), port)


def same_origin(uri: str, other: str) -> bool:
    """Tell whether both URIs belong to one origin; malformed ones never do."""
    try:
        return origin_of(uri) == origin_of(other)
    except Malformed:
        return False


def domain(raw: str) -> Domain:
    """Make a ``Domain`` of what a person typed or a handle carries, e.g. ``Example.ORG.``.

    Raises:
        Malformed: user information, a path, or an impossible host or port.
    """
    host, separator, port = raw.strip().rpartition(":")
    if not separator or raw.endswith("]"):
        host, port = raw.strip(), ""
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Malformed(f"not a port: {raw[:200]!r}")
    if _NOT_IN_DOMAINS.search(host) is not None:
        raise Malformed(f"not a domain: {raw[:200]!r}")
    name = _host(host.strip("[]"))
    shown = f"[{name}]" if ":" in name else name
    return Domain(shown if port in ("", "443") else f"{shown}:{port}")


def _host(host: str) -> str:
    host = host.rstrip(".").lower()
    is_name = _NAME.fullmatch(host) is not None
    if is_name and not host[-1].isdigit():  # an address without colons ends in a digit
        return host
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    if is_name:
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise Malformed(f"not a host: {host[:200]!r}") from error
