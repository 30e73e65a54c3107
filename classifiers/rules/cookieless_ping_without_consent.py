"""BCN-009."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import google_states
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Outcome, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import REJECT, SILENT
from crawler.observations import Consent, RequestSighting


class CookielessPingWithoutConsent(Rule):
    """A ping without cookies is sent while consent is absent or denied.

    Why it matters: in advanced consent mode tags send pings while consent is denied [GCM V2]; whether a request that
    carries device data needs consent even without a cookie is a question for a person [G2-23 V2] [VGH V].

    Fix: use the basic mode, in which tags wait for the choice, or document why pings may be sent.
    """

    id = "BCN-009"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    scenarios = (SILENT, REJECT)
    by_label = False
    passed = "No request that signals denied consent was observed without consent"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        denied = [state.seen for state in google_states(sent(evidence.requests)) if state.says is Consent.REJECTED]
        settled, _ = evidence.after(Consent.REJECTED, denied)
        for state, found in ((SILENT, evidence.before_choice(denied)), (REJECT, settled)):
            for (domain,), seen in by_domain(found):
                cookies = sorted({name for one in seen for name in _sent(one)})
                with_cookies = f"with the cookies {', '.join(cookies)}" if cookies else "no cookie was seen in them"
                yield self.finding(
                    evidence,
                    seen,
                    subject=Subject(kind="ping", name="*", domain=domain, entity=seen[0].label.entity),
                    state=state,
                    outcome=Outcome.REVIEW,
                    observation=f"Requests that signal denied consent were sent ({state}): {requests_to(seen)} "
                    f"{spread(evidence, seen, state)}; {with_cookies}.",
                )


def _sent(seen: Seen) -> tuple[str, ...]:
    if not isinstance(seen.sighting, RequestSighting):
        return ()
    return tuple(cookie.name for cookie in seen.sighting.cookies if not cookie.withheld_because)
