"""The grid: each line of the plan, and each tag that is in no line, under each consent scenario."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from classifiers.tagplan.globs import named
from classifiers.tagplan.plan import STATES, Fires, PlannedTag, TagPlan
from classifiers.tagplan.records import Fault, FaultKind, Grid, GridCell, GridRow, Question, TagHit, TagStep


def grid_of(
    plan: TagPlan,
    steps: Sequence[TagStep],
    *,
    faults: Sequence[Fault],
    questions: Sequence[Question],
    environment: str | None,
) -> Grid:
    seen = {step.state for step in steps}
    # States that a plan only forbids something in, and that nobody played, would be columns of nothing.
    planned = {state for tag in plan.tags for state, fires in tag.scenarios.items() if fires is not Fires.NONE}
    order = [*STATES.values(), *sorted(seen | planned)]
    columns = tuple(state for state in dict.fromkeys(order) if state in seen | planned)
    rows: list[GridRow] = []
    claimed: set[str] = set()
    for tag in plan.tags:
        mine = _hits_of(tag, steps, faults, environment)
        claimed |= {hit.id for hits in mine.values() for hit in hits}
        rows.append(_planned(tag, columns, steps, mine, faults, questions, environment))
    extra = {
        (hit.vendor, hit.account): hit
        for step in steps
        for hit in step.hits
        if hit.fires and hit.id not in claimed and hit.vendor not in plan.ignore
    }
    rows += [
        _unplanned(hit, columns, steps, faults, claimed)
        for _, hit in sorted(extra.items(), key=lambda item: str(item[0]))
    ]
    return Grid(states=columns, rows=tuple(rows))


def _hits_of(
    tag: PlannedTag, steps: Sequence[TagStep], faults: Sequence[Fault], environment: str | None
) -> dict[str, list[TagHit]]:
    """By consent scenario: what is as the line says, and what is this tag in a place where it should not be."""
    misplaced = {one for found in faults if found.tag == tag.id and found.kind in _MISPLACED for one in found.evidence}
    allowed = tag.allowed(environment)
    hits: dict[str, list[TagHit]] = {}
    for step in steps:
        for hit in step.hits:
            own = hit.vendor == tag.vendor and (allowed is None or hit.account in allowed)
            event = not tag.events or named(hit.event, tag.events)
            astray = hit.tag is None and hit.fires and own and event and hit.evidence in misplaced
            if hit.tag == tag.id or astray:
                hits.setdefault(step.state, []).append(hit)
    return hits


def _planned(
    tag: PlannedTag,
    columns: Sequence[str],
    steps: Sequence[TagStep],
    mine: Mapping[str, Sequence[TagHit]],
    faults: Sequence[Fault],
    questions: Sequence[Question],
    environment: str | None,
) -> GridRow:
    cells = []
    for state in columns:
        kinds = [found.kind for found in faults if found.tag == tag.id and found.state == state]
        open_here = any(one.tag == tag.id and one.state in (state, None) for one in questions)
        planned = tag.expects(state)
        if kinds:
            verdict = _words(kinds)
        elif open_here:
            verdict = "undecided"
        elif planned is None:
            verdict = "not judged"
        elif not any(step.state == state for step in steps):
            verdict = "undecided"
        else:
            verdict = "as planned"
        cells.append(GridCell(planned=planned, observed=len(mine.get(state, ())), verdict=verdict))
    return GridRow(
        tag=tag.id,
        vendor=tag.vendor,
        account=", ".join(tag.allowed(environment) or ("any id",)),
        events=", ".join(tag.events) or "any event",
        planned=True,
        cells=tuple(cells),
    )


def _unplanned(
    hit: TagHit, columns: Sequence[str], steps: Sequence[TagStep], faults: Sequence[Fault], claimed: Container[str]
) -> GridRow:
    cells = []
    events: dict[str, None] = {}
    for state in columns:
        mine = [
            one
            for step in steps
            if step.state == state
            for one in step.hits
            if one.fires and one.id not in claimed and (one.vendor, one.account) == (hit.vendor, hit.account)
        ]
        events.update(dict.fromkeys(one.event or "" for one in mine))
        evidence = {one.evidence for one in mine}
        kinds = [found.kind for found in faults if evidence.intersection(found.evidence) and found.kind in _NOT_IN_PLAN]
        cells.append(
            GridCell(
                planned=Fires.NONE, observed=len(mine), verdict=_words(kinds) or ("—" if not mine else "not judged")
            )
        )
    return GridRow(
        tag=hit.vendor_name,
        vendor=hit.vendor,
        account=hit.account or "no id",
        events=", ".join(name for name in events if name),
        planned=False,
        cells=tuple(cells),
    )


_MISPLACED = (FaultKind.UNPLANNED, FaultKind.EXCLUDED)
_NOT_IN_PLAN = (*_MISPLACED, FaultKind.WRONG_ID)


def _words(kinds: Sequence[FaultKind]) -> str:
    return ", ".join(kind.value.replace("_", " ") for kind in dict.fromkeys(kinds))
