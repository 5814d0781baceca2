"""The policy file: TOML in, TOML out, and what would change. Pure.

A file with one wrong line is refused as a whole, and the line is named.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec
import tomli_w

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Invalid
from fedinet.policy.document import RuleDocument, settle
from fedinet.policy.file.document import PolicyDocument
from fedinet.policy.file.lines import explained, line_of, line_of_rule
from fedinet.policy.lists.document import (
    ListChange,
    ListDocument,
    ListsDocument,
    changes_between,
    settle_list,
    settle_lists,
)
from fedinet.policy.model import Mode
from fedinet.policy.ours import check_not_ours

OWNED: Final = "manual"
"""The ``source`` of rules that a file holds whole: what it leaves out goes."""
MAX_FILE_BYTES: Final = 20_000_000

_SYNTAX_LINE: Final = re.compile(r"\(at line (\d+)")


class BadPolicyFile(Unprocessable):
    """The file cannot be used. ``line`` is where to look, counted from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(
            f"line {line}: {what}",
            public=N_("Line %(line)d: %(what)s"),
            values={"line": line, "what": what},
        )
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What applying a file would change. ``mode``: (before, after), or None where it stays."""

    added: tuple[RuleDocument, ...] = ()
    changed: tuple[tuple[RuleDocument, RuleDocument], ...] = ()
    removed: tuple[RuleDocument, ...] = ()
    mode: tuple[Mode, Mode] | None = None
    lists: tuple[ListChange, ...] = ()
    together: ListsDocument | None = None

    @property
    def is_empty(self) -> bool:
        return self == Plan()


def read_file(text: str) -> PolicyDocument:
    """Read a policy file.

    Raises:
        BadPolicyFile: not TOML, an unknown part, a wrong value, a rule that
            makes no sense, or two rules of one key.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1  # else "at end of document"
        raise BadPolicyFile(line, explained(str(error))) from error
    try:
        document = msgspec.convert(raw, PolicyDocument, strict=True)
    except msgspec.ValidationError as error:
        raise BadPolicyFile(line_of(text, str(error)), explained(str(error))) from error
    return msgspec.structs.replace(
        document,
        rule=list(_settled(text, document.rule)),
        list=None if document.list is None else list(_settled_lists(text, document.list)),
        lists=None if document.lists is None else _settled_together(text, document.lists),
    )


def write_file(
    rules: Iterable[RuleDocument],
    mode: Mode,
    lists: Iterable[ListDocument] | None = None,
    together: ListsDocument | None = None,
) -> str:
    """Write a file that reads as these rules, in the order of their keys, and these lists.

    Drafts of lists are left out: they come of the lists themselves.
    """
    kept = (rule for rule in rules if not (rule.draft and rule.source.startswith("list:")))
    document = PolicyDocument(
        version=1,
        mode=mode,
        lists=together,
        list=None if lists is None else sorted(lists, key=lambda one: one.name),
        rule=sorted(kept, key=lambda rule: rule.key),
    )
    return tomli_w.dumps(msgspec.to_builtins(document, builtin_types=(datetime,)))


def plan(
    current: Mapping[str, RuleDocument],
    mode: Mode,
    wanted: PolicyDocument,
    lists: Mapping[str, ListDocument] = MappingProxyType({}),
    together: ListsDocument | None = None,
) -> Plan:
    """Say what would change if the file were all there is of the stewards' own rules.

    ``lists`` and ``together``: the subscriptions, and what holds for them, as they are.
    """
    by_key = {rule.key: rule for rule in wanted.rule}
    owned = {key: rule for key, rule in current.items() if rule.source == OWNED or key in by_key}
    new_mode = wanted.mode or mode
    return Plan(
        added=tuple(rule for key, rule in by_key.items() if key not in owned),
        changed=tuple(
            (owned[key], rule)
            for key, rule in by_key.items()
            if key in owned and owned[key] != rule
        ),
        removed=tuple(rule for key, rule in owned.items() if key not in by_key),
        mode=None if new_mode is mode else (mode, new_mode),
        lists=() if wanted.list is None else changes_between(lists, wanted.list),
        together=None if wanted.lists == (together or ListsDocument()) else wanted.lists,
    )


def check_file(text: str, document: PolicyDocument, ours: Sequence[Domain]) -> None:
    """Refuse a file with a rule about this node itself, as applying it would.

    Raises:
        BadPolicyFile: it has one.
    """
    for number, rule in enumerate(document.rule):
        try:
            check_not_ours(rule, ours)
        except Unprocessable as error:
            raise _bad_rule(text, number, error) from error


def _settled(text: str, rules: Iterable[RuleDocument]) -> Iterable[RuleDocument]:
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        if rule.key in seen:
            line = line_of_rule(text, number)
            raise BadPolicyFile(line, f"a second rule with the key {rule.key!r}")
        seen.add(rule.key)
        try:
            yield settle(rule)
        except Unprocessable as error:
            raise _bad_rule(text, number, error) from error


def _settled_lists(text: str, lists: Iterable[ListDocument]) -> Iterable[ListDocument]:
    seen: set[str] = set()
    for number, one in enumerate(lists):
        if one.name in seen:
            line = line_of_rule(text, number, table="list")
            raise BadPolicyFile(line, f"a second list with the name {one.name!r}")
        seen.add(one.name)
        try:
            yield settle_list(one, may_use_plain_http=True)
        except Invalid as error:
            named = str(error.problems[0].values.get("name", "")) or one.url
            line = line_of_rule(text, number, named, table="list")
            raise BadPolicyFile(line, error.problems[0].english) from error


def _settled_together(text: str, lists: ListsDocument) -> ListsDocument:
    try:
        return settle_lists(lists)
    except Invalid as error:
        named = str(error.problems[0].values.get("name", ""))
        line = next((n for n, one in enumerate(text.splitlines(), 1) if named in one), 1)
        raise BadPolicyFile(line, error.problems[0].english) from error


def _bad_rule(text: str, number: int, error: Unprocessable) -> BadPolicyFile:
    line = line_of_rule(text, number, str(error.values.get("name", "")))
    return BadPolicyFile(line, error.public)
