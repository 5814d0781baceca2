"""Passwords: argon2id, off the loop, two at once, the same time for names we do not know.

Each hash takes 64 MiB: without the bound a crowd at the door would take the
machine's memory (TRAPS 30).
"""

import asyncio
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from typing import Final, TypeVar

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fedinet.kernel.errors import TooManyRequests

Result = TypeVar("Result")
AT_ONCE: Final = 2
_PATIENCE_S: Final = 1.5


class Passwords:
    """One per process."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._nobodys = _made_up(self._hasher)

    async def hash(self, password: str) -> str:
        """Make the text that is stored.

        Raises:
            TooManyRequests: two others are at it, and did not end in time.
        """
        return await self._in_turn(lambda: self._hasher.hash(_composed(password)))

    async def check(self, password: str, stored: str | None) -> bool:
        """Tell whether the password is the stored one. ``None``: nobody's, after the same work.

        Raises:
            TooManyRequests: two others are at it, and did not end in time.
        """
        right = await self._in_turn(lambda: self._verify(stored or self._nobodys, password))
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with older parameters, and should be made anew."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _composed(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], Result]) -> Result:
        try:
            await asyncio.wait_for(self._places.acquire(), _PATIENCE_S)
        except TimeoutError:
            raise TooManyRequests("argon2 places are taken", retry_after_s=3) from None
        thread = asyncio.ensure_future(asyncio.to_thread(work))
        thread.add_done_callback(lambda _: self._places.release())
        return await asyncio.shield(thread)


PASSWORDS: web.AppKey[Passwords] = web.AppKey("passwords", Passwords)


def _composed(password: str) -> str:
    """The same characters, whichever keyboard typed them. Source: RFC 8265 section 4.2."""
    return unicodedata.normalize("NFC", password)


def _made_up(hasher: PasswordHasher) -> str:
    """A hash that no password has, and that takes as long to compare as a real one."""

    def field(size: int) -> str:
        return b64encode(secrets.token_bytes(size)).decode().rstrip("=")

    return (
        f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        f"${field(hasher.salt_len)}${field(hasher.hash_len)}"
    )
