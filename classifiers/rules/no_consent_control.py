"""CONSENT-006."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence, grouped, stored
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.parties import host_of
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from classifiers.tracking import consent_requiring, tracking_requests
from crawler.observations import Consent, CookieSighting, RequestSighting, StorageSighting
from crawler.visits import ChoiceStatus, Visit


class NoConsentControl(Rule):
    """No consent control was recognised while consent-requiring technologies ran.

    Why it matters: what needs consent needs a way to give or refuse it [ePD-5-3 V2] [GDPR V2]. Automatic recognition
    misses interfaces: one study's own precision was 78.1 % [Bo24 V], so a person must look.

    Fix: show a consent interface before these technologies start; if there is one, name its controls in the recipe.
    """

    id = "CONSENT-006"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, RequestSighting)
    scenarios = (SILENT,)
    by_label = False
    passed = "Each host showed a consent interface, or nothing there that needs consent was observed before a choice,"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        early = evidence.before_choice(evidence.seen)
        running = [*consent_requiring(stored(early)), *tracking_requests(early)]
        for (host,), seen in grouped(running, lambda one: (host_of(one.visit.final_url or one.visit.url),)):
            visits = [
                visit
                for visit in evidence.visits
                if host_of(visit.final_url or visit.url) == host and not _began_decided(visit)
            ]
            if any(visit.interfaces or _control_found(visit) for visit in visits):
                continue
            tried = sorted({way for visit in visits for choice in visit.choices for way in choice.tried})
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="page", name="consent interface", domain=host),
                state=SILENT,
                outcome=Outcome.REVIEW,
                observation=f"No consent interface was recognised on {len(visits)} visits to {host} (tried: "
                f"{', '.join(tried) or 'no choice was asked for'}), while {len(seen)} sightings of consent-requiring "
                f"technologies were made before any choice.",
                explanations=(
                    "The interface may show only in some countries.",
                    "The interface may be one that the recogniser does not know.",
                ),
            )


def _control_found(visit: Visit) -> bool:
    return any(
        choice.status is not ChoiceStatus.NOT_OFFERED and choice.found_by is not None for choice in visit.choices
    )


def _began_decided(visit: Visit) -> bool:
    """Started from an earlier page's choice: no interface is to be expected."""
    return bool(visit.phases) and visit.phases[0].consent is not Consent.UNDECIDED
