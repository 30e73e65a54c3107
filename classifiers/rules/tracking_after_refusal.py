"""CONSENT-004."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, classed, requests_to, spread, thing
from classifiers.evidence import GRACE, Evidence, Seen, by_domain, by_item, stored
from classifiers.findings import Finding, Outcome, Severity
from classifiers.rules.base import Rule, domain_subject, subject_of
from classifiers.states import REJECT
from classifiers.tracking import BY_EMULATOR, consent_requiring, kept_by_emulator, tracking_requests
from crawler.observations import Consent, CookieSighting, RequestSighting, StorageSighting


class TrackingAfterRefusal(Rule):
    """Storage or tracking went on after refusal was confirmed.

    Why it matters: after a refusal nothing may be stored or read that needs consent [ePD-5-3 V2] [TF V2]; one study
    saw it on 65.4 % of 16,231 sites [Bo24 V].

    Fix: make the vendor's code ask the consent platform each time it runs, and check that the platform blocks it
    after a reload; the blame chain names who started it.
    """

    id = "CONSENT-004"
    severity = Severity.CRITICAL
    reads = (CookieSighting, StorageSighting, RequestSighting)
    scenarios = (REJECT,)
    passed = "No consent-requiring storage or tracking request was observed after refusal was confirmed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        kept = [*stored([*evidence.cookies, *evidence.storage], present=False)]
        settled, doubtful = evidence.after(Consent.REJECTED, consent_requiring(kept))
        yield from self._items(evidence, settled, doubtful)
        settled, doubtful = evidence.after(Consent.REJECTED, tracking_requests(evidence.requests))
        yield from self._requests(evidence, settled, doubtful)

    def _items(self, evidence: Evidence, settled: list[Seen], doubtful: list[Seen]) -> Iterator[Finding]:
        for key, seen in by_item(settled):
            first = seen[0]
            emulated = all(map(kept_by_emulator, seen))
            yield self.finding(
                evidence,
                seen,
                state=REJECT,
                purpose=first.label.purpose,
                outcome=Outcome.REVIEW if emulated else Outcome.FAIL,
                severity=Severity.MEDIUM if emulated else None,
                explanations=(BY_EMULATOR,) if emulated else (),
                observation=f"After refusal was confirmed, {thing(first)} was stored by {actor(first)} "
                f"{self._when(evidence, seen)}; {classed(first.label)}.",
                declared_at=first.match.place,
            )
            doubtful = [one for one in doubtful if one.key != key]
        for _, seen in by_item(doubtful):
            yield self._in_the_moment(evidence, seen, thing(seen[0]))

    def _requests(self, evidence: Evidence, settled: list[Seen], doubtful: list[Seen]) -> Iterator[Finding]:
        for (domain,), seen in by_domain(settled):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(first),
                state=REJECT,
                purpose=first.label.purpose,
                observation=f"After refusal was confirmed, {requests_to(seen)} carried data "
                f"{self._when(evidence, seen)}; {classed(first.label)}.",
                declared_at=first.match.place,
            )
            doubtful = [one for one in doubtful if one.key[2] != domain]
        for _, seen in by_domain(doubtful):
            yield self._in_the_moment(evidence, seen, requests_to(seen), requests=True)

    def _in_the_moment(self, evidence: Evidence, seen: list[Seen], what: str, *, requests: bool = False) -> Finding:
        return self.finding(
            evidence,
            seen,
            subject=domain_subject(seen[0]) if requests else subject_of(seen[0]),
            state=REJECT,
            purpose=seen[0].label.purpose,
            outcome=Outcome.REVIEW,
            severity=Severity.MEDIUM,
            observation=f"Within {GRACE} s of the refusal, {what} was observed and not again later "
            f"{spread(evidence, seen, REJECT)}; {classed(seen[0].label)}.",
            explanations=("It may have been under way before the refusal took hold.",),
        )

    def _when(self, evidence: Evidence, seen: list[Seen]) -> str:
        phases = ", ".join(dict.fromkeys(one.sighting.phase for one in seen))
        return f"{spread(evidence, seen, REJECT)} (phase: {phases})"
