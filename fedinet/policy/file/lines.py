"""Where in a policy file a mistake stands, and what may be written there instead. Pure.

``tomllib`` keeps no positions and ``msgspec`` names a path (``$.rule[3].verdict``), so
the line is looked for in the text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from fedinet.policy.document import RuleDocument
from fedinet.policy.file.document import PolicyDocument
from fedinet.policy.lists.document import ListDocument, ListsDocument

Table = Literal["rule", "list"]
_PATH: Final = re.compile(r"`\$(?:\.(lists)|\.(rule|list)\[(\d+|\.\.\.)\])?(?:\.(\w+))?")
_UNKNOWN: Final = re.compile(r"unknown field `([^`]+)`")
_HEADS: Final[Mapping[Table, re.Pattern[str]]] = {
    "rule": re.compile(r"\s*\[\[\s*[\"']?rule[\"']?\s*\]\]"),
    "list": re.compile(r"\s*\[\[\s*[\"']?list[\"']?\s*\]\]"),
}
_INLINE: Final[Mapping[Table, re.Pattern[str]]] = {
    "rule": re.compile(r"\s*[\"']?rule[\"']?\s*=\s*\["),
    "list": re.compile(r"\s*[\"']?list[\"']?\s*=\s*\["),
}
_ANY_HEAD: Final = re.compile(r"\s*\[{1,2}\s*[\"']?[a-z]+[\"']?\s*\]")
_KINDS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "rule": RuleDocument, "list": ListDocument, "lists": ListsDocument,
}  # fmt: skip
_QUOTES: Final = re.compile(r"\"\"\"|'''")
_PLACE: Final = re.compile(r" \(at line .*\)$| - at `[^`]*`$")


def line_of(text: str, message: str) -> int:
    """Find the line, from 1, of what a message names; 1 where the file as a whole lacks something.

    ``message`` as ``msgspec.ValidationError`` words it.
    """
    found = _PATH.search(message)
    unknown = _UNKNOWN.search(message)
    part = unknown[1] if unknown else found[4] if found else None
    lines = [*_outside_strings(text)]
    if found is None or found[3] is None or not found[3].isdecimal():
        whole = unknown or (found and found[1])
        end = len(lines) if whole else min(_heads(lines, "rule"), default=len(lines))
        return _find_key(lines, 0, end, part) or 1
    table: Table = "list" if found[2] == "list" else "rule"
    begin, end = _stretch(lines, _heads(lines, table), int(found[3]))
    return _find_key(lines, begin, end, part) or begin + 1


def line_of_rule(text: str, number: int, name: str = "", *, table: Table = "rule") -> int:
    """Find the line of a rule (or list), counted from 0, or of what it names there."""
    lines = [*_outside_strings(text)]
    begin, end = _stretch(lines, _heads(lines, table), number)
    ways = (f'"{name}"', f"'{name}'", name) if name else ()
    places = (at + 1 for way in ways for at in range(begin, end) if way in lines[at])
    return next(places, begin + 1)


def explained(message: str) -> str:
    """A message for people: without its path, and with the words that may stand there."""
    found = _PATH.search(message)
    part = found[4] if found else None
    kind = _KINDS.get((found[1] or found[2] or "") if found else "", PolicyDocument)
    plain = _PLACE.sub("", message).replace("`", "'")
    words = _choices(kind, part) if part and "enum value" in message else ()
    return f"{plain}. It can be {', '.join(words)}" if words else plain


def _choices(kind: type[msgspec.Struct], part: str) -> tuple[str, ...]:
    about = msgspec.inspect.type_info(kind)
    if not isinstance(about, msgspec.inspect.StructType):
        return ()
    of_part = next((field.type for field in about.fields if field.encode_name == part), None)
    return tuple(sorted(set(_words_in(of_part))))


def _words_in(kind: object) -> Iterator[str]:
    match kind:
        case msgspec.inspect.LiteralType(values=values):
            yield from map(str, values)
        case msgspec.inspect.EnumType(cls=cls):
            yield from (str(member.value) for member in cls)
        case msgspec.inspect.UnionType(types=types):
            for one in types:
                yield from _words_in(one)
        case msgspec.inspect.ListType(item_type=item):
            yield from _words_in(item)
        case _:
            return


def _outside_strings(text: str) -> Iterator[str]:
    """Yield each line; those inside a text of several lines are left empty."""
    inside = ""
    for line in text.split("\n"):
        yield "" if inside else line
        for quote in _QUOTES.findall(line):
            if not inside:
                inside = quote
            elif inside == quote:
                inside = ""


def _heads(lines: list[str], table: Table) -> list[int]:
    """Where each rule begins: its ``[[rule]]``, or its brace in ``rule = [{…}, {…}]``."""
    heads = [at for at, line in enumerate(lines) if _HEADS[table].match(line)]
    if heads:
        return heads
    start = next((at for at, line in enumerate(lines) if _INLINE[table].match(line)), len(lines))
    return [at for at in range(start, len(lines)) for _ in range(lines[at].count("{"))]


def _stretch(lines: list[str], heads: list[int], number: int) -> tuple[int, int]:
    if number >= len(heads):
        return 0, len(lines)
    begin = heads[number]
    end = heads[number + 1] if number + 1 < len(heads) else len(lines)
    tables = (at for at in range(begin + 1, end) if _ANY_HEAD.match(lines[at]))
    return begin, max(next(tables, end), begin + 1)


def _find_key(lines: list[str], begin: int, end: int, part: str | None) -> int | None:
    """Find the line that gives a key its value, or opens a table of that name."""
    if part is None:
        return None
    named = re.compile(rf"(?:^|[{{,])\s*(?:\[\[?\s*)?[\"']?{re.escape(part)}[\"']?\s*[=.\]]")
    return next((at + 1 for at in range(begin, end) if named.search(lines[at])), None)
