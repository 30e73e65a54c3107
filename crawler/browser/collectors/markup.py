"""What stands in the markup and makes no request that could be seen: pixels for browsers without script, and hints."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import ClassVar
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag

from crawler.browser.cdp import CommandError
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.events import Event
from crawler.browser.exchanges import Hop
from crawler.browser.recorder import Moment, Place
from crawler.observations import MarkupSighting, Sighting, SightingKind
from crawler.visits import Channel, ChannelState

_EXCERPT = 300
_HINTS = {"preconnect": "preconnect", "dns-prefetch": "dns_prefetch"}
"""They open connections and ask for names, which shows the visitor's address, but DevTools does not tell."""


class MarkupCollector(Collector):
    name: ClassVar[str] = "markup"
    sees: ClassVar[tuple[type[Sighting], ...]] = (MarkupSighting,)
    events: ClassVar[frozenset[str]] = frozenset({"Network.loadingFinished"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._documents: dict[str, tuple[str, Moment, Place]] = {}
        self._found = 0
        self._unread = 0

    def saw(self, event: Event) -> None:
        chain = self.scene.exchanges.chain(event.params["requestId"])
        if chain and chain[-1].kind == "document":
            self.start(self._read(chain[-1], event))

    async def _read(self, hop: Hop, event: Event) -> None:
        """The markup as the server sent it, before scripts changed it."""
        try:
            got = await self.scene.tap.command(
                "Network.getResponseBody", {"requestId": hop.request}, session=event.session
            )
        except CommandError:
            self._unread += 1
            return
        text = base64.b64decode(got["body"]).decode("utf-8", "replace") if got["base64Encoded"] else got["body"]
        self._documents.setdefault(hop.url, (text, event.moment, event.place))
        self.scene.documents.setdefault(hop.url, text)

    async def phase_ends(self) -> None:
        await self.settle()

    def sightings(self) -> Iterable[MarkupSighting]:
        for base, (html, moment, place) in self._documents.items():
            for what, tag, address in _silent_requests(html):
                self._found += 1
                yield MarkupSighting(
                    **self.scene.recorder.stamp("m", moment, place),
                    what=what,
                    url=urljoin(base, address),
                    excerpt=str(tag)[:_EXCERPT],
                )

    def channels(self) -> Iterator[Channel]:
        state = ChannelState.LIVE if self._documents else ChannelState.DEAD
        yield Channel(name="markup", state=state, sees=SightingKind.MARKUP, events=self._found, dropped=self._unread)


def _silent_requests(html: str) -> Iterator[tuple[str, Tag, str]]:
    """What is in `<noscript>`, which Python's own parser reads as elements everywhere, and connection hints."""
    soup = BeautifulSoup(html, "html.parser")
    for block in soup.find_all("noscript"):
        for tag in block.find_all(["img", "iframe", "link"]):
            address = tag.get("src") or tag.get("href")
            if (
                isinstance(address, str)
                and address
                and (tag.name != "link" or "stylesheet" not in (tag.get("rel") or ()))
            ):
                yield f"noscript_{tag.name}", tag, address
    for link in soup.find_all("link", href=True):
        for relation in link.get("rel") or ():
            if (what := _HINTS.get(relation.lower())) is not None:
                yield what, link, str(link["href"])
