"""The grid: each line of the plan, and each tag that is in no line, under each consent scenario."""

from __future__ import annotations

from collections.abc import Sequence

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
    planned = {state for tag in plan.tags for state in tag.scenarios}
    order = [*STATES.values(), *sorted(seen | planned)]
    columns = tuple(state for state in dict.fromkeys(order) if state in seen | planned)
    rows = [_planned(tag, columns, steps, faults, questions, environment) for tag in plan.tags]
    extra = {(hit.vendor, hit.account): hit for step in steps for hit in step.hits if _is_extra(hit, plan)}
    rows += [_unplanned(hit, columns, steps, faults) for _, hit in sorted(extra.items(), key=lambda item: str(item[0]))]
    return Grid(states=columns, rows=tuple(rows))


def _is_extra(hit: TagHit, plan: TagPlan) -> bool:
    return hit.tag is None and hit.fires and hit.vendor not in plan.ignore


def _planned(
    tag: PlannedTag,
    columns: Sequence[str],
    steps: Sequence[TagStep],
    faults: Sequence[Fault],
    questions: Sequence[Question],
    environment: str | None,
) -> GridRow:
    cells = []
    for state in columns:
        hits = sum(hit.tag == tag.id for step in steps if step.state == state for hit in step.hits)
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
        cells.append(GridCell(planned=planned, observed=hits, verdict=verdict))
    return GridRow(
        tag=tag.id,
        vendor=tag.vendor,
        account=", ".join(tag.allowed(environment) or ("any id",)),
        events=", ".join(tag.events) or "any event",
        planned=True,
        cells=tuple(cells),
    )


def _unplanned(hit: TagHit, columns: Sequence[str], steps: Sequence[TagStep], faults: Sequence[Fault]) -> GridRow:
    cells = []
    events: dict[str, None] = {}
    for state in columns:
        mine = [
            one
            for step in steps
            if step.state == state
            for one in step.hits
            if one.tag is None and one.fires and (one.vendor, one.account) == (hit.vendor, hit.account)
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


_NOT_IN_PLAN = (FaultKind.UNPLANNED, FaultKind.WRONG_ID, FaultKind.EXCLUDED)


def _words(kinds: Sequence[FaultKind]) -> str:
    return ", ".join(kind.value.replace("_", " ") for kind in dict.fromkeys(kinds))
