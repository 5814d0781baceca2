"""What allies tell each other besides: people who may be found, and rules. Both ways, pure.

Everything read here is another server's word about itself: bounded, of its own
origin, and plain text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from fedinet.allies.people_store import MOST_PEOPLE, Listed
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import same_origin
from fedinet.markup.names import clean_name
from fedinet.markup.sanitise import plain_text
from fedinet.policy.document import RuleDocument, settle
from fedinet.vocab.activity import Document, text_of, uri_of
from fedinet.vocab.context import ACTIVITYSTREAMS
from fedinet.vocab.values import documents, web_url

PEOPLE: Final = "/actor/people"
RULES: Final = "/actor/rules"
MOST_RULES: Final = 500
_MAX_NAME: Final = 80
_MAX_SUMMARY: Final = 200
_PARTS: Final = ("domains", "exact", "verdict", "effects", "reason")
_CONTEXT: Final[list[object]] = [ACTIVITYSTREAMS, {"fedinet": "urn:x-fedinet:"}]


def people_document(uris: NodeUris, people: Sequence[tuple[Listed, str]]) -> Document:
    """List members who said that they may be found. Their words come as HTML, and leave as text."""
    return _collection(
        uris,
        PEOPLE,
        [
            {
                "id": one.actor_uri,
                "type": "Person",
                "preferredUsername": one.username,
                "name": one.name,
                "summary": _line(html),
                "url": one.page_url,
            }
            for one, html in people
        ],
    )


def rules_document(uris: NodeUris, rules: Iterable[RuleDocument]) -> Document:
    """List rules about servers with their public reasons; notes stay here."""
    kept = [
        {"type": "fedinet:Rule"} | {part: said[part] for part in _PARTS if part in said}
        for rule in rules
        if is_shared(rule)
        for said in [msgspec.to_builtins(rule)]
    ]
    return _collection(uris, RULES, kept[:MOST_RULES])


def is_shared(rule: RuleDocument) -> bool:
    """Tell whether stewards chose to tell of a rule: it is theirs, about servers, and gives why."""
    plain = RuleDocument(
        key=rule.key, domains=rule.domains, exact=rule.exact, verdict=rule.verdict,
        effects=rule.effects, reason=rule.reason, note=rule.note, expires=rule.expires,
        on_expire=rule.on_expire, review=rule.review,
    )  # fmt: skip
    welcomes = rule.verdict == "accept"
    return bool(rule.reason and rule.domains) and rule == plain and not welcomes


def read_people(document: Document, origin: str) -> list[Listed]:
    """Read whom an ally lists; others than its own people are passed over."""
    found: dict[str, Listed] = {}
    for item in documents(document.get("items")):
        uri = uri_of(item.get("id"))
        username = clean_name(text_of(item, "preferredUsername"), max_length=_MAX_NAME)
        if uri is None or not username or not _is_of(uri, origin):
            continue
        page = web_url(item.get("url"))
        found[uri] = Listed(
            actor_uri=uri,
            username=username,
            name=clean_name(text_of(item, "name"), max_length=_MAX_NAME),
            summary=_line(text_of(item, "summary")),
            page_url=page if page is not None and _is_of(page, origin) else uri,
        )
        if len(found) == MOST_PEOPLE:
            break
    return list(found.values())


def read_rules(document: Document, ally: Domain) -> list[RuleDocument]:
    """Read what an ally shares as drafts of ours; what makes no sense is passed over."""
    found: dict[str, RuleDocument] = {}
    for item in documents(document.get("items")):
        rule = _draft(item, ally)
        if rule is not None:
            found.setdefault(rule.key, rule)
        if len(found) == MOST_RULES:
            break
    return list(found.values())


def _draft(item: Mapping[str, object], ally: Domain) -> RuleDocument | None:
    said = {part: item[part] for part in _PARTS if part in item}
    try:
        rule = msgspec.convert({**said, "key": "?"}, RuleDocument)
        if not rule.domains or rule.verdict == "accept":
            return None
        key = f"{source_of(ally)} {', '.join(sorted(rule.domains))}"[:300]
        return settle(msgspec.structs.replace(rule, key=key, source=source_of(ally), draft=True))
    except (msgspec.ValidationError, FedinetError):
        return None


def source_of(ally: Domain) -> str:
    return f"ally:{ally}"


def _collection(uris: NodeUris, path: str, items: Sequence[object]) -> Document:
    return {
        "@context": _CONTEXT,
        "id": f"{uris.origin}{path}",
        "type": "Collection",
        "attributedTo": uris.node_actor,
        "totalItems": len(items),
        "items": items,
    }


def _is_of(uri: str, origin: str) -> bool:
    return web_url(uri) is not None and same_origin(uri, origin + "/")


def _line(text: str) -> str:
    return " ".join(plain_text(text).split())[:_MAX_SUMMARY]
