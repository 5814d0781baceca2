"""Hold answers against ``schemas/openapi.yaml``: status, media type and body.

Answers are judged on the side of the server, so that those to every client count: to ours, to
Mastodon.py, to a browser. Where the API is, every operation has to be in the document; elsewhere
nothing is judged.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import msgspec
from aiohttp import web
from jsonschema_rs import Draft202012Validator, ValidationError

from tests.contract.bundle import bundle
from tests.contract.router import DOCUMENTED

_MOST_SHOWN: Final = 5
_CHOICE: Final = re.compile(r"\(\?P<([a-z_]+)>[a-z_/]+(?:\|[a-z_/]+)+\)")
_BEFORE: Final = frozenset({"414", "421"})
"""An address that is too long, and another name than the node's: no operation is asked yet."""
_JUDGED: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class AnswerNotAsDocumentedError(AssertionError):
    """An answer that the document does not know."""


def judge_answers(app: web.Application, found: list[str]) -> None:
    """Write every answer that is not as documented into ``found``."""

    async def judge(request: web.Request, response: web.StreamResponse) -> None:
        path = documented_path(request)
        if path is None or request.method not in _JUDGED or not isinstance(response, web.Response):
            return
        body = response.body if isinstance(response.body, bytes) else b""
        wrong = complaints(request.method, path, response.status, response.content_type, body)
        found.extend(f"{request.method} {request.rel_url} -> {one}" for one in wrong)

    app.on_response_prepare.append(judge)


def check_answers(found: list[str]) -> None:
    """Raise for what was written down, once."""
    if found:
        said = "\n".join(found)
        found.clear()
        raise AnswerNotAsDocumentedError(f"not as it has to be (schemas/openapi.yaml):\n{said}")


def documented_path(request: web.Request) -> str | None:
    """The path as the document writes it; None where no address of ours was meant."""
    resource = request.match_info.route.resource
    if resource is None:
        return None
    path = resource.canonical.rstrip("/")
    if "{" not in path:
        return path
    for name in _CHOICE.findall(resource.get_info()["pattern"].pattern):  # one of some words
        path = path.replace(f"{{{name}}}", request.match_info[name])
    return path


def complaints(method: str, path: str, status: int, media: str, body: bytes) -> list[str]:
    """What is wrong with an answer; nothing where the API is not."""
    answers = _answers().get((method, path))
    if answers is None:
        return ["an operation that is not documented"] if path.startswith(DOCUMENTED) else []
    code = str(status)
    if code in _BEFORE:
        return []
    answer = answers.get(code) or answers.get(f"{code[0]}XX")
    if answer is None:
        return [f"{status}, where only {', '.join(answers)} are documented"]
    known = answer.get("content", {})
    if media not in known:
        return [f"{status} as {media}, not {', '.join(known)}"] if known else []
    if "schema" not in known[media] or not media.endswith("json"):
        return []
    judge = _judge_of(method, path, code if code in answers else f"{code[0]}XX", media)
    return [f"{status}: {one}" for one in judge(body)]


@cache
def _answers() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The answers of each operation, by status."""
    document = bundle()
    shared = document["components"]["responses"]
    return {
        (method.upper(), path): {
            status: shared[answer["$ref"].rsplit("/", 1)[1]] if "$ref" in answer else answer
            for status, answer in operation["responses"].items()
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


@cache
def _judge_of(method: str, path: str, code: str, media: str) -> Callable[[bytes], list[str]]:
    schema = _answers()[method, path][code]["content"][media]["schema"]
    return judge_of_schema(schema)


def judge_of_schema(schema: Mapping[str, Any]) -> Callable[[bytes], list[str]]:
    """What holds bodies against a schema of the document; it says what is wrong with one."""
    return _compiled(msgspec.json.encode(schema))


@cache
def _compiled(schema: bytes) -> Callable[[bytes], list[str]]:
    """One for each schema in each process: compiling takes as long as a hundred answers."""
    whole = msgspec.json.decode(schema) | {
        "components": {"schemas": bundle()["components"]["schemas"]}
    }
    validator = Draft202012Validator(whole, validate_formats=True)
    decode = msgspec.json.Decoder().decode

    def judge(body: bytes) -> list[str]:
        try:
            value = decode(body)
        except msgspec.DecodeError as problem:
            return [f"no JSON: {problem}"]
        if validator.is_valid(value):
            return []
        return [_said(error) for error in validator.iter_errors(value)][:_MOST_SHOWN]

    return judge


def _said(error: ValidationError) -> str:
    """What is wrong, and where; of several forms that fit none, about the one that is nearest."""
    branches = getattr(error.kind, "context", None)
    if branches and error.kind.name == "anyOf":
        return _said(max((errors[0] for errors in branches if errors), key=_nearness))
    where = "/".join(map(str, error.instance_path)) or "the whole"
    return f"{where}: {error.message[:300]}"


def _nearness(error: ValidationError) -> tuple[int, bool]:
    """How far a form did fit; being of another type is the farthest off."""
    return len(error.instance_path), error.kind.name != "type"
