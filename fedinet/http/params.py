"""Parameters of a request as one nested mapping, whatever body they came in.

Apps send forms, multipart and JSON for the same call, with Rails array names
(``media_ids[]``, ``fields_attributes[0][name]``). Handlers see one shape.
Source: the Mastodon API as its apps use it; Rack's nested parameters.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, cast, overload

import msgspec
from aiohttp import web
from aiohttp.web_request import FileField

from fedinet.http.multipart import read_multipart
from fedinet.kernel.errors import Malformed, Unprocessable

Value = str | int | float | bool | None | FileField | dict[str, "Value"] | list["Value"]
Default = TypeVar("Default")

_MAX_PAIRS = 1000
_MAX_DEPTH = 6
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_FALSE = frozenset({"", "0", "f", "false", "off", "no"})
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Params(Mapping[str, Value]):
    """Read access to parameters, with the leniency of the peers' own readers."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    def __getitem__(self, key: str) -> Value:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def text(self, key: str) -> str: ...
    @overload
    def text(self, key: str, default: Default) -> str | Default: ...
    def text(self, key: str, default: object = "") -> object:
        """A scalar as text; ``default`` where it is absent or null.

        Raises:
            Unprocessable: a list, an object or a file was sent.
        """
        value = self._values.get(key)
        if value is None:
            return default
        return _scalar(key, value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A boolean as Rails reads it: everything but 0, f, false, off and no is true."""
        value = self._values.get(key)
        if value is None:
            return default
        return _scalar(key, value).strip().lower() not in _FALSE

    def optional_flag(self, key: str) -> bool | None:
        """Like ``flag``, None where it is absent: "leave it as it is"."""
        return None if self._values.get(key) is None else self.flag(key)

    def integer(self, key: str) -> int | None:
        """A whole number that a row can hold; else raises ``Unprocessable``."""
        text = self.text(key, None)
        if text is None or text == "":
            return None
        if not re.fullmatch(r"-?[0-9]{1,19}", text) or abs(int(text)) >= 2**63:
            raise Unprocessable(f"{key} is not a number: {text[:40]!r}")
        return int(text)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of scalars; a single one is a list of one, absent is empty."""
        value = self._values.get(key)
        if value is None:
            return ()
        if isinstance(value, dict):  # ids[0]=1&ids[1]=2
            value = list(value.values())
        members = value if isinstance(value, list) else [value]
        return tuple(_scalar(key, member) for member in members if member is not None)

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of ids. What is not a number names no row, and is left out."""
        return tuple(int(text) for text in self.texts(key) if re.fullmatch(r"[0-9]{1,18}", text))

    def mapping(self, key: str) -> "Params":
        """A nested object; empty where it is absent."""
        value = self._values.get(key)
        return Params(value if isinstance(value, dict) else {})

    def mappings(self, key: str) -> "tuple[Params, ...]":
        """A list of objects, also where Rails wrote ``[0][name]`` or repeated ``[][name]``."""
        value = self._values.get(key)
        members: Iterable[Value] = (
            value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        )
        return tuple(Params(member) for member in members if isinstance(member, dict))

    def file(self, key: str) -> FileField | None:
        """An uploaded file, else None: browsers send a part for a field that was left empty."""
        value = self._values.get(key)
        if not isinstance(value, FileField) or not (value.filename or value.file.seek(0, 2)):
            return None
        return value


async def read_params(request: web.Request) -> Params:
    """Read query and body into one mapping; the body wins over the query.

    Mastodon.py 2.3 sends JSON along with a GET (``account_familiar_followers``).

    Raises:
        Malformed: a body that is not what its content type says, or too many parts.
    """
    nested = _nest(request.query.items())
    if request.body_exists and (request.method in _UNSAFE or _is_json(request)):
        nested.update(await _body(request))
    return Params(nested)


async def read_form(request: web.Request) -> Params:
    """Read the body of a page's form. The query is not looked at."""
    if not request.body_exists:
        return Params({})
    return Params(await _body(request))


async def _body(request: web.Request) -> dict[str, Value]:
    if _is_json(request):
        return await _json_body(request)
    if request.content_type == "multipart/form-data":
        return _nest(await read_multipart(request))
    try:
        pairs = await request.post()
    except (ValueError, UnicodeError, LookupError) as error:
        raise Malformed(f"unreadable form: {error}") from error
    return _nest(cast("Iterable[tuple[str, Value]]", pairs.items()))


def _is_json(request: web.Request) -> bool:
    return request.content_type == "application/json" or request.content_type.endswith("+json")


async def _json_body(request: web.Request) -> dict[str, Value]:
    raw = await request.read()
    if not raw.strip():
        return {}
    if raw.count(b"[") + raw.count(b"{") > _MAX_PAIRS:
        raise Malformed("JSON body with too many parts")
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(f"unreadable JSON: {error}") from error
    if not isinstance(value, dict):
        raise Malformed("the JSON body is not an object")
    return cast("dict[str, Value]", value)


def _nest(pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    root: dict[str, Value] = {}
    for count, (name, value) in enumerate(pairs):
        if count >= _MAX_PAIRS:
            raise Malformed("too many parameters")
        match = _KEY.fullmatch(name)
        if match is None:
            root[name] = value
            continue
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        if len(steps) > _MAX_DEPTH:
            raise Malformed(f"parameter nested too deeply: {name[:80]!r}")
        _put(root, steps, value)
    return root


def _put(into: dict[str, Value], steps: list[str], value: Value) -> None:
    """Follow one name, e.g. ``a[b][]``, and store the value at its end."""
    head, rest = steps[0], steps[1:]
    if not rest:
        into[head] = value
    elif rest[0] == "":
        members = into.get(head)
        if not isinstance(members, list):
            members = into[head] = []
        _append(members, rest[1:], value)
    else:
        inner = into.get(head)
        if not isinstance(inner, dict):
            inner = into[head] = {}
        _put(inner, rest, value)


def _append(members: list[Value], rest: list[str], value: Value) -> None:
    """``a[][b]=1&a[][c]=2&a[][b]=3`` is two objects: a repeated key opens the next.

    ``a[][]=1`` is ``a[]=1``: Mastodon.py 2.3 marks it twice where it accepts several requests.
    """
    while rest[:1] == [""]:
        rest = rest[1:]
    if not rest:
        members.append(value)
        return
    last = members[-1] if members else None
    if not isinstance(last, dict) or (len(rest) == 1 and rest[0] in last):
        last = cast("dict[str, Value]", {})
        members.append(last)
    _put(last, rest, value)


def _scalar(key: str, value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = value
        case int() | float():
            text = str(value)
        case _:
            raise Unprocessable(f"{key} is not a plain value")
    if "\0" in text:
        raise Malformed(f"{key} contains NUL")
    return text
