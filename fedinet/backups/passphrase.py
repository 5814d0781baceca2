"""The passphrase that closes backups: made at the first start, kept where only we read.

It lies beside ``secret.key``, so that the nightly backup needs nobody. Whoever loses the
machine loses this copy with it: stewards are asked to keep another one elsewhere.
"""

import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

from fedinet.kernel.errors import FedinetError

VARIABLE: Final = "FEDINET_BACKUP_PASSPHRASE"
"""Wins over the file: for admins who keep their secrets elsewhere."""
FILE: Final = "backup.passphrase"
LEAST: Final = 8
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _LETTERS = 6, 4


class NoPassphrase(FedinetError):
    """There is none yet, or it cannot be read."""


def new_passphrase() -> str:
    """Make one up: 24 letters that are not mistaken for each other, 118 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def ensure_passphrase(data: Path) -> str:
    """Read the passphrase of a data folder; the first start makes it. Two starts agree on one."""
    given = os.environ.get(VARIABLE)
    path = data / FILE
    if given:
        return given
    if not path.exists():
        _write(path, new_passphrase(), replace=False)
    return read_passphrase(data)


def read_passphrase(data: Path) -> str:
    """Read it without making one.

    Raises:
        NoPassphrase: there is none, or the file is damaged.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return given
    path = data / FILE
    try:
        text = path.read_text().strip()
    except (OSError, ValueError) as error:
        raise NoPassphrase(
            f"{path}: {error}", public=f"{path} cannot be read. Make one: fedinet backup passphrase"
        ) from error
    if len(text) < LEAST:
        raise NoPassphrase(f"{path} is too short", public=f"{path} is damaged: it is too short.")
    return text


def replace_passphrase(data: Path) -> str:
    """Make another. Backups that exist stay closed with the one they were made with."""
    _write(data / FILE, new_passphrase(), replace=True)
    return read_passphrase(data)


def keep_passphrase(data: Path, passphrase: str) -> None:
    """Go on with the one that opened a backup: of that one somebody has a copy."""
    _write(data / FILE, passphrase, replace=True)


def is_given_from_outside() -> bool:
    """Tell whether it comes from the environment and not from our file."""
    return bool(os.environ.get(VARIABLE))


def mark_of(passphrase: str) -> str:
    """What tells passphrases apart, from which nobody finds them again."""
    return sha256(b"fedinet backup passphrase\0" + passphrase.encode()).hexdigest()[:32]


def _write(path: Path, text: str, *, replace: bool) -> None:
    """It stays whose it was, even where root writes it: else the node could not read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if replace and path.exists():
            before = path.stat()
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.write(descriptor, f"{text}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
