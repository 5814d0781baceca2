"""Who is at the other end: the client's address behind trusted proxies."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import cast

from aiohttp import web

from fedinet.http.context import SETTINGS

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_UNKNOWN = IPv6Address(0)
_MAX_HOPS = 20


def client_address(request: web.Request) -> Address:
    """The nearest address that is not one of our trusted proxies.

    ``X-Forwarded-For`` is read from the right, and only while the hop that
    added it is trusted: a client cannot choose what it is counted under.
    """
    peer = request.transport.get_extra_info("peername") if request.transport else None
    hops = request.headers.getall("X-Forwarded-For", [])
    return forwarded_address(
        cast("str", peer[0]) if isinstance(peer, tuple) else "",
        ",".join(hops),
        request.app[SETTINGS].trusted_proxies if SETTINGS in request.app else (),
    )


def forwarded_address(peer: str, forwarded_for: str, trusted: tuple[Network, ...]) -> Address:
    """Decide on the address by the socket's peer and the raw header. Pure.

    A unix socket has no peer address; it counts as a trusted proxy.
    """
    address = _parse(peer)
    for hop in reversed([part.strip() for part in forwarded_for.split(",")][-_MAX_HOPS:]):
        if not (peer == "" or _is_trusted(address, trusted)):
            break
        nearer = _parse(hop)
        if nearer == _UNKNOWN:
            break
        address, peer = nearer, hop
    return address


def limit_key(address: Address) -> str:
    """What limits count by: an IPv4 address, or the /64 of an IPv6 one."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def network_of(address: Address) -> str:
    """Roughly where somebody is, e.g. ``203.0.113.0/24``: enough for its owner, and no address."""
    if address == _UNKNOWN:
        return ""
    prefix = 48 if isinstance(address, IPv6Address) else 24
    return str(ip_network((address, prefix), strict=False))


def _is_trusted(address: Address, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)


def _parse(text: str) -> Address:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return _UNKNOWN
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
