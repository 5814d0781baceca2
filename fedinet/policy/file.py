"""The policy file: TOML in, TOML out, and what would change. Pure.

A file with one wrong line is refused as a whole, and the line is named.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import tomli_w

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import N_
from fedinet.policy.document import PolicyDocument, RuleDocument, settle
from fedinet.policy.model import Mode

OWNED: Final = "manual"
"""The ``source`` of rules that a file holds whole: what it leaves out goes."""
MAX_FILE_BYTES: Final = 20_000_000

_SYNTAX_LINE: Final = re.compile(r"\(at line (\d+)")
_PATH: Final = re.compile(r"`\$\.rule\[(\d+)\](?:\.(\w+))?")
_PLACE: Final = re.compile(r" \(at line .*\)$| - at `[^`]*`$")
_UNKNOWN: Final = re.compile(r"unknown field `(\w+)`")
_RULE_HEAD: Final = re.compile(r"\s*\[\[\s*rule\s*\]\]")


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

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed or self.mode)


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
        raise BadPolicyFile(int(found[1]) if found else 1, _plain(str(error))) from error
    try:
        document = msgspec.convert(raw, PolicyDocument, strict=True)
    except msgspec.ValidationError as error:
        raise BadPolicyFile(_line_of(text, str(error)), _plain(str(error))) from error
    return msgspec.structs.replace(document, rule=list(_settled(text, document.rule)))


def write_file(rules: Iterable[RuleDocument], mode: Mode) -> str:
    """Write a file that reads as these rules, in the order of their keys."""
    ordered = sorted(rules, key=lambda rule: rule.key)
    document = PolicyDocument(version=1, mode=mode, rule=ordered)
    return tomli_w.dumps(msgspec.to_builtins(document, builtin_types=(datetime,)))


def plan(current: Mapping[str, RuleDocument], mode: Mode, wanted: PolicyDocument) -> Plan:
    """Say what would change if the file were all there is of the stewards' own rules."""
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
    )


def _settled(text: str, rules: Iterable[RuleDocument]) -> Iterable[RuleDocument]:
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        line = _line_of(text, f"`$.rule[{number}]`")
        if rule.key in seen:
            raise BadPolicyFile(line, f"a second rule with the key {rule.key!r}")
        seen.add(rule.key)
        try:
            yield settle(rule)
        except Unprocessable as error:
            raise BadPolicyFile(line, error.public) from error


def _line_of(text: str, message: str) -> int:
    """Find the line of what a message names as ``$.rule[3].verdict``."""
    found = _PATH.search(message)
    if found is None:
        return 1
    number, part = int(found[1]), found[2]
    lines = text.splitlines()
    heads = [at for at, line in enumerate(lines) if _RULE_HEAD.match(line)]
    if number >= len(heads):
        return 1
    unknown = _UNKNOWN.search(message)
    name = unknown[1] if unknown else part
    end = heads[number + 1] if number + 1 < len(heads) else len(lines)
    for at in range(heads[number] + 1, end):
        if name is not None and re.match(rf"\s*{name}\b", lines[at]):
            return at + 1
    return heads[number] + 1


def _plain(message: str) -> str:
    return _PLACE.sub("", message).replace("`", "'")
