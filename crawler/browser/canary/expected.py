"""What the record of the canary page must hold, channel by channel. A new one is an act of the page and a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from crawler.observations import (
    AnySighting,
    CookieWitness,
    InitiatorKind,
    RequestSighting,
    SightingKind,
    StorageArea,
    StorageSighting,
    TargetKind,
)
from crawler.visits import Channel, ChannelState, Visit


@dataclass(frozen=True, slots=True)
class Expected:
    channel: str
    sees: SightingKind
    act: str | None
    """The page's act that it depends on; None: loading the page is enough."""
    found: Callable[[Visit], Iterable[AnySighting | Channel]]


def _cookie(channel: str, act: str | None, name: str, *, witness: CookieWitness | None = None) -> Expected:
    def found(visit: Visit) -> Iterable[AnySighting]:
        return [c for c in visit.cookies if c.name == name and (witness is None or witness in c.seen_in)]

    return Expected(f"cookie.{channel}", SightingKind.COOKIE, act, found)


def _stored(
    channel: str,
    act: str,
    key: str,
    *,
    area: StorageArea,
    also: Callable[[StorageSighting], bool] = lambda _: True,
) -> Expected:
    def found(visit: Visit) -> Iterable[AnySighting]:
        return [s for s in visit.storage if s.area is area and s.key.endswith(key) and also(s)]

    return Expected(f"storage.{channel}", SightingKind.STORAGE, act, found)


def _sent(
    channel: str, act: str | None, part: str, *, also: Callable[[RequestSighting], object] = lambda _: True
) -> Expected:
    def found(visit: Visit) -> Iterable[AnySighting]:
        return [r for r in visit.requests if part in r.url and r.method != "OPTIONS" and also(r)]

    return Expected(f"request.{channel}", SightingKind.REQUEST, act, found)


def _did(behaviour: str, act: str) -> Expected:
    def found(visit: Visit) -> Iterable[AnySighting]:
        return [b for b in visit.behaviours if b.behaviour == behaviour]

    return Expected(f"behaviour.{behaviour}", SightingKind.BEHAVIOUR, act, found)


def _written(channel: str, what: str) -> Expected:
    def found(visit: Visit) -> Iterable[AnySighting]:
        return [m for m in visit.markup if m.what == what]

    return Expected(f"markup.{channel}", SightingKind.MARKUP, None, found)


def _listened(channel: str, act: str) -> Expected:
    """By the visit's own ledger: on loopback the browser makes reports, and has nowhere to send them."""

    def found(visit: Visit) -> Iterable[Channel]:
        return [c for c in visit.channels if c.name == channel and c.state is ChannelState.LIVE]

    return Expected(channel, SightingKind.REQUEST, act, found)


_L, _W = StorageArea.LOCAL, CookieWitness

EXPECTED: Final[tuple[Expected, ...]] = (
    _cookie("header", None, "canary_header", witness=_W.HEADER),
    _cookie("redirect", "redirect", "canary_hop", witness=_W.HEADER),
    _cookie("script", "cookie_script", "canary_script", witness=_W.SCRIPT),
    _cookie("transient", "cookie_script", "canary_gone", witness=_W.SCRIPT),
    _cookie("cookie_store", "cookie_store", "canary_store", witness=_W.COOKIE_STORE),
    _cookie("refused", "cookie_refused", "__Host-canary"),
    _cookie("jar", "cookie_script", "canary_script", witness=_W.JAR),
    _cookie("netlog", "netlog", "canary_script", witness=_W.NETLOG),
    _cookie("websocket", "web_socket", "canary_socket"),
    _cookie("blank_frame", "blank_frame", "canary_blank", witness=_W.SCRIPT),
    _cookie("srcdoc_frame", "srcdoc_frame", "canary_srcdoc", witness=_W.SCRIPT),
    _cookie("third_party", "third_frame", "canary_frame", witness=_W.HEADER),
    _cookie("partitioned", "third_frame", "canary_chips", witness=_W.SCRIPT),
    _cookie("popup", "popup", "canary_popup", witness=_W.HEADER),
    _cookie("service_worker", "service_worker", "canary_service", witness=_W.COOKIE_STORE),
    _stored("local_storage", "local_storage", "canary", area=_L, also=lambda s: "hook" in s.seen_in),
    _stored("local_storage.property", "local_storage", "canary_property", area=_L, also=lambda s: "hook" in s.seen_in),
    _stored("local_storage.devtools", "local_storage", "canary", area=_L, also=lambda s: "dom_storage" in s.seen_in),
    _stored("session_storage", "session_storage", "canary", area=StorageArea.SESSION),
    _stored("third_party", "third_frame", "canary_third", area=_L),
    _stored("popup", "popup", "canary_popup", area=_L),
    _stored("indexed_db", "indexed_db", "canary", area=StorageArea.INDEXED_DB),
    _stored("cache_storage", "cache_storage", "/canary", area=StorageArea.CACHE),
    _stored("opfs", "opfs", "canary", area=StorageArea.OPFS),
    _stored("service_worker", "service_worker", "/service.js", area=StorageArea.SERVICE_WORKER),
    _stored("storage_bucket", "storage_bucket", "canary", area=StorageArea.BUCKET),
    _stored("storage_bucket.indexed_db", "storage_bucket", "canary_bucket", area=StorageArea.INDEXED_DB),
    _stored("shared_storage", "shared_storage", "canary", area=StorageArea.SHARED_STORAGE),
    _stored("window_name", "window_name", "window.name", area=StorageArea.WINDOW_NAME),
    _stored("worker", "worker", "canary_worker", area=StorageArea.INDEXED_DB),
    _stored("shared_worker", "shared_worker", "canary_shared", area=StorageArea.INDEXED_DB),
    _stored("flash_lso", "flash_lso", "id", area=StorageArea.FLASH_LSO),
    _stored("snapshot", "local_storage", "canary", area=_L, also=lambda s: "snapshot" in s.seen_in),
    _sent("document", None, "/", also=lambda r: r.navigation and r.target is TargetKind.PAGE),
    _sent("stylesheet", None, "/style.css"),
    _sent("script", None, "/acts.js"),
    _sent("image", "image", "?image"),
    _sent("image.pixel", "image", "?image", also=lambda r: r.pixel == (1, 1) and r.beacon),
    _sent("image.style", None, "?css"),
    _sent("icon", "icon", "/icon"),
    _sent("stack", "later", "?later", also=lambda r: r.initiator and any(f.across for f in r.initiator.stack)),
    _sent("fetch", "fetch", "?fetch"),
    _sent("body", "fetch", "?fetch", also=lambda r: any(field.name == "canary" for field in r.body_fields)),
    _sent("keepalive", "keepalive", "?keepalive", also=lambda r: "keepalive" in r.beacon),
    _sent("xhr", "xhr", "?xhr"),
    _sent("ping", "send_beacon", "?beacon", also=lambda r: "sendBeacon" in r.beacon),
    _sent("ping.link", "link_ping", "?ping", also=lambda r: "a[ping]" in r.beacon),
    _sent("redirect", "redirect", "?hop", also=lambda r: r.redirect_chain),
    _sent("eventsource", "event_source", "/events"),
    _sent("websocket", "web_socket", "/socket"),
    _sent("prefetch", "prefetch", "/prefetched"),
    _sent("refused", "csp", "refused.localhost", also=lambda r: r.refused_because),
    _sent("report", "csp", "/report", also=lambda r: "report" in r.beacon),
    _listened("request.reporting", "reporting"),
    _sent("third_frame", "third_frame", "?frame"),
    _sent("popup", "popup", "?popup"),
    _sent("worker", "worker", "?worker", also=lambda r: r.target is TargetKind.WORKER),
    _sent("shared_worker", "shared_worker", "?shared", also=lambda r: r.target is TargetKind.SHARED_WORKER),
    _sent("service_worker", "service_worker", "?service", also=lambda r: r.target is TargetKind.SERVICE_WORKER),
    _sent("initiator", "image", "?image", also=lambda r: r.initiator and r.initiator.kind is InitiatorKind.SCRIPT),
    _sent("deferred", "fetch_later", "?deferred", also=lambda r: "fetchLater" in r.beacon),
    _sent("leaving", None, "?pagehide"),
    _did("canvas_fingerprint", "canvas"),
    _did("webgl_fingerprint", "webgl"),
    _did("audio_fingerprint", "audio"),
    _did("font_fingerprint", "fonts"),
    _did("webrtc_candidates", "webrtc"),
    _did("client_hints", "client_hints"),
    _did("navigator_reads", "navigator_reads"),
    _did("keystroke_listener", "keystrokes"),
    _did("session_recording", "session_recording"),
    _written("noscript", "noscript_img"),
    _written("preconnect", "preconnect"),
)
