"""DECL-012."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party
from classifiers.evidence import Evidence, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.recipients import names_recipients
from classifiers.rules.base import Rule
from classifiers.undeclared import NO_DECLARATION
from crawler.observations import RequestSighting

_MOST_NAMES = 15


class ThirdPartiesNotNamed(Rule):
    """Third parties are contacted while the declaration names none.

    Why it matters: whether third parties have access must be told [P49 V2] [FID V2].

    Fix: name the third parties in the policy and in `recipients:` of the declaration.
    """

    id = "DECL-012"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    by_label = False
    passed = "The declaration names recipients, or no third party was contacted,"

    def not_applicable(self, evidence: Evidence) -> str | None:
        return NO_DECLARATION if evidence.declaration is None else None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        declaration = evidence.declaration
        third = [one for one in sent(evidence.requests) if one.label.party is Party.THIRD]
        if declaration is None or names_recipients(declaration) or not third:
            return
        domains = sorted({one.key[2] for one in third})
        more = f" and {len(domains) - _MOST_NAMES} more" if len(domains) > _MOST_NAMES else ""
        yield self.finding(
            evidence,
            sorted(third, key=lambda one: one.place_in_time),
            subject=Subject(kind="policy", name="third parties", domain=evidence.site),
            observation=f"The declaration names no third party; {len(domains)} were contacted "
            f"({', '.join(domains[:_MOST_NAMES])}{more}), listed for the owner to classify.",
            declared_at=declaration.place,
        )
