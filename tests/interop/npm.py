"""What tests have from npm: in each folder what its package-lock.json names."""

import fcntl
import shutil
import subprocess
from functools import cache
from pathlib import Path


@cache
def why_missing(folder: Path) -> str | None:
    """Say why a folder has no packages, after trying to install them; None where it has.

    One process at a time: ``npm ci`` begins by deleting what another may be using.
    """
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "node_modules" / ".package-lock.json").exists():  # npm writes it last
            return None
        npm = shutil.which("npm")
        if npm is None:
            return f"npm is not installed: what {folder.name} needs cannot be had"
        installed = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    return None if installed.returncode == 0 else f"npm ci failed: {installed.stderr[-300:]}"
