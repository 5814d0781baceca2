"""Lines of the audit about one rule: that it is put, or goes."""

from fedinet.kernel.ids import Domain
from fedinet.policy.audit_store import Change, as_json
from fedinet.policy.document import RuleDocument


def putting(before: RuleDocument | None, after: RuleDocument) -> Change:
    return Change(
        action="add" if before is None else "change",
        subject=after.key,
        domains=_touched(before, after),
        before=None if before is None else as_json(before),
        after=as_json(after),
    )


def removal(document: RuleDocument) -> Change:
    return Change(
        action="remove",
        subject=document.key,
        domains=_touched(document),
        before=as_json(document),
    )


def _touched(*documents: RuleDocument | None) -> tuple[Domain, ...]:
    found = {name for document in documents if document is not None for name in document.domains}
    return tuple(sorted(map(Domain, found)))
