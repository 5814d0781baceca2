"""``fedinet`` in a process of its own, forked off one that has already imported it."""

import multiprocessing
import os
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Final

from fedinet import cli
from fedinet.cli import root

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["fedinet.app", *(one.name for one in pkgutil.walk_packages(cli.__path__, "fedinet.cli."))]
)
_STREAMS: Final = ("stdin", "stdout", "stderr")


def run_fedinet(
    words: Sequence[str], *, environ: Mapping[str, str], stdin: str, timeout_s: float
) -> "CompletedProcess[str]":
    """Run a command to its end, as ``subprocess.run`` would with all of its output."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stdin").write_text(stdin)
        process = _FORKS.Process(target=_be_fedinet, args=(words, dict(environ), folder))
        process.start()
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutExpired(words, timeout_s, *_said(folder))
        code = process.exitcode
        process.close()
        return CompletedProcess(words, code, *_said(folder))


def _said(folder: Path) -> list[str]:
    return [(folder / stream).read_text() for stream in _STREAMS[1:]]


def _be_fedinet(words: Sequence[str], environ: dict[str, str], folder: Path) -> None:
    """In the forked process: take over what a shell would give it, and end as the command does."""
    os.environ.clear()
    os.environ.update(environ)
    for number, stream in enumerate(_STREAMS):
        opened = (folder / stream).open("r" if number == 0 else "w")
        os.dup2(opened.fileno(), number)
        setattr(sys, stream, os.fdopen(number, opened.mode, closefd=False))
    root.cli.main(list(words), prog_name="fedinet")
