"""What apps of stewards send about servers, and what they are shown.

Source: https://docs.joinmastodon.org/methods/admin/domain_blocks/
"""

from typing import Final

from fedinet.federation.apps.blocks import Wanted
from fedinet.http.json import timestamp
from fedinet.http.params import Params
from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import domain as domain_of
from fedinet.net.domains import is_suffix
from fedinet.policy.lists.entries import severity_of
from fedinet.policy.lists.formats import Severity
from fedinet.policy.masking import digest
from fedinet.policy.model import Effect
from fedinet.policy.servers.named_store import Named

_MAX_COMMENT: Final = 2000
_SEVERITIES: Final = {one.word: one for one in Severity}


def read_wanted(params: Params) -> Wanted:
    """Read what an app sends.

    Raises:
        Unprocessable: a severity that does not exist, or a comment too long.
    """
    severity = params.text("severity", None) or None
    if severity is not None and severity not in _SEVERITIES:
        said = f"'{severity[:40]}' is not a valid severity"
        raise Unprocessable("severity", public=said)
    return Wanted(
        severity=None if severity is None else _SEVERITIES[severity],
        reject_media=params.optional_flag("reject_media"),
        reject_reports=params.optional_flag("reject_reports"),
        private_comment=_comment(params, "private_comment", "Private comment"),
        public_comment=_comment(params, "public_comment", "Public comment"),
        obfuscate=params.optional_flag("obfuscate"),
    )


def read_domain(params: Params) -> Domain:
    """Read which server is meant.

    Raises:
        Unprocessable: none, or what cannot be one. All of ``com`` or ``co.uk`` is never meant.
    """
    raw = params.text("domain").strip().removeprefix("*.")
    if not raw:
        said = "Validation failed: Domain can't be blank"  # as Mastodon words it, for apps
        raise Unprocessable("no domain", public=said)
    try:
        found = domain_of(raw)
    except Malformed as error:
        raise _no_domain(raw) from error
    if is_suffix(found):
        raise _no_domain(raw)
    return found


def block_entity(named: Named) -> dict[str, object]:
    """Source: https://docs.joinmastodon.org/entities/Admin_DomainBlock/"""
    document = named.rule.document
    return {
        "id": str(named.id),
        "domain": named.domain,
        "digest": digest(named.domain),
        "created_at": timestamp(named.rule.created_at),
        "severity": (severity_of(document) or Severity.NOOP).word,
        "reject_media": Effect.STRIP_MEDIA in document.effects,
        "reject_reports": Effect.REJECT_REPORTS in document.effects,
        "private_comment": document.note,
        "public_comment": document.reason,
        "obfuscate": document.obfuscate,
    }


def allow_entity(named: Named) -> dict[str, object]:
    """Source: https://docs.joinmastodon.org/entities/Admin_DomainAllow/"""
    created = timestamp(named.rule.created_at)
    return {"id": str(named.id), "domain": named.domain, "created_at": created}


def email_entity(named: Named) -> dict[str, object]:
    """Whoever tried is not counted: the history is empty.

    Source: https://docs.joinmastodon.org/entities/Admin_EmailDomainBlock/
    """
    return {**allow_entity(named), "history": (), "allow_with_approval": False}


def _comment(params: Params, name: str, called: str) -> str | None:
    """Null is an empty comment; one that is not sent stays as it is."""
    if name not in params:
        return None
    text = params.text(name)
    if len(text) > _MAX_COMMENT:
        said = f"Validation failed: {called} is too long (maximum is {_MAX_COMMENT} characters)"
        raise Unprocessable(name, public=said)
    return text


def _no_domain(raw: str) -> Unprocessable:
    said = "Validation failed: Domain is not a valid domain name"
    return Unprocessable(f"no domain {raw[:100]!r}", public=said)
