"""What is wrong with a hit that the plan does foresee: parameters, consent signals, errors."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.tagplan.conditions import mismatch, undecidable
from classifiers.tagplan.globs import named
from classifiers.tagplan.plan import Condition, Fires, PlannedTag
from classifiers.tagplan.records import Fault, FaultKind, Question, TagHit, TagStep
from crawler.observations import Consent
from crawler.signals import Gcd, Gcs, decode_gcd, decode_gcs


def about(tag: PlannedTag, hit: TagHit, step: TagStep) -> Iterator[Fault | Question]:
    yield from _parameters(tag, hit, step)
    yield from _signals(tag, hit, step)
    if tag.expects(step.state) is Fires.PINGS_ONLY and (granted := _grants(hit)):
        yield fault(
            FaultKind.SIGNAL,
            hit,
            step,
            tag=tag,
            subject=f"{hit.name} {step.state}",
            sentence=f"{hit.name} was planned to send pings only under `{step.state}`, and signals {granted}.",
        )


def error_of(hit: TagHit, step: TagStep, tag: PlannedTag | None) -> Fault:
    return fault(
        FaultKind.ERROR,
        hit,
        step,
        tag=tag,
        subject=f"{hit.account or ''} {hit.event or hit.kind.value} {hit.error}".strip(),
        sentence=f"{hit.name} ({hit.kind.value}) failed: {hit.error}.",
    )


def fault(kind: FaultKind, hit: TagHit, step: TagStep, *, tag: PlannedTag | None, subject: str, sentence: str) -> Fault:
    return Fault(
        kind=kind,
        tag=tag.id if tag else hit.vendor,
        subject=subject,
        sentence=sentence,
        vendor=hit.vendor,
        vendor_name=hit.vendor_name,
        state=step.state,
        page=step.page,
        step=step.name,
        visit=step.visit,
        evidence=(hit.evidence,),
        place=tag.place if tag else None,
    )


def _parameters(tag: PlannedTag, hit: TagHit, step: TagStep) -> Iterator[Fault | Question]:
    sent = {parameter.name: parameter for parameter in hit.parameters}
    for name, condition in tag.params.items():
        parameter = sent.get(name)
        told: str | None
        if parameter is None:
            if hit.problems and not condition.forbidden:
                yield _unread(tag, step, f"Not all of {hit.name} could be read ({hit.problems[0]})")
                continue
            told = "is not there" if condition.required and not condition.forbidden else None
        elif condition.forbidden:
            told = "is there, and the plan forbids it"
        elif parameter.withheld:
            if undecidable(condition):
                yield _unread(tag, step, f"The value of {name!r} of {hit.name} may identify someone and was not kept")
            continue
        else:
            told = mismatch(condition, parameter.value)
        if told is not None:
            yield _parameter_fault(tag, hit, step, name=name, told=told, condition=condition)


def _parameter_fault(
    tag: PlannedTag, hit: TagHit, step: TagStep, *, name: str, told: str, condition: Condition
) -> Fault:
    title = next((parameter.title for parameter in hit.parameters if parameter.name == name), None)
    found = fault(
        FaultKind.PARAMETER,
        hit,
        step,
        tag=tag,
        subject=f"{hit.account or ''} {hit.event or ''} {name}".strip(),
        sentence=f"The parameter {name!r}{f' ({title})' if title else ''} of {hit.name} {told}.",
    )
    return found.model_copy(update={"place": condition.place or tag.place})


def _unread(tag: PlannedTag, step: TagStep, why: str) -> Question:
    return Question(
        kind=FaultKind.PARAMETER, tag=tag.id, state=step.state, visit=step.visit, page=step.page, why=f"{why}."
    )


def _signals(tag: PlannedTag, hit: TagHit, step: TagStep) -> Iterator[Fault]:
    for name, planned in tag.consent_signals.get(step.state, {}).items():
        values = [one.value for one in hit.consent if name in (one.parameter, one.signal.value)]
        if not values:
            told = f"carries no {name}, planned {planned}"
        elif not any(named(value, (planned,)) for value in values):
            told = f"carries {name}={values[0]}, planned {planned}"
        else:
            continue
        yield fault(
            FaultKind.SIGNAL,
            hit,
            step,
            tag=tag,
            subject=f"{hit.account or ''} {hit.event or ''} {name} {step.state}".strip(),
            sentence=f"Under `{step.state}` {hit.name} {told}.",
        )


def _grants(hit: TagHit) -> str | None:
    """The signal by which the hit says more than denied; None: it says denied, or nothing."""
    for signal in hit.consent:
        if signal.parameter not in ("gcs", "gcd"):
            continue
        decoded = decode_gcs(signal.value) if signal.parameter == "gcs" else decode_gcd(signal.value)
        if isinstance(decoded, Gcs | Gcd) and decoded.says in (Consent.ACCEPTED, Consent.PARTIAL):
            return f"{signal.parameter}={signal.value}"
    return None if hit.consent else "no consent state at all"
