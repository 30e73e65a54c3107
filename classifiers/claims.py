"""The policy's statements held against what was observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifiers.declaration import DeclaredClaim
from classifiers.evidence import Evidence
from classifiers.findings import Claim, Finding, Outcome, Place, Verdict, VerdictKind
from classifiers.traces import WORDS


def judge_claims(evidence: Evidence, *, findings: Sequence[Finding], verdicts: Sequence[Verdict]) -> tuple[Claim, ...]:
    declaration = evidence.declaration
    if declaration is None:
        return ()
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.outcome is Outcome.FAIL:
            by_rule.setdefault(finding.rule, []).append(finding)
    kinds: dict[str, set[VerdictKind]] = {}
    for verdict in verdicts:
        kinds.setdefault(verdict.rule, set()).add(verdict.kind)
    return tuple(_judge(claim, evidence, by_rule, kinds) for claim in declaration.claims)


def _judge(
    claim: DeclaredClaim,
    evidence: Evidence,
    by_rule: Mapping[str, Sequence[Finding]],
    kinds: Mapping[str, set[VerdictKind]],
) -> Claim:
    verdict, sentence = _decide(claim, evidence, by_rule, kinds)
    where = claim.place or Place(file="declaration")
    return Claim(
        id=claim.id,
        verdict=verdict,
        quote=claim.quote,
        place=where.model_copy(update={"quote": claim.quote}),
        sentence=sentence,
    )


def _decide(
    claim: DeclaredClaim,
    evidence: Evidence,
    by_rule: Mapping[str, Sequence[Finding]],
    kinds: Mapping[str, set[VerdictKind]],
) -> tuple[str, str]:
    if not claim.testable:
        return "not_testable", "A crawl cannot observe this."
    against = [finding for rule in claim.rules for finding in by_rule.get(rule, ())]
    if against:
        first = against[0]
        more = f" ({len(against)} findings of {', '.join(sorted({f.rule for f in against}))})"
        return "inconsistent", f"{first.observation}{more}"
    if claim.technologies:
        used = [seen for seen in evidence.seen if seen.trace.technology in claim.technologies]
        words = ", ".join(WORDS[technology] for technology in claim.technologies)
        if used:
            pages = len({seen.visit.url for seen in used})
            return "consistent", f"Observed: {words}, {len(used)} times on {pages} pages."
        return "not_observed", f"Not observed in this scan: {words}."
    open_rules = [rule for rule in claim.rules if kinds.get(rule, set()) != {VerdictKind.PASS}]
    if not claim.rules:
        return "not_testable", "The declaration ties no rule or technology to this statement."
    if open_rules:
        return "not_observed", f"Not decided in this scan: {', '.join(open_rules)}."
    return "consistent", f"No observation against it ({', '.join(claim.rules)})."
