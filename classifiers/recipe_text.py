"""The recipe that a person may write where a choice was not found or not proved, as far as the visit can fill it in."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from classifiers.parties import registrable_domain
from crawler.observations import Consent, CookieSighting, Operation, StorageSighting
from crawler.visits import Choice, Visit

_KEYS = {Consent.ACCEPTED: "accept", Consent.REJECTED: "reject", Consent.WITHDRAWN: "withdraw"}
_MOST_RECORDS = 3
SELECTOR = "SELECTOR OF THE CONTROL"


def recipe_for(wanted: Consent, *, visit: Visit | None = None, choice: Choice | None = None) -> str:
    """One line of consentinel.yaml and what to put in; for choices that recipes do not know, a step."""
    key = _KEYS.get(wanted)
    if key is None:
        return f"write a scenario of your own whose step `{{click: {SELECTOR}, makes: {wanted.value}}}` makes it"
    clicks = [_selector(click.element, click.frame, visit) for click in choice.clicks] if choice is not None else []
    selectors = json.dumps(clicks or [SELECTOR], ensure_ascii=False)
    records = _written(visit, choice) if visit is not None and choice is not None else []
    record = records[0] if records else "NAME"
    line = f"`consent: {{{key}: {selectors}, record: {json.dumps(record, ensure_ascii=False)}}}` in consentinel.yaml"
    if len(records) > 1:
        return f"{line} (written at the choice, too: {', '.join(records[1:_MOST_RECORDS])})"
    if not records:
        return f"{line}, NAME being the cookie or storage key that keeps the choice"
    return line


def _selector(element: str, frame: str, visit: Visit | None) -> str:
    """Elements are recorded as role, tag and selector; recipes want the selector, and the frame where it is another."""
    _, _, selector = element.partition("> ")
    selector = selector if element.count(" <") == 1 and selector else element
    if visit is None or frame in ("", visit.url, visit.final_url):
        return selector
    parts = urlsplit(frame)
    return f"frame=*{parts.hostname or ''}*{parts.path} >> {selector}"


def _written(visit: Visit, choice: Choice) -> list[str]:
    """First-party items that appeared with the choice: one of them may be its record."""
    if choice.at is None:
        return []
    site = registrable_domain(visit.final_url or visit.url)
    found: dict[str, None] = {}
    kept: list[CookieSighting | StorageSighting] = [*visit.cookies, *visit.storage]
    for item in sorted(kept, key=lambda one: one.order):
        fresh = item.operation is Operation.WRITE and item.at >= choice.at
        own = registrable_domain(item.domain if isinstance(item, CookieSighting) else item.origin) == site
        if fresh and own and item.consent is choice.wanted:
            found.setdefault(item.name if isinstance(item, CookieSighting) else item.key)
    return list(found)
