"""Which page and frame an event belongs to."""

from __future__ import annotations

from crawler.browser.cdp import Session
from crawler.browser.recorder import Place
from crawler.observations import TargetKind


def place_of(session: Session, frame: str | None = None, *, page: str | None = None) -> Place:
    """`page`: the visit's own, for workers that hang on no page."""
    top = session.top
    page_url = top.url if not top.is_worker else page or top.url
    if session.is_worker:
        return Place(page_url, session.url, session.kind)
    frame_url = session.frames.get(frame, session.url) if frame else session.url
    kind = session.kind
    if kind is TargetKind.PAGE and frame is not None and frame in session.frames and frame != session.main_frame:
        kind = TargetKind.IFRAME
    return Place(page_url, frame_url, kind)
