"""One line per technology over the whole scan: what it is, whose, declared how, seen where and when."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.describe import actor
from classifiers.evidence import Evidence, Seen, by_item
from classifiers.findings import DeclaredState, Item
from crawler.observations import CookieSighting, NameValue, StorageSighting

_MOST_EVIDENCE = 50
_MOST_INITIATORS = 10
_STRENGTH = list(DeclaredState)


def inventory(evidence: Evidence) -> tuple[Item, ...]:
    return tuple(_item(evidence, seen) for _, seen in by_item(evidence.seen))


def _item(evidence: Evidence, seen: Sequence[Seen]) -> Item:
    first = min(seen, key=lambda one: (_STRENGTH.index(one.match.state), -one.label.confidence, one.place_in_time))
    kind, name, domain = first.key
    order = {name: place for place, name in enumerate(evidence.scan.scenarios)}
    scenarios = sorted({one.visit.scenario for one in seen}, key=lambda s: (order.get(s, len(order)), s))
    cookies = [one.sighting for one in seen if isinstance(one.sighting, CookieSighting)]
    sizes = [one.sighting.size for one in seen if isinstance(one.sighting, StorageSighting)]
    names = sorted({one.trace.name for one in seen})
    hosts = sorted({one.trace.host for one in seen})
    detail = [NameValue(name="hosts", value=", ".join(hosts))]
    if names != [name]:
        detail.append(NameValue(name="seen_as", value=", ".join(names[:10])))
    if sizes:
        detail.append(NameValue(name="largest_bytes", value=str(max(sizes))))
    return Item(
        kind=kind,
        name=name,
        domain=domain,
        label=first.label,
        declared=first.match.state,
        declared_as=first.match.declared_as,
        declared_at=first.match.place,
        scenarios=tuple(scenarios),
        first_scenario=scenarios[0],
        consents=tuple(sorted({one.sighting.consent for one in seen})),
        pages=tuple(sorted({one.visit.url for one in seen})),
        count=len(seen),
        lifetime_asked=max((c.lifetime_asked for c in cookies if c.lifetime_asked is not None), default=None),
        lifetime_kept=max((c.lifetime_kept for c in cookies if c.lifetime_kept is not None), default=None),
        refused_because=tuple(sorted({reason for cookie in cookies for reason in cookie.refused_because})),
        initiators=tuple(dict.fromkeys(actor(one) for one in seen))[:_MOST_INITIATORS],
        evidence=tuple(one.id for one in seen)[:_MOST_EVIDENCE],
        detail=tuple(detail),
    )
