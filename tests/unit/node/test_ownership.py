"""One owner per data folder."""

import os
import subprocess
import sys
from pathlib import Path

from fedinet.db.ownership import Owner, OwnerLock


def test_the_second_one_is_told_who_is_first(tmp_path: Path) -> None:
    first, second = OwnerLock(tmp_path), OwnerLock(tmp_path)
    assert first.try_acquire("serve")
    assert not second.try_acquire("serve")
    assert second.owner() == Owner("serve", os.getpid())


def test_what_was_released_can_be_had(tmp_path: Path) -> None:
    first, second = OwnerLock(tmp_path), OwnerLock(tmp_path)
    assert first.try_acquire("command")
    first.release()
    assert second.owner() is None
    assert second.try_acquire("serve")


def test_a_child_that_forgets_the_lock_does_not_hold_it(tmp_path: Path) -> None:
    """kill -9 of the parent must free the folder although its children live on."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path)], stdin=subprocess.PIPE
    ) as parent:
        assert parent.wait() == 0
        assert OwnerLock(tmp_path).try_acquire("serve")
        assert parent.stdin is not None
        parent.stdin.close()


_PARENT = """
import os, sys
from pathlib import Path
from fedinet.db.ownership import OwnerLock

lock = OwnerLock(Path(sys.argv[1]))
assert lock.try_acquire("serve")
forgotten, forgets = os.pipe()
if os.fork() == 0:
    lock.forget()
    os.write(forgets, b".")
    sys.stdin.read()
else:
    os.read(forgotten, 1)  # the parent dies once the child has forgotten, however busy the machine
"""
