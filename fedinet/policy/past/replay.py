"""Replay files: recorded traffic to try rules on, as JSON lines, packed with gzip or plain.

The first line says what the file is (``Head``), each other is one activity
(``Line``), in the order of its time; ``schemas/policy/replay.schema.json``
describes both. Some files come with the project (``names``).
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from fedinet.kernel.errors import Malformed, NotFound, Unprocessable
from fedinet.kernel.ids import ActorUri, Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy.model import Envelope, Facts, Scope
from fedinet.policy.past.seen import Outside, Part, Seen, envelope_of
from fedinet.policy.past.simulation import Record

MAX_BYTES: Final = 500_000_000
"""Unpacked: a gzip file says little about its size."""
_MAX_LINE: Final = 100_000
_SHIPPED: Final = files("fedinet.policy.past") / "replays"
_ENDING: Final = ".jsonl.gz"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay is. ``about``: a sentence or two, with where the facts are from."""

    replay: Literal[1]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    about: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One activity. ``outside`` are parts of ``policy.model.Envelope``.

    ``label`` names its kind, e.g. ``wave`` or ``ordinary``: results are counted by it.
    """

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    domain: str
    actor: str
    activity: str
    object: str = ""
    label: Annotated[str, msgspec.Meta(max_length=40)] = ""
    size_bytes: int = 0
    outside: Outside = {}
    facts: Facts = msgspec.field(default_factory=Facts)
    text: str | None = None


class BadReplay(Unprocessable):
    """The file cannot be used; the line is named, counted from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(
            f"line {line}: {what}",
            public=N_("Line %(line)d: %(what)s"),
            values={"line": line, "what": what},
        )


@dataclass(frozen=True, slots=True)
class Shipped:
    """A replay that comes with the project."""

    name: str
    about: str


_head: Final = msgspec.json.Decoder(Head)
_line: Final = msgspec.json.Decoder(Line)


def shipped() -> list[Shipped]:
    """List the replays that come with the project, by name."""
    found = [one for one in _SHIPPED.iterdir() if one.name.endswith(_ENDING)]
    heads = [_read_head(next(_lines(one.read_bytes()))) for one in found]
    return sorted((Shipped(head.name, head.about) for head in heads), key=lambda one: one.name)


def read_replay(named: str) -> bytes:
    """Read a replay: one that comes with the project by its name, else a file.

    Raises:
        NotFound: there is neither.
    """
    if "/" not in named and (inside := _SHIPPED / f"{named}{_ENDING}").is_file():
        return inside.read_bytes()
    path = Path(named)
    if not path.is_file():
        raise NotFound(f"no replay {named[:100]!r}", public=N_("There is no such replay."))
    if path.stat().st_size > MAX_BYTES:
        raise BadReplay(1, f"the file is larger than {MAX_BYTES // 1_000_000} MB")
    return path.read_bytes()


def count_records(raw: bytes) -> int:
    """How many activities there are, for a progress bar.

    Raises:
        BadReplay: it is no replay.
    """
    lines = _lines(raw)
    _read_head(next(lines, b""))
    return sum(1 for line in lines if line.strip())


def records(raw: bytes) -> Iterator[Record]:
    """Yield the activities of a replay, in their order.

    Raises:
        BadReplay: a line cannot be read, or goes back in time.
    """
    before: datetime | None = None
    lines = _lines(raw)
    _read_head(next(lines, b""))
    for number, line in enumerate(lines, start=2):
        if line.strip():
            try:
                one = _line.decode(line)
                record = _record(one)
            except (msgspec.DecodeError, Malformed) as error:
                raise BadReplay(number, str(error)) from error
            if before is not None and one.at < before:
                raise BadReplay(number, "it is older than the line before")
            before = one.at
            yield record


def _record(line: Line) -> Record:
    beside = Envelope(
        scope=Scope.INBOUND,
        domain=Domain(domain_of(line.domain)),
        now=line.at,
        actor=ActorUri(line.actor),
        activity=line.activity,
        object=line.object,
        size_bytes=line.size_bytes,
    )
    part = Part(envelope=envelope_of(line.outside, beside), facts=line.facts)
    return Record(seen=Seen(parts=(part,)), label=line.label, text=line.text)


def _read_head(line: bytes) -> Head:
    try:
        return _head.decode(line)
    except msgspec.DecodeError as error:
        raise BadReplay(1, "this is no replay: its first line says what it is") from error


def _lines(raw: bytes) -> Iterator[bytes]:
    """Unpack and split, within bounds.

    Raises:
        BadReplay: a line or the whole is too long, or the packing is broken.
    """
    packed = raw[:2] == b"\x1f\x8b"
    stream = gzip.GzipFile(fileobj=io.BytesIO(raw)) if packed else io.BytesIO(raw)
    total, number = 0, 0
    try:
        while line := stream.readline(_MAX_LINE + 1):
            total, number = total + len(line), number + 1
            if len(line) > _MAX_LINE:
                raise BadReplay(number, f"it is longer than {_MAX_LINE} bytes")
            if total > MAX_BYTES:
                raise BadReplay(number, "the file is too long")
            yield line
    except (OSError, EOFError, zlib.error) as error:
        raise BadReplay(number + 1, "the file is damaged") from error
