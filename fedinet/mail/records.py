"""What DNS says of a domain that sends: SPF, DKIM, DMARC, and names of sending addresses.

Others decide by these whether our mail is believed. Source: RFC 7208 (SPF), RFC 6376
(DKIM), RFC 7489 (DMARC); that addresses have names which lead back is asked by every
large receiver. Says what it means and which record to add; changes nothing.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
import dns.reversename

from fedinet.net.domains import registrable
from fedinet.settings import Settings, is_local_name

_ASK_S: Final = 5.0
_MOST_ADDRESSES: Final = 4
_SPF: Final = re.compile(r"v=spf1(\s|$)", re.IGNORECASE)
_DMARC: Final = re.compile(r"v\s*=\s*DMARC1\s*(;|$)", re.IGNORECASE)


class Found(StrEnum):
    """FINE: as it should be. MISSING or WRONG: others may refuse us. UNKNOWN: nobody answered."""

    FINE = "fine"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was looked up: what it says, and what to add or change."""

    name: str
    found: Found
    text: str
    todo: str = ""


class _CouldNotAsk(Exception):
    """No server answered; says nothing of the record."""


def open_resolver() -> dns.asyncresolver.Resolver:
    """The name servers of this machine.

    Raises:
        dns.resolver.NoResolverConfiguration: it has none.
    """
    return dns.asyncresolver.Resolver()


async def look_at_records(
    settings: Settings, resolver: dns.asyncresolver.Resolver | None = None
) -> list[Record]:
    """Look up all four. ``settings``: those of ``server.mail_settings``. Never raises."""
    domain = settings.mail_sender.rpartition("@")[2]
    try:
        ask = _Asking(resolver or open_resolver())
    except (dns.exception.DNSException, OSError):
        todo = "Give the machine a name server (/etc/resolv.conf)."
        return [Record("names", Found.UNKNOWN, "This machine cannot look names up.", todo)]
    looks = (
        ("SPF", _spf(ask, domain)),
        ("DKIM", _dkim(ask, domain, settings.mail_dkim_selector)),
        ("DMARC", _dmarc(ask, domain)),
        ("reverse DNS", _reverse(ask, settings)),
    )
    return list(await asyncio.gather(*(_safely(name, look) for name, look in looks)))


async def _safely(name: str, look: Awaitable[tuple[Found, str, str]]) -> Record:
    try:
        return Record(name, *await look)
    except _CouldNotAsk as error:
        text = f"Could not ask: no name server answered ({error})."
        return Record(name, Found.UNKNOWN, text, "Is the machine online? Run this again later.")


async def _spf(ask: "_Asking", domain: str) -> tuple[Found, str, str]:
    texts = [text for text in await ask.texts(domain) if _SPF.match(text)]
    if not texts:
        return (
            Found.MISSING,
            f"{domain} does not say which servers may send for it, so others may refuse its mail.",
            f'Add: {domain} TXT "v=spf1 include:NAME-OF-YOUR-PROVIDER ~all"; your provider says'
            " what to include.",
        )
    if len(texts) > 1:
        return (
            Found.WRONG,
            f"{domain} has {len(texts)} SPF records; others then read none.",
            "Make one of them, with all that both include.",
        )
    terms = texts[0].lower().split()
    if {"+all", "all"} & set(terms):
        todo = "End it with ~all or -all."
        return Found.WRONG, f"SPF of {domain} lets everybody send for it.", todo
    if not ({"-all", "~all", "?all"} & set(terms) or any(t.startswith("redirect=") for t in terms)):
        todo = "End it with ~all."
        return Found.WRONG, f"SPF of {domain} does not say what holds for others.", todo
    return Found.FINE, f"{domain} says which servers may send for it: {texts[0][:200]}", ""


async def _dkim(ask: "_Asking", domain: str, selector: str | None) -> tuple[Found, str, str]:
    if selector is None:
        return (
            Found.MISSING,
            "Whether mail is signed is not known. The mail server signs it, not fedinet.",
            "Switch signing (DKIM) on with your provider, add the record that it shows, and set"
            " mail_dkim_selector to its first part.",
        )
    name = f"{selector}._domainkey.{domain}"
    keys = [_tags(text) for text in await ask.texts(name)]
    keys = [tags for tags in keys if "p" in tags]
    if not keys:
        todo = f"Add the record that your provider shows for {name}, or mend mail_dkim_selector."
        return Found.MISSING, f"There is no key at {name}: signatures cannot be checked.", todo
    if not any(tags["p"] for tags in keys):
        todo = "Make a new key with your provider."
        return Found.WRONG, f"The key at {name} was withdrawn.", todo
    return Found.FINE, f"There is a key at {name}, by which signatures are checked.", ""


async def _dmarc(ask: "_Asking", domain: str) -> tuple[Found, str, str]:
    for name in dict.fromkeys((domain, registrable(domain) or domain)):
        texts = [text for text in await ask.texts(f"_dmarc.{name}") if _DMARC.match(text)]
        if not texts:
            continue
        policy = _tags(texts[0]).get("p", "").lower()
        if len(texts) > 1 or policy not in {"none", "quarantine", "reject"}:
            todo = f'Keep one record, for instance: _dmarc.{name} TXT "v=DMARC1; p=none"'
            return Found.WRONG, f"DMARC of {name} cannot be read by others.", todo
        return Found.FINE, f"{name} says what becomes of mail that is not its own: {policy}.", ""
    return (
        Found.MISSING,
        f"{domain} does not say what becomes of mail that others send in its name."
        " Large providers want it to.",
        f'Add: _dmarc.{domain} TXT "v=DMARC1; p=none"; after some weeks p=quarantine.',
    )


async def _reverse(ask: "_Asking", settings: Settings) -> tuple[Found, str, str]:
    """Of the server that sends: the one we hand mail to, or this machine where it is that."""
    host = settings.smtp_host or ""
    if is_local_name(host):
        host = settings.origin.host
    addresses = [host] if _is_address(host) else await ask.addresses(host)
    if not addresses:
        return Found.WRONG, f"{host} has no address.", "Look whether the name is right."
    for address in addresses:
        names = await ask.names(address)
        if not names:
            return (
                Found.MISSING,
                f"The address {address} of {host} has no name; others take mail from such"
                " addresses for spam.",
                f"Who gives you {address} (the hosting company) sets its name (PTR): {host}.",
            )
        back = [one for name in names for one in await ask.addresses(name)]
        if ip_address(address) not in {ip_address(one) for one in back}:
            todo = f"Let {names[0]} have the address {address}, or set another name for it."
            text = f"{address} is called {names[0]}, which does not lead back to it."
            return Found.WRONG, text, todo
    return Found.FINE, f"The addresses of {host} have names that lead back to them.", ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _tags(text: str) -> dict[str, str]:
    """``k=rsa; p=…`` as a mapping."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


class _Asking:
    def __init__(self, resolver: dns.asyncresolver.Resolver) -> None:
        self._resolver = resolver

    async def texts(self, name: str) -> list[str]:
        """TXT records, each joined from its parts. Raises ``_CouldNotAsk``."""
        answers = await self._all(name, "TXT")
        return [
            b"".join(getattr(answer, "strings", ())).decode("utf-8", "replace")
            for answer in answers
        ]

    async def addresses(self, host: str) -> list[str]:
        found = [*await self._all(host, "A"), *await self._all(host, "AAAA")]
        return [str(one) for one in found][:_MOST_ADDRESSES]

    async def names(self, address: str) -> list[str]:
        found = await self._all(dns.reversename.from_address(address), "PTR")
        return [str(one).rstrip(".") for one in found][:_MOST_ADDRESSES]

    async def _all(self, name: str | dns.name.Name, kind: str) -> Sequence[object]:
        try:
            answer = await self._resolver.resolve(
                name, kind, lifetime=_ASK_S, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise _CouldNotAsk(type(error).__name__) from error
        return tuple(answer.rrset or ())
