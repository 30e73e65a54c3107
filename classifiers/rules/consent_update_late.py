"""TAG-009."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import GoogleState, google_states
from classifiers.describe import spread
from classifiers.evidence import Evidence, Seen, grouped, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import ACCEPT
from crawler.observations import Consent, RequestSighting


class ConsentUpdateLate(Rule):
    """The consent update reaches the tags later than their first request.

    Why it matters: what was sent before the update carries the default state, although the visitor has accepted
    [GCM V2].

    Fix: let the consent platform send the update before the tags run, or give them a longer `wait_for_update`.
    """

    id = "TAG-009"
    severity = Severity.LOW
    reads = (RequestSighting,)
    scenarios = (ACCEPT,)
    by_label = False
    passed = "No Google request before the consent update was observed on page views after a confirmed acceptance"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        states = list(google_states(sent(evidence.requests)))
        settled, _ = evidence.after(Consent.ACCEPTED, [state.seen for state in states])
        sure = {one.id for one in settled}
        views: dict[tuple[str, str], list[GoogleState]] = {}
        for state in states:
            if state.seen.id in sure:
                views.setdefault((state.seen.visit.id, state.seen.sighting.phase), []).append(state)
        late: dict[str, float] = {}
        found: list[Seen] = []
        for view in views.values():
            ordered = sorted(view, key=lambda state: state.seen.sighting.order)
            granted = next((state for state in ordered if state.says is Consent.ACCEPTED), None)
            if granted is not None and ordered[0].says is Consent.REJECTED:
                first = ordered[0].seen
                late[first.id] = granted.seen.sighting.at - first.sighting.at
                found.append(first)
        for (domain,), seen in grouped(found, lambda one: (one.key[2],)):
            slowest = max(late[one.id] for one in seen)
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name="update", domain=domain),
                state=ACCEPT,
                observation=f"After acceptance was confirmed, the first Google request still signals denied, and the "
                f"update follows up to {slowest * 1000:.0f} ms later, {spread(evidence, seen, ACCEPT)}.",
            )
