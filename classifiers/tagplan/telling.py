"""From faults of the plan to findings of the rules, one for each thing that differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from classifiers.findings import Finding, Subject, Undecided
from classifiers.tagplan.records import Fault, FaultKind, Question, TagJudgement

if TYPE_CHECKING:
    from classifiers.evidence import Evidence
    from classifiers.rules.base import Rule

NO_PLAN = "No tag plan was given, so there is nothing to hold the tags against."


def tell(rule: Rule, evidence: Evidence, kind: FaultKind) -> Iterator[Finding | Undecided]:
    tags: TagJudgement | None = evidence.tags
    if tags is None:
        return
    groups: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in tags.faults:
        if fault.kind is kind:
            groups.setdefault((fault.tag, fault.subject, fault.state or ""), []).append(fault)
    for (_, _, _), faults in sorted(groups.items()):
        yield _finding(rule, evidence, faults)
    for question in tags.questions:
        if question.kind is kind:
            yield _undecided(rule, question)


def _finding(rule: Rule, evidence: Evidence, faults: list[Fault]) -> Finding:
    first = faults[0]
    ids = dict.fromkeys(one for fault in faults for one in fault.evidence)
    by_id = evidence.by_id
    seen = [by_id[one] for one in ids if one in by_id]
    visits = [visit for visit in evidence.visits if visit.id in {fault.visit for fault in faults}]
    pages = sorted({fault.page for fault in faults if fault.page})
    more = (
        f" Seen in {len(faults)} steps, on {len(pages)} page{'' if len(pages) == 1 else 's'}."
        if len(faults) > 1
        else ""
    )
    found = rule.finding(
        evidence,
        sorted(seen, key=lambda one: one.place_in_time),
        subject=Subject(
            kind="tag",
            name=f"{first.tag}: {first.subject}",
            domain=seen[0].key[2] if seen else "",
            vendor=first.vendor_name or first.vendor,
        ),
        state=first.state,
        visits=() if seen else visits,
        observation=f"{first.sentence}{more}",
        declared_at=first.place,
    )
    return found.model_copy(update={"pages": tuple(pages) or found.pages})


def _undecided(rule: Rule, question: Question) -> Undecided:
    return Undecided(
        rule=rule.id,
        scenario=question.state,
        visit=question.visit,
        page=question.page,
        why=f"{question.tag}: {question.why}",
    )
