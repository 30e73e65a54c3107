"""The tag plan's section: the grid, and every step with its hits and the data layer beside them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from classifiers.findings import Audit
from classifiers.tagplan.plan import Fires
from classifiers.tagplan.records import GridCell, GridRow, LayerEntry, TagHit, TagJudgement, TagStep
from reports.to_html.words import CONSENTS, seconds

MOST_STEPS = 120
MOST_HITS = 60
MOST_ENTRIES = 40
_PLANNED = {Fires.FIRES: "fires", Fires.NONE: "none", Fires.PINGS_ONLY: "pings only", None: "—"}
_CALM = frozenset({"as planned", "not judged", "—"})


@dataclass(frozen=True)
class PlanCell:
    planned: str
    observed: int
    verdict: str
    hot: bool


@dataclass(frozen=True)
class PlanRow:
    row: GridRow
    cells: tuple[PlanCell, ...]


@dataclass(frozen=True)
class Parameter:
    name: str
    title: str
    value: str


@dataclass(frozen=True)
class HitView:
    hit: TagHit
    at: str
    groups: tuple[tuple[str, tuple[Parameter, ...]], ...]
    """As the vendor groups its parameters."""


@dataclass(frozen=True)
class LayerView:
    at: str
    """Empty: it was not pushed, or not seen being pushed."""
    title: str
    fields: str
    by: str


@dataclass(frozen=True)
class StepView:
    step: TagStep
    consent: str
    hits: tuple[HitView, ...]
    more: int
    layer: tuple[LayerView, ...] | None
    """None: it was not recorded."""
    more_entries: int
    told: tuple[str, ...]
    """What differs from the plan here."""


@dataclass(frozen=True)
class PlanView:
    tags: TagJudgement
    rows: tuple[PlanRow, ...]
    steps: tuple[StepView, ...]
    more_steps: int


def plan_view(audit: Audit) -> PlanView | None:
    """None: no plan was given, so there is no section."""
    if audit.tags is None:
        return None
    told: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for fault in audit.tags.faults:
        told[fault.visit, fault.step, fault.page].append(fault.sentence)
    # Steps with something to tell come first, so that the limit never hides them.
    steps = sorted(audit.tags.steps, key=lambda step: (step.visit, step.name, step.page) not in told)
    return PlanView(
        tags=audit.tags,
        rows=tuple(PlanRow(row=row, cells=tuple(_cell(cell) for cell in row.cells)) for row in audit.tags.grid.rows),
        steps=tuple(_step(step, told[step.visit, step.name, step.page]) for step in steps[:MOST_STEPS]),
        more_steps=max(len(steps) - MOST_STEPS, 0),
    )


def _cell(cell: GridCell) -> PlanCell:
    return PlanCell(
        planned=_PLANNED[cell.planned],
        observed=cell.observed,
        verdict=cell.verdict,
        hot=cell.verdict not in _CALM,
    )


def _step(step: TagStep, told: list[str]) -> StepView:
    return StepView(
        step=step,
        consent=CONSENTS[step.consent],
        hits=tuple(_hit(hit) for hit in step.hits[:MOST_HITS]),
        more=max(len(step.hits) - MOST_HITS, 0),
        layer=None if step.layer is None else tuple(_entry(entry) for entry in step.layer[:MOST_ENTRIES]),
        more_entries=max(len(step.layer or ()) - MOST_ENTRIES, 0),
        told=tuple(dict.fromkeys(told)),
    )


def _entry(entry: LayerEntry) -> LayerView:
    return LayerView(
        at=seconds(entry.at) if entry.at is not None else "",
        title=entry.title,
        fields=entry.told,
        by=" ← ".join(entry.by[:2]),
    )


def _hit(hit: TagHit) -> HitView:
    groups: dict[str, list[Parameter]] = {}
    for one in hit.parameters:
        hashed = f" (as {one.hashed})" if one.hashed else ""
        value = "not kept" if one.withheld else f"{one.value}{hashed}"
        groups.setdefault(one.group, []).append(Parameter(name=one.name, title=one.title or "", value=value))
    return HitView(hit=hit, at=seconds(hit.at), groups=tuple((name, tuple(listed)) for name, listed in groups.items()))
