"""Put ``schemas/openapi.yaml`` together from the files under ``schemas/openapi/``.

``make openapi`` writes it; ``tests/arch/test_api_document.py`` holds the two together.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.contract.notation import BadNotationError, Schema, read_entity
from tests.contract.operations import read_operation

SCHEMAS: Final = Path(__file__).parents[2] / "schemas"
WHOLE: Final = SCHEMAS / "openapi.yaml"
_PARTS: Final = SCHEMAS / "openapi"
_HEADING: Final = "# Written by `make openapi` from schemas/openapi/. Change the files there.\n"


@cache
def entities() -> dict[str, Schema]:
    """Every entity and form as JSON Schema, by name."""
    written, forms = _merged("entities"), _merged("forms")
    return {name: read_entity(name, one, written) for name, one in written.items()} | {
        name: read_entity(name, one, forms, is_open=True) for name, one in forms.items()
    }


@cache
def bundle() -> dict[str, Any]:
    """The whole document: OpenAPI 3.1."""
    document = _load(_PARTS / "head.yaml")
    paths: dict[str, dict[str, Any]] = {}
    for room, where, written in _operations():
        method, _, path = where.partition(" ")
        if method.lower() in paths.setdefault(path, {}):
            raise BadNotationError(f"{where} is written twice")
        paths[path][method.lower()] = read_operation(method, path, written, room=room)
    document["paths"] = {path: paths[path] for path in sorted(paths)}
    document["components"]["schemas"] = dict(sorted(entities().items()))
    return document


def written() -> str:
    """The document as it stands in its file."""
    return _HEADING + yaml.dump(
        bundle(),
        Dumper=_Plain,
        sort_keys=False,
        width=110,
        allow_unicode=True,
        default_flow_style=None,
    )


class _Plain(yaml.SafeDumper):
    """Nothing is written as a reference to what stands elsewhere in the file."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # the name is PyYAML's
        return True


def _operations() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path in sorted((_PARTS / "rooms").glob("*.yaml")):
        for where, operation in _load(path).items():
            yield path.stem, where, operation


def _merged(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted((_PARTS / folder).glob("*.yaml")):
        read = _load(path)
        twice = found.keys() & read.keys()
        if twice:
            raise BadNotationError(f"{path.name} has again: {sorted(twice)}")
        found |= read
    return found


class _Reader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # in C where it is there
    """A name that is written twice is an error: two people added the same."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        names = [key.value for key, _ in node.value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise BadNotationError(f"written twice: {sorted(twice)}{node.start_mark}")
        return super().construct_mapping(node, deep=deep)


def _load(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader=_Reader) or {}  # noqa: S506  # a safe one


if __name__ == "__main__":
    WHOLE.write_text(written())
    sys.stdout.write(
        f"{WHOLE} has {sum(len(one) for one in bundle()['paths'].values())} operations\n"
    )
