"""Garbage is not looked for while something is built, and is found afterwards."""

from __future__ import annotations

import gc
import weakref

import pytest

from consentinel.collecting import uncollected


class Ring:
    def __init__(self) -> None:
        self.itself = self


def test_what_was_left_behind_is_found_later() -> None:
    with uncollected():
        assert not gc.isenabled()
        left = weakref.ref(Ring())
    assert gc.isenabled()
    gc.collect()
    assert left() is None


def test_it_goes_on_after_an_error_and_is_left_off_where_it_was_off() -> None:
    with pytest.raises(ValueError, match="broken"), uncollected():
        raise ValueError("broken")
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
