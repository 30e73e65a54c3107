"""Whether a page's script thread takes questions, and how a script that never lets go of it is ended.

A renderer tells of its requests, storage and cookies only between two scripts. What a script did that is never ended
would be lost, however long ago it was done.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from crawler.browser.cdp import CommandError, Json
from crawler.browser.watch import Watch

log = logging.getLogger(__name__)

_PATIENCE: Final = 30.0
"""Seconds until a page is free whose script was ended. What the script asked for is begun first: with 100,000 images
that takes a dozen seconds, and nothing can hasten it."""
_NOTHING: Final[Json] = {"expression": "0"}


async def takes_questions(watch: Watch) -> bool:
    try:
        await watch.scene.tap.command("Runtime.evaluate", _NOTHING, session=watch.main)
    except CommandError as error:
        log.debug("%s does not answer: %s", watch.page, error)
        return False
    return True


async def end_script(watch: Watch) -> bool:
    """True: the page takes questions again, and everything that it did until then has been told."""
    tap = watch.scene.tap
    # A page that lets go by itself in this moment answers the end only with its next script: so there is one.
    asked: tuple[tuple[str, Json], ...] = (("Runtime.terminateExecution", {}), ("Runtime.evaluate", _NOTHING))
    commands = (tap.command(method, params, session=watch.main, cap=_PATIENCE) for method, params in asked)
    answers = await asyncio.gather(*commands, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, CommandError):
            log.debug("the script of %s cannot be ended: %s", watch.page, answer)
        elif isinstance(answer, BaseException):
            raise answer
    return not isinstance(answers[-1], CommandError)
