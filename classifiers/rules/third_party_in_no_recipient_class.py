"""TP-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party
from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.recipients import declared_recipient, names_recipients
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION
from crawler.observations import RequestSighting


class ThirdPartyInNoRecipientClass(Rule):
    """A third party is contacted that belongs to no declared class of recipients.

    Why it matters: recipients or their categories must be told [GDPR V2]; the policy lists the classes it discloses
    to [POLICY V].

    Fix: add the company or its domain to a class in `recipients:` of the declaration, or stop contacting it.
    """

    id = "TP-001"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "Every third party that was contacted belongs to a declared class of recipients,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        if not names_recipients(evidence.declaration):
            return "The declaration names no recipient, so third parties are listed for the owner to classify."
        return None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        declaration = evidence.declaration
        if declaration is None:
            return
        third = [one for one in sent(evidence.requests) if one.label.party is Party.THIRD]
        for (domain,), seen in by_domain(third):
            if declared_recipient(evidence, seen) is not None:
                continue
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                subject=Subject(
                    kind="third_party", name="*", domain=domain, entity=first.label.entity, vendor=first.label.vendor
                ),
                observation=f"In no declared class of recipients: {domain}, {requests_to(seen)} "
                f"{spread(evidence, seen, None)}; {classed(first.label)}.",
                declared_at=declaration.recipients[0].place if declaration.recipients else declaration.place,
            )
