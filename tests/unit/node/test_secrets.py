"""Secrets at rest."""

import os
import stat
from pathlib import Path

import pytest

from fedinet.backups.passphrase import ensure_passphrase, replace_passphrase
from fedinet.node.secrets import (
    KEY_FILE,
    SecretBox,
    WrongSecretKey,
    begin_new_key,
    finish_new_key,
    open_box,
)

BOX = SecretBox(bytes(32))


def test_what_is_sealed_opens_for_its_own_row_only() -> None:
    sealed = BOX.seal(b"private", row="key/1")
    assert BOX.open(sealed, row="key/1") == b"private"
    with pytest.raises(WrongSecretKey):
        BOX.open(sealed, row="key/2")


def test_the_same_secret_never_looks_the_same() -> None:
    assert BOX.seal(b"private", row="key/1") != BOX.seal(b"private", row="key/1")


@pytest.mark.parametrize("damaged", [b"", b"short", bytes(64)])
def test_damaged_bytes_do_not_open(damaged: bytes) -> None:
    with pytest.raises(WrongSecretKey):
        BOX.open(damaged, row="key/1")


def test_another_key_does_not_open() -> None:
    sealed = BOX.seal(b"private", row="key/1")
    with pytest.raises(WrongSecretKey):
        SecretBox(b"x" * 32).open(sealed, row="key/1")


def test_the_first_start_makes_a_key_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = open_box(tmp_path).seal(b"private", row="key/1")
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert open_box(tmp_path, create=False).open(sealed, row="key/1") == b"private"
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_without_a_key_nothing_is_made_up(tmp_path: Path) -> None:
    with pytest.raises(WrongSecretKey, match="missing or damaged"):
        try:
            open_box(tmp_path, create=False)
        except WrongSecretKey as error:
            raise WrongSecretKey(error.public) from error
    assert list(tmp_path.iterdir()) == []


def test_a_new_key_opens_what_the_old_one_sealed_until_it_is_finished(tmp_path: Path) -> None:
    first = open_box(tmp_path)
    sealed = first.seal(b"private", row="key/1")
    for _ in range(2):  # stopped in the middle, and begun again
        new = begin_new_key(tmp_path)
        assert new.open(sealed, row="key/1") == b"private"
        anew = new.seal(b"private", row="key/1")
        with pytest.raises(WrongSecretKey):
            first.open(anew, row="key/1")
    finish_new_key(tmp_path)
    finish_new_key(tmp_path)
    box = open_box(tmp_path, create=False)
    assert box.open(anew, row="key/1") == b"private"
    with pytest.raises(WrongSecretKey):
        box.open(sealed, row="key/1")
    begin_new_key(tmp_path)
    finish_new_key(tmp_path)
    last = open_box(tmp_path, create=False)
    assert len({box.tag("a") for box in (first, new, last)}) == 3
    assert {box.lasting_tag("a") for box in (first, new, last)} == {first.tag("a")}
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_what_root_makes_anew_stays_whose_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_box(tmp_path)
    ensure_passphrase(tmp_path)
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _, *owner: given.append(owner))
    begin_new_key(tmp_path)
    finish_new_key(tmp_path)
    replace_passphrase(tmp_path)
    assert given == [(os.geteuid(), tmp_path.stat().st_gid)] * 3


@pytest.mark.parametrize("size", [0, 31, 33, 65, 128])
def test_a_file_of_another_size_is_no_key(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SecretBox(bytes(size))
