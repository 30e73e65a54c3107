"""Why a request counts as a beacon: by what it is and gets, not by whose it is."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from crawler.browser.hops import Hop

_PIXEL = 2
"""Edge length up to which an image shows nothing to anybody."""
_IMAGES = frozenset({"image"})
_LOOKED_AT: Final = 4096
"""Bytes of a body."""
_TELLS: Final = frozenset({"image", "fetch", "xhr", "ping", "other"})
_PROGRESS: Final = re.compile(
    r"(?<![a-z])(?:creative[_-]?view|first[_-]?quartile|mid[_-]?point|third[_-]?quartile|heart[_-]?beat)(?![a-z])", re.I
)
"""The names that IAB's VAST gives to how far a spot was played, and what players call their regular sign of life."""


def beacon_reasons(hop: Hop, *, pixel: tuple[int, int] | None) -> tuple[str, ...]:
    """Empty: it is no beacon."""
    headers = {name.lower(): str(value) for name, value in hop.headers.items()}
    reasons: list[str] = []
    if hop.kind == "ping":
        is_link = "ping-to" in headers or headers.get("content-type") == "text/ping"
        reasons.append("a[ping]" if is_link else "sendBeacon")
    if hop.kind == "cspviolationreport" or headers.get("content-type") in (
        "application/csp-report",
        "application/reports+json",
    ):
        reasons.append("report")
    if hop.outlasts is not None:
        reasons.append(hop.outlasts)
    if hop.kind in _IMAGES and hop.blocked is None:
        if pixel is not None and max(pixel) <= _PIXEL:
            reasons.append(f"{pixel[0]}×{pixel[1]} image")
        elif hop.status == 204 or (hop.status == 200 and hop.content == b""):
            reasons.append("image without content")
    if hop.kind in _TELLS and (progress := _progress(hop)) is not None:
        reasons.append(f"progress ({progress})")
    return tuple(reasons)


def _progress(hop: Hop) -> str | None:
    address = urlsplit(hop.url)
    told = _PROGRESS.search(f"{address.path}?{address.query}") or _PROGRESS.search(
        (hop.body or b"")[:_LOOKED_AT].decode("latin-1")
    )
    return None if told is None else told[0]
