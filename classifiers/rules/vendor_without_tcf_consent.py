"""TAG-016."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, grouped
from classifiers.findings import Finding, Outcome, Severity, Subject, Undecided
from classifiers.rules.base import Rule
from classifiers.states import ANY, REJECT, WITHDRAW
from classifiers.tcf_contacts import NO_STRING, Contact, contacts, not_looked_up, string_was_sent
from crawler.observations import RequestSighting


class VendorWithoutTcfConsent(Rule):
    """A TCF vendor is contacted although the TC string in force gives it no consent.

    Why it matters: a vendor may store or read on the device only where the string holds consent for purpose 1 and for
    itself [TCFS V].

    Fix: let the tag manager start the vendor's tag only for strings that hold both.
    """

    id = "TAG-016"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    passed = "No TCF vendor was observed to be contacted against the TC string in force"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return None if string_was_sent(evidence) or not evidence.visits else NO_STRING

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        met = list(contacts(evidence, evidence.requests))
        yield from not_looked_up(evidence, met, rule=self.id, state=None)
        against = {contact.seen.id: (contact, fault) for contact in met if (fault := _fault(contact))}
        seen_against = (contact.seen for contact, _ in against.values())
        for (domain, state), seen in grouped(seen_against, lambda one: (one.key[2], evidence.state(one.visit))):
            contact, fault = against[seen[0].id]
            vendor, number = contact.vendor, contact.vendor.id if contact.vendor else 0
            interest = number in contact.string.vendor_legitimate_interests
            yield self.finding(
                evidence,
                seen,
                state=state if state != ANY else None,
                subject=Subject(
                    kind="consent_signal",
                    name=f"TCF vendor {number}",
                    domain=domain,
                    entity=seen[0].label.entity,
                    vendor=seen[0].label.vendor,
                ),
                severity=Severity.CRITICAL if state in (REJECT, WITHDRAW) else None,
                outcome=Outcome.REVIEW if interest else Outcome.FAIL,
                observation=f"TCF vendor {number} ({vendor.name if vendor else domain}) was contacted, and the TC "
                f"string in force {fault}: {requests_to(seen)} {spread(evidence, seen, state)}; "
                f"{classed(seen[0].label)}.",
                explanations=("The string states legitimate interest for this vendor.",) if interest else (),
            )


def _fault(contact: Contact) -> str | None:
    """What the string lacks; None: nothing, or the vendor is in no list."""
    if contact.vendor is None:
        return None
    tc, number = contact.string, contact.vendor.id
    lacking = [
        *(["purpose 1"] if 1 not in tc.purpose_consents else []),
        *(["this vendor"] if number not in tc.vendor_consents else []),
    ]
    if not lacking:
        return None
    undisclosed = tc.disclosed_vendors is not None and number not in tc.disclosed_vendors
    return f"holds no consent for {' and '.join(lacking)}{', and does not disclose it' if undisclosed else ''}"
