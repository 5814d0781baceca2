"""What all commands share: settings as flags, one result for people or scripts, exit codes."""

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from errno import ENOSPC
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeAlias

import click

from fedinet.kernel.errors import FedinetError
from fedinet.settings import OPTIONS, BadSettings, Settings, load, read_file

Rest = ParamSpec("Rest")
Flags: TypeAlias = Mapping[str, object]
_TO_FIND_A_NODE = ("data", "database_url")


@dataclass(frozen=True, slots=True)
class Result:
    """What a command has to say: ``text`` to people, ``facts`` to scripts (``--json``)."""

    text: str
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    code: int = 0
    is_refusal: bool = False
    """Whether people read it where errors stand: what a script asked for does not."""


class Refused(FedinetError):
    """The command was understood and not carried out."""

    def __init__(self, text: str) -> None:
        super().__init__(text, public=text)


Command: TypeAlias = Callable[Concatenate[Flags, Rest], Result]


def speaks(*, settings: bool = False) -> Callable[[Command[Rest]], Callable[..., None]]:
    """Give a command ``--json`` and the flags to find its node; with ``settings``, all of them.

    The function gets the flags first, and returns a ``Result``. A refusal it
    raises is printed and ends with exit code 1, a wrong setting with 2.
    """
    chosen = [option for option in OPTIONS if settings or option.name in _TO_FIND_A_NODE]

    def decorate(command: Command[Rest]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**arguments: object) -> None:
            flags = {option.name: arguments.pop(option.name) for option in chosen}
            as_json = bool(arguments.pop("as_json"))
            try:
                result = command(flags, **arguments)  # pyright: ignore[reportCallIssue]  # click fills them by name
            except FedinetError as error:
                result = refusal(error)
            except OSError as error:
                result = _unusable(error)
            show(result, as_json=as_json)

        wrapped: Callable[..., None] = run
        for option in reversed(chosen):
            wrapped = click.option(option.flag, option.name, help=option.says)(wrapped)
        return click.option("--json", "as_json", is_flag=True, help="Speak JSON, for scripts")(
            wrapped
        )

    return decorate


def settings_of(flags: Flags) -> Settings:
    """Load the settings of this invocation: flags, environment, file.

    Raises:
        BadSettings: see ``load``.
    """
    return load(flags, os.environ, read_file(flags, os.environ))


def refusal(error: FedinetError) -> Result:
    """What is said of a refusal: in its public words where it has some of its own."""
    own_words = "public" in vars(error)
    text = error.public if own_words else str(error)
    text = text.removeprefix("Validation failed: ")  # apps know these words, people need not
    return Result(
        text, {"error": text}, code=2 if isinstance(error, BadSettings) else 1, is_refusal=True
    )


def _unusable(error: OSError) -> Result:
    """What is said of a file or folder that the system refuses, and of a disk that is full.

    Raises:
        OSError: it is about something else, and a mistake of ours.
    """
    if error.filename is None and error.errno != ENOSPC:
        raise error
    if error.errno == ENOSPC:
        text = "The disk is full. Make room, and try again."
    else:
        text = f"Cannot use {error.filename}: {error.strerror}."
    return Result(text, {"error": text}, code=1, is_refusal=True)


def show(result: Result, *, as_json: bool) -> None:
    """Print a result, and end the process where its code is not 0."""
    if as_json:
        click.echo(json.dumps(result.facts, ensure_ascii=False, default=str))
    elif result.text:
        click.echo(result.text.replace("`fedinet ", f"`{how_called()} "), err=result.is_refusal)
    if result.code:
        raise SystemExit(result.code)


def how_called() -> str:
    """What to type to run another command of this program from where this one was typed."""
    context = click.get_current_context(silent=True)
    name = "fedinet" if context is None else context.find_root().info_name or "fedinet"
    typed = sys.argv[0]
    if Path(typed).name == name and "/" in typed:
        return name if shutil.which(name) == typed else typed
    return name.replace("python ", f"{sys.executable} ", 1)
