"""What the documents say about settings and commands is so."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fedinet.cli.default_group import DefaultGroup
from fedinet.cli.root import cli
from fedinet.settings import OPTIONS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"))
    if path.exists()
)
_SPAN = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[a-z][a-z-]*")
_LINK = re.compile(r"\]\(([^)#\s]+)?(?:#([^)\s]+))?\)")


def rows() -> dict[str, list[str]]:
    """The table of docs/settings.md by the name of the setting."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "docs" / "settings.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`") and cells[1].startswith("`--"):
            found[cells[0].strip("`")] = cells
    return found


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_setting_is_in_the_list_with_its_flag_and_its_variable(option: object) -> None:
    name, flag, variable = (getattr(option, part) for part in ("name", "flag", "variable"))
    _, flag_cell, variable_cell, default, meaning = rows()[name]
    assert f"`{flag}`" == flag_cell
    assert f"`{variable}`" in variable_cell
    assert default
    assert meaning


def test_the_list_has_no_setting_that_is_none() -> None:
    assert set(rows()) == {option.name for option in OPTIONS}


def commands() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        text = path.read_text()
        lines = [line for block in _FENCE.findall(text) for line in block.splitlines()]
        spans = _SPAN.findall(_FENCE.sub("", text))
        for line in (*lines, *spans):
            words = re.search(r"(?:^|[/\s])fedinet (?!=)([a-z].*|--[a-z].*)", line)
            is_ours = line.startswith(("fedinet ", "docker compose exec web fedinet ")) or (
                "bin/fedinet " in line
            )
            if words is not None and is_ours:
                yield str(path.relative_to(ROOT)), words[1].split("  #")[0]


ALL_COMMANDS = sorted(set(commands()))


def test_the_documents_name_commands() -> None:
    assert len(ALL_COMMANDS) > 10


@pytest.mark.parametrize(("document", "line"), ALL_COMMANDS)
def test_a_command_in_a_document_exists_with_its_options(document: str, line: str) -> None:
    context, command = click.Context(cli), cli
    words = shlex.split(line)
    while words and isinstance(command, click.Group):
        if isinstance(command, DefaultGroup):
            if not _WORD.fullmatch(words[0]):
                words.insert(0, command.default)
            found = command.commands.get(words[0])
        else:
            found = command.get_command(context, words[0])
        assert found is not None, f"{document}: fedinet {line}"
        command = found
        words.pop(0)
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    options = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert options <= known | {"--help"}, f"{document}: fedinet {line}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target, anchor in _LINK.findall(path.read_text()):
        if "://" in target:
            continue
        aim = (path.parent / target).resolve() if target else path
        assert aim.exists(), f"{path.name} -> {target}"
        if anchor:
            assert anchor in anchors(aim), f"{path.name} -> {target}#{anchor}"


def anchors(path: Path) -> set[str]:
    """As the usual viewers make them of headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }
