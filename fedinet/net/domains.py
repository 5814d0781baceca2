"""Which hosts belong to one owner: limits that sub-domains cannot get around. Pure."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from fedinet.kernel.ids import Domain
from fedinet.net.addresses import is_address


@lru_cache(maxsize=20_000)  # asked several times for each activity, and takes 20 us
def registrable(domain: Domain) -> str:
    """The name somebody registered: ``a.b.co.uk`` -> ``b.co.uk``.

    An address, and a name that is a public suffix itself, stand for
    themselves; addresses keep their port, behind which others may live.
    """
    host = domain.rpartition(":")[0] if domain[-1:].isdigit() and ":" in domain else domain
    if is_address(host.strip("[]")) or "." not in host:
        return domain
    return _suffixes().privatesuffix(host) or host


def is_suffix(domain: Domain) -> bool:
    """Tell whether people register names under it: ``com``, ``co.uk``, any name without a dot.

    Not so of names under which somebody rents out places (``github.io``), of addresses, nor of
    what has a port.
    """
    if ":" in domain or is_address(domain):
        return False
    return "." not in domain or _registries().is_public(domain)


@cache
def _registries() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True, only_icann=True)


@cache
def _suffixes() -> PublicSuffixList:
    """Read the bundled list once, at the first question: it takes 0.1 s and 2 MB."""
    return PublicSuffixList(accept_unknown=True)
