"""Bytes of another server -> one JSON object, or a refusal. Pure and strict.

Two readers must never see different documents in the same bytes: repeated keys,
numbers that floating point cannot hold, lone surrogates and NUL are refused
(TRAPS 22). Nesting is bounded before anything recurses.
"""

import json
import re
from collections.abc import Iterable
from itertools import accumulate
from math import isfinite
from typing import Final, NoReturn, cast

from fedinet.kernel.errors import Malformed

MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53
MAX_MEMBERS: Final = 20_000
"""By the commas, those in texts too. A megabyte of empty objects would take a third of a second,
and nobody has proven who they are yet; the longest articles have some thousands."""

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*(?:"|\\?\Z)', re.DOTALL)
_OPEN_CLOSE: Final = bytes.maketrans(b"{[}]", b"\x01\x01\xff\xff")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"{[}]"))
_SUSPICIOUS: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class BadJson(Malformed):
    """The body is not JSON that we read. ``reason`` is a stable word for the counters."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip(), public=f"Not acceptable JSON: {reason}")
        self.reason = reason


def decode(body: bytes) -> dict[str, object]:
    """Decode one JSON object. The caller bounds the size.

    Raises:
        BadJson: ``json_depth``, ``json_members``, ``json_utf8``, ``json_syntax``,
            ``json_duplicate_key``, ``json_number``, ``json_nul``, ``json_surrogate`` or
            ``json_not_object``.
    """
    _check_depth(body)
    if body.count(b",") > MAX_MEMBERS:
        raise BadJson("json_members")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson("json_utf8", str(error)) from error
    try:
        document: object = _DECODER.decode(text)
    except ValueError as error:
        raise BadJson("json_syntax", str(error)) from error
    if not isinstance(document, dict):
        raise BadJson("json_not_object")
    if _SUSPICIOUS.search(body) is not None:
        _check_texts(document)  # pyright: ignore[reportUnknownArgumentType]  # fresh from the decoder
    return cast(dict[str, object], document)


def _check_depth(body: bytes) -> None:
    """Count nesting without recursion; brackets inside of texts do not count."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    brackets = _STRING.sub(b"", body).translate(_OPEN_CLOSE, _NOT_BRACKETS)
    if max(accumulate(memoryview(brackets).cast("b")), default=0) > MAX_DEPTH:
        raise BadJson("json_depth")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadJson("json_duplicate_key")
    return members


def _integer(text: str) -> int:
    # The length first: int() of a million digits takes seconds.
    if len(text) > 17 or abs(number := int(text)) > MAX_INTEGER:
        raise BadJson("json_number", text[:40])
    return number


def _fraction(text: str) -> float:
    number = float(text)
    if not isfinite(number):  # 1e400 is infinite, though it is not spelled so
        raise BadJson("json_number", text[:40])
    return number


def _not_a_number(text: str) -> NoReturn:
    raise BadJson("json_number", text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_not_a_number,
)


def _check_texts(document: object) -> None:
    """Refuse NUL and halves of surrogate pairs, in keys and values."""
    waiting: list[object] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if "\0" in value:
                raise BadJson("json_nul")
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise BadJson("json_surrogate")
        elif isinstance(value, dict):
            members = cast(dict[str, object], value)
            waiting.extend(members.keys())
            waiting.extend(members.values())
        elif isinstance(value, list):
            waiting.extend(cast(Iterable[object], value))
