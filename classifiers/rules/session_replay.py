"""BCN-012."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.base import Purpose
from classifiers.describe import classed, requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule, domain_subject
from classifiers.states import REJECT, SILENT
from crawler.observations import Consent, RequestSighting


class SessionReplay(Rule):
    """A service that records sessions is contacted.

    Why it matters: recording what a visitor does on a page goes beyond counting visits [GDPR V2], and the policy does
    not name it [POLICY V].

    Fix: load the recorder only after consent, mask all inputs, and declare it.
    """

    id = "BCN-012"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    passed = "No known session-recording service was observed to be contacted"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        recorders = [one for one in sent(evidence.requests) if one.label.purpose is Purpose.SESSION_REPLAY]
        early = evidence.before_choice(recorders)
        refused, _ = evidence.after(Consent.REJECTED, recorders)
        yield from self._in(evidence, SILENT, early, "before any choice", Severity.CRITICAL)
        yield from self._in(evidence, REJECT, refused, "after refusal was confirmed", Severity.CRITICAL)
        without = {one.key[2] for one in [*early, *refused]}
        yield from self._in(
            evidence, None, [o for o in recorders if o.key[2] not in without], "only after a choice", None
        )

    def _in(
        self, evidence: Evidence, state: str | None, found: Sequence[Seen], when: str, severity: Severity | None
    ) -> Iterator[Finding]:
        for _, seen in by_domain(found):
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(seen[0]).model_copy(update={"kind": "session_replay"}),
                state=state,
                severity=severity,
                observation=f"A session-recording service was contacted {when}: {requests_to(seen)} "
                f"{spread(evidence, seen, state)}; {classed(seen[0].label)}.",
                declared_at=seen[0].match.place,
            )
