"""`make setup`: everything a fresh machine lacks, in order; quick when nothing is missing."""

from __future__ import annotations

import sys

from setup.browser import ensure_browser
from setup.environment import ensure_environment
from setup.npm import ensure_packages
from setup.step import SetupError, say


def main() -> int:
    try:
        ready = [ensure_environment(), ensure_packages(), ensure_browser()]
    except SetupError as error:
        say(f"setup: {error}")
        return 1
    say(f"Ready: {' · '.join(ready)}")
    return 0


sys.exit(main())
