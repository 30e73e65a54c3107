"""Requests and their answers, put together from DevTools' scattered events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from crawler.browser.cdp import Json, Session
from crawler.browser.events import Event
from crawler.browser.hops import LONG_POLL, Extra, Hop, body_of, is_stream
from crawler.browser.recorder import Moment

__all__ = ["EVENTS", "LONG_POLL", "Exchanges", "Extra", "Hop"]

EVENTS: Final = frozenset(
    {
        "Network.requestWillBeSent",
        "Network.requestWillBeSentExtraInfo",
        "Network.responseReceived",
        "Network.responseReceivedExtraInfo",
        "Network.loadingFinished",
        "Network.loadingFailed",
        "Network.requestServedFromCache",
        "Network.webSocketCreated",
        "Network.webSocketWillSendHandshakeRequest",
        "Network.webSocketHandshakeResponseReceived",
        "Network.webSocketFrameSent",
        "Network.webSocketFrameReceived",
        "Network.webSocketFrameError",
        "Network.webSocketClosed",
        "Network.eventSourceMessageReceived",
        "Network.webTransportCreated",
        "Network.webTransportClosed",
    }
)
MOST: Final = 10_000
"""Requests of one visit that are recorded. The busiest pages make some two thousand."""
_WITHOUT_CONTENT: Final = frozenset({204, 205})


class Exchanges:
    def __init__(self) -> None:
        self.hops: list[Hop] = []
        self._chains: dict[str, list[Hop]] = {}
        self._sent: dict[str, list[Json]] = {}
        self._got: dict[str, list[Extra]] = {}
        self._open: set[Hop] = set()
        self._unrecorded: set[str] = set()
        self.dropped = 0
        """Requests beyond the most that are recorded."""

    def chain(self, request: str) -> list[Hop]:
        return self._chains.get(request, [])

    @property
    def idle(self) -> bool:
        """Nothing is under way, streams included."""
        return not self._open

    def leaves_out(self, request: str) -> bool:
        """Neither is it recorded, nor does a page's way depend on it: nobody needs to hear more of it."""
        return request in self._unrecorded

    def pending(self, now: float) -> int:
        """Requests under way, without streams and held-open fetches."""
        return sum(1 for hop in self._open if not is_stream(hop, now))

    def streaming(self, now: float) -> int:
        return sum(1 for hop in self._open if is_stream(hop, now))

    def saw(self, event: Event) -> Hop | None:
        """Takes one event in; returns the hop when it has just ended."""
        handler = _HANDLERS[event.method]
        return handler(self, event)

    def session_closed(self, session: Session) -> None:
        """Nothing more will be told about what this target had under way."""
        self._open = {hop for hop in self._open if hop.session is not session}

    def finish(self) -> None:
        """Joins raw headers with their hops. Both come in the order of the hops, but not in step with each other."""
        for request, hops in self._chains.items():
            with_extra = [hop for hop in hops if hop.expects_extra is not False]
            for hop, sent in zip(with_extra, self._sent.get(request, []), strict=False):
                hop.sent = sent
            for hop, got in zip(with_extra, self._got.get(request, []), strict=False):
                hop.got, hop.got_moment = got.params, got.moment

    def extras(self) -> Iterator[tuple[Extra, Hop | None]]:
        """Raw answer headers with the hop they belong to; call after `finish`."""
        for request, extras in self._got.items():
            owners = {id(hop.got): hop for hop in self.chain(request)}
            for extra in extras:
                yield extra, owners.get(id(extra.params))

    def untold(self) -> Counter[str]:
        """Requests that left without a word of their address, by host: a page that a script holds tells of none."""
        if self.dropped:
            return Counter()  # they are among those
        ids = self._sent.keys() - self._chains.keys()
        return Counter(_host(self._sent[request][0]["headers"]) for request in ids)

    def _will_be_sent(self, event: Event) -> Hop | None:
        params = event.params
        request: str = params["requestId"]
        asked: Json = params["request"]
        if len(self.hops) >= MOST:
            self.dropped += 1
            if params.get("type") != "Document":
                self._unrecorded.add(request)
            return None
        chain = self._chains.setdefault(request, [])
        redirect: Json | None = params.get("redirectResponse")
        ended: Hop | None = None
        if redirect is not None and chain:
            ended = chain[-1]
            ended.answer, ended.answered = redirect, event.moment
            ended.expects_extra = params.get("redirectHasExtraInfo")
            ended.encoded = int(redirect.get("encodedDataLength", 0))
            self._end(ended, event.moment)
        elif chain and chain[-1].url == asked["url"]:
            return None  # the same request told by a second session
        hop = Hop(
            request=request,
            index=len(chain),
            moment=event.moment,
            place=event.place,
            session=event.session,
            url=asked["url"] + asked.get("urlFragment", ""),
            method=asked["method"],
            kind=params.get("type", "Other").lower(),
            initiator=params["initiator"] if not chain else chain[0].initiator,
            navigation=params.get("type") == "Document" and request == params.get("loaderId"),
            frame_id=params.get("frameId"),
            headers=asked["headers"],
            body=body_of(asked),
            has_body=asked.get("hasPostData", False),
        )
        chain.append(hop)
        self.hops.append(hop)
        if hop.on_the_wire:
            self._open.add(hop)
        return ended

    def _sent_extra(self, event: Event) -> None:
        if self.dropped:
            return
        self._sent.setdefault(event.params["requestId"], []).append(event.params)

    def _got_extra(self, event: Event) -> None:
        if self.dropped and event.params["requestId"] not in self._chains:
            return
        self._got.setdefault(event.params["requestId"], []).append(Extra(event.params, event.moment, event.place))

    def _received(self, event: Event) -> None:
        hop = self._last(event)
        if hop is not None:
            hop.answer, hop.answered = event.params["response"], event.moment
            hop.expects_extra = event.params.get("hasExtraInfo")
            hop.kind = event.params.get("type", hop.kind).lower()

    def _finished(self, event: Event) -> Hop | None:
        hop = self._last(event)
        if hop is not None:
            hop.encoded = int(event.params.get("encodedDataLength", 0))
            self._end(hop, event.moment)
        return hop

    def _failed(self, event: Event) -> Hop | None:
        hop = self._last(event)
        if hop is not None:
            hop.blocked = event.params.get("blockedReason")
            # Chromium ends every fetch that is answered without content as "aborted", though nothing went wrong.
            if hop.status not in _WITHOUT_CONTENT or hop.blocked is not None:
                hop.failure = event.params.get("errorText") or "failed"
            cors: Json | None = event.params.get("corsErrorStatus")
            if cors is not None:  # the request was sent; only its answer is kept from the page
                hop.failure = f"{hop.failure} (CORS: {cors['corsError']})"
            if hop.expects_extra is None:
                hop.expects_extra = hop.blocked is None
            self._end(hop, event.moment)
        return hop

    def _from_cache(self, event: Event) -> None:
        hop = self._last(event)
        if hop is not None:
            hop.from_cache = True

    def _socket(self, event: Event) -> None:
        params = event.params
        request: str = params.get("requestId") or params["transportId"]
        if request in self._chains:
            return
        hop = Hop(
            request=request,
            index=0,
            moment=event.moment,
            place=event.place,
            session=event.session,
            url=params["url"],
            method="GET" if "requestId" in params else "CONNECT",
            kind="websocket" if "requestId" in params else "webtransport",
            initiator=params.get("initiator", {"type": "other"}),
            navigation=False,
            frame_id=None,
            headers={},
            body=None,
            has_body=False,
        )
        self._chains[request] = [hop]
        self.hops.append(hop)
        self._open.add(hop)

    def _handshake_sent(self, event: Event) -> None:
        hop = self._last(event)
        if hop is not None:
            hop.headers = event.params["request"]["headers"]

    def _handshake_got(self, event: Event) -> None:
        hop = self._last(event)
        if hop is not None:
            hop.answer, hop.answered = {"mimeType": "", **event.params["response"]}, event.moment

    def _frame_sent(self, event: Event) -> None:
        hop = self._last(event)
        if hop is not None:
            hop.frames_sent += 1
            if len(hop.sample) < 8:
                hop.sample.append(event.params["response"]["payloadData"].encode()[:4096])

    def _frame_got(self, event: Event) -> None:
        hop = self._last(event)
        if hop is not None:
            hop.frames_received += 1

    def _socket_failed(self, event: Event) -> None:
        hop = self._last(event)
        if hop is not None:
            hop.failure = event.params.get("errorMessage")

    def _socket_closed(self, event: Event) -> Hop | None:
        hop = self._last(event)
        if hop is not None:
            self._end(hop, event.moment)
        return hop

    def _last(self, event: Event) -> Hop | None:
        request: str = event.params.get("requestId") or event.params.get("transportId", "")
        chain = self._chains.get(request)
        return chain[-1] if chain else None

    def _end(self, hop: Hop, moment: Moment) -> None:
        hop.ended = moment
        self._open.discard(hop)


def _host(headers: Json) -> str:
    lower = {name.lower(): str(value) for name, value in headers.items()}
    return lower.get("host") or lower.get(":authority") or "an unknown host"


_HANDLERS: Final = {
    "Network.requestWillBeSent": Exchanges._will_be_sent,
    "Network.requestWillBeSentExtraInfo": Exchanges._sent_extra,
    "Network.responseReceived": Exchanges._received,
    "Network.responseReceivedExtraInfo": Exchanges._got_extra,
    "Network.loadingFinished": Exchanges._finished,
    "Network.loadingFailed": Exchanges._failed,
    "Network.requestServedFromCache": Exchanges._from_cache,
    "Network.webSocketCreated": Exchanges._socket,
    "Network.webSocketWillSendHandshakeRequest": Exchanges._handshake_sent,
    "Network.webSocketHandshakeResponseReceived": Exchanges._handshake_got,
    "Network.webSocketFrameSent": Exchanges._frame_sent,
    "Network.webSocketFrameReceived": Exchanges._frame_got,
    "Network.webSocketFrameError": Exchanges._socket_failed,
    "Network.webSocketClosed": Exchanges._socket_closed,
    "Network.eventSourceMessageReceived": Exchanges._frame_got,
    "Network.webTransportCreated": Exchanges._socket,
    "Network.webTransportClosed": Exchanges._socket_closed,
}
