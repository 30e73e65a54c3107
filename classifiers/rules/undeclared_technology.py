"""DECL-002."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.declaration import Technology
from classifiers.describe import spread, thing
from classifiers.evidence import Evidence, Seen, grouped, sent, stored
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.traces import WORDS, kind_of
from classifiers.undeclared import NO_DECLARATION
from crawler.observations import CookieSighting, RequestSighting, StorageSighting


class UndeclaredTechnology(Rule):
    """A storage or tracking technology is used that the declaration does not name.

    Why it matters: information must be clear and comprehensive about what is stored or read and how [ePD-5-3 V2];
    general words such as "other technologies" name nothing.

    Fix: name the technology in the policy, or stop using it.
    """

    id = "DECL-002"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting, RequestSighting)
    by_label = False
    passed = "Only technologies that the declaration names were observed among cookies, storage and requests"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.declaration is None:
            return NO_DECLARATION
        if not evidence.index.technologies:
            return "The declaration lists items only and names no technologies in general."
        return None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        declaration = evidence.declaration
        clause = declaration.defaults.technologies_open_clause if declaration else None
        used = [*stored(evidence.seen), *sent(evidence.requests), *evidence.behaviours]
        unnamed = [
            one
            for one in used
            if one.trace.technology is not Technology.REQUEST
            and one.trace.technology not in evidence.index.technologies
        ]
        for (_, domain), seen in grouped(unnamed, _technology_and_owner):
            first = seen[0]
            word = WORDS[first.trace.technology]
            only_open = f"; only the general words “{clause}” could cover it" if clause else ""
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind=kind_of(first.trace.technology), name="*", domain=domain),
                severity=Severity.MEDIUM if clause else None,
                observation=f"A technology that the declaration does not name was observed ({word}): {thing(first)} "
                f"{spread(evidence, seen, None)}{only_open}.",
                declared_at=declaration.place if declaration else None,
            )


def _technology_and_owner(seen: Seen) -> tuple[str, str]:
    return (seen.trace.technology.value, seen.key[2])
