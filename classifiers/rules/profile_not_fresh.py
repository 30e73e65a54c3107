"""SCAN-011."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.visits import PROFILE_AT_START, Visit


class ProfileNotFresh(Rule):
    """A profile that should have been fresh held something before its page was opened.

    Why it matters: what another visit left behind would be taken for this page's doing, or keep its banner away
    [PRACTICE V]. Such a visit decides nothing.

    Fix: scan again; if it happens again, name another browser, and report it.
    """

    id = "SCAN-011"
    severity = Severity.HIGH
    states_limit = True
    by_label = False
    passed = "Every profile was empty before its page was opened"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        held = [(visit, what) for visit in evidence.visits if (what := _held(visit))]
        if held:
            yield self.finding(
                evidence,
                visits=[visit for visit, _ in held],
                subject=Subject(kind="scan", name="profile", domain=evidence.site),
                observation=f"On {len(held)} of {len(evidence.visits)} visits the profile was not empty before the "
                f"page was opened (first: {held[0][1]}, {held[0][0].url} under `{held[0][0].scenario}`).",
            )


def _held(visit: Visit) -> str | None:
    """What the profile held; None: nothing, or what the visit was given (a sign-in, a choice made before)."""
    told = visit.fact(PROFILE_AT_START)
    if told is not None:
        return None if told in ("empty", "given") else told
    first = next((request for request in visit.requests if request.navigation), None)
    if first is None or first.redirected_from or first.redirect_chain:
        return None
    return f"{len(sent)} cookies went along with its first request" if (sent := _sent(visit)) else None


def _sent(visit: Visit) -> list[str]:
    """Cookies of the first navigation that nothing in this visit had set before."""
    first = next(request for request in visit.requests if request.navigation)
    if visit.phases and visit.phases[0].consent.value != "undecided":
        return []  # it was given the state of an earlier page
    before = {cookie.name for cookie in visit.cookies if cookie.order < first.order}
    return [one.name for one in first.cookies if not one.withheld_because and one.name not in before]
