"""Rules as people write them: the entries of a policy file, and what the table holds. Pure.

One form for the TOML file, the database and the admin API; ``schemas/policy/``
describes it for editors. Durations are ``30m``, ``12h``, ``14d``.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec

from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import domain, origin_of
from fedinet.net.domains import registrable
from fedinet.policy.matching import words_of
from fedinet.policy.model import (
    EVERYWHERE,
    AlertKind,
    Effect,
    OnExpire,
    RatePer,
    Relation,
    Rule,
    RuleId,
    Scope,
    Signature,
    Tier,
    Verdict,
    When,
)
from fedinet.policy.rates.model import RateWord, misuse_of_rate, read_rate
from fedinet.policy.servers.software import numbers_of

Duration = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,4}[mhd]$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Names = Annotated[list[Name], msgspec.Meta(max_length=5000)]
Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){0,3}$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
ScopeWord = Literal["in", "out", "fetch", "serve", "media", "signup"]
VerdictWord = Literal["accept", "defer", "hold", "drop", "reject"]
TierWord = Literal["hard", "manual", "ally", "subscription", "first_contact", "content"]

_DURATION: Final = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_TAKEN: Final = re.compile(r"mode$|subscription(s$|:)")
"""What the audit calls other things than rules."""
_ABOUT_WHO: Final = (
    "domains", "actors", "met", "ally", "lists", "software", "server_younger_than",
    "server_accounts_below",
)  # fmt: skip


class RuleDocument(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One rule. ``key`` names it in files and pages; see ``policy.model`` for what each part means.

    ``reason`` is public, ``note`` is for stewards. ``obfuscate``: what is published of
    it shows only parts of the names. Without ``tier`` a rule that looks at who it is
    stands among the stewards' rules, one with ``rate`` among the quotas, any other
    among those on content.
    ``registrable``: the domains stand for whoever registered them, with all that is below.
    """

    key: Name
    verdict: VerdictWord | None = None
    effects: list[Effect] = []
    scopes: list[ScopeWord] = []
    tier: TierWord | None = None
    priority: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    reason: Text = ""
    note: Text = ""
    source: Name = "manual"
    expires: Moment | None = None
    on_expire: OnExpire = OnExpire.REMOVE
    review: Moment | None = None
    draft: bool = False
    obfuscate: bool = False
    rate: RateWord | None = None
    rate_per: RatePer = RatePer.DOMAIN

    domains: Names = []
    exact: bool = False
    registrable: bool = False
    actors: Names = []
    software: Names = []
    version_below: Version | None = None
    met: bool | None = None
    ally: bool | None = None
    lists: Names = []
    server_younger_than: Duration | None = None
    server_accounts_below: Count | None = None
    actor_kinds: Names = []
    actor_younger_than: Duration | None = None
    actor_seen_younger_than: Duration | None = None
    followers_below: Count | None = None
    relations: list[Relation] = []
    reaches_out: bool | None = None
    during: list[AlertKind] = []
    activities: Names = []
    objects: Names = []
    audiences: list[Literal["everyone", "quiet", "allies", "followers", "mentioned"]] = []
    mentions: Count | None = None
    links: Count | None = None
    link_domains: Names = []
    media: Count | None = None
    media_hashes: Names = []
    tags: Names = []
    words: Names = []
    languages: Names = []
    object_older_than: Duration | None = None
    size_bytes: Count | None = None
    signatures: list[Signature] = []
    hours: tuple[Hour, Hour] | None = None


def read_rule(document: RuleDocument, rule_id: RuleId = 0) -> Rule:
    """Make the rule that a document describes. Domains get their one spelling.

    Raises:
        Unprocessable: it does nothing, looks at nothing, or names what cannot be.
    """
    when = _when(document)
    verdict = None if document.verdict is None else Verdict[document.verdict.upper()]
    if _TAKEN.match(document.key):
        raise _wrong(N_("The key %(key)s means something else here: choose another"), document)
    if verdict is None and not document.effects:
        raise _wrong(N_("The rule %(key)s does nothing: give a verdict or an effect"), document)
    _check_effects(document, when)
    if when == When() and document.rate is None:
        raise _wrong(N_("The rule %(key)s is about everything: say what it is about"), document)
    if Scope.SIGN_UP in document.scopes:
        _check_sign_up(document, when)
    misuse = misuse_of_rate(document.verdict, document.effects, document.scopes, document.rate)
    if misuse is not None:
        raise _wrong(misuse, document)
    return Rule(
        id=rule_id,
        key=document.key,
        tier=_tier(document),
        when=when,
        verdict=verdict,
        effects=frozenset(document.effects),
        scopes=_scopes(document),
        rate=None if document.rate is None else read_rate(document.rate, document.rate_per),
        priority=document.priority,
        reason_public=document.reason,
        reason_private=document.note,
        source=document.source,
        expires_at=document.expires,
    )


def _check_sign_up(document: RuleDocument, when: When) -> None:
    """Nothing is known of who signs up but the domain of an address; nobody waits for a yes."""
    if not when.is_about_servers_only or document.verdict not in ("accept", "reject"):
        raise _wrong(
            N_("The rule %(key)s is about signing up: it can name domains, and accept or reject"),
            document,
        )
    if document.effects and set(document.scopes) == {"signup"}:
        raise _wrong(N_("The rule %(key)s is about signing up: there it has no effects"), document)


def _check_effects(document: RuleDocument, when: When) -> None:
    """Nothing may be written that would do nothing."""
    is_refused = document.verdict in ("drop", "reject")
    if Effect.SEVER_FOLLOWS in document.effects and not is_refused:
        raise _wrong(N_("The rule %(key)s ends follows: then refuse the server, too"), document)
    if is_refused and when.is_about_servers_only and Effect.NOTIFY_MODERATORS in document.effects:
        raise _wrong(
            N_("The rule %(key)s refuses at the door, where nothing is proven: nobody is told"),
            document,
        )


def settle(document: RuleDocument) -> RuleDocument:
    """Give a document its one form: domains spelled alike, lists in order and without repeats.

    Raises:
        Unprocessable: as for ``read_rule``.
    """
    rule = read_rule(document)
    return msgspec.structs.replace(
        document,
        domains=list(rule.when.domains),
        link_domains=list(rule.when.link_domains),
        effects=sorted(set(document.effects)),
        scopes=sorted(set(document.scopes)),
    )


def _when(document: RuleDocument) -> When:
    if any(not words_of(phrase) for phrase in document.words):
        raise _wrong(N_("The rule %(key)s has a phrase without a word"), document)
    if document.version_below is not None and not document.software:
        raise _wrong(N_("The rule %(key)s names a version: say of which software"), document)
    if document.registrable and (document.exact or not document.domains):
        raise _wrong(
            N_("The rule %(key)s is about whole owners of domains: name some, and leave out exact"),
            document,
        )
    return When(
        domains=_domains(document.domains, document),
        exact=document.exact,
        actors=_actors(document),
        software=tuple(document.software),
        version_below=numbers_of(document.version_below or ""),
        met=document.met,
        ally=document.ally,
        lists=tuple(document.lists),
        server_younger_than=_span(document.server_younger_than),
        server_accounts_below=document.server_accounts_below,
        actor_kinds=tuple(document.actor_kinds),
        actor_younger_than=_span(document.actor_younger_than),
        actor_seen_younger_than=_span(document.actor_seen_younger_than),
        followers_below=document.followers_below,
        relations=tuple(document.relations),
        reaches_out=document.reaches_out,
        during=tuple(document.during),
        activities=tuple(document.activities),
        objects=tuple(document.objects),
        audiences=tuple(document.audiences),
        mentions=document.mentions,
        links=document.links,
        link_domains=_domains(document.link_domains, document),
        media=document.media,
        media_hashes=tuple(document.media_hashes),
        tags=tuple(document.tags),
        words=tuple(document.words),
        languages=tuple(document.languages),
        object_older_than=_span(document.object_older_than),
        size_bytes=document.size_bytes,
        signatures=tuple(document.signatures),
        hours=document.hours,
    )


def _domains(raw: Sequence[str], document: RuleDocument) -> tuple[Domain, ...]:
    found: dict[Domain, None] = {}
    for name in raw:
        try:
            one = domain(name.removeprefix("*."))
        except Malformed as error:
            raise _wrong(
                N_("The rule %(key)s names a domain that cannot be one: %(name)s"), document, name
            ) from error
        found[Domain(registrable(one)) if document.registrable else one] = None
    return tuple(found)


def _actors(document: RuleDocument) -> tuple[ActorUri, ...]:
    for uri in document.actors:
        try:
            origin_of(uri)
        except Malformed as error:
            raise _wrong(
                N_("The rule %(key)s names an actor by what is no address: %(name)s"), document, uri
            ) from error
    return tuple(map(ActorUri, document.actors))


def _tier(document: RuleDocument) -> Tier:
    if document.tier is not None:
        return Tier[document.tier.upper()]
    if document.rate is not None:
        return Tier.FIRST_CONTACT
    about_who = any(getattr(document, part) not in (None, []) for part in _ABOUT_WHO)
    return Tier.MANUAL if about_who else Tier.CONTENT


def _scopes(document: RuleDocument) -> frozenset[Scope]:
    if document.rate is not None:
        return frozenset({Scope.INBOUND})
    return frozenset(map(Scope, document.scopes)) or EVERYWHERE


def _span(raw: str | None) -> timedelta | None:
    return None if raw is None else duration(raw)


def duration(raw: str) -> timedelta:
    """Read ``30m``, ``12h`` or ``14d``.

    Raises:
        Malformed: anything else.
    """
    match = _DURATION.fullmatch(raw)
    if match is None:
        raise Malformed(f"not a duration: {raw[:40]!r}")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _wrong(sentence: str, document: RuleDocument, name: str | None = None) -> Unprocessable:
    """``name``: which of its names is wrong; a policy file is searched for it."""
    values = {"key": document.key} if name is None else {"key": document.key, "name": name}
    return Unprocessable(f"rule {document.key[:100]!r}", public=sentence, values=values)
