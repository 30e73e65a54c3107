"""One step of the setup: runs a command, remembers what it was done for, fails in one sentence."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / ".make"


class SetupError(Exception):
    """One sentence for the person at the terminal, with the fix."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(*command: str | Path, why: str) -> None:
    """Runs it with its own output in sight; `why` is the sentence said when it fails."""
    try:
        code = subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode
    except OSError as error:
        raise SetupError(f"{why} ({error})") from error
    if code != 0:
        raise SetupError(f"{why} (exit code {code} of: {' '.join(str(part) for part in command)})")


def answer(*command: str | Path) -> str | None:
    """Standard output of a question, stripped; None: it could not be asked or the answer was an error."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_done(step: str, key: str) -> bool:
    stamp = STAMPS / step
    return stamp.is_file() and stamp.read_text("utf-8") == key


def mark_done(step: str, key: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / step).write_text(key, "utf-8")
