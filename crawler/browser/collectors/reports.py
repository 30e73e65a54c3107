"""Reports that the browser itself sends for a site: policy violations, deprecations, crashes, network errors.

Their uploads are no requests of the page, so DevTools tells them apart from those. They leave within a minute or when
the page does; what is told here is that one was taken in for an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import urljoin, urlsplit

import orjson

from crawler.browser.bodies import fields_of
from crawler.browser.cdp import Command, Json
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.events import Event
from crawler.browser.hops import Hop
from crawler.browser.recorder import Moment, Place
from crawler.browser.stacks import is_probe
from crawler.observations import Initiator, InitiatorKind, RequestSighting, Sighting, SightingKind
from crawler.visits import Channel, ChannelState

_ADDED: Final = "Network.reportingApiReportAdded"
_UPDATED: Final = "Network.reportingApiReportUpdated"
_ENDPOINTS: Final = "Network.reportingApiEndpointsChangedForOrigin"
_MOVED: Final = "Page.navigatedWithinDocument"
_FRAGMENT: Final = "the page had a fragment in its address, and the browser tells of no reports of such a page"
_JSON: Final = "application/reports+json"


@dataclass(eq=False)
class _Report:
    moment: Moment
    place: Place
    report: Json


class ReportCollector(Collector):
    name: ClassVar[str] = "reports"
    sees: ClassVar[tuple[type[Sighting], ...]] = (RequestSighting,)
    events: ClassVar[frozenset[str]] = frozenset({_ADDED, _UPDATED, _ENDPOINTS, _MOVED})
    page_commands: ClassVar[tuple[Command, ...]] = (Command("Network.enableReportingApi", {"enable": True}),)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._reports: dict[str, _Report] = {}
        self._endpoints: dict[tuple[str, str], str] = {}
        """Origin and name → address, as the browser took them in."""
        self._sent = 0
        self._fragment = False

    def saw(self, event: Event) -> None:
        if event.method == _ENDPOINTS:
            for endpoint in event.params["endpoints"]:
                self._endpoints[event.params["origin"], endpoint["groupName"]] = endpoint["url"]
            return
        if event.method == _MOVED:
            self._fragment = self._fragment or "#" in event.params["url"]
            return
        report: Json = event.params["report"]
        # Our own listener on leaving (see `core.js`) counts as a deprecated one.
        if is_probe(str((report.get("body") or {}).get("sourceFile", ""))):
            return
        known = self._reports.setdefault(report["id"], _Report(event.moment, event.place, report))
        known.report = report

    def sightings(self) -> Iterable[RequestSighting]:
        """Only of reports that have somewhere to go: browsers queue those of any page, and drop the others."""
        for one in self._reports.values():
            page: str = one.report["initiatorUrl"]
            document = next((hop for hop in self.scene.exchanges.hops if hop.url.partition("#")[0] == page), None)
            address = self._address(one.report, document)
            if address is None:
                continue
            self._sent += 1
            body = orjson.dumps([{key: one.report[key] for key in ("type", "body") if key in one.report}])
            failed = one.report["status"] == "MarkedForRemoval"
            yield RequestSighting(
                **self.scene.recorder.stamp("r", one.moment, one.place),
                initiator=Initiator(kind=InitiatorKind.SERVER, url=page, request=document and document.sighting),
                url=address,
                method="POST",
                resource_type="report",
                body_size=len(body),
                body_digest=self.scene.digester.digest(body),
                body_fields=fields_of(body, content_type=_JSON, digester=self.scene.digester),
                failure="given up by the browser" if failed else None,
                beacon=("report",),
            )

    def _address(self, report: Json, document: Hop | None) -> str | None:
        page: str = report["initiatorUrl"]
        parts = urlsplit(page)
        name: str = report["destination"]
        known = self._endpoints.get((f"{parts.scheme}://{parts.netloc}", name))
        if known is not None or report["status"] != "Success" or document is None:
            return known
        # `Report-To` is told by no event; that the report arrived shows that the browser took the header in.
        headers = (document.got or document.answer or {}).get("headers", {})
        text = next((value for key, value in headers.items() if key.lower() == "report-to"), "")
        return next((urljoin(page, url) for group, url in _groups(text) if group == name), None)

    def channels(self) -> Iterator[Channel]:
        state = ChannelState.LIVE if self._reports else ChannelState.UNTESTED
        fragment = self._fragment or any(hop.navigation and "#" in hop.url for hop in self.scene.exchanges.hops)
        note = _FRAGMENT if fragment else None
        yield Channel(name="request.reporting", state=state, sees=SightingKind.REQUEST, events=self._sent, note=note)


def _groups(header: str) -> Iterator[tuple[str, str]]:
    """Name and first address of each group in a `Report-To` header: JSON objects, with commas between them."""
    try:
        groups = orjson.loads(f"[{header.replace(chr(10), ',')}]")
    except orjson.JSONDecodeError:
        return
    for group in groups:
        if isinstance(group, dict):
            for endpoint in group.get("endpoints") or ():
                if isinstance(endpoint, dict) and isinstance(endpoint.get("url"), str):
                    yield str(group.get("group", "default")), endpoint["url"]
                    break
