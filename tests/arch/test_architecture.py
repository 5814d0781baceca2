"""The house as docs/architecture.md describes it, and rules that the linters cannot say."""

import ast
import re
from pathlib import Path

import pytest

from fedinet.db.query import QUERIES
from fedinet.wiring.handlers import HANDLERS
from fedinet.wiring.routes import ROUTES

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    path.name for path in (ROOT / "fedinet").iterdir() if (path / "__init__.py").exists()
)
MODULES = sorted((ROOT / "fedinet").rglob("*.py"))
_HELD = re.compile(r"(?<![\[\\])\)[*+?]\+|\(\?>")
BANNED = {"utils", "helpers", "common", "manager", "service", "base", "misc", "data", "info"}


def test_the_tables_are_filled() -> None:
    assert HANDLERS
    assert ROUTES
    assert QUERIES


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_is_on_the_map(package: str) -> None:
    assert f"{package}/" in (ROOT / "docs" / "architecture.md").read_text()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_a_name_that_says_something(path: Path) -> None:
    assert path.stem not in BANNED
    if path.name != "__init__.py":
        assert ast.get_docstring(ast.parse(path.read_text())), "say in one line what it is"


def test_one_slice_begins_sessions() -> None:
    """Every other door would lead past the second step."""
    begins = {
        path.relative_to(ROOT / "fedinet").parts[0]
        for path in MODULES
        for found in ast.walk(ast.parse(path.read_text()))
        if {"begin_session", "open_session"} & _names(found)
    }
    assert begins == {"http", "security"}


def _names(found: ast.AST) -> set[str]:
    """What is imported by name here, or taken from a module or anything else."""
    if isinstance(found, ast.ImportFrom):
        return {name.name for name in found.names}
    return {found.attr} if isinstance(found, ast.Attribute) else set()


def test_no_file_is_a_department() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in MODULES
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_no_pattern_holds_on_to_a_group() -> None:
    """Python before 3.11.5, as in Debian 12, reads ``(…)*+`` wrongly (python/cpython#106052)."""
    held = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in MODULES
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "re.compile"
        and _HELD.search(ast.unparse(call.args[0]))
    }  # fmt: skip
    assert held == set()
