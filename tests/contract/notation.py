"""The short notation of ``schemas/openapi/``, read into JSON Schema.

``list(Status)``, ``map(Url)``, ``words(public direct)``, ``Time | null``; a word with a capital is
another entity. Entities are closed: what is not named may not be sent, and what has no ``?``
behind its name has to be. Forms, which apps send, are open. docs/api-document.md tells more.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

Schema = dict[str, Any]

_PLAIN: Final = frozenset({"string", "integer", "number", "boolean", "null"})
_CALL: Final = re.compile(r"(list|map|words)\((.*)\)", re.DOTALL)
_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]*")


class BadNotationError(ValueError):
    """The file says something that is no notation of ours."""


def read_type(written: object, *, is_open: bool = False) -> Schema:
    """Read a type: text in the notation, or a mapping of fields."""
    if isinstance(written, Mapping):
        return read_fields(written, is_open=is_open)
    if not isinstance(written, str):
        raise BadNotationError(f"no type: {written!r}")
    choices = [_term(part.strip()) for part in _split(written)]
    return choices[0] if len(choices) == 1 else _either(choices)


def read_fields(fields: Mapping[str, object], *, is_open: bool = False) -> Schema:
    """An object. ``name?`` may be left out; only in an open one may be what is not named."""
    required = [name for name in fields if not name.endswith("?")]
    return {
        "type": "object",
        "properties": {
            name.rstrip("?"): read_type(what, is_open=is_open) for name, what in fields.items()
        },
        **({"required": required} if required else {}),
        **({} if is_open else {"additionalProperties": False}),
    }


def read_entity(
    name: str, written: Mapping[str, Any], entities: Mapping[str, Any], *, is_open: bool = False
) -> Schema:
    """One entity by its name; ``like`` takes the fields of another one first."""
    unknown = set(written) - {"about", "source", "schema", "fields", "like", "together"}
    if unknown or ("schema" in written) == ("fields" in written):
        raise BadNotationError(f"{name} has unknown parts, or not one of schema and fields")
    said = " ".join(str(written.get("about", "")).split())
    source = f"Source: {written['source']}" if "source" in written else ""
    described: Schema = {"description": text} if (text := f"{said}\n\n{source}".strip()) else {}
    if "schema" in written:
        return described | written["schema"]
    schema = described | read_fields(_all_fields(written, entities), is_open=is_open)
    together = written.get("together", ())
    if together:
        schema["dependentRequired"] = {
            one: [other for other in together if other != one] for one in together
        }
    return schema


def _all_fields(written: Mapping[str, Any], entities: Mapping[str, Any]) -> dict[str, object]:
    inherited = _all_fields(entities[written["like"]], entities) if "like" in written else {}
    return inherited | written["fields"]


def _term(text: str) -> Schema:
    if text in _PLAIN:
        return {"type": text}
    if text == "anything":
        return {}
    if _NAME.fullmatch(text):
        return {"$ref": f"#/components/schemas/{text}"}
    match = _CALL.fullmatch(text)
    if match is None:
        raise BadNotationError(f"no type: {text!r}")
    kind, inner = match.groups()
    if kind == "words":
        return {"type": "string", "enum": inner.split()}
    if kind == "map":
        return {"type": "object", "additionalProperties": read_type(inner)}
    return {"type": "array", "items": read_type(inner)}


def _either(choices: list[Schema]) -> Schema:
    plain = [choice["type"] for choice in choices if set(choice) == {"type"}]
    if len(plain) == len(choices):
        return {"type": plain}
    return {"anyOf": choices}


def _split(text: str) -> list[str]:
    """The choices between bars that stand in no brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts
