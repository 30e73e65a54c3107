"""Every request of every target: who caused it, what it carried, what came back."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final
from urllib.parse import urlsplit

from crawler.browser.beacons import beacon_reasons
from crawler.browser.bodies import fields_of
from crawler.browser.carriers import candidates
from crawler.browser.cdp import CommandError, Json
from crawler.browser.collectors.base import Collector, Scene
from crawler.browser.contents import keep, read_content
from crawler.browser.events import Call, Event
from crawler.browser.exchanges import Hop
from crawler.browser.images import dimensions
from crawler.browser.initiators import STARTS, Ids, Initiators
from crawler.browser.outlasting import mark_outlasting
from crawler.browser.recorder import Moment
from crawler.observations import (
    Initiator,
    NameValue,
    RequestSighting,
    SentCookie,
    Sighting,
    SightingKind,
)
from crawler.visits import Channel, ChannelState

_REQUEST_HEADERS: Final = frozenset(
    {
        "referer",
        "origin",
        "content-type",
        "sec-gpc",
        "dnt",
        "sec-purpose",
        "purpose",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "x-requested-with",
    }
)
_RESPONSE_HEADERS: Final = frozenset(
    {
        "content-type",
        "location",
        "cache-control",
        "expires",
        "etag",
        "last-modified",
        "referrer-policy",
        "permissions-policy",
        "nel",
        "report-to",
        "reporting-endpoints",
        "content-security-policy",
        "clear-site-data",
        "strict-transport-security",
        "p3p",
        "accept-ch",
        "tk",
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "timing-allow-origin",
        "supports-loading-mode",
    }
)
_SMALL_IMAGE: Final = 4096
"""Encoded bytes below which an image is decoded: a 300×250 GIF of one colour has 495."""
_TALKS: Final = frozenset({"websocket", "eventsource"})


class NetworkCollector(Collector):
    name: ClassVar[str] = "network"
    sees: ClassVar[tuple[type[Sighting], ...]] = (RequestSighting,)
    events: ClassVar[frozenset[str]] = frozenset({"Network.loadingFinished", "Network.requestWillBeSent"})
    hears: ClassVar[frozenset[str]] = STARTS | {"outlasting"}

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._outlasting: list[Call] = []
        self._starts: list[Call] = []
        self._kinds: dict[str, int] = {}

    def saw(self, event: Event) -> None:
        chain = self.scene.exchanges.chain(event.params["requestId"])
        if not chain:
            return
        hop = chain[-1]
        if event.method == "Network.loadingFinished":
            if hop.on_the_wire and (self.scene.bodies is not None or _is_small_image(hop)):
                self.start(self._read_content(hop, event))
        elif hop.has_body and hop.body is None:
            self.start(self._read_body(hop, event))

    def heard(self, call: Call) -> None:
        (self._starts if call.kind in STARTS else self._outlasting).append(call)

    async def _read_content(self, hop: Hop, event: Event) -> None:
        """While the target that loaded it still has it; the size of an image that is gone stays unknown."""
        content = await read_content(self.scene.tap, hop, event.session)
        if content is not None and _is_small_image(hop):
            hop.content = content
        if content is not None and self.scene.bodies is not None:
            hop.kept_as = keep(content, self.scene.bodies)

    async def _read_body(self, hop: Hop, event: Event) -> None:
        try:
            got = await self.scene.tap.command(
                "Network.getRequestPostData", {"requestId": hop.request}, session=event.session
            )
        except CommandError:
            return  # a stream or a file, which the browser keeps to itself; `body_size` comes from the header then
        hop.body = base64.b64decode(got["postData"]) if got.get("base64Encoded") else got["postData"].encode()

    async def phase_ends(self) -> None:
        await self.settle()

    def sightings(self) -> Iterable[RequestSighting]:
        """In order of departure, so that a hop's predecessor has its id already."""
        hops = self.scene.exchanges.hops
        mark_outlasting(hops, self._outlasting)
        initiators = Initiators(hops, documents=self.scene.documents, starts=self._starts)
        ids: dict[tuple[str, int], str] = {}
        for hop in hops:
            if hop.on_the_wire:
                sighting = self._sighting(hop, ids, initiators.of(hop, ids))
                ids[hop.request, hop.index] = sighting.id
                self._kinds[sighting.resource_type] = self._kinds.get(sighting.resource_type, 0) + 1
                hop.sighting = sighting.id
                yield sighting

    def _sighting(self, hop: Hop, ids: Ids, initiator: Initiator) -> RequestSighting:
        headers = _lower(hop.sent["headers"] if hop.sent else hop.headers)
        answer = hop.answer or {}
        raw_answer = _lower(hop.got["headers"] if hop.got else answer.get("headers", {}))
        pixel = dimensions(hop.content) if hop.content else None
        body = hop.body if hop.body is not None else b"\n".join(hop.sample) or None
        content_type = headers.get("content-type", "")
        return RequestSighting(
            **self.scene.recorder.stamp("r", hop.moment, hop.place),
            in_flight=self.scene.recorder.spans_choice(hop.moment, hop.ended),
            initiator=initiator,
            url=hop.url,
            method=hop.method,
            resource_type=hop.kind,
            navigation=hop.navigation,
            body_size=len(body) if body is not None else _number(headers.get("content-length")),
            body_digest=self.scene.digester.digest(body) if body else None,
            body_fields=fields_of(body, content_type=content_type, digester=self.scene.digester) if body else (),
            request_headers=_pick(headers, _REQUEST_HEADERS),
            response_headers=_pick(raw_answer, _RESPONSE_HEADERS),
            cookies=tuple(_cookies(hop)),
            redirected_from=ids.get((hop.request, hop.index - 1)),
            redirect_chain=tuple(earlier.url for earlier in self.scene.exchanges.chain(hop.request)[: hop.index]),
            status=hop.status,
            mime=answer.get("mimeType") or None,
            response_size=hop.encoded,
            waited=_seconds(hop.moment, hop.answered),
            lasted=_seconds(hop.moment, hop.ended),
            content=hop.kept_as,
            messages=(hop.frames_sent, hop.frames_received) if hop.kind in _TALKS else None,
            pixel=pixel,
            ip=answer.get("remoteIPAddress") or None,
            from_cache=hop.from_cache or bool(answer.get("fromDiskCache") or answer.get("fromPrefetchCache")),
            from_service_worker=bool(answer.get("fromServiceWorker")),
            failure=hop.failure,
            refused_because=(hop.blocked,) if hop.blocked else (),
            beacon=beacon_reasons(hop, pixel=pixel),
            carries=candidates(
                url=hop.url, headers=headers, body=body, content_type=content_type, digester=self.scene.digester
            ),
        )

    def channels(self) -> Iterator[Channel]:
        for kind in ("document", "script", "image", "fetch", "xhr", "ping", "websocket", "eventsource"):
            count = self._kinds.get(kind, 0)
            state = ChannelState.LIVE if count else ChannelState.UNTESTED
            yield Channel(name=f"request.{kind}", state=state, sees=SightingKind.REQUEST, events=count)
        rest = sum(self._kinds.values())
        state = ChannelState.LIVE if rest else ChannelState.UNTESTED
        yield Channel(
            name="request",
            state=state,
            sees=SightingKind.REQUEST,
            events=rest,
            dropped=self.scene.exchanges.dropped,
        )


def _lower(headers: Json) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


def _pick(headers: dict[str, str], wanted: frozenset[str]) -> tuple[NameValue, ...]:
    return tuple(NameValue(name=name, value=headers[name]) for name in sorted(wanted & headers.keys()))


def _is_small_image(hop: Hop) -> bool:
    return hop.kind == "image" and hop.encoded is not None and hop.encoded < _SMALL_IMAGE


def _seconds(began: Moment, then: Moment | None) -> float | None:
    return None if then is None else round(then.at - began.at, 4)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0


def _cookies(hop: Hop) -> Iterator[SentCookie]:
    """Cookies that went along, and those that the browser held back for this address."""
    host = urlsplit(hop.url).hostname or ""
    for entry in (hop.sent or {}).get("associatedCookies", ()):
        cookie: Json = entry["cookie"]
        domain: str = cookie["domain"].lstrip(".")
        if host == domain or host.endswith("." + domain):
            yield SentCookie(name=cookie["name"], withheld_because=tuple(entry["blockedReasons"]))
