"""The rules as they were: those of now, every change since taken back. SQL lives here only."""

from typing import Final

import msgspec

from fedinet.db.query import Conn, query
from fedinet.policy.audit_store import OF_NO_RULE, AuditRow, list_audit
from fedinet.policy.commands import ALLY, MODE
from fedinet.policy.document import RuleDocument, read_rule
from fedinet.policy.model import Mode, Rule, RuleId
from fedinet.policy.ruleset import Ruleset, compile_rules

MOST_CHANGES: Final = 20_000
"""How far back it is worth walking: an import of a large list is ten thousand."""

_IDS = query(
    "policy.list_rule_ids",
    "SELECT key, id FROM policy_rules WHERE key = ANY ($1::text[])",
)


async def rules_of_version(conn: Conn, rules: Ruleset, version: int) -> Ruleset | None:
    """Give the rules that held at a version; ``rules`` are those of now.

    None where too much has changed since. Rules keep their ids, so that their order is the same.
    """
    if version >= rules.version:
        return rules
    changes = await _changes_since(conn, version)
    if changes is None:
        return None
    subjects = {row.change.subject for row in changes}
    ids = {row["key"]: RuleId(row["id"]) for row in await conn.fetch(_IDS, list(subjects))}
    known: dict[str, Rule] = {rule.key: rule for rule in rules.rules}
    mode = rules.mode
    for row in changes:
        change = row.change
        if change.action.startswith(ALLY) or change.action in OF_NO_RULE:
            continue
        if change.subject == MODE:
            mode = mode if change.before is None else Mode(msgspec.json.decode(change.before))
            continue
        known.pop(change.subject, None)
        if change.before is not None:
            document = msgspec.json.decode(change.before, type=RuleDocument)
            if not document.draft:
                known[change.subject] = read_rule(document, ids.get(change.subject, 0))
    return compile_rules(known.values(), mode=mode, version=version)


async def _changes_since(conn: Conn, version: int) -> list[AuditRow] | None:
    """List what was changed after a version, newest first; None where it is too much."""
    found: list[AuditRow] = []
    while rows := await list_audit(conn, before=found[-1].id if found else None, limit=1000):
        new = [row for row in rows if row.policy_version > version]
        found += new
        if len(new) < len(rows):
            return found
        if len(found) > MOST_CHANGES:
            return None
    return found
