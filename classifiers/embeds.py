"""Which requests load embedded content of others: frames, videos, maps, social buttons, fonts, chats."""

from __future__ import annotations

from classifiers.base import Purpose
from classifiers.evidence import Evidence, Seen
from classifiers.parties import same_site
from classifiers.vendor_records import Category
from crawler.observations import RequestSighting

EMBEDDED = frozenset({Category.VIDEO, Category.SOCIAL, Category.MAPS, Category.FONTS, Category.CHAT})


def category_of(evidence: Evidence, seen: Seen) -> Category | None:
    vendor = evidence.catalogue.vendors.get(seen.label.vendor_id or "")
    return vendor.category if vendor else None


def embeds(evidence: Evidence, seen: Seen) -> bool:
    """A vendor of embedded content by the catalogue, or the document of another site's frame."""
    request = seen.sighting
    if not isinstance(request, RequestSighting):
        return False
    if category_of(evidence, seen) in EMBEDDED or seen.label.purpose is Purpose.SOCIAL:
        return True
    a_frame = request.resource_type == "document" and request.frame != request.page
    return a_frame and seen.label.purpose not in (Purpose.ADVERTISING, Purpose.ANALYTICS)


def of_video_player(evidence: Evidence, seen: Seen) -> bool:
    """Sent by a video vendor, or from inside its frame."""
    request = seen.sighting
    if not isinstance(request, RequestSighting):
        return False
    if category_of(evidence, seen) is Category.VIDEO:
        return True
    if same_site(request.frame, request.page):
        return False
    player = evidence.catalogue.request(request.frame)
    return bool(player and player.vendor.category is Category.VIDEO)
