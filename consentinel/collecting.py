"""When Python looks for garbage: not while a scan is read and judged."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """What is built inside is kept, so that searching it for garbage over and over takes longer than building it."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # both together count all of it as old: the next search for young garbage passes it by, …
        gc.unfreeze()  # … and a full one, where there is one, finds what was left behind
        gc.enable()
