"""CONSENT-023."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, thing
from classifiers.evidence import Evidence, Seen, grouped, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule, domain_subject, subject_of
from classifiers.states import SILENT
from classifiers.tracking import consent_requiring, tracking_requests
from crawler.observations import CookieSighting, RequestSighting, StorageSighting


class ControlWorksOnSomePagesOnly(Rule):
    """Something waits for the choice on one page but not on another.

    Why it matters: consent is needed wherever the visitor enters the site [ePD-5-3 V2].

    Fix: load the consent control in the common part of every template.
    """

    id = "CONSENT-023"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, RequestSighting)
    scenarios = (SILENT,)
    passed = "Nothing that needs consent was observed to wait on entry pages and run before a choice on others"

    def not_applicable(self, evidence: Evidence) -> str | None:
        pages = {visit.url for visit in evidence.visits_in(SILENT)}
        if evidence.asked(SILENT) and len(pages) < 2:
            return "Only one page was visited, so pages cannot be compared."
        return None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        everything = [*consent_requiring(stored(evidence.seen)), *tracking_requests(evidence.requests)]
        early = evidence.in_state(evidence.before_choice(everything), SILENT)
        at_entry = {_gate(one) for one in early if one.visit.entry}
        waits_at_entry = {_gate(one) for one in everything if one.visit.entry} - at_entry
        inner = [one for one in early if not one.visit.entry and _gate(one) in waits_at_entry]
        for _, seen in grouped(inner, _gate):
            first = seen[0]
            pages = sorted({one.visit.url for one in seen})
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(first) if isinstance(first.sighting, RequestSighting) else subject_of(first),
                state=SILENT,
                purpose=first.label.purpose,
                observation=f"Waited for the choice on the entry page but not on {', '.join(pages[:3])}: "
                f"{thing(first)}; {classed(first.label)}.",
            )


def _gate(seen: Seen) -> tuple[str, str, str]:
    """What a consent control would hold back: an item, or all tracking requests to a domain."""
    kind, name, domain = seen.key
    return ("request", "*", domain) if isinstance(seen.sighting, RequestSighting) else (kind, name, domain)
