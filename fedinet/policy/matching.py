"""Does a condition hold? ``When`` becomes a list of small tests, cheapest first. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from fedinet.kernel.ids import Domain
from fedinet.policy.model import Envelope, Facts, When

_WORD: Final = re.compile(r"\w+")

Test: TypeAlias = Callable[[Envelope, Facts], bool]


def covers(domain: Domain, host: Domain, *, exact: bool = False) -> bool:
    """Tell whether a rule about ``domain`` is about ``host``: itself, or a sub-domain of it.

    A domain without a port covers every port: else a refused server would only move next door.
    """
    return domain in (spellings(host) if exact else parents(host))


def spellings(host: Domain) -> tuple[Domain, ...]:
    """Give what names exactly this host: with its port, where it has one, and without."""
    name, colon, _ = host.partition(":")
    return (host, Domain(name)) if colon else (host,)


def parents(host: Domain) -> Iterator[Domain]:
    """Yield what covers a host, the most specific first: a.b:81, a.b, b:81, b."""
    name, colon, port = host.partition(":")
    while name:
        if colon:
            yield Domain(f"{name}:{port}")
        yield Domain(name)
        name = name.partition(".")[2]


def words_of(text: str) -> list[str]:
    """Split a text into its words, in their order and without their case."""
    return _WORD.findall(text.casefold())


def first_words(phrases: Iterable[str]) -> Iterator[str]:
    """Yield the first word of each phrase that has one."""
    return (words[0] for phrase in phrases if (words := words_of(phrase)))


def tests_of(when: When) -> tuple[tuple[str, Test], ...]:
    """Make the tests of a condition, each with the name of its part. All must hold."""
    asked = [part for part in _PARTS if getattr(when, part) not in (None, ())]
    return tuple((part, _PARTS[part](when)) for part in asked)


def _among(values: Iterable[str], read: Callable[[Envelope, Facts], str | None]) -> Test:
    some = frozenset(values)
    return lambda e, f: read(e, f) in some


def _meets(values: Iterable[str], read: Callable[[Envelope, Facts], frozenset[str]]) -> Test:
    some = frozenset(values)
    return lambda e, f: not some.isdisjoint(read(e, f))


def _from(least: int | None, read: Callable[[Envelope], int]) -> Test:
    return lambda e, _: least is not None and read(e) >= least


def _below(limit: int | None, read: Callable[[Facts], int | None]) -> Test:
    def test(_: Envelope, facts: Facts) -> bool:
        count = read(facts)
        return count is not None and limit is not None and count < limit

    return test


def _younger(than: timedelta | None, moment: Callable[[Envelope, Facts], datetime | None]) -> Test:
    def test(envelope: Envelope, facts: Facts) -> bool:
        since = moment(envelope, facts)
        return since is not None and than is not None and envelope.now - since < than

    return test


def _older(than: timedelta | None) -> Test:
    return lambda e, _: e.published is not None and than is not None and e.now - e.published > than


def _any_covers(domains: tuple[Domain, ...], *, exact: bool) -> Test:
    known = frozenset(domains)
    if exact:
        return lambda e, _: not known.isdisjoint(spellings(e.domain))
    return lambda e, _: any(part in known for part in parents(e.domain))


def _links_to(domains: tuple[Domain, ...]) -> Test:
    known = frozenset(domains)
    return lambda e, _: any(part in known for host in e.link_domains for part in parents(host))


def _says(phrases: tuple[str, ...]) -> Test:
    """Single words are looked up. Phrases are searched for only where their first word stands.

    The pattern holds alternatives of literals only: it cannot run away.
    """
    first = frozenset(first_words(phrases))
    some = "|".join(r"\W+".join(map(re.escape, words_of(phrase))) for phrase in phrases)
    pattern = re.compile(rf"(?<!\w)(?:{some})(?!\w)")

    def test(envelope: Envelope, _: Facts) -> bool:
        if first.isdisjoint(envelope.words):
            return False
        return pattern.search(envelope.text.casefold()) is not None

    return test


def _within(hours: tuple[int, int] | None) -> Test:
    start, end = hours or (0, 24)
    if start <= end:
        return lambda e, _: start <= e.now.hour < end
    return lambda e, _: e.now.hour >= start or e.now.hour < end


_PARTS: Final[Mapping[str, Callable[[When], Test]]] = MappingProxyType(
    {
        "domains": lambda w: _any_covers(w.domains, exact=w.exact),
        "actors": lambda w: _among(w.actors, lambda e, _: e.actor),
        "met": lambda w: lambda _, f: f.met is w.met,
        "ally": lambda w: lambda _, f: f.ally is w.ally,
        "reaches_out": lambda w: lambda e, _: e.reaches_out is w.reaches_out,
        "during": lambda w: _meets(w.during, lambda _, f: f.alerts),
        "activities": lambda w: _among(w.activities, lambda e, _: e.activity),
        "objects": lambda w: _among(w.objects, lambda e, _: e.object),
        "audiences": lambda w: _among(w.audiences, lambda e, _: e.audience),
        "relations": lambda w: _meets(w.relations, lambda _, f: f.relations),
        "lists": lambda w: _meets(w.lists, lambda _, f: f.lists),
        "software": lambda w: _among(map(str.lower, w.software), lambda _, f: f.software),
        "version_below": lambda w: lambda _, f: () < f.version < w.version_below,
        "actor_kinds": lambda w: _among(w.actor_kinds, lambda _, f: f.actor_kind),
        "signatures": lambda w: _among(w.signatures, lambda e, _: e.signature),
        "mentions": lambda w: _from(w.mentions, lambda e: e.mentions),
        "links": lambda w: _from(w.links, lambda e: e.links),
        "media": lambda w: _from(w.media, lambda e: e.media),
        "size_bytes": lambda w: _from(w.size_bytes, lambda e: e.size_bytes),
        "server_accounts_below": lambda w: _below(
            w.server_accounts_below, lambda f: f.server_accounts
        ),
        "followers_below": lambda w: _below(w.followers_below, lambda f: f.followers),
        "server_younger_than": lambda w: _younger(
            w.server_younger_than, lambda _, f: f.server_first_seen
        ),
        "actor_younger_than": lambda w: _younger(
            w.actor_younger_than, lambda _, f: f.actor_published
        ),
        "actor_seen_younger_than": lambda w: _younger(
            w.actor_seen_younger_than, lambda _, f: f.actor_first_seen
        ),
        "object_older_than": lambda w: _older(w.object_older_than),
        "languages": lambda w: _among(
            map(str.lower, w.languages), lambda e, _: e.language.lower().partition("-")[0]
        ),
        "tags": lambda w: _meets(
            (tag.lower().removeprefix("#") for tag in w.tags), lambda e, _: e.tags
        ),
        "media_hashes": lambda w: _meets(w.media_hashes, lambda e, _: e.media_hashes),
        "hours": lambda w: _within(w.hours),
        "link_domains": lambda w: _links_to(w.link_domains),
        "words": lambda w: _says(w.words),
    }
)
"""The parts of a condition, the cheapest first. ``exact`` belongs to ``domains``."""
