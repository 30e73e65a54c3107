"""SCAN-005."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import ACCEPT, CONSENT_OF, REJECT, SILENT
from crawler.visits import VisitStatus

_MOST_REASONS = 5


class ScenarioIncomplete(Rule):
    """A scenario was not run, or not to its end.

    Why it matters: rules that need the scenario are undecided, not passed [PRACTICE V].

    Fix: run `silent`, `accept` and `reject`, and resolve what stopped them.
    """

    id = "SCAN-005"
    severity = Severity.MEDIUM
    states_limit = True
    passed = "The scenarios `silent`, `accept` and `reject` were run to their end"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for state in dict.fromkeys((SILENT, ACCEPT, REJECT, *(evidence.state(v) for v in evidence.visits))):
            visits = evidence.visits_in(state)
            if not visits:
                yield self._about(evidence, state, f"The scenario `{state}` was not run.")
                continue
            incomplete = [visit for visit in visits if visit.status is not VisitStatus.COMPLETE]
            wanted = CONSENT_OF.get(state)
            unproved = [
                visit
                for visit in visits
                if wanted is not None
                and visit.status is VisitStatus.COMPLETE
                and evidence.confirmed(visit, wanted) is None
            ]
            if not incomplete and not unproved:
                continue
            reasons = list(
                dict.fromkeys(problem.message.rstrip(".") for visit in incomplete for problem in visit.problems)
            )[:5]
            if unproved:
                reasons.append(f"the choice was not proved on {len(unproved)} of them")
            yield self.finding(
                evidence,
                visits=[*incomplete, *unproved],
                subject=Subject(kind="scenario", name=state, domain=evidence.site),
                state=state,
                observation=f"The scenario `{state}` is incomplete on {len(incomplete) + len(unproved)} of "
                f"{len(visits)} visits: {'; '.join(reasons) or 'no reason was recorded'}.",
            )

    def _about(self, evidence: Evidence, state: str, observation: str) -> Finding:
        subject = Subject(kind="scenario", name=state, domain=evidence.site)
        return self.finding(evidence, subject=subject, state=state, observation=observation)
