"""Why a request counts as a beacon: by what it is and gets, not by whose it is."""

from __future__ import annotations

from crawler.browser.exchanges import Hop

_PIXEL = 2
"""Edge length up to which an image shows nothing to anybody."""
_IMAGES = frozenset({"image"})


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
    return tuple(reasons)
