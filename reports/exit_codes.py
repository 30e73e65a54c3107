"""What the exit code of a command says."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    PASSED = 0
    FINDINGS = 1
    WRONG_USE = 2
    """Never the gate's: the command line's own."""
    TOO_LITTLE_SEEN = 3
