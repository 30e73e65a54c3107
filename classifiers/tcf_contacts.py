"""Recipients beside the TC string that was in force when they were contacted: what TAG-016 and TP-015 read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from classifiers.base import Party
from classifiers.carried import query, tc_strings
from classifiers.evidence import Evidence, Seen, sent
from classifiers.findings import Undecided
from classifiers.tcf_vendors import TcfVendor
from crawler.observations import Consent, RequestSighting
from crawler.signals import TcString

NO_STRING = "No TC string was observed in requests."


class Contact(NamedTuple):
    """A request to a third party whose purpose needs consent."""

    seen: Seen
    string: TcString
    """Its own, else the last one that was sent before it under the same consent, else the first one after it."""
    vendor: TcfVendor | None
    """None: the list does not hold it, or was not fetched."""


def string_was_sent(evidence: Evidence) -> bool:
    return any(tc is not None for _, _, tc in tc_strings(evidence.requests))


def contacts(evidence: Evidence, requests: Iterable[Seen]) -> Iterator[Contact]:
    strings: dict[tuple[str, Consent], list[tuple[int, TcString]]] = defaultdict(list)
    own: dict[str, TcString] = {}
    for one, _, tc in tc_strings(evidence.requests):
        if tc is not None and _applies(one):
            own[one.id] = tc
            strings[one.visit.id, one.sighting.consent].append((one.sighting.order, tc))
    for told in strings.values():
        told.sort(key=lambda pair: pair[0])
    for one in sent(requests):
        if one.label.party is not Party.THIRD or not one.label.purpose.needs_consent:
            continue
        string = own.get(one.id) or _in_force(strings.get((one.visit.id, one.sighting.consent), ()), one.sighting.order)
        if string is not None:
            yield Contact(one, string, _vendor(evidence, one))


def not_looked_up(evidence: Evidence, met: Sequence[Contact], *, rule: str, state: str | None) -> Iterator[Undecided]:
    unknown = sorted({contact.seen.key[2] for contact in met if contact.vendor is None})
    if evidence.tcf_vendors is None and unknown:
        yield Undecided(
            rule=rule,
            scenario=state,
            visit=None,
            page=None,
            why=f"The TCF vendor list was not fetched, so {len(unknown)} recipients ({', '.join(unknown[:3])}"
            f"{', …' if len(unknown) > 3 else ''}) could not be looked up in the TC string; "
            "`consentinel lists update tcf_vendors` fetches it.",
        )


def _applies(seen: Seen) -> bool:
    """`gdpr=0` says that the string is not meant."""
    return isinstance(seen.sighting, RequestSighting) and dict(query(seen.sighting.url)).get("gdpr") != "0"


def _in_force(told: Sequence[tuple[int, TcString]], order: int) -> TcString | None:
    before = [tc for at, tc in told if at <= order]
    return before[-1] if before else (told[0][1] if told else None)


def _vendor(evidence: Evidence, seen: Seen) -> TcfVendor | None:
    vendor = evidence.catalogue.vendors.get(seen.label.vendor_id or "")
    number = vendor.tcf_id if vendor else None
    if evidence.tcf_vendors is None:
        return TcfVendor(number, vendor.name) if vendor and number else None
    names = [name for name in (seen.label.entity, seen.label.vendor) if name]
    return evidence.tcf_vendors.find(number=number, companies=names, domain=seen.key[2])
