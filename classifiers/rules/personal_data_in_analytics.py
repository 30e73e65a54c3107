"""TAG-019."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Purpose
from classifiers.carried import addresses_sent
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import RequestSighting


class PersonalDataInAnalytics(Rule):
    """An e-mail address stands in what is sent to an analytics service.

    Why it matters: an address names a person [GDPR V2]; analytics services ask for none.

    Fix: take addresses out of page addresses and event parameters before the tag reads them.
    """

    id = "TAG-019"
    severity = Severity.CRITICAL
    reads = (RequestSighting,)
    passed = (
        "No e-mail address in clear, and none that was typed in Base64, MD5, SHA-1 or SHA-256, was observed in "
        "analytics requests"
    )

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        analytics = [one for one in sent(evidence.requests) if one.label.purpose is Purpose.ANALYTICS]
        found = [one for one in analytics if addresses_sent(one)]
        for (domain,), seen in by_domain(found):
            names = sorted({name for one in seen for name in addresses_sent(one)})
            yield self.finding(
                evidence,
                seen,
                subject=Subject(
                    kind="personal_data", name=", ".join(names), domain=domain, vendor=seen[0].label.vendor
                ),
                observation=f"An e-mail address stands in {', '.join(names)} of {requests_to(seen)} "
                f"{spread(evidence, seen, None)}.",
            )
