"""Languages as apps name them: of a follow, and of what one writes. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from fedinet.kernel.errors import Unprocessable

_MOST: Final = 50
_CODE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def read_languages(codes: Sequence[str]) -> tuple[str, ...]:
    """Read the languages to which a follow is narrowed; empty ones do not count.

    Raises:
        Unprocessable: what is no code, or too many.
    """
    wanted = tuple(dict.fromkeys(_code(code) for code in codes if code.strip()))
    if len(wanted) > _MOST:
        raise Unprocessable(
            f"{len(wanted)} languages", public="Validation failed: Languages are too many"
        )
    return wanted


def _code(raw: str) -> str:
    code = raw.strip().replace("_", "-")
    if _CODE.fullmatch(code) is None:
        raise Unprocessable(
            f"language {raw[:60]!r}", public="Validation failed: Languages is not a language code"
        )
    return code
