"""Drafts an inventory from what a scan saw: one entry per cookie, storage key, beacon and tracker host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from classifiers.audit import gather
from classifiers.base import Party, Purpose
from classifiers.by_declaration import TRACKING
from classifiers.declaration import Declaration, DeclaredItem, Setter, Technology
from classifiers.declared import category_purposes
from classifiers.evidence import Evidence, Seen, by_item, sent, stored
from classifiers.lifetimes import DAY, Lifetime
from classifiers.parties import covers
from classifiers.recipients import declared_recipient
from classifiers.retention import longest_asked
from classifiers.vendors import Catalogue
from crawler.observations import RequestSighting
from crawler.visits import Scan, Visit

_TIDY_FROM = 20
"""Lifetimes of so many units or more are rounded to the unit: an `Expires` date is never whole days from now."""


def draft_items(
    scan: Scan, visits: Sequence[Visit], *, declaration: Declaration | None, catalogue: Catalogue, profile: str
) -> tuple[DeclaredItem, ...]:
    """What the scan saw and no entry of `declaration` names. A draft: a person confirms what each is for."""
    evidence = gather(scan, visits, declaration=declaration, catalogue=catalogue, profile=profile)
    beacons = [one for one in sent(evidence.requests) if _is_beacon(one)]
    kept = [*stored(evidence.cookies), *stored(evidence.storage), *beacons, *evidence.behaviours]
    items = [_item(evidence, seen) for _, seen in by_item(kept) if all(one.match.item is None for one in seen)]
    named = [*items, *(declaration.items if declaration else ())]
    return (*items, *_tracker_hosts(evidence, named))


def not_seen(items: Iterable[DeclaredItem], scan: Scan, visits: Sequence[Visit], *, catalogue: Catalogue,
             profile: str, lock: Declaration) -> tuple[DeclaredItem, ...]:  # fmt: skip
    """Entries of the lock file that nothing in this scan matched; which proves nothing."""
    evidence = gather(scan, visits, declaration=lock, catalogue=catalogue, profile=profile)
    met = {id(one.match.item) for one in evidence.seen if one.match.item is not None}
    return tuple(item for item in items if id(item) not in met)


def _is_beacon(seen: Seen) -> bool:
    return isinstance(seen.sighting, RequestSighting) and bool(seen.sighting.beacon)


def _item(evidence: Evidence, seen: Sequence[Seen]) -> DeclaredItem:
    first = max(seen, key=lambda one: one.label.confidence)
    hosts = sorted({one.trace.host for one in seen})
    return _entry(
        evidence,
        seen,
        first=first,
        name=first.trace.normal_name,
        technology=first.trace.technology,
        domains=(hosts[0] if len(hosts) == 1 else first.key[2],),
        lifetime=_lifetime(seen) if first.trace.technology is Technology.COOKIE else None,
    )


def _tracker_hosts(evidence: Evidence, named: Sequence[DeclaredItem]) -> Iterator[DeclaredItem]:
    """Trackers that were only loaded from: an entry for the host where it is a third party's, else for the path."""
    trackers = [one for one in sent(evidence.requests) if one.label.purpose in TRACKING and not _is_beacon(one)]
    third = [one for one in trackers if one.label.party is Party.THIRD and not _named(named, one)]
    by_host: dict[str, list[Seen]] = {}
    for one in third:
        by_host.setdefault(one.trace.host, []).append(one)
    for host, seen in sorted(by_host.items()):
        yield _entry(
            evidence, seen, first=seen[0], name="*", technology=Technology.REQUEST, domains=(host,), lifetime=None
        )
    own = [one for one in trackers if one.label.party is not Party.THIRD and one.match.item is None]
    for _, seen in by_item(own):
        yield _item(evidence, seen)


def _named(named: Iterable[DeclaredItem], seen: Seen) -> bool:
    return any(domain != "*" and covers(domain, seen.trace.host) for item in named for domain in item.domains)


def _entry(
    evidence: Evidence,
    seen: Sequence[Seen],
    *,
    first: Seen,
    name: str,
    technology: Technology,
    domains: tuple[str, ...],
    lifetime: Lifetime,
) -> DeclaredItem:
    category = _only_category(evidence, first)
    known = first.label.purpose is not Purpose.UNCLASSIFIED
    recipient = declared_recipient(evidence, seen) if first.label.party is Party.THIRD else None
    return DeclaredItem(
        name=name,
        technology=technology,
        domains=domains,
        set_by=Setter.THIRD_PARTY if first.label.party is Party.THIRD else Setter.FIRST_PARTY,
        category=category,
        purpose=first.label.purpose if known and category is None else None,
        provider=first.label.vendor,
        recipient=recipient.id if recipient else None,
        lifetime=lifetime,
    )


def _only_category(evidence: Evidence, seen: Seen) -> str | None:
    """The category that covers it, if just one does: which of several is meant, only a person can say."""
    declaration = evidence.declaration
    if declaration is None:
        return None
    setter = Setter.THIRD_PARTY if seen.label.party is Party.THIRD else Setter.FIRST_PARTY
    fitting = [
        category.id
        for category in declaration.categories
        if seen.label.purpose in category_purposes(category)
        and seen.trace.technology in category.technologies
        and setter in category.set_by
    ]
    fitting += [
        category.id for category in declaration.tool_categories if seen.label.purpose in category_purposes(category)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _lifetime(seen: Sequence[Seen]) -> Lifetime:
    longest = longest_asked(seen)
    return "session" if longest is None else _tidy(longest)


def _tidy(seconds: float) -> float:
    for unit in (DAY, 3600.0, 60.0):
        if seconds >= _TIDY_FROM * unit:
            return round(seconds / unit) * unit
    return float(round(seconds))
