"""CONSENT-013."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.findings import Finding, Outcome, Severity, Undecided
from classifiers.interfaces import interface_subject
from classifiers.rules.base import Rule
from classifiers.states import WITHDRAW
from crawler.observations import Consent
from crawler.visits import ChoiceStatus, Visit


class NoWithdrawalControl(Rule):
    """No control for withdrawing consent was found after a choice.

    Why it matters: withdrawing must be as easy as giving consent [GDPR V2] [TF V2]; one study found no way at all on
    2.48 % of sites and a difficult one on 19.87 % [Ka25 V2].

    Fix: keep a link or icon on every page that opens the settings again.
    """

    id = "CONSENT-013"
    severity = Severity.HIGH
    scenarios = (WITHDRAW,)
    by_label = False
    passed = "A control for withdrawing consent was found and used"

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        missing: list[Visit] = []
        tried: set[str] = set()
        for visit in evidence.visits_in(WITHDRAW):
            accepted = any(c.wanted is Consent.ACCEPTED and c.status is ChoiceStatus.CONFIRMED for c in visit.choices)
            for choice in visit.choices:
                if choice.wanted is not Consent.WITHDRAWN:
                    continue
                if choice.status is ChoiceStatus.NOT_OFFERED and accepted:
                    missing.append(visit)
                    tried.update(choice.tried)
                elif choice.status is ChoiceStatus.NOT_OFFERED:
                    yield self._open(visit.id, visit.url, "Acceptance was not proved: nothing to withdraw.")
        if missing:
            yield self.finding(
                evidence,
                visits=missing,
                subject=interface_subject(evidence),
                state=WITHDRAW,
                outcome=Outcome.REVIEW,
                observation=f"After acceptance was confirmed, no control for withdrawing was found on {missing[0].url} "
                f"(tried: {', '.join(sorted(tried)) or 'nothing recorded'}).",
                explanations=("The control may stand on another page, or be one that the recogniser does not know.",),
            )

    def _open(self, visit: str, page: str, why: str) -> Undecided:
        return Undecided(rule=self.id, scenario=WITHDRAW, visit=visit, page=page, why=why)
