"""Secrets at rest."""

import stat
from pathlib import Path

import pytest

from fedinet.node.secrets import KEY_FILE, SecretBox, WrongSecretKey, open_box

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
