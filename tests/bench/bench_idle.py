"""Idle memory of a whole node, and how soon it serves again on an existing data folder.

Proportional set size of the parent, one web and one worker process, and the
embedded PostgreSQL with all its children, some seconds after the start.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.integration.processes import Folder, Served, free_port

MOST_MEMORY_MB = 200.0
MOST_START_S = 2.0
STARTS = 5
_SETTLE_S = 5.0
_MIB = 1024 * 1024


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name) / "data", free_port())
        folder.serve().stop()
        starts = [start(folder) for _ in range(STARTS)]
        served = folder.serve()
        time.sleep(_SETTLE_S)
        parts = memory(served)
        served.stop()
    return report(starts, parts)


def start(folder: Folder) -> float:
    """Seconds from the command to the first answer of /health."""
    began = time.perf_counter()
    served = folder.serve(ready=False)
    while served.health() != 200:
        time.sleep(0.005)
    took = time.perf_counter() - began
    served.stop()
    return took


def memory(served: Served) -> dict[str, float]:
    """MB by part of the node; all of it belongs to processes that ``serve`` started."""
    postmaster = psutil.Process(served.postmaster())
    web, worker = (psutil.Process(pid) for pid in served.children())
    return {
        "parent": pss(psutil.Process(served.process.pid)),
        "web": pss(web),
        "worker": pss(worker),
        "PostgreSQL": pss(postmaster) + sum(map(pss, postmaster.children(recursive=True))),
    }


def pss(process: psutil.Process) -> float:
    return process.memory_full_info().pss / _MIB


def report(starts: list[float], parts: dict[str, float]) -> int:
    total, took = sum(parts.values()), statistics.median(starts)
    print("idle memory, proportional set size")
    for part, megabytes in parts.items():
        print(f"  {part:<12} {megabytes:7.1f} MB")
    print(f"  {'together':<12} {total:7.1f} MB   {verdict(total, MOST_MEMORY_MB, 'MB')}")
    print("serve to serving on an existing data folder")
    print(f"  median of {len(starts)}  {took:7.2f} s    {verdict(took, MOST_START_S, 's')}")
    print(f"  from {min(starts):.2f} to {max(starts):.2f} s")
    return int(total > MOST_MEMORY_MB or took > MOST_START_S)


def verdict(value: float, most: float, unit: str) -> str:
    word = "kept" if value <= most else "BROKEN"
    return f"{value / most:.2f} of the promised {most:g} {unit}: {word}"


if __name__ == "__main__":
    raise SystemExit(main())
