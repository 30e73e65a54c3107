"""Types an address into the page's own fields for one, without submitting, to see whether it leaves by itself."""

from __future__ import annotations

import logging
from typing import Final

from playwright.async_api import Error

from crawler.browser.stage import Stage
from crawler.observations import NameValue
from crawler.visits import TYPED_ADDRESS, ProblemKind

log = logging.getLogger(__name__)

_FIELDS: Final = (
    "input[type=email], input[autocomplete~=email], input[type=text][name*=mail i], input:not([type])[name*=mail i]"
)
_MOST: Final = 3
_CAP: Final = 5000.0
"""Milliseconds for one field; a crowded machine needs more than one for twenty keys."""


async def type_address(stage: Stage, address: str) -> bool:
    """False: there was no field for it. Keys are pressed one by one and the field is left, as a person would."""
    typed = False
    try:
        fields = stage.page.locator(_FIELDS)
        for number in range(min(await fields.count(), _MOST)):
            field = fields.nth(number)
            if await field.is_visible() and await field.is_editable(timeout=_CAP):
                note_typed(stage, address)
                await field.press_sequentially(address, timeout=_CAP)
                await field.press("Tab", timeout=_CAP)
                typed = True
    except Error as error:
        log.debug("%s: typing ended early: %s", stage.page.url, error)
        stage.problem(
            ProblemKind.CAP,
            f"The address could not be typed to its end on {stage.page.url}: the field went, or took too long.",
        )
    return typed


def note_typed(stage: Stage, text: str) -> None:
    """Before it is typed: a page may send each key as it is pressed."""
    digest = stage.watch.scene.digester.typed(text)
    fact = NameValue(name=TYPED_ADDRESS, value=digest) if digest else None
    if fact is not None and fact not in stage.facts:
        stage.facts.append(fact)
