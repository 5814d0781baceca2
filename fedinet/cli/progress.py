"""A bar on standard error, for people at a terminal; scripts and pipes see none."""

import contextlib
import sys
from collections.abc import Callable, Generator

import click


@contextlib.contextmanager
def progress(total: int, label: str) -> Generator[Callable[[int], None]]:
    """Show how far it is; call what this gives with how many more are done."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=total, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield bar.update
