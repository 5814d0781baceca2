"""Rules about whole servers as apps of stewards know them: Mastodon's domain blocks. Pure.

``suspend`` refuses and puts follows aside, ``silence`` limits, ``noop`` does neither. What
only a rule can say (its end, a review, ``drop`` or ``hold``, other effects) stays when
an app changes what it knows.

Source: https://docs.joinmastodon.org/methods/admin/domain_blocks/; Mastodon 4.x
``app/models/domain_block.rb`` (``stricter_than?``).
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument
from fedinet.policy.lists.entries import rule_of, severity_of
from fedinet.policy.lists.formats import Entry, Severity
from fedinet.policy.model import Effect

_SAID: Final = frozenset(
    {
        Effect.LIMIT, Effect.REQUIRE_APPROVAL, Effect.FREEZE_FOLLOWS, Effect.STRIP_MEDIA,
        Effect.REJECT_REPORTS,
    }
)  # fmt: skip
"""Effects that such an app decides; all others are left as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an app asks for. None: as it is, or as usual."""

    severity: Severity | None = None
    reject_media: bool | None = None
    reject_reports: bool | None = None
    private_comment: str | None = None
    public_comment: str | None = None
    obfuscate: bool | None = None

    @property
    def why(self) -> str:
        """For the record of changes: the nearest to a reason that an app gives."""
        return (self.private_comment or self.public_comment or "")[:500]


def new_block(domain: Domain, wanted: Wanted, *, key: str) -> RuleDocument:
    """Make the rule of a block.

    Raises:
        Unprocessable: it would do nothing.
    """
    entry = Entry(
        domain=domain,
        severity=Severity.SILENCE if wanted.severity is None else wanted.severity,
        reject_media=bool(wanted.reject_media),
        reject_reports=bool(wanted.reject_reports),
        public_comment=(wanted.public_comment or "").strip(),
        obfuscate=bool(wanted.obfuscate),
    )
    note = (wanted.private_comment or "").strip()
    made = rule_of(entry, source="manual", note=note, draft=False)
    if made is None:
        raise _nothing(domain)
    return msgspec.structs.replace(made, key=key)


def changed_block(known: RuleDocument, domain: Domain, wanted: Wanted) -> RuleDocument:
    """Change what an app knows of a rule, and keep what only we know.

    Raises:
        Unprocessable: nothing would be left of it.
    """
    before = severity_of(known) or Severity.NOOP
    severity = before if wanted.severity is None else wanted.severity
    media, reports = Effect.STRIP_MEDIA in known.effects, Effect.REJECT_REPORTS in known.effects
    entry = Entry(
        domain=domain,
        severity=severity,
        reject_media=media if wanted.reject_media is None else wanted.reject_media,
        reject_reports=reports if wanted.reject_reports is None else wanted.reject_reports,
    )
    made = rule_of(entry, source="manual", note="", draft=False)
    effects = set(known.effects) - _SAID
    verdict = known.verdict
    if severity != before:
        verdict = None if made is None else made.verdict
        effects |= set[Effect]() if made is None else set(made.effects)
    else:
        decided = {
            Effect.STRIP_MEDIA: entry.reject_media,
            Effect.REJECT_REPORTS: entry.reject_reports,
        }
        effects |= {effect for effect in known.effects if effect in _SAID - decided.keys()}
        effects |= {effect for effect, is_on in decided.items() if is_on}
    if verdict is None and not effects:
        raise _nothing(domain)
    return msgspec.structs.replace(
        known,
        verdict=verdict,
        effects=sorted(effects),
        reason=known.reason if wanted.public_comment is None else wanted.public_comment.strip(),
        note=known.note if wanted.private_comment is None else wanted.private_comment.strip(),
        obfuscate=known.obfuscate if wanted.obfuscate is None else wanted.obfuscate,
    )


def is_stricter(one: RuleDocument, other: RuleDocument) -> bool:
    """Tell whether a rule asks for more than another, as Mastodon compares two blocks."""
    mine, others = (severity_of(rule) or Severity.NOOP for rule in (one, other))
    if mine is Severity.SUSPEND or mine > others:
        return True
    flags = (Effect.STRIP_MEDIA, Effect.REJECT_REPORTS)
    return mine is others and all(
        flag in one.effects or flag not in other.effects for flag in flags
    )


def _nothing(domain: Domain) -> Unprocessable:
    said = (
        "Validation failed: a rule here has to do something: choose silence or suspend, or"
        " reject media or reports"
    )
    return Unprocessable(f"noop for {domain}", public=said)
