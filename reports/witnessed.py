"""One sighting in words, as evidence shows it."""

from __future__ import annotations

from crawler.observations import AnySighting, CookieSighting, RequestSighting, StorageSighting


def witnessed(sighting: AnySighting) -> tuple[str, str]:
    """What happened, and what it was: the cookie's line, origin and key, or the URL."""
    match sighting:
        case CookieSighting():
            by = f" by {sighting.set_by}" if sighting.set_by else ""
            return f"cookie {sighting.operation}{by}", sighting.raw
        case StorageSighting():
            how = f" ({sighting.how})" if sighting.how else ""
            return f"{sighting.area} {sighting.operation}{how}", f"{sighting.origin} · {sighting.key}"
        case RequestSighting():
            why = f" · beacon: {', '.join(sighting.beacon)}" if sighting.beacon else ""
            status = f" · {sighting.status}" if sighting.status else ""
            return f"{sighting.method} {sighting.resource_type}{status}{why}", sighting.url
    return sighting.kind.value, sighting.frame
