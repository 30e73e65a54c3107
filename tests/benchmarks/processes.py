"""CPU time and memory of processes, from /proc: what a benchmark counts when the wall clock cannot be trusted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_UTIME, _CSTIME = 11, 15
"""Places in /proc/PID/stat, counted behind the name: utime, stime, cutime, cstime."""


def descendants(pid: int) -> list[int]:
    """With the process itself, oldest first."""
    found, at = [pid], 0
    while at < len(found):
        for task in Path(f"/proc/{found[at]}/task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
        at += 1
    return found


def cpu_seconds(pid: int) -> float:
    """Of a process and all below it, those that have ended among them."""
    return sum(_cpu(one) for one in descendants(pid))


def memory_mib(pid: int) -> float:
    """Resident memory of one process."""
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * _PAGE / 2**20 if fields else 0.0


def _cpu(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(") ")[2].split()
    return sum(int(field) for field in fields[_UTIME:_CSTIME]) / _TICKS if fields else 0.0


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it has ended meanwhile; what it used is in its parent's count
