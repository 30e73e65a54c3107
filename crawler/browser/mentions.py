"""Whether anything that a page has fetched speaks of consent: if not, no interface is to be expected any more."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from crawler.browser.cdp import CommandError
from crawler.browser.exchanges import Hop
from crawler.browser.watch import Watch

log = logging.getLogger(__name__)

_TEXTS: Final = frozenset({"script", "fetch", "xhr"})
_MOST: Final = 400


class Mentions:
    """Asks the browser to search the bodies it holds, each once. Nothing is fetched again."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._silent: set[Hop] = set()

    async def any(self, pattern: str) -> bool:
        """True as well where a body cannot be searched: silence must be shown, not assumed."""
        bodies = [hop for hop in self._watch.exchanges.hops if hop.kind in _TEXTS and hop not in self._silent]
        if len(bodies) > _MOST:
            return True
        said = await asyncio.gather(*(self._said(hop, pattern) for hop in bodies))
        self._silent.update(hop for hop, word in zip(bodies, said, strict=True) if not word)
        return any(said)

    async def _said(self, hop: Hop, pattern: str) -> bool:
        if hop.failure is not None or (hop.ended is not None and hop.encoded == 0 and not hop.from_cache):
            return False
        if hop.ended is None:
            return hop.kind == "script"  # data that is held open is a stream; a script may still bring the interface
        ask = {"requestId": hop.request, "query": pattern, "isRegex": True, "caseSensitive": False}
        try:
            found = await self._watch.scene.tap.command("Network.searchInResponseBody", ask, session=hop.session)
        except CommandError as error:
            log.debug("%s cannot be searched: %s", hop.url, error)
            return True
        return bool(found["result"])
