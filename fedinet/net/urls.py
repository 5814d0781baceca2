"""The exact spelling in which a URL goes out. Pure.

What is signed and what is sent must be the same bytes, so the URL is brought
into its final form once, here, and nobody rewrites it afterwards (TRAPS 17).
"""

from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from fedinet.kernel.errors import Malformed
from fedinet.kernel.uris import Origin, origin_of


@dataclass(frozen=True, slots=True)
class WireUrl:
    """A URL as its request line and Host header will say it."""

    origin: Origin
    target: str
    """Path and query, percent-encoded, e.g. ``/users/%C3%A5sa?page=1``."""

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"

    @property
    def authority(self) -> str:
        """What the Host header says: a port only where it is not the scheme's own."""
        return self.origin.domain


def wire_url(url: str) -> WireUrl:
    """Bring a URL into the form that is sent; the fragment stays here.

    Raises:
        Malformed: not an absolute http(s) URL, or with user information.
    """
    origin = origin_of(url)
    parts = urlsplit(url)
    target = _ascii(parts.path) or "/"
    if parts.query:
        target = f"{target}?{_ascii(parts.query)}"
    return WireUrl(origin, target)


def next_hop(current: WireUrl, location: str) -> WireUrl:
    """Follow a ``Location``, relative or absolute.

    Raises:
        Malformed: it leads to something that is no http(s) URL.
    """
    try:
        return wire_url(urljoin(str(current), location))
    except ValueError as error:
        raise Malformed(f"impossible redirect from {current}: {location[:200]!r}") from error


def _ascii(part: str) -> str:
    """Percent-encode what ASCII cannot say; what is encoded already stays as it was written."""
    return part if part.isascii() else quote(part, safe="!#$%&'()*+,/:;=?@[]~^`{}|\"<>\\")
