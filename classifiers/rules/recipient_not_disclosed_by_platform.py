"""TP-015."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, by_domain
from classifiers.findings import Finding, Outcome, Severity, Subject, Undecided
from classifiers.rules.base import Rule
from classifiers.states import ACCEPT
from classifiers.tcf_contacts import NO_STRING, Contact, contacts, not_looked_up, string_was_sent
from crawler.observations import Consent, RequestSighting


class RecipientNotDisclosedByPlatform(Rule):
    """A recipient is contacted that the consent platform's vendor list does not hold.

    Why it matters: a choice covers only those who were named when it was made [GDPR V2]; since TCF 2.3 the string says
    who that was [TCFS V].

    Fix: add the company to the vendor list of the consent platform, or stop contacting it.
    """

    id = "TP-015"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    scenarios = (ACCEPT,)
    passed = "Every recipient whose purpose needs consent was disclosed by the TC string in force"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return None if string_was_sent(evidence) or not evidence.visits else NO_STRING

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        settled, _ = evidence.after(Consent.ACCEPTED, evidence.requests)
        met = [contact for contact in contacts(evidence, settled) if evidence.state(contact.seen.visit) == ACCEPT]
        yield from not_looked_up(evidence, met, rule=self.id, state=ACCEPT)
        if any(contact.string.disclosed_vendors is None for contact in met):
            why = "The TC string has no segment of disclosed vendors, so it does not say who was named."
            yield Undecided(rule=self.id, scenario=ACCEPT, visit=None, page=None, why=why)
        by_id = {contact.seen.id: contact for contact in met if _is_missing(contact, evidence)}
        for (domain,), seen in by_domain(contact.seen for contact in by_id.values()):
            first = by_id[seen[0].id]
            known = first.vendor is not None
            how = (
                f"vendor {first.vendor.id} of the TCF list ({first.vendor.name}) is not among those disclosed"
                if first.vendor is not None
                else "it is in no entry of the TCF vendor list, so the string cannot disclose it"
            )
            yield self.finding(
                evidence,
                seen,
                state=ACCEPT,
                subject=Subject(
                    kind="third_party",
                    name="*",
                    domain=domain,
                    entity=seen[0].label.entity,
                    vendor=seen[0].label.vendor,
                ),
                outcome=Outcome.FAIL if known else Outcome.REVIEW,
                observation=f"After acceptance was confirmed, a recipient was contacted that the TC string in force "
                f"does not disclose: {requests_to(seen)} {spread(evidence, seen, ACCEPT)}; {how}; "
                f"{classed(seen[0].label)}.",
                explanations=()
                if known
                else ("The consent platform may name it in a list of its own, outside the TCF.",),
            )


def _is_missing(contact: Contact, evidence: Evidence) -> bool:
    disclosed = contact.string.disclosed_vendors
    if disclosed is None:
        return False
    if contact.vendor is None:
        return evidence.tcf_vendors is not None
    return contact.vendor.id not in disclosed
