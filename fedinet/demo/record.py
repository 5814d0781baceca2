"""What a demo folder remembers of itself, so that a second start has nothing to do."""

import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from fedinet.db.ownership import OwnerLock
from fedinet.demo.stage import CannotStage

_FILE: Final = "demo.json"
_WORDS: Final = (
    "amber anchor barley basin birch candle canvas cedar chalk clover copper cotton estuary "
    "fennel ferry gravel harbour hazel heron indigo juniper kettle lantern linen maple marble "
    "meadow nettle orchard paper pebble quarry quill reed rowan saddle sorrel spindle tallow "
    "thistle timber velvet walnut willow"
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One demo: when it was made, from which text, and how to get in."""

    made_at: datetime
    edition: str
    first_port: int
    password: str
    is_played: bool = False
    guest_came: bool = False


def new_record(edition: str, *, first_port: int) -> Record:
    words = "-".join(secrets.choice(_WORDS.split()) for _ in range(3))
    return Record(
        made_at=datetime.now(UTC),
        edition=edition,
        first_port=first_port,
        password=f"{words}-{secrets.randbelow(90) + 10}",
    )


def read_record(folder: Path) -> Record | None:
    """Read what the folder says; None where it says nothing that we understand."""
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None


def write_record(folder: Path, record: Record) -> None:
    draft = folder / f"{_FILE}.new"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
    draft.replace(folder / _FILE)


def own(folder: Path) -> OwnerLock:
    """Take the folder, or make it.

    Raises:
        CannotStage: a demo runs there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = OwnerLock(folder)
    if not lock.try_acquire("serve"):
        owner = lock.owner()
        who = f" (process {owner.pid})" if owner else ""
        raise CannotStage(f"A demo runs from {folder} already{who}. Stop that one first.")
    return lock


def clear(folder: Path) -> None:
    """Remove an older demo, and nothing else: a folder that is none stays as it is.

    Raises:
        CannotStage: there is something else in the folder.
    """
    ours = {_FILE, "pg", "pg.new", "run", "log"}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        known = path.name in ours or path.suffix in (".log", ".json", ".new")
        if not known and not (path / "fedinet.toml").is_file():
            raise CannotStage(f"{folder} holds {path.name}, which is no part of a demo.")
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
