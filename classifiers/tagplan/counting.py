"""How often each planned tag fired in each step, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classifiers.tagplan.globs import fits, named
from classifiers.tagplan.plan import Fires, PlannedTag, TagPlan
from classifiers.tagplan.records import Fault, FaultKind, Question, TagHit, TagStep
from crawler.signals import Gcd, Granted, decode_gcd

CONSENT_DEFAULT = "consent_default"
ONE_MOMENT = 0.05
"""Seconds: what a page starts in one go leaves Chromium in any order (measured: pixels swapped 0.1 ms apart)."""

ONE_TASK = 1.0
"""Seconds: on a busy machine, what one task of a page sends is that far apart at most."""

Matched = Mapping[str, Sequence[TagHit]]
"""Line of the plan → its hits in one step."""


def counted(
    plan: TagPlan, step: TagStep, matched: Matched, *, mistaken: Mapping[str, set[str | None]]
) -> Iterator[Fault | Question]:
    """`mistaken`: line → events that fired in this step with a wrong id, which are not missing as well."""
    for tag in plan.tags:
        hits = matched.get(tag.id, ())
        for event in tag.events or (None,):
            mine = [hit for hit in hits if event is None or named(hit.event, (event,))]
            yield from _too_often(tag, step, mine)
            if len(mine) >= tag.count.min or not expected(tag, step):
                continue
            if any(event is None or named(other, (event,)) for other in mistaken.get(tag.id, ())):
                continue
            if step.blind is not None:
                yield _question(FaultKind.MISSING, tag, step, step.blind)
                continue
            label = " ".join(part for part in (tag.id, event) if part)
            times = "did not fire" if not mine else f"fired {len(mine)} times, planned at least {tag.count.min}"
            where = f"in the step {step.name!r}" if tag.steps else "on this page view"
            yield Fault(
                kind=FaultKind.MISSING,
                tag=tag.id,
                subject=label,
                sentence=f"{label} {times} {where} under `{step.state}`.",
                vendor=tag.vendor,
                state=step.state,
                page=step.page,
                step=step.name,
                visit=step.visit,
                evidence=tuple(hit.evidence for hit in mine),
                place=tag.place,
            )


def _question(kind: FaultKind, tag: PlannedTag, step: TagStep, why: str) -> Question:
    return Question(kind=kind, tag=tag.id, state=step.state, visit=step.visit, page=step.page, why=why)


def expected(tag: PlannedTag, step: TagStep) -> bool:
    """Whether the plan says that the tag fires in this step."""
    if tag.expects(step.state) is not Fires.FIRES or not fits(step.page, tag.pages) or fits(step.page, tag.exclude):
        return False
    if named(step.name, tag.exclude_steps):
        return False
    return named(step.name, tag.steps) if tag.steps else step.loaded


def _too_often(tag: PlannedTag, step: TagStep, hits: Sequence[TagHit]) -> Iterator[Fault]:
    most = tag.count.max
    by_name: dict[tuple[str | None, str | None], list[TagHit]] = {}
    for hit in hits:
        by_name.setdefault((hit.account, hit.event), []).append(hit)
    for (account, event), mine in by_name.items():
        if most is None or len(mine) <= most:
            continue
        yield Fault(
            kind=FaultKind.DUPLICATE,
            tag=tag.id,
            subject=f"{account or ''} {event or ''}".strip(),
            sentence=f"{mine[0].name} fired {len(mine)} times in one step ({step.name}), planned at most {most}.",
            vendor=tag.vendor,
            vendor_name=mine[0].vendor_name,
            state=step.state,
            page=step.page,
            step=step.name,
            visit=step.visit,
            evidence=tuple(hit.evidence for hit in mine),
            place=tag.place,
        )


def in_order(
    plan: TagPlan, step: TagStep, matched: Matched, *, mistaken: Mapping[str, set[str | None]]
) -> Iterator[Fault | Question]:
    for tag in plan.tags:
        hits = matched.get(tag.id, ())
        if not hits:
            continue
        first = min(hits, key=lambda hit: hit.order)
        for before in tag.after:
            if before in mistaken and not matched.get(before):
                continue  # it fired with a wrong id, which is told as such
            told = (
                _no_default(first, step, tag)
                if before == CONSENT_DEFAULT
                else _not_after(first, matched.get(before, ()))
            )
            if told is None:
                continue
            if isinstance(told, Question):
                yield told
                continue
            yield Fault(
                kind=FaultKind.ORDER,
                tag=tag.id,
                subject=f"{tag.id} after {before}",
                sentence=f"{first.name} was planned after {before}; {told}.",
                vendor=tag.vendor,
                vendor_name=first.vendor_name,
                state=step.state,
                page=step.page,
                step=step.name,
                visit=step.visit,
                evidence=(first.evidence,),
                place=tag.place,
            )


def _not_after(first: TagHit, others: Sequence[TagHit]) -> str | None:
    if not others:
        return "that one did not fire in this step"
    earliest = min(others, key=lambda hit: hit.order)
    ahead = earliest.at - first.at
    together = first.task is not None and first.task == earliest.task
    return f"it fired {ahead * 1000:.0f} ms before that one" if ahead > (ONE_TASK if together else ONE_MOMENT) else None


def _no_default(first: TagHit, step: TagStep, tag: PlannedTag) -> str | Question | None:
    """From gcd, which tells defaults apart from updates; otherwise from the order of the data layer."""
    raw = next((signal.value for signal in first.consent if signal.parameter == "gcd"), None)
    decoded = decode_gcd(raw) if raw is not None else None
    if isinstance(decoded, Gcd):
        unset = all(signal.default is Granted.UNSET for signal in decoded.signals)
        return f"gcd={raw} signals that no default was set" if unset else None
    if step.layer is None:
        why = f"{first.name} carries no gcd, and the data layer was not recorded: the order cannot be told."
        return _question(FaultKind.ORDER, tag, step, why)
    for entry in step.layer:
        words = [field.value for field in entry.fields if field.name in ("0", "1")]
        if words == ["consent", "default"]:
            return None
        if words[:1] == ["config"] or entry.event in ("gtm.js", "gtm.dom"):
            return "the data layer holds no consent default before it"
    return "the data layer holds no consent default"
