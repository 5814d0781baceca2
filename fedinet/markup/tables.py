"""Tables in what members write, read as rows of words: each becomes a line. Pure.

As GitHub reads them, but a row has the cells that were written in it. The library's rule fills
short rows up to the width of the first, 65,536 cells of a few letters, and drops what is beyond it.

Source: https://github.github.com/gfm/#tables-extension-
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it.rules_block import StateBlock

_SIGNS: Final = frozenset("|-: \t")
"""All that stands in the line below the first."""
_RULE: Final = re.compile(r"\s*:?-+:?\s*")
_BETWEEN: Final = re.compile(r"(?<!\\)\|")


def read_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A rule for blocks, in place of the library's: lines of cells, the first of them strong."""
    if start + 2 > end or not _is_in_table(state, start) or not _is_in_table(state, start + 1):
        return False
    first, below = _line(state, start), _line(state, start + 1)
    if "|" not in first or not _SIGNS.issuperset(below) or below.startswith(("- ", "-\t")):
        return False
    head, rules = _cells(first), _cells(below)
    if not rules or len(rules) != len(head) or not all(map(_RULE.fullmatch, rules)):
        return False
    if silent:
        return True
    below_it = [(at, _cells(_line(state, at))) for at in _below(state, start + 2, end)]
    rows = [(start, head), *below_it]
    said = [(at, cells) for at, cells in rows if any(cells)]
    if not said:
        return False
    state.line = max(rows[-1][0] + 1, start + 2)
    state.push("table_open", "p", 1).map = [start, state.line]
    for number, (at, cells) in enumerate(said):
        if number:
            state.push("hardbreak", "br", 0)
        _push_row(state, at, cells, is_head=at == start)
    state.push("table_close", "p", -1)
    return True


def _push_row(state: StateBlock, at: int, cells: Sequence[str], *, is_head: bool) -> None:
    for number, cell in enumerate(cells):
        if number:
            state.push("text", "", 0).content = " · "
        if is_head and cell:
            state.push("strong_open", "strong", 1).block = False
        words = state.push("inline", "", 0)
        words.content, words.children, words.map = cell, [], [at, at + 1]
        if is_head and cell:
            state.push("strong_close", "strong", -1).block = False


def _below(state: StateBlock, at: int, end: int) -> Iterator[int]:
    """The lines of the rows, to an empty one or to where something else begins."""
    ends = state.md.block.ruler.getRules("blockquote")
    before, state.parentType = state.parentType, "table"
    while (
        at < end
        and not state.isEmpty(at)
        and _is_in_table(state, at)
        and not any(rule(state, at, end, True) for rule in ends)
    ):
        yield at
        at += 1
    state.parentType = before


def _is_in_table(state: StateBlock, at: int) -> bool:
    return state.sCount[at] >= state.blkIndent and not state.is_code_block(at)


def _line(state: StateBlock, at: int) -> str:
    return state.src[state.bMarks[at] + state.tShift[at] : state.eMarks[at]].strip()


def _cells(line: str) -> Sequence[str]:
    """The words between the bars; ``\\|`` is none of them. One at each end is for the eye."""
    cells = [cell.replace("\\|", "|").strip() for cell in _BETWEEN.split(line)]
    return cells[line.startswith("|") : len(cells) - (len(cells) > 1 and not cells[-1])]
