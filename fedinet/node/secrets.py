"""Secrets at rest: AES-GCM under ``secret.key`` of the data folder (TRAPS 31).

Whoever has only the database has no private key; whoever restores a backup
needs both, so the key is part of it.
"""

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fedinet.kernel.errors import FedinetError

_KEY_BYTES = 32
_NONCE_BYTES = 12
KEY_FILE = "secret.key"


class WrongSecretKey(FedinetError):
    """What is in the database was not sealed with this ``secret.key``."""


class SecretBox:
    """Seals and opens small secrets. One per process."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError(f"a secret key has {_KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCM(key)
        self._tagging = hmac.digest(key, b"fedinet tags", "sha256")

    def seal(self, plain: bytes, *, row: str) -> bytes:
        """Encrypt; ``row`` names the row it is for, and must be the same to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, row.encode())

    def tag(self, text: str) -> str:
        """Mark a text as ours: 32 letters that nobody makes without the key."""
        return hmac.digest(self._tagging, text.encode(), "sha256").hex()[:32]

    def open(self, sealed: bytes, *, row: str) -> bytes:
        """Decrypt.

        Raises:
            WrongSecretKey: another key, another row, or damaged bytes.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], row.encode())
        except (InvalidTag, ValueError) as error:
            raise WrongSecretKey(f"the secret of {row} does not open with this key") from error


def open_box(data: Path, *, create: bool = True) -> SecretBox:
    """Read the key of a data folder; the first start makes it, readable by its owner alone.

    Raises:
        WrongSecretKey: the file is missing and ``create`` is false, or it is no key.
    """
    path = data / KEY_FILE
    if create:
        _create(path)
    try:
        return SecretBox(path.read_bytes())
    except (OSError, ValueError) as error:
        raise WrongSecretKey(
            f"{path} cannot be used: {error}",
            public=f"{path} is missing or damaged. Copy it from the first machine or a backup.",
        ) from error


def _create(path: Path) -> None:
    """Write a new key under its name in one step, so that two first starts agree on one."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, os.urandom(_KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
