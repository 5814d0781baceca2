"""Templates that were compiled once in this process, for every environment of their language."""

from collections.abc import Hashable
from types import CodeType
from typing import Final

import jinja2
from jinja2.bccache import Bucket


class Compiled(jinja2.BytecodeCache):
    """Keeps the code of templates. It is the very code that the templates run: no memory twice.

    A template whose text has changed is compiled again. Code of one language is
    never used for another: constants are worked out when it is compiled.
    """

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key] = (bucket.checksum, bucket.code)


_KEPT: Final[dict[Hashable, Compiled]] = {}


def compiled_in(*constants: Hashable) -> Compiled:
    """The templates that any part of this process has compiled with these texts and addresses."""
    return _KEPT.setdefault(constants, Compiled())
