"""BCN-008."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, Seen, grouped, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION
from classifiers.vendor_records import Role
from crawler.observations import RequestSighting

_ELEMENTS = {
    Role.USER: ("user_id", "account_id", "email", "email_hash"),
    Role.VALUE: ("order_value", "purchase", "payment_data"),
}
"""Declared data elements, any of which covers a parameter with the role."""


class BeaconDataUndeclared(Rule):
    """A beacon carries data that the declared data elements do not name.

    Why it matters: what a beacon reads should be what was told, and no more [GDPR V2] [POLICY V]. Only parameters that
    the catalogue knows as data about a person or about money are looked at.

    Fix: take the parameter out of the tag, or name the element in the policy.
    """

    id = "BCN-008"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    passed = "No known parameter about a person or about money was observed in beacons beyond the declared elements"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        return None if evidence.declaration.data_elements else "The declaration names no data elements."

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        declared = set(evidence.declaration.data_elements if evidence.declaration else ())
        open_roles = {role for role, elements in _ELEMENTS.items() if not declared.intersection(elements)}
        carried = {one.id: _parameters(evidence, one, open_roles) for one in sent(evidence.requests)}
        found = [one for one in sent(evidence.requests) if carried[one.id]]
        for (domain, role), seen in grouped(found, lambda one: (one.key[2], carried[one.id][0][0].value)):
            names = sorted({name for one in seen for _, name in carried[one.id]})
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="beacon_data", name=role, domain=domain, vendor=seen[0].label.vendor),
                severity=Severity.HIGH if role == Role.USER.value else None,
                observation=f"Parameters beyond the declared data elements ({', '.join(names)}) were sent in "
                f"{requests_to(seen)} {spread(evidence, seen, None)}; {classed(seen[0].label)}.",
                declared_at=evidence.declaration.place if evidence.declaration else None,
            )


def _parameters(evidence: Evidence, seen: Seen, roles: set[Role]) -> list[tuple[Role, str]]:
    request = seen.sighting
    hit = evidence.hit(seen) if isinstance(request, RequestSighting) and request.beacon else None
    every = [parameter for one in hit.hits for parameter in one.parameters] if hit else []
    return sorted({(one.role, one.name) for one in every if one.role in roles and (one.value or one.withheld)})
