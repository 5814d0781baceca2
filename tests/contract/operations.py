"""One operation of ``schemas/openapi/rooms/``, read into OpenAPI.

What follows from the kind of an operation is written once, here: who has a token may be refused
for it, a path with an id may lead nowhere, a body may be unreadable.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from tests.contract.notation import BadNotationError, Schema, read_type

_KNOWN: Final = frozenset(
    {"about", "scope", "reads", "token", "role", "query", "body", "path", "answer", "answers"}
    | {"paged", "limit", "errors", "upload", "header", "media", "form", "problems"}
)
_VARIABLE: Final = re.compile(r"\{([a-z_]+)\}")
_CURSORS: Final = ("max_id", "since_id", "min_id")


def read_operation(
    method: str, path: str, written: Mapping[str, Any], *, room: str
) -> dict[str, Any]:
    unknown = written.keys() - _KNOWN
    if unknown or not {"about"} <= written.keys():
        raise BadNotationError(f"{method} {path}: {sorted(unknown) or 'about is missing'}")
    operation: dict[str, Any] = {
        "operationId": operation_id(method, path),
        "tags": [room],
        "summary": " ".join(written["about"].split()),
        "security": _security(written),
    }
    parameters = _parameters(path, written)
    if parameters:
        operation["parameters"] = parameters
    if "body" in written:
        operation["requestBody"] = _body(written)
    operation["responses"] = _responses(method, path, written)
    return operation


def operation_id(method: str, path: str) -> str:
    words = re.findall(r"[a-z0-9_]+", path.removeprefix("/api/").lower())
    return "_".join([method.lower(), *words])


def _security(written: Mapping[str, Any]) -> list[dict[str, list[str]]]:
    """Whose token is asked for. Any one of several scopes will do."""
    if "scope" in written:
        return [{"member": [scope]} for scope in written["scope"].split()]
    if "reads" in written:
        return [{}, {"member": [written["reads"]]}]
    return [{"token": []}] if "token" in written else []


def _parameters(path: str, written: Mapping[str, Any]) -> list[Schema]:
    given = written.get("path", {})
    found: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": read_type(given.get(name, "Id"))}
        for name in _VARIABLE.findall(path)
    ]
    query = dict(written.get("query", {}))
    if "paged" in written:
        query |= {f"{name}?": "Cursor" for name in _CURSORS}
    if "paged" in written or "limit" in written:
        query |= {"limit?": "Limit"}
    for name, what in query.items():
        schema = read_type(what)
        is_list = schema.get("type") == "array"
        found.append(
            {
                "name": name.rstrip("?") + ("[]" if is_list else ""),
                "in": "query",
                **({} if name.endswith("?") else {"required": True}),
                "schema": schema,
            }
        )
    found += [
        {"name": name.rstrip("?"), "in": "header", "schema": read_type(what)}
        for name, what in written.get("header", {}).items()
    ]
    return found


def _body(written: Mapping[str, Any]) -> dict[str, Any]:
    """Forms, multipart and JSON are read alike; a file comes in multipart alone."""
    schema = read_type(written["body"], is_open=True)
    types = ["multipart/form-data"]
    if "form" in written:
        types = ["application/x-www-form-urlencoded", "application/json"]
    elif "upload" not in written:
        types = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
    return {"content": {media: {"schema": schema} for media in types}}


def _responses(method: str, path: str, written: Mapping[str, Any]) -> dict[str, Any]:
    answers = {str(status): what for status, what in written.get("answers", {}).items()}
    if "answer" in written:
        answers = {"200": written["answer"], **answers}
    if not answers:
        raise BadNotationError(f"{path} has no answer")
    responses = {status: _answer(what, written) for status, what in answers.items()}
    if "problems" in written:
        return responses | {"4XX": _problem(written["problems"])}
    for status in _refusals(method, path, written):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Error{status}"})
    return dict(sorted(responses.items()))


def _answer(what: object, written: Mapping[str, Any]) -> dict[str, Any]:
    if what is None:
        return {"description": "Done."}
    if isinstance(what, str) and "/" in what:  # media types that are none of ours
        return {"description": "Done.", "content": {media: {} for media in what.split()}}
    answer: dict[str, Any] = {"description": "Done."}
    if "paged" in written:
        answer["headers"] = {"Link": {"$ref": "#/components/headers/Link"}}
    media = written.get("media", "application/json")
    return answer | {"content": {media: {"schema": read_type(what)}}}


def _problem(media: str) -> dict[str, Any]:
    """How it is refused where no app asks: a page for people, a problem for servers, or both."""
    content = {
        one: {"schema": {"type": "string"} if one == "text/html" else read_type("Problem")}
        for one in media.split()
    }
    return {"description": "It cannot be done.", "content": content}


def _refusals(method: str, path: str, written: Mapping[str, Any]) -> list[int]:
    """The statuses of errors that the kind of an operation brings, and those that it names."""
    found = {400, 401, 429, 503, *written.get("errors", ())}
    if {"scope", "reads"} & written.keys():
        found.add(403)
    if _VARIABLE.search(path):
        found.add(404)
    if method != "GET" or {"query", "paged", "limit"} & written.keys():
        found.add(422)
    if "body" in written:
        found.add(413)
    return sorted(found)
