"""Secrets at rest: AES-GCM under ``secret.key`` of the data folder (TRAPS 31).

Whoever has only the database has no private key; whoever restores a backup
needs both, so the key is part of it. The file holds one to three keys of 32 bytes:
the present one, the first one (where that is another), and for as long as a new
one is taken into use the one before it.
"""

import contextlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fedinet.kernel.errors import FedinetError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_MOST_KEYS = 3
KEY_FILE = "secret.key"


class WrongSecretKey(FedinetError):
    """What is in the database was not sealed with this ``secret.key``."""


class SecretBox:
    """Seals and opens small secrets. One per process."""

    def __init__(self, key: bytes) -> None:
        keys = [key[start : start + _KEY_BYTES] for start in range(0, len(key), _KEY_BYTES)]
        if not 1 <= len(keys) <= _MOST_KEYS or len(keys[-1]) != _KEY_BYTES:
            raise ValueError(f"a secret key has {_KEY_BYTES} bytes, not {len(key)}")
        self._ciphers = [AESGCM(one) for one in (keys[0], *keys[2:])]
        self._tagging = _tagging(keys[0])
        self._lasting = _tagging(keys[min(1, len(keys) - 1)])

    def seal(self, plain: bytes, *, row: str) -> bytes:
        """Encrypt; ``row`` names the row it is for, and must be the same to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, plain, row.encode())

    def tag(self, text: str) -> str:
        """Mark a text as ours: 32 letters that nobody makes without the key."""
        return hmac.digest(self._tagging, text.encode(), "sha256").hex()[:32]

    def lasting_tag(self, text: str) -> str:
        """The same, and the same again under every later key of this folder.

        For what cannot be marked anew: addresses that nobody is to write to, journals, links
        in messages that end other messages. Until the first new key it equals ``tag``.
        """
        return hmac.digest(self._lasting, text.encode(), "sha256").hex()[:32]

    def open(self, sealed: bytes, *, row: str) -> bytes:
        """Decrypt.

        Raises:
            WrongSecretKey: another key, another row, or damaged bytes.
        """
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for cipher in self._ciphers:
            with contextlib.suppress(InvalidTag, ValueError):
                return cipher.decrypt(nonce, text, row.encode())
        raise WrongSecretKey(f"the secret of {row} does not open with this key")


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


def begin_new_key(data: Path) -> SecretBox:
    """Make another key of a folder: from now on it seals, and both open. One that began goes on.

    Raises:
        WrongSecretKey: the file is missing, or it is no key.
    """
    open_box(data, create=False)
    path = data / KEY_FILE
    raw = path.read_bytes()
    if len(raw) < _MOST_KEYS * _KEY_BYTES:
        before, first = raw[:_KEY_BYTES], raw[-_KEY_BYTES:]
        _draft(path, os.urandom(_KEY_BYTES) + first + before).replace(path)
    return open_box(data, create=False)


def finish_new_key(data: Path) -> None:
    """Throw away the key before it: nothing is sealed with that any more. Idempotent."""
    path = data / KEY_FILE
    _draft(path, path.read_bytes()[: 2 * _KEY_BYTES]).replace(path)


def _create(path: Path) -> None:
    """Write a new key under its name in one step, so that two first starts agree on one."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, os.urandom(_KEY_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, raw: bytes) -> Path:
    """Write a file beside it, readable by its owner alone; it is on the disk when this returns.

    It belongs to whom the file before it belongs, even where root writes it: else the node
    could not read it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if path.exists():
            before = path.stat()
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.write(descriptor, raw)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return draft


def _tagging(key: bytes) -> bytes:
    return hmac.digest(key, b"fedinet tags", "sha256")
