"""The erasure journal: added to, read, damaged, of another community, pruned."""

import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fedinet.backups.journal import Erased, Erasure, Journal, files_of, take_over
from fedinet.backups.replaying import still_hold
from fedinet.node.secrets import SecretBox

BOX, OTHER = SecretBox(b"k" * 32), SecretBox(b"o" * 32)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
POST = Erasure(NOW, Erased.POST, "12345")
FILE = Erasure(NOW - timedelta(days=40), Erased.FILE, "0f" * 16 + ".jpeg")


def test_what_is_added_is_read_once_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", BOX)
    journal.append([POST, FILE])
    journal.append([POST])
    assert journal.read() == ([FILE, POST], 0)
    assert len(files_of(journal.folder)) == 2
    assert {path.stat().st_mode & 0o777 for path in files_of(journal.folder)} == {0o600}
    journal.prune(NOW - timedelta(days=10))
    assert journal.read() == ([POST], 0)


def test_a_line_that_is_cut_or_of_another_community_is_counted_and_not_believed(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path, BOX)
    journal.append([FILE])
    [path] = files_of(tmp_path)
    path.write_bytes(path.read_bytes()[:-9])
    journal.append([FILE])
    foreign = Journal(tmp_path, OTHER)
    foreign.append([POST])
    with path.open("ab") as file:
        file.write(
            b"\xff\xfe\n" + b"x" * 5000 + b"\n2026-99-99T00:00:00.0Z post 1 0123456789abcdef"
        )
    assert journal.read() == ([FILE], 5)
    assert foreign.read()[0] == [POST]


def test_copies_are_taken_over_and_the_longer_one_wins(tmp_path: Path) -> None:
    one, two = Journal(tmp_path / "one", BOX), tmp_path / "two"
    one.append([POST])
    take_over(one.folder, two)
    one.append([Erasure(NOW, Erased.POST, "7")])
    take_over(one.folder, two)
    assert len(Journal(two, BOX).read()[0]) == 2
    [copy] = files_of(two)
    copy.write_bytes(copy.read_bytes()[:20])
    take_over(two, one.folder)
    assert len(one.read()[0]) == 2
    (two / "notes.txt").write_text("not ours")
    assert len(files_of(two)) == 1


def test_what_a_full_disk_took_in_part_is_an_error_and_not_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, BOX)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, hard))
    try:
        with pytest.raises(OSError, match="large"):
            journal.append([POST])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    journal.append([POST])
    assert journal.read() == ([POST], 1)


def test_a_clock_that_jumped_back_brings_nothing_back_but_addresses_may_be_taken_again() -> None:
    address = Erasure(NOW - timedelta(days=2), Erased.ADDRESS, "1:ab")
    changed = Erasure(NOW - timedelta(days=2), Erased.CREDENTIALS, "1")
    assert still_hold([FILE, address, changed, POST], NOW, now=NOW) == [FILE, POST]
    every = [FILE, address, changed, POST]
    assert still_hold(every, NOW - timedelta(days=2), now=NOW) == every
    assert still_hold(every, NOW + timedelta(days=400), now=NOW) == every
