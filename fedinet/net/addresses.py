"""Which socket addresses our requests may reach. Pure.

Default deny: only what is plainly global, after every IPv4 address that hides
inside an IPv6 one has been taken out and judged as such. ``is_global`` alone
is not enough: it is true for NAT64, 6to4, IPv4-compatible and multicast
addresses that reach loopback (TRAPS 16).
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

IpNetwork: TypeAlias = IPv4Network | IPv6Network
IpAddress: TypeAlias = IPv4Address | IPv6Address

_NAT64: Final = ip_network("64:ff9b::/96")
_COMPATIBLE: Final = ip_network("::/96")

_NEVER: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network; on Linux 0.0.0.0 is loopback
        "100.64.0.0/10",  # carriers' NAT
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "240.0.0.0/4",  # reserved, and broadcast
        "64:ff9b:1::/48",  # local NAT64: what it reaches is a private matter
        "100::/64",  # discard
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, deprecated and still routed
    )
)


def is_allowed(address: str, allowed: Iterable[IpNetwork] = ()) -> bool:
    """Decide on the address a socket is about to connect to, e.g. ``::ffff:127.0.0.1``.

    ``allowed`` opens exactly these private networks; anything that is no
    address is refused.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    judged = _embedded(ip) or ip
    if any(judged.version == network.version and judged in network for network in allowed):
        return True
    return _is_plainly_global(judged)


def is_address(host: str) -> bool:
    """Tell whether a host is written as an address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_plainly_global(ip: IpAddress) -> bool:
    if ip.is_multicast or ip.is_unspecified or not ip.is_global:
        return False
    return not any(ip.version == network.version and ip in network for network in _NEVER)


def _embedded(ip: IpAddress) -> IPv4Address | None:
    """Take out the IPv4 address that an IPv6 address stands for, if it stands for one."""
    if isinstance(ip, IPv4Address):
        return None
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
