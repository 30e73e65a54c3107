"""What the plan says beside hits: cookies that tags write, containers, and the data layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.tagplan.conditions import mismatch, undecidable
from classifiers.tagplan.counting import expected
from classifiers.tagplan.globs import fits, named
from classifiers.tagplan.plan import PlannedCookie, PlannedEntry, PlannedTag, TagPlan
from classifiers.tagplan.records import Fault, FaultKind, LayerEntry, LayerField, Question, TagStep
from crawler.observations import CookieSighting, CookieWitness, Operation
from crawler.visits import Visit

DAY = 86_400.0


def containers(plan: TagPlan, step: TagStep) -> Iterator[Fault]:
    """Loaded scripts that are not what they were when the plan was made."""
    for planned in plan.containers:
        for hit in step.hits:
            if hit.vendor != planned.vendor or hit.fires or hit.mark is None or hit.error is not None:
                continue
            if hit.account != planned.account or hit.mark == planned.version:
                continue
            label = " ".join(part for part in (hit.vendor_name, hit.account) if part)
            yield Fault(
                kind=FaultKind.CONTAINER,
                tag=planned.vendor,
                subject=f"{planned.vendor} {planned.account or ''}".strip(),
                sentence=f"{label} is another version than planned: {hit.mark}, planned {planned.version}.",
                vendor=hit.vendor,
                vendor_name=hit.vendor_name,
                state=step.state,
                page=step.page,
                step=step.name,
                visit=step.visit,
                evidence=(hit.evidence,),
                place=planned.place,
            )


def cookies(tag: PlannedTag, visit: Visit, steps: Sequence[TagStep]) -> Iterator[Fault]:
    """Of one visit; `steps` are those of the visit. Cookies that a visit only found in its jar say nothing of flags."""
    where = next((step for step in steps if expected(tag, step) and step.unproved is None), None)
    for planned in tag.cookies:
        mine = [
            one for one in visit.cookies if named(one.name, (planned.name,)) and one.operation is not Operation.REMOVE
        ]
        if not mine and where is not None:
            yield _cookie_fault(tag, planned, visit, where, (), "was planned and not written")
        for cookie in mine:
            told = _differs(planned, cookie)
            if told is not None:
                step = next((one for one in steps if one.name == cookie.phase), steps[0])
                yield _cookie_fault(tag, planned, visit, step, (f"{visit.id}/{cookie.id}",), told)
                break


def _differs(planned: PlannedCookie, cookie: CookieSighting) -> str | None:
    for what, wanted, found in (
        ("domain", planned.domain, cookie.domain),
        ("path", planned.path, cookie.path),
        ("Secure", planned.secure, cookie.secure),
        ("SameSite", planned.same_site, cookie.same_site),
    ):
        if wanted is not None and wanted != found:
            return f"has {what} {found}, planned {wanted}"
    asked = cookie.lifetime_asked
    witnessed = set(cookie.seen_in) != {CookieWitness.JAR}
    if planned.max_days is not None and witnessed and asked is not None and asked > planned.max_days * DAY:
        return f"asks to live {asked / DAY:.0f} days, planned at most {planned.max_days:g}"
    return None


def _cookie_fault(
    tag: PlannedTag, planned: PlannedCookie, visit: Visit, step: TagStep, evidence: tuple[str, ...], told: str
) -> Fault:
    return Fault(
        kind=FaultKind.COOKIE,
        tag=tag.id,
        subject=f"{tag.id} {planned.name}",
        sentence=f"The cookie {planned.name} of {tag.id} {told}.",
        vendor=tag.vendor,
        state=step.state,
        page=step.page,
        step=step.name,
        visit=visit.id,
        evidence=evidence,
        place=planned.place or tag.place,
    )


def data_layer(plan: TagPlan, step: TagStep) -> Iterator[Fault | Question]:
    for planned in plan.data_layer:
        if not asked(planned, step):
            continue
        if step.layer is None:
            yield _question(planned, step, "The data layer was not recorded in this step.")
            continue
        entries = [entry for entry in step.layer if _is(planned, entry)]
        if not entries:
            yield _fault(planned, step, planned.name, f"The data layer holds no entry {planned.name!r}.")
        for entry in entries:
            yield from _values(planned, step, entry)


def asked(planned: PlannedEntry, step: TagStep) -> bool:
    if planned.scenarios and step.state not in planned.scenarios:
        return False
    return fits(step.page, planned.pages) and (named(step.name, planned.steps) if planned.steps else step.loaded)


def _is(planned: PlannedEntry, entry: LayerEntry) -> bool:
    if planned.event is not None:
        return named(entry.event, (planned.event,))
    return any(field.name in planned.values for field in entry.fields)


def _values(planned: PlannedEntry, step: TagStep, entry: LayerEntry) -> Iterator[Fault | Question]:
    held: dict[str, LayerField] = {field.name: field for field in entry.fields}
    for name, condition in planned.values.items():
        field = held.get(name)
        where = f"{name!r} of the data-layer entry {planned.name!r}"
        told: str | None
        if field is None:
            told = "is not there" if condition.required and not condition.forbidden else None
        elif condition.forbidden:
            told = "is there, and the plan forbids it"
        elif field.value is None:
            if condition.no_pii and field.shape == "email":
                told = "holds an e-mail address"
            else:
                told = None
                if undecidable(condition):
                    yield _question(planned, step, f"The value of {where} may identify someone and was not kept.")
        else:
            told = mismatch(condition, field.value)
        if told is not None:
            yield _fault(planned, step, f"{planned.name} {name}", f"The value {where} {told}.")


def _fault(planned: PlannedEntry, step: TagStep, subject: str, sentence: str) -> Fault:
    return Fault(
        kind=FaultKind.DATA_LAYER,
        tag=f"data layer: {planned.name}",
        subject=subject,
        sentence=sentence,
        state=step.state,
        page=step.page,
        step=step.name,
        visit=step.visit,
        place=planned.place,
    )


def _question(planned: PlannedEntry, step: TagStep, why: str) -> Question:
    return Question(
        kind=FaultKind.DATA_LAYER,
        tag=planned.name,
        state=step.state,
        visit=step.visit,
        page=step.page,
        why=why,
    )
