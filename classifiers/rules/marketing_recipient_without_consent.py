"""TP-002."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.base import Party, Purpose
from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.recipients import INDEPENDENT, declared_recipient
from classifiers.rules.base import Rule
from classifiers.states import COOKIES_OFF, REJECT, SILENT
from crawler.observations import Consent, RequestSighting

_WHEN = {
    SILENT: "before any choice",
    REJECT: "after refusal was confirmed",
    COOKIES_OFF: "with cookies disabled in the browser",
}


class MarketingRecipientWithoutConsent(Rule):
    """A recipient that does its own marketing was contacted without consent.

    Why it matters: the policy promises no disclosure for third parties' own marketing without separate consent
    [POLICY V]; who embeds a third party's code shares the responsibility for what it collects [FID V2].

    Fix: contact advertising services only after consent; the blame chain names who loads them now.
    """

    id = "TP-002"
    severity = Severity.CRITICAL
    reads = (RequestSighting,)
    scenarios = (SILENT, REJECT)
    passed = "No third party of an advertising purpose was observed to be contacted without consent"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        contacts = [one for one in sent(evidence.requests) if _markets(one)]
        after_refusal, _ = evidence.after(Consent.REJECTED, contacts)
        yield from self._in(evidence, SILENT, evidence.before_choice(contacts))
        yield from self._in(evidence, REJECT, after_refusal)
        yield from self._in(evidence, COOKIES_OFF, evidence.in_state(contacts, COOKIES_OFF))

    def _in(self, evidence: Evidence, state: str, contacts: Sequence[Seen]) -> Iterator[Finding]:
        for (domain,), seen in by_domain(contacts):
            first = seen[0]
            recipient = declared_recipient(evidence, seen)
            claimed = recipient is not None and recipient.id != INDEPENDENT
            yield self.finding(
                evidence,
                seen,
                subject=Subject(
                    kind="third_party", name="*", domain=domain, entity=first.label.entity, vendor=first.label.vendor
                ),
                state=state,
                purpose=Purpose.ADVERTISING,
                outcome=Outcome.REVIEW if claimed else Outcome.FAIL,
                observation=f"{_WHEN[state].capitalize()}, {requests_to(seen)} were observed "
                f"{spread(evidence, seen, state)}; {classed(first.label)}.",
                declared_at=recipient.place if recipient else None,
                explanations=(f"The declaration lists it as `{recipient.id}`; not verified.",)
                if claimed and recipient
                else (),
            )


def _markets(seen: Seen) -> bool:
    return seen.label.party is Party.THIRD and seen.label.purpose is Purpose.ADVERTISING
