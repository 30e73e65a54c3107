"""TP-011."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party
from classifiers.carried import addresses_sent
from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import RequestSighting


class PersonalDataToThirdParty(Rule):
    """An e-mail address is sent to a third party, in clear or hashed.

    Why it matters: an address names a person, also behind a hash that whoever knows the address can make; sending it
    needs a legal basis of its own [GDPR V2]. One study saw typed addresses leave before a form was sent [SE22 V2].

    Fix: keep addresses out of page addresses and form fields that scripts read; check what the named script collects.
    """

    id = "TP-011"
    severity = Severity.CRITICAL
    reads = (RequestSighting,)
    by_label = False
    passed = (
        "No e-mail address in clear, and none that was typed in Base64, MD5, SHA-1 or SHA-256, was observed in "
        "third-party requests"
    )

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        third = [one for one in sent(evidence.requests) if one.label.party is Party.THIRD and addresses_sent(one)]
        for (domain,), seen in by_domain(third):
            first = seen[0]
            names = sorted({name for one in seen for name in addresses_sent(one)})
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="personal_data", name=", ".join(names), domain=domain, entity=first.label.entity),
                observation=f"An e-mail address was sent to {domain} in {', '.join(names)}: {requests_to(seen)} "
                f"{spread(evidence, seen, None)}; {classed(first.label)}.",
            )
