"""Federation policy: rules, what they look at, what they decide. Pure.

A rule is data. Nothing here knows who enforces a decision, or where the facts
come from: the caller passes them in, so that deciding, previewing, replaying
and explaining are one function (``engine.decide``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from fedinet.kernel.ids import ActorUri, Domain

RuleId: TypeAlias = int


class Scope(StrEnum):
    """Where a decision is asked for."""

    INBOUND = "in"
    """Activities that others send to us."""
    OUTBOUND = "out"
    """What we send."""
    FETCH = "fetch"
    """Documents that we ask other servers for."""
    SERVE = "serve"
    """Documents that another server asks us for, by a signed request."""
    MEDIA = "media"
    """Pictures, films and sound of another server, shown here."""
    SIGN_UP = "signup"
    """A new account here; ``domain`` is that of the e-mail address."""


class Mode(StrEnum):
    """What holds for servers that no rule is about."""

    OPEN = "open"
    CAUTIOUS = "cautious"
    ALLIES = "allies"
    CLOSED = "closed"


class Verdict(IntEnum):
    """What becomes of it, from mildest to strictest. Within one tier the strictest wins."""

    ACCEPT = 0
    DEFER = 1
    """Asked to come again later; what is in already is held. Only beyond a rate."""
    HOLD = 2
    """Kept aside until a steward, or time, lets it in."""
    DROP = 3
    """Acknowledged, and not applied."""
    REJECT = 4
    """Refused, and told so."""


class Effect(StrEnum):
    """What is done besides. Effects add up; none of them ends the search for a verdict."""

    LIMIT = "limit"
    """``unlist``, ``no_notification`` and ``require_approval`` together."""
    STRIP_MEDIA = "strip_media"
    MARK_SENSITIVE = "mark_sensitive"
    UNLIST = "unlist"
    """Everyone becomes "everyone, quietly"."""
    REQUIRE_APPROVAL = "require_approval"
    """Follow requests from there wait for a yes, whatever the member's setting."""
    NO_NOTIFICATION = "no_notification"
    """What is written there notifies only those who follow its author."""
    FREEZE_FOLLOWS = "freeze_follows"
    """Follows both ways are kept and inactive; severed after a while, restored when lifted."""
    SEVER_FOLLOWS = "sever_follows"
    """Follows both ways end at once and for good. Never without being asked for by name."""
    REJECT_REPORTS = "reject_reports"
    REMOVE_LINKS = "remove_links"
    """Links in what is written there become their text."""
    NOTIFY_MODERATORS = "notify_moderators"
    """Stewards are told that it came."""


class Tier(IntEnum):
    """Who is asked first. A lower number is asked earlier; the first verdict ends the search."""

    HARD = 2
    """What the law, or a list of the worst, leaves no choice about."""
    PERSONAL = 3
    """A member's own block: no rule of the house lifts it."""
    MANUAL = 4
    """Rules that stewards wrote, the most specific first."""
    ALLY = 5
    """Allies and trusted servers."""
    SUBSCRIPTION = 6
    """Rules of lists, by the list's priority."""
    FIRST_CONTACT = 7
    """Servers that nobody here has met, and quotas."""
    CONTENT = 8
    """Rules about what is said, whoever says it."""
    DEFAULT = 10
    """The mode."""


class Relation(StrEnum):
    """How the sender and the people here that an activity reaches stand to each other."""

    STRANGER = "stranger"
    FOLLOWS_US = "follows_us"
    FOLLOWED = "followed"
    TALKED = "talked"
    """Somebody here has written to the sender."""
    MUTUAL = "mutual"
    """Somebody here and the sender follow each other."""


class Signature(StrEnum):
    """How we know that an activity is its actor's."""

    CAVAGE = "cavage"
    """The request, by the draft that most servers use."""
    RFC9421 = "rfc9421"
    """The request, by RFC 9421."""
    PROOF = "proof"
    """Somebody else brought it, and it carries its actor's own proof."""
    ORIGIN = "origin"
    """Somebody else brought it, and its origin said the same."""


class OnExpire(StrEnum):
    REMOVE = "remove"
    DRAFT = "draft"
    """Keep it, inert, for a steward to look at."""
    LIMIT = "limit"
    """Go on with ``limit`` alone."""
    HOLD = "hold"
    """Go on with looking at it first."""


EVERYWHERE: Final = frozenset(Scope) - {Scope.SIGN_UP}
"""The scopes of a rule about a server that names none."""


class RatePer(StrEnum):
    """Whose activities are counted together."""

    ACTOR = "actor"
    SERVER = "server"
    DOMAIN = "domain"
    """All servers under one name that somebody registered: sub-domains share it."""
    ALL = "all"
    """Everything that the rule is about, whoever sends it."""


class AlertKind(StrEnum):
    """What looks like a flood (``policy.detectors`` says when)."""

    MENTION_WAVE = "mention_wave"
    """Accounts that we have just met write to people here, from many servers at once."""
    FOLLOW_FLOOD = "follow_flood"
    """One server sends follow requests by the dozen."""
    NEW_SERVERS = "new_servers"
    """One domain brings more and more servers that nobody knew."""
    HELLTHREAD = "hellthread"
    """Posts that mention very many people reach us in numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in a period; the rule applies to what is beyond."""

    count: int
    period: timedelta
    per: RatePer = RatePer.DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What a rule is about. Every part that is given must hold; within a part, one suffices.

    ``domains`` cover their sub-domains unless ``exact``: ``example.org`` covers
    ``a.example.org`` and never ``notexample.org``. Ages are upper bounds
    ("younger than"), counts lower bounds ("this many or more"), except those
    named ``below``. A fact that is unknown makes a part that asks for it false.
    ``words`` are found as whole words or phrases, whatever their case.
    ``during``: while an alert of these kinds is open for everybody or this sender's domain.
    ``hours`` are (from, to) of the day in UTC; (22, 6) runs over midnight.
    ``version_below`` is of the software. ``media_hashes`` are what a post itself says
    of its files (``digestMultibase``, ``blurhash``): the same picture, sent again.
    """

    domains: tuple[Domain, ...] = ()
    exact: bool = False
    actors: tuple[ActorUri, ...] = ()
    software: tuple[str, ...] = ()
    version_below: tuple[int, ...] = ()
    lists: tuple[str, ...] = ()
    met: bool | None = None
    ally: bool | None = None
    server_younger_than: timedelta | None = None
    server_accounts_below: int | None = None
    actor_kinds: tuple[str, ...] = ()
    actor_younger_than: timedelta | None = None
    actor_seen_younger_than: timedelta | None = None
    followers_below: int | None = None
    relations: tuple[Relation, ...] = ()
    reaches_out: bool | None = None
    during: tuple[AlertKind, ...] = ()
    activities: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    mentions: int | None = None
    links: int | None = None
    link_domains: tuple[Domain, ...] = ()
    media: int | None = None
    media_hashes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    object_older_than: timedelta | None = None
    size_bytes: int | None = None
    signatures: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None

    @property
    def is_about_servers_only(self) -> bool:
        """Tell whether domains are all that this looks at: then it is found by look-up."""
        return bool(self.domains) and self == When(domains=self.domains, exact=self.exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``verdict`` None: only effects.

    ``source`` says where it came from (``manual``, ``list:NAME``, ``ally:DOMAIN``,
    ``detector:NAME``). ``priority`` orders lists, the lowest first. A rule with
    ``rate`` applies to what is beyond the rate.
    """

    id: RuleId
    key: str = ""
    """How files and pages name it."""
    tier: Tier = Tier.MANUAL
    when: When = field(default_factory=When)
    verdict: Verdict | None = None
    effects: frozenset[Effect] = frozenset()
    scopes: frozenset[Scope] = EVERYWHERE
    rate: Rate | None = None
    priority: int = 0
    reason_public: str = ""
    reason_private: str = ""
    source: str = "manual"
    expires_at: datetime | None = None

    @property
    def is_about_servers_only(self) -> bool:
        """Tell whether it holds for all that comes from some servers, whatever and how much."""
        return self.rate is None and self.when.is_about_servers_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a decision is asked about: the outside of an activity, or of a request.

    ``domain`` is the other side's. ``is_shrinking``: it only takes back (Undo,
    Delete, Block, a narrowing Update) and its sender owns what it takes back.
    ``reaches_out``: it addresses people here who did not ask for it (a mention, a
    reply, a direct message, an offer, an invitation). ``text`` is plain.
    """

    scope: Scope
    domain: Domain
    now: datetime
    actor: ActorUri | None = None
    activity: str = ""
    object: str = ""
    audience: str = ""
    is_shrinking: bool = False
    reaches_out: bool = False
    mentions: int = 0
    link_domains: tuple[Domain, ...] = ()
    links: int = 0
    media: int = 0
    media_hashes: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    text: str = ""
    words: frozenset[str] = frozenset()
    """Those of ``text``, as ``matching.words_of`` finds them."""
    language: str = ""
    published: datetime | None = None
    size_bytes: int = 0
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What we know of the other side at that moment. None: we do not know.

    ``met``: somebody here follows, has accepted, or wrote to somebody there.
    ``relations``: of the sender and the people here that are reached.
    ``alerts``: those open, for everybody or for the sender's domain.
    ``personal_block``: everybody here that it reaches has blocked its sender.
    ``used``: how much of their rate rules have let through in the running period.
    """

    met: bool = False
    ally: bool = False
    software: str = ""
    version: tuple[int, ...] = ()
    """Of the software; empty where it is not known."""
    lists: frozenset[str] = frozenset()
    server_first_seen: datetime | None = None
    server_accounts: int | None = None
    actor_kind: str = ""
    actor_published: datetime | None = None
    actor_first_seen: datetime | None = None
    followers: int | None = None
    relations: frozenset[Relation] = frozenset({Relation.STRANGER})
    personal_block: bool = False
    alerts: frozenset[AlertKind] = frozenset()
    used: Mapping[RuleId, int] = field(default_factory=lambda: MappingProxyType({}))


class Builtin(StrEnum):
    """What decides where no rule does."""

    PERSONAL_BLOCK = "personal_block"
    SHRINKING = "shrinking"
    ALLY = "ally"
    FIRST_CONTACT = "first_contact"
    MODE_OPEN = "mode_open"
    MODE_CAUTIOUS = "mode_cautious"
    MODE_ALLIES = "mode_allies"
    MODE_CLOSED = "mode_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to happen, and who said so.

    ``decided_by`` is the one rule (or the built-in) that gave the verdict;
    ``matched`` are all rules that had a say, in the order they were asked;
    ``counted`` the rate rules that this one counts against.
    """

    verdict: Verdict
    decided_by: Rule | Builtin
    effects: frozenset[Effect] = frozenset()
    matched: tuple[Rule, ...] = ()
    counted: tuple[RuleId, ...] = ()

    @property
    def reason(self) -> str:
        """A stable word for logs and counters."""
        if isinstance(self.decided_by, Builtin):
            return self.decided_by.value
        return f"rule_{self.verdict.name.lower()}"
