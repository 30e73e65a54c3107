"""How to write a rule: one file in this folder, named as its failing state, listed in `RULES` of `__init__.py`.

The class docstring is the rule's manual: first line the finding in plain words, then `Why it matters:` with the keys
of `sources.yaml` and their verification marks (`[ePD-5-3 V2]`), then `Fix:`.
"""

from __future__ import annotations

import hashlib
import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from classifiers.findings import Confidence, Finding, Outcome, Place, Severity, Subject, Undecided
from classifiers.rules.severity import grade, severity_of
from classifiers.states import ANY
from crawler.observations import AnySighting

if TYPE_CHECKING:
    from classifiers.base import Purpose
    from classifiers.evidence import Evidence, Seen
    from crawler.visits import Visit

MOST_EVIDENCE = 50


class Rule(ABC):
    """One question asked of the evidence. Pure: no clock, file or network."""

    id: ClassVar[str]
    """The catalogue's id, `CONSENT-004`; never reused."""
    severity: ClassVar[Severity]
    """Where `severities.yaml` says nothing."""
    reads: ClassVar[tuple[type[AnySighting], ...]] = ()
    """Kinds of sighting it reads. Where a collector that sees them had a problem, the rule is undecided."""
    scenarios: ClassVar[tuple[str, ...] | None] = None
    """States (`classifiers.states`) it needs; None: any. Missing ones make it undecided, not passed, and so does a
    visit whose choice was not proved."""
    channels: ClassVar[tuple[str, ...]] = ()
    """Names, or beginnings of names, of channels without which it has not looked everywhere."""
    passed: ClassVar[str]
    """What a pass says, without a full stop; where and how long it was looked for is added."""
    by_label: ClassVar[bool] = True
    """False: it reads raw facts, so the certainty of labels plays no part in its confidence."""
    states_limit: ClassVar[bool] = False
    """True for the scan's own statements: informational, and never a pass."""

    @abstractmethod
    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        """Yields what was found, and what could not be decided although the scenario ran."""

    def not_applicable(self, evidence: Evidence) -> str | None:  # noqa: ARG002 - for rules to override
        """Why the rule has nothing to judge here; None: it has."""
        return None

    def looked_at(self, evidence: Evidence) -> str | None:  # noqa: ARG002 - for rules to override
        """What a pass rests on, where that is not the pages; it follows `passed`, from a space on."""
        return None

    @classmethod
    def title(cls) -> str:
        return cls._manual().partition("\n")[0].rstrip(".")

    @classmethod
    def why(cls) -> str:
        return _section(cls._manual(), "Why it matters:")

    @classmethod
    def fix(cls) -> str:
        return _section(cls._manual(), "Fix:")

    @classmethod
    def _manual(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "")

    def finding(
        self,
        evidence: Evidence,
        seen: Sequence[Seen] = (),
        *,
        observation: str,
        subject: Subject | None = None,
        state: str | None = None,
        visits: Sequence[Visit] = (),
        purpose: Purpose | None = None,
        severity: Severity | None = None,
        outcome: Outcome = Outcome.FAIL,
        declared_at: Place | None = None,
        explanations: tuple[str, ...] = (),
        fix: str | None = None,
    ) -> Finding:
        """A finding about `seen` (in order of time), or about `visits` where no single sighting shows it.

        `state` is the consent state it was found in; None: the state plays no part.
        """
        subject = subject or subject_of(seen[0])
        graded = grade(self.id, profile=evidence.profile)
        if self.states_limit:
            outcome = Outcome.INFORMATIONAL
        elif graded.review and outcome is Outcome.FAIL:
            outcome = Outcome.REVIEW
        of = [*(one.visit for one in seen), *visits]
        seen_in_runs = len({visit.run for visit in of}) or 1
        runs = max(evidence.runs_of(state), seen_in_runs)
        return Finding(
            rule=self.id,
            severity=severity or severity_of(self.id, default=self.severity, profile=evidence.profile, purpose=purpose),
            outcome=outcome,
            title=self.title(),
            observation=observation,
            subject=subject,
            site=evidence.site,
            scenario=state or ANY,
            consent=seen[0].sighting.consent if seen else None,
            pages=tuple(sorted({visit.url for visit in of})),
            first_at=seen[0].sighting.at if seen else None,
            seen_in_runs=seen_in_runs,
            runs=runs,
            confidence=self._confidence(seen, seen_in_runs=seen_in_runs, runs=runs),
            evidence=tuple([one.id for one in seen] or sorted({visit.id for visit in visits}))[:MOST_EVIDENCE],
            evidence_count=len(seen) or len(visits),
            blame=evidence.blame.chain(seen[0].visit, seen[0].sighting) if seen else (),
            declared_at=declared_at,
            explanations=explanations,
            fix=fix or self.fix(),
            fingerprint=fingerprint(rule=self.id, site=evidence.site, subject=subject, state=state or ANY),
        )

    def _confidence(self, seen: Sequence[Seen], *, seen_in_runs: int, runs: int) -> Confidence:
        """Three conditions: the state is sure (findings of other states are never made), the label is, and k of n."""
        label_is_sure = not self.by_label or any(_curated(one.label.source) for one in seen)
        repeated = seen_in_runs >= 2 and seen_in_runs * 3 >= runs * 2
        match label_is_sure + repeated:
            case 2:
                return Confidence.CONFIRMED
            case 1:
                return Confidence.LIKELY
            case _:
                return Confidence.WEAK


def subject_of(seen: Seen) -> Subject:
    kind, name, domain = seen.key
    return Subject(kind=kind, name=name, domain=domain, entity=seen.label.entity, vendor=seen.label.vendor)


def domain_subject(seen: Seen) -> Subject:
    """All requests to one registrable domain: a vendor's many endpoints are one thing to a person."""
    return Subject(kind="request", name="*", domain=seen.key[2], entity=seen.label.entity, vendor=seen.label.vendor)


def fingerprint(*, rule: str, site: str, subject: Subject, state: str) -> str:
    """Identity for baselines: never page, value, time or run, and not the vendor's name, which catalogues correct."""
    parts = (rule, site, subject.kind, subject.name, subject.domain or subject.entity or "", state)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _curated(source: str) -> bool:
    """An exact entry of a person: not a guess from the host or the shape."""
    return source.startswith(("catalogue:", "declaration:")) and not source.endswith("#host")


def _section(manual: str, heading: str) -> str:
    for paragraph in manual.split("\n\n"):
        if paragraph.startswith(heading):
            return " ".join(paragraph.removeprefix(heading).split())
    return ""
