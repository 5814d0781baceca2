"""Commands name others in the way that works where they were typed."""

import shutil
import sys
from collections.abc import Callable

import click
import pytest

from fedinet.cli.terms import Result, how_called, show

_IN_PATH = "/usr/local/bin/fedinet"


@pytest.mark.parametrize(
    ("typed", "name", "called"),
    [
        (".venv/bin/fedinet", "fedinet", ".venv/bin/fedinet"),
        (_IN_PATH, "fedinet", "fedinet"),
        ("/opt/fedinet/bin/fedinet", "fedinet", "/opt/fedinet/bin/fedinet"),
        ("/opt/fedinet/__main__.py", "python -m fedinet", f"{sys.executable} -m fedinet"),
        ("/opt/pytest", "fedinet", "fedinet"),
    ],
)
def test_a_command_is_named_as_it_was_typed(
    typed: str,
    name: str,
    called: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    in_path: Callable[[str], str] = lambda _: _IN_PATH  # noqa: E731
    monkeypatch.setattr(sys, "argv", [typed, "check"])
    monkeypatch.setattr(shutil, "which", in_path)
    with click.Context(click.Command("check"), info_name=name):
        assert how_called() == called
        show(Result("See `fedinet queue status`."), as_json=False)
    assert capsys.readouterr().out == f"See `{called} queue status`.\n"
