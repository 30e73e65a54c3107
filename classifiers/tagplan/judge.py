"""judge_plan(): the plan against the steps of a scan. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from classifiers.tagplan.about_hits import about, error_of, fault
from classifiers.tagplan.beside import asked, containers, cookies, data_layer
from classifiers.tagplan.counting import counted, expected, in_order
from classifiers.tagplan.globs import fits, named
from classifiers.tagplan.grid import grid_of
from classifiers.tagplan.matching import Matcher, Misfit
from classifiers.tagplan.plan import Fires, PlannedTag, TagPlan
from classifiers.tagplan.records import Fault, FaultKind, NotPlayed, Question, TagHit, TagJudgement, TagStep
from classifiers.tagplan.steps import Proved, not_played, steps_of
from classifiers.vendors import Catalogue
from crawler.observations import SightingKind
from crawler.visits import Visit

_OF_HITS = (FaultKind.MISSING, FaultKind.UNPLANNED)


def judge_plan(
    plan: TagPlan,
    visits: Sequence[Visit],
    *,
    catalogue: Catalogue,
    proved: Proved,
    environment: str | None = None,
) -> TagJudgement:
    """`proved`: whether a choice is proved on a visit. `environment` None: told by the pages' addresses, if at all."""
    environment = environment or environment_of(plan, visits)
    matcher = Matcher(plan, environment)
    steps: list[TagStep] = []
    results: list[Fault | Question] = []
    for step in steps_of(visits, catalogue=catalogue, proved=proved):
        judged, told = _judge_step(plan, step, matcher)
        steps.append(judged)
        results += told
    played = not_played(visits)
    results += _cookies(plan, visits, steps)
    results += _unseen(plan, steps, played)
    faults = tuple(result for result in results if isinstance(result, Fault))
    questions = tuple(dict.fromkeys(result for result in results if isinstance(result, Question)))
    return TagJudgement(
        plan=plan.place.file if plan.place else "tagplan.yaml",
        environment=environment,
        steps=tuple(steps),
        faults=faults,
        questions=questions,
        grid=grid_of(plan, steps, faults=faults, questions=questions, environment=environment),
        not_played=played,
    )


def environment_of(plan: TagPlan, visits: Sequence[Visit]) -> str | None:
    """The one whose globs fit the pages; None: none, or several do."""
    pages = {visit.final_url or visit.url for visit in visits}
    found = {name for name, globs in plan.environments.items() if any(fits(page, globs) for page in pages)}
    return found.pop() if len(found) == 1 else None


def _judge_step(plan: TagPlan, step: TagStep, matcher: Matcher) -> tuple[TagStep, list[Fault | Question]]:
    results: list[Fault | Question] = []
    by_tag: dict[str, list[TagHit]] = defaultdict(list)
    mistaken: dict[str, set[str | None]] = defaultdict(set)
    hits: list[TagHit] = []
    planned = {tag.vendor for tag in plan.tags} | {one.vendor for one in plan.containers}
    for hit in step.hits:
        matched = matcher.match(hit, step)
        if isinstance(matched, PlannedTag):
            hit = hit.model_copy(update={"tag": matched.id, "limited": matched.count.max is not None})
            by_tag[matched.id].append(hit)
            if step.unproved is None:
                results += about(matched, hit, step)
        elif matched is not None:
            if matched.kind is FaultKind.WRONG_ID and matched.tag is not None:
                mistaken[matched.tag.id].add(hit.event)
            if step.unproved is None and hit.at >= step.settled_from:
                results.append(_misfit(matched, hit, step))
        if hit.error is not None and hit.vendor in planned:
            results.append(error_of(hit, step, matched if isinstance(matched, PlannedTag) else None))
        hits.append(hit)
    step = step.model_copy(update={"hits": tuple(hits)})
    if step.unproved is None:
        results += counted(plan, step, by_tag, mistaken=mistaken)
        results += in_order(plan, step, by_tag, mistaken=mistaken)
        results += containers(plan, step)
        results += data_layer(plan, step)
    else:
        results += _questions_of(plan, step)
    return step, results


def _misfit(misfit: Misfit, hit: TagHit, step: TagStep) -> Fault:
    tag = misfit.tag
    return fault(
        misfit.kind,
        hit,
        step,
        tag=tag,
        subject=f"{hit.account or ''} {hit.event or ''}".strip() or hit.vendor,
        sentence=f"{hit.name} fired in the step {step.name!r} of {step.page}; {misfit.why}.",
    )


def _questions_of(plan: TagPlan, step: TagStep) -> Iterator[Question]:
    """What the plan asks of a step whose consent state is not sure."""
    for tag in plan.tags:
        if tag.expects(step.state) is None or not fits(step.page, tag.pages):
            continue
        kind = FaultKind.MISSING if tag.expects(step.state) is Fires.FIRES else FaultKind.UNPLANNED
        why = step.unproved or ""
        yield Question(kind=kind, tag=tag.id, state=step.state, visit=step.visit, page=step.page, why=why)


def _cookies(plan: TagPlan, visits: Sequence[Visit], steps: Sequence[TagStep]) -> Iterator[Fault]:
    by_visit: dict[str, list[TagStep]] = defaultdict(list)
    for step in steps:
        by_visit[step.visit].append(step)
    for visit in visits:
        recorded = any(channel.sees is SightingKind.COOKIE for channel in visit.channels) or visit.cookies
        for tag in plan.tags if recorded and visit.id in by_visit else ():
            yield from cookies(tag, visit, by_visit[visit.id])


def _unseen(plan: TagPlan, steps: Sequence[TagStep], failed: Sequence[NotPlayed]) -> Iterator[Question]:
    """Lines of the plan for which no step was seen in which they could have fired; never "missing"."""
    for tag in plan.tags:
        wanted = [state for state, fires in tag.scenarios.items() if fires is Fires.FIRES] if tag.scenarios else [None]
        for state in wanted:
            if any(expected(tag, step) and state in (None, step.state) for step in steps):
                continue
            cause = next((one for one in failed if not tag.steps or _could_be(tag, one)), None)
            if cause is not None:
                why = f"The step {cause.step!r} was not played: {cause.why}"
            else:
                under = f" under `{state}`" if state else ""
                what = f"step {', '.join(tag.steps)}" if tag.steps else f"page view of {', '.join(tag.pages)}"
                why = f"No {what} was seen{under}."
            for kind in (FaultKind.MISSING, *((FaultKind.COOKIE,) if tag.cookies else ())):
                yield Question(
                    kind=kind,
                    tag=tag.id,
                    state=state,
                    visit=cause.visit if cause else None,
                    page=cause.url if cause else None,
                    why=why,
                )
    yield from _unseen_beside(plan, steps)


def _unseen_beside(plan: TagPlan, steps: Sequence[TagStep]) -> Iterator[Question]:
    marked = {(hit.vendor, hit.account) for step in steps for hit in step.hits if not hit.fires and hit.mark}
    for planned in plan.containers:
        if (planned.vendor, planned.account) not in marked:
            name = f"{planned.vendor} {planned.account or ''}".strip()
            why = f"{name} was not seen being loaded with anything that tells its version."
            yield _open(FaultKind.CONTAINER, planned.vendor, why)
    for entry in plan.data_layer:
        if not any(asked(entry, step) for step in steps):
            yield _open(FaultKind.DATA_LAYER, entry.name, "No step was seen in which it belongs.")


def _open(kind: FaultKind, tag: str, why: str) -> Question:
    return Question(kind=kind, tag=tag, state=None, visit=None, page=None, why=why)


def _could_be(tag: PlannedTag, failed: NotPlayed) -> bool:
    """The failed step, or a later one, which was not reached because of it."""
    return named(failed.step, tag.steps) or bool(tag.steps)
