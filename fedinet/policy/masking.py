"""Names of servers as they are published where a rule says "only parts of it". Pure.

Whoever has the name can still find the rule, by its digest.

Source: Mastodon 4.x ``app/models/domain_block.rb`` (``public_domain``, ``domain_digest``).
"""

from collections.abc import Iterable
from hashlib import sha256


def masked(domain: str) -> str:
    """Put ``*`` over the middle half of a name; its dots stay: ``exa****.*om``."""
    shown = len(domain) // 4
    return "".join(
        "*" if shown < place < len(domain) - shown and char != "." else char
        for place, char in enumerate(domain)
    )


def published(domains: Iterable[str], *, obfuscate: bool) -> tuple[str, ...]:
    """Names as everybody may read them."""
    return tuple(map(masked, domains) if obfuscate else domains)


def digest(domain: str) -> str:
    """SHA-256 of a name, in hexadecimal."""
    return sha256(domain.encode()).hexdigest()
