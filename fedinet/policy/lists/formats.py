"""Lists of servers as others write them, read line by line. Pure.

What a list says is hostile text of strangers: it is cut, cleaned and counted here.

Source: Mastodon ``export_domain_blocks_controller.rb`` and ``GET /api/v1/instance/domain_blocks``
(4.x); GoToSocial ``docs/admin/domain_permission_subscriptions.md``; RapidBlock's
``blocklist.json``; a snapshot of FIRES (FediMod), of which only what is recommended
about domains is read.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final, cast

from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import domain
from fedinet.net.domains import is_suffix

MAX_ENTRIES: Final = 60_000
MAX_LIST_BYTES: Final = 10_000_000
MAX_COMMENT: Final = 2000
_MAX_LABELS: Final = 20
_NAMED_LINES: Final = 5
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_TRUE: Final = frozenset({"true", "t", "1", "yes"})
_BOOLEANS: Final = _TRUE | {"false", "f", "0", "no", ""}
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_FLAGS: Final = ("reject_media", "reject_reports", "obfuscate")


class Severity(IntEnum):
    """What a list asks for, by Mastodon's names."""

    NOOP = 0
    SILENCE = 1
    SUSPEND = 2

    @property
    def word(self) -> str:
        return self.name.lower()


_SEVERITIES: Final[Mapping[str, Severity]] = {
    **{one.word: one for one in Severity},
    "": Severity.SUSPEND, "none": Severity.NOOP, "limit": Severity.SILENCE,
    "block": Severity.SUSPEND, "reject": Severity.SUSPEND,
}  # fmt: skip
_FIRES_POLICIES: Final[Mapping[str, str]] = {
    "drop": "suspend", "reject": "suspend", "filter": "silence", "accept": "noop",
}  # fmt: skip


class Format(StrEnum):
    AUTO = "auto"
    MASTODON = "mastodon"
    """CSV whose first line names its columns."""
    GOTOSOCIAL = "gotosocial"
    """JSON: servers, or objects with a ``domain``; Mastodon's API answers alike."""
    PLAIN = "plain"
    """One server a line; ``#`` begins a remark."""
    RAPIDBLOCK = "rapidblock"
    FIRES = "fires"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One server of a list."""

    domain: Domain
    severity: Severity = Severity.SUSPEND
    reject_media: bool = False
    reject_reports: bool = False
    public_comment: str = ""
    obfuscate: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that names no server we could act on: its number, and what stands there.

    ``is_masked``: the list hides the name on purpose (``b**.example``).
    """

    line: int
    text: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A whole list. ``repeats``: how many lines named a server once more; the first line counts."""

    format: Format
    entries: tuple[Entry, ...]
    unread: tuple[Unread, ...] = ()
    repeats: int = 0

    @property
    def bad(self) -> tuple[Unread, ...]:
        return tuple(one for one in self.unread if not one.is_masked)


class BadLines(Unprocessable):
    """Lines that cannot be right. Nothing of the list is used."""

    def __init__(self, bad: Sequence[Unread]) -> None:
        named = ", ".join(f"{one.line} ({one.text[:60]})" for one in bad[:_NAMED_LINES])
        super().__init__(
            f"{len(bad)} bad lines: {named}",
            public=N_("Nothing was changed: these lines cannot be right: %(lines)s"),
            values={"lines": named + (", …" if len(bad) > _NAMED_LINES else "")},
        )
        self.bad = tuple(bad)


def read_list(text: str, kind: Format = Format.AUTO, *, strict: bool = False) -> Reading:
    """Read a list in whichever form it is, or in the one that is said.

    Lines that cannot be used are told apart and lose nothing else; with ``strict``
    one that is wrong, and not only masked, refuses all.

    Raises:
        Unprocessable: empty, too long, no list at all, or not of that form.
        BadLines: with ``strict``.
    """
    text = text.removeprefix("\ufeff")
    kind, raw = _lines_of(text, kind)
    entries: dict[Domain, Entry] = {}
    unread: list[Unread] = []
    lines = 0
    for lines, (line, fields) in enumerate(raw, start=1):
        if lines > MAX_ENTRIES:
            raise Unprocessable(
                f"a list of more than {MAX_ENTRIES}",
                public=N_("A list may have %(most)d lines"),
                values={"most": MAX_ENTRIES},
            )
        read = _entry(line, fields)
        if isinstance(read, Unread):
            unread.append(read)
        else:
            entries.setdefault(read.domain, read)
    bad = [one for one in unread if not one.is_masked]
    if strict and entries and bad:
        raise BadLines(bad)
    if not entries:
        raise Unprocessable("no server in the list", public=N_("There is no server in this list"))
    return Reading(
        format=kind,
        entries=tuple(entries.values()),
        unread=tuple(unread),
        repeats=lines - len(entries) - len(unread),
    )


def decode(raw: bytes) -> str:
    """Read the bytes of a list.

    Raises:
        Unprocessable: too many, or no text.
    """
    if len(raw) > MAX_LIST_BYTES:
        raise Unprocessable(
            f"a list of {len(raw)} bytes",
            public=N_("A list may have %(most)d MB"),
            values={"most": MAX_LIST_BYTES // 1_000_000},
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unprocessable("not UTF-8", public=N_("This is not a text file.")) from error


Line = tuple[int, Mapping[str, str]]


def _lines_of(text: str, kind: Format) -> tuple[Format, Iterator[Line]]:
    begin = text.lstrip()[:1]
    if begin == "<":
        raise Unprocessable("a page", public=N_("This is a web page, and no list"))
    if kind in (Format.GOTOSOCIAL, Format.RAPIDBLOCK, Format.FIRES) or (
        kind is Format.AUTO and begin and begin in "[{"
    ):
        return _of_json(text, kind)
    names, delimiter = _columns(text)
    if kind is Format.MASTODON or (kind is Format.AUTO and "domain" in names):
        if "domain" not in names:
            raise Unprocessable(
                "no column domain", public=N_("The first line does not name a column #domain")
            )
        return Format.MASTODON, _of_csv(text, names, delimiter)
    return Format.PLAIN, _of_plain(text)


def _columns(text: str) -> tuple[list[str], str]:
    """The names that the first line gives to columns, and what stands between them."""
    head = next((line for line in text.splitlines() if line.strip()), "")[:2000]
    delimiter = next((mark for mark in ",;\t" if mark in head), ",")
    cells = head.replace('"', "").split(delimiter)
    return [cell.strip().lower().lstrip("#") for cell in cells], delimiter


def _of_plain(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.partition("#")[0].strip()
        if bare:
            yield number, {"domain": bare.partition(",")[0].strip().strip('"')}


def _of_csv(text: str, names: Sequence[str], delimiter: str) -> Iterator[Line]:
    rows = csv.reader(io.StringIO(text.lstrip()), delimiter=delimiter, strict=True)
    skipped = text[: len(text) - len(text.lstrip())].count("\n")
    try:
        for number, row in enumerate(rows):
            if number and any(cell.strip() for cell in row):
                fields = dict(zip(names, row, strict=False))
                if len(row) > len(names):
                    fields["domain"] = delimiter.join(row)  # a comma without quotes: a bad line
                yield rows.line_num + skipped, fields
    except csv.Error as error:
        raise Unprocessable(
            f"not CSV: {error}",
            public=N_("Line %(line)d is not CSV"),
            values={"line": rows.line_num + skipped},
        ) from error


def _of_json(text: str, kind: Format) -> tuple[Format, Iterator[Line]]:
    try:
        loaded: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unprocessable(f"not JSON: {error}", public=N_("This is not JSON")) from error
    if isinstance(loaded, dict):
        members = cast(Mapping[str, object], loaded)
        blocks, items = members.get("blocks"), members.get("orderedItems")
        if isinstance(blocks, dict) and kind in (Format.AUTO, Format.RAPIDBLOCK):
            return Format.RAPIDBLOCK, _of_rapidblock(cast(Mapping[str, object], blocks))
        if isinstance(items, list) and kind in (Format.AUTO, Format.FIRES):
            return Format.FIRES, _of_fires(cast(list[object], items))
    if kind in (Format.RAPIDBLOCK, Format.FIRES):
        raise Unprocessable(f"not {kind}", public=N_("This is JSON, and not of that form"))
    rows = cast(list[object], loaded if isinstance(loaded, list) else [loaded])
    return Format.GOTOSOCIAL, _of_objects(rows)


def _of_objects(rows: Sequence[object]) -> Iterator[Line]:
    for number, row in enumerate(rows, start=1):
        if isinstance(row, str):
            yield number, {"domain": row}
        elif isinstance(row, dict):
            fields = cast(Mapping[str, object], row)
            comment = fields.get("public_comment") or fields.get("comment")
            named = {key: str(value) for key, value in fields.items() if value is not None}
            if "severity" not in named and named.get("silenced_at"):
                named["severity"] = "silence"
            yield number, {**named, "public_comment": "" if comment is None else str(comment)}
        else:
            yield number, {"domain": str(row)[:200], "severity": "?"}


def _of_rapidblock(blocks: Mapping[str, object]) -> Iterator[Line]:
    for number, (name, about) in enumerate(blocks.items(), start=1):
        fields = _fields(about)
        yield (
            number,
            {
                "domain": name,
                "severity": "suspend" if fields.get("isBlocked") is True else "noop",
                "public_comment": str(fields.get("reason") or ""),
                "labels": _joined(fields.get("tags")),
            },
        )


def _of_fires(items: Sequence[object]) -> Iterator[Line]:
    """Recommendations about domains; advisories and what was retracted ask for nothing."""
    for number, item in enumerate(items, start=1):
        fields = _fields(item)
        if fields.get("entityKind") != "domain" or fields.get("type") != "Recommendation":
            continue
        policy = str(fields.get("recommendedPolicy", ""))
        yield (
            number,
            {
                "domain": str(fields.get("entityKey", "")),
                "severity": _FIRES_POLICIES.get(policy, policy or "?"),
                "public_comment": str(fields.get("comment") or ""),
                "labels": _joined(fields.get("labels"), last_part=True),
            },
        )


def _fields(value: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], value) if isinstance(value, dict) else _NOTHING


def _joined(labels: object, *, last_part: bool = False) -> str:
    if not isinstance(labels, list):
        return ""
    words = [str(label) for label in cast(list[object], labels)[:_MAX_LABELS]]
    return ";".join(word.rstrip("/").rpartition("/")[2] if last_part else word for word in words)


def _entry(line: int, fields: Mapping[str, str]) -> Entry | Unread:
    raw = _clean(fields.get("domain", ""))[:300]
    name = raw.removeprefix("*.").strip()
    if "*" in name:
        return Unread(line, raw[:200], is_masked=True)
    severity = _SEVERITIES.get(fields.get("severity", "").strip().lower())
    flags = {flag: fields.get(flag, "").strip().lower() for flag in _FLAGS}
    if severity is None or any(word not in _BOOLEANS for word in flags.values()):
        return Unread(line, raw[:200])
    try:
        host = domain(name)
    except Malformed:
        return Unread(line, raw[:200])
    if is_suffix(host):
        return Unread(line, raw[:200])  # all of ``com`` or ``co.uk`` is never meant
    return Entry(
        domain=host,
        severity=severity,
        public_comment=_clean(fields.get("public_comment", ""))[:MAX_COMMENT],
        labels=_labels(fields.get("labels") or fields.get("tags") or ""),
        **{flag: word in _TRUE for flag, word in flags.items()},
    )


def _labels(raw: str) -> tuple[str, ...]:
    words = (_clean(word)[:60] for word in re.split(r"[;|,]", raw[:5000]))
    return tuple(dict.fromkeys(word for word in words if word))[:_MAX_LABELS]


def _clean(text: str) -> str:
    """Take out what no column and no page holds: control characters, halves of surrogate pairs."""
    return _CONTROL.sub(" ", text).strip()
