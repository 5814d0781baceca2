"""A file encrypted with a passphrase, in one pass, in pieces that cannot be moved or cut.

Layout: 16 bytes magic, 16 bytes salt, then pieces of one mebibyte (the last
one shorter, perhaps empty), each AES-256-GCM with its number as the nonce and
"is it the last" as associated data: the STREAM construction.

Source: https://eprint.iacr.org/2015/189 (STREAM), RFC 7914 (scrypt)
"""

import io
import os
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fedinet.node.archive import BadArchive

MAGIC: Final = b"fedinet sealed 1"
_SALT: Final = 16
_PIECE: Final = 1024 * 1024
_TAG: Final = 16


class SealingWriter(io.RawIOBase):
    """Encrypts what is written. Only ``close`` makes the file whole."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        salt = os.urandom(_SALT)
        target.write(MAGIC + salt)
        self._target = target
        self._cipher = _cipher(passphrase, salt)
        self._held = bytearray()
        self._number = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: "bytes | bytearray | memoryview", /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]  # collections.abc.Buffer is Python 3.12
        self._held += piece
        while len(self._held) > _PIECE:
            self._put(bytes(self._held[:_PIECE]), last=False)
            del self._held[:_PIECE]
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._put(bytes(self._held), last=True)
            self._held.clear()
        super().close()

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number), plain, _place(last=last)))
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Decrypts a file whose ``MAGIC`` was read already.

    Raises:
        BadArchive: on reading: a wrong passphrase, or a damaged or cut file.
    """

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        self._source = source
        self._cipher = _cipher(passphrase, source.read(_SALT))
        self._ahead = source.read(_PIECE + _TAG)
        self._plain = memoryview(b"")
        self._number = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]  # collections.abc.Buffer is Python 3.12
        while not self._plain and not self._ended:
            self._next()
        taken = min(len(buffer), len(self._plain))
        buffer[:taken] = self._plain[:taken]
        self._plain = self._plain[taken:]
        return taken

    def _next(self) -> None:
        sealed, self._ahead = self._ahead, self._source.read(_PIECE + _TAG)
        self._ended = not self._ahead
        try:
            plain = self._cipher.decrypt(_nonce(self._number), sealed, _place(last=self._ended))
        except (InvalidTag, ValueError) as error:
            raise BadArchive("Wrong passphrase, or the backup is damaged.") from error
        self._number += 1
        self._plain = memoryview(plain)


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    if len(salt) != _SALT:
        raise BadArchive("The backup is damaged: it ends in its first bytes.")
    return AESGCM(Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase.encode()))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _place(*, last: bool) -> bytes:
    return b"last" if last else b"more"
