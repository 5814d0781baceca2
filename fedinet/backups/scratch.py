"""Folders for what is read and written on the way: the whole node lies in them, unencrypted."""

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

_PREFIX: Final = ".backup-"
_LEFT_AFTER: Final = timedelta(days=1)


def scratch_folder(data: Path) -> "tempfile.TemporaryDirectory[str]":
    """Make a folder that only we may enter; it is gone at the end."""
    return tempfile.TemporaryDirectory(dir=data, prefix=_PREFIX)


def sweep_scratch(data: Path, now: datetime) -> None:
    """Delete what killed processes left. Whoever works now began within a day."""
    for path in data.glob(f"{_PREFIX}*"):
        if path.is_dir() and now.timestamp() - path.stat().st_mtime > _LEFT_AFTER.total_seconds():
            shutil.rmtree(path)
