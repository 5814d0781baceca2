"""What ``fedinet check`` says of a domain that sends, asked of a real DNS server on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

import dns.asyncresolver
import pytest
from dnslib.server import DNSServer
from dnslib.zoneresolver import ZoneResolver

from fedinet.mail.records import Found, Record, look_at_records
from fedinet.settings import Settings, load

GOOD = """
birds.example.                TXT "v=spf1 include:smtp.example " "~all"
birds.example.                TXT "site-verification=v=spf1"
s1._domainkey.birds.example.  TXT "v=DKIM1; k=rsa; p=MIIB"
_dmarc.birds.example.         TXT "v=DMARC1; p=Quarantine; rua=mailto:x@birds.example"
smtp.example.                 A 192.0.2.7
7.2.0.192.in-addr.arpa.       PTR out.smtp.example.
out.smtp.example.             A 192.0.2.7
"""
FINE = [Found.FINE] * 4


async def test_a_domain_that_vouches_for_its_mail_is_fine() -> None:
    assert [one.found for one in await look(GOOD)] == FINE
    below = GOOD.replace("birds.example. ", "news.birds.example. ").replace(
        "_dmarc.news.", "_dmarc."
    )
    found = await look(below, mail_from="post@news.birds.example")
    assert [one.found for one in found] == FINE  # DMARC of the domain above holds


@pytest.mark.parametrize(
    ("change", "name", "found", "says"),
    [
        (("v=spf1 include", "v=spf2 include"), "SPF", Found.MISSING, 'birds.example TXT "v=spf1'),
        (('"~all"', '"+all"'), "SPF", Found.WRONG, "~all or -all"),
        (('"~all"', '"mx"'), "SPF", Found.WRONG, "~all"),
        (("site-verification=", ""), "SPF", Found.WRONG, "Make one of them"),
        (("s1._domainkey", "s2._domainkey"), "DKIM", Found.MISSING, "s1._domainkey.birds.example"),
        (("p=MIIB", "p="), "DKIM", Found.WRONG, "new key"),
        (("_dmarc.", "_d."), "DMARC", Found.MISSING, '_dmarc.birds.example TXT "v=DMARC1; p=none"'),
        (("p=Quarantine", "p=maybe"), "DMARC", Found.WRONG, "p=none"),
        (("7.2.0.192", "8.2.0.192"), "reverse DNS", Found.MISSING, "(PTR)"),
        (("out.smtp.example.             A 192.0.2.7", "out.smtp.example. A 192.0.2.9"),
         "reverse DNS", Found.WRONG, "192.0.2.7"),
        (("smtp.example.                 A", "o.example. A"), "reverse DNS", Found.WRONG, "name"),
    ],
)  # fmt: skip
async def test_each_record_that_is_missing_or_wrong_is_named(
    change: tuple[str, str], name: str, found: Found, says: str
) -> None:
    records = await look(GOOD.replace(*change))
    (bad,) = [one for one in records if one.found is not Found.FINE]
    assert (bad.name, bad.found) == (name, found) and says in bad.todo, bad


async def test_without_a_selector_it_says_who_signs() -> None:
    dkim = (await look(GOOD, mail_dkim_selector=None))[1]
    assert dkim.found is Found.MISSING and "mail_dkim_selector" in dkim.todo


async def test_where_nobody_answers_it_says_so_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fedinet.mail.records._ASK_S", 0.3)
    silent = await look_at_records(settings(), asking(port=1))
    assert [one.found for one in silent] == [Found.UNKNOWN] * 4
    assert all("Could not ask" in one.text for one in silent)


def settings(**given: object) -> Settings:
    known = {
        "smtp_host": "smtp.example",
        "mail_from": "post@birds.example",
        "mail_dkim_selector": "s1",
    }
    return load({"origin": "https://birds.example", **known, **given}, {})


async def look(zone: str, **given: object) -> list[Record]:
    with dns_server(zone) as port:
        return await look_at_records(settings(**given), asking(port))


def asking(port: int) -> dns.asyncresolver.Resolver:
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    return resolver


@contextmanager
def dns_server(zone: str) -> Iterator[int]:
    server = DNSServer(ZoneResolver(zone), port=0, address="127.0.0.1")
    server.start_thread()
    try:
        yield server.server.server_address[1]
    finally:
        server.stop()
        server.server.server_close()
