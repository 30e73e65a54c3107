"""Drafts a plan from what a scan saw: a first version to correct, not a judgement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from classifiers.tagplan.globs import path_of
from classifiers.tagplan.plan import SCHEMA, Fires
from classifiers.tagplan.records import TagHit, TagStep
from crawler.scenarios import MADE_BY, Action

_HEAD = """What should fire on this site. Drafted from a scan: it says what was seen, not what is right.
Correct it, then judge scans with it: consentinel tags check tagplan.yaml STORE
"""
_MOST_EVENTS = 30
_WIDEST = 80
"""Characters of a list in one line."""
_CHOOSING = frozenset(action.value for action in MADE_BY) | {Action.DISMISS.value}


@dataclass
class _Seen:
    """A tag: events of page views and of what a choice sets off are one line, those of a journey's step another."""

    vendor: str
    account: str | None
    of_steps: bool
    events: dict[str, None] = field(default_factory=dict)
    pages: dict[str, None] = field(default_factory=dict)
    steps: dict[str, None] = field(default_factory=dict)
    counts: dict[tuple[str, str], dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    """Step of a visit, page → event → how often."""
    states: dict[str, None] = field(default_factory=dict)
    gcs: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    """Consent scenario → consent states that its hits carried; None: one carried none."""


def draft(steps: Sequence[TagStep]) -> str:
    """The text of a tagplan.yaml. Raises ValueError where no tag was seen, since a plan of nothing plans nothing."""
    seen_in_views = {
        (hit.vendor, hit.account, hit.event)
        for step in steps
        for hit in step.hits
        if hit.fires and not _is_of_journey(step)
    }
    found: dict[tuple[str, str | None, bool], _Seen] = {}
    for step in steps:
        for hit in step.hits:
            if hit.fires:
                of_steps = _is_of_journey(step) and (hit.vendor, hit.account, hit.event) not in seen_in_views
                key = (hit.vendor, hit.account, of_steps)
                _note(found.setdefault(key, _Seen(hit.vendor, hit.account, of_steps)), step, hit)
    if not found:
        raise ValueError("no tag of a known vendor was seen in this scan, so there is nothing to draft a plan from")
    plan = CommentedMap(schema=SCHEMA)
    plan.yaml_set_start_comment(_HEAD)
    ids: set[str] = set()
    plan["tags"] = [_tag(seen, steps, ids) for seen in found.values()]
    containers = _containers(steps)
    if containers:
        plan["containers"] = containers
    text = StringIO()
    yaml = YAML()
    yaml.width = 200
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(plan, text)
    return text.getvalue()


def _is_of_journey(step: TagStep) -> bool:
    return not step.loaded and step.name.partition("-")[0] not in _CHOOSING


def _note(seen: _Seen, step: TagStep, hit: TagHit) -> None:
    seen.events.setdefault(hit.event or "")
    seen.pages.setdefault(path_of(step.page))
    seen.steps.setdefault(step.name)
    seen.counts[_place(step)][hit.event or ""] += 1
    if step.unproved is None:
        seen.states.setdefault(step.state)
        seen.gcs[step.state].add(next((one.value for one in hit.consent if one.parameter == "gcs"), None))


def _place(step: TagStep) -> tuple[str, str]:
    return f"{step.visit} {step.name}", step.page


def _tag(seen: _Seen, steps: Sequence[TagStep], ids: set[str]) -> CommentedMap:
    tag = CommentedMap(id=_id(seen, ids), vendor=seen.vendor)
    if seen.account:
        tag["account"] = seen.account
    if not seen.of_steps and set(seen.pages) != {path_of(step.page) for step in steps}:
        tag["pages"] = _list(sorted(seen.pages))
    if seen.of_steps:
        tag["steps"] = _list(list(seen.steps))
    events = [event for event in seen.events if event]
    if events and len(events) <= _MOST_EVENTS:
        tag["events"] = _list(events)
    most = max(count for counts in seen.counts.values() for count in counts.values())
    tag["per_step" if seen.of_steps else "per_page_view"] = _flow_map(min=_least(seen, steps), max=most)
    states = tuple(dict.fromkeys(step.state for step in steps if step.unproved is None))
    tag["scenarios"] = _flow_map(
        **{state: (Fires.FIRES if state in seen.states else Fires.NONE).value for state in states}
    )
    signals = {state: next(iter(values)) for state, values in seen.gcs.items() if len(values) == 1}
    if any(signals.values()):
        tag["consent_signals"] = {state: _flow_map(gcs=value) for state, value in signals.items() if value}
    return tag


def _least(seen: _Seen, steps: Sequence[TagStep]) -> int:
    """Over the steps in which the drafted line is due, and over its events, each of which is counted for itself."""
    due = [
        step
        for step in steps
        if (step.name in seen.steps if seen.of_steps else step.loaded and path_of(step.page) in seen.pages)
        and step.state in seen.states
    ]
    return min((seen.counts.get(_place(step), {}).get(event, 0) for step in due for event in seen.events), default=0)


def _id(seen: _Seen, taken: set[str]) -> str:
    plain = "".join(one if one.isalnum() or one in "._-" else "-" for one in seen.account or "")
    step = next(iter(seen.steps)) if seen.of_steps else ""
    base = "-".join(part for part in (seen.vendor, plain[:40], step) if part)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name


def _containers(steps: Sequence[TagStep]) -> list[CommentedMap]:
    marks: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for step in steps:
        for hit in step.hits:
            if not hit.fires and hit.mark and hit.error is None and hit.account:
                marks[hit.vendor, hit.account].add(hit.mark)
    return [
        CommentedMap(vendor=vendor, account=account, version=next(iter(found)))
        for (vendor, account), found in marks.items()
        if len(found) == 1
    ]


def _list(items: list[str]) -> CommentedSeq:
    sequence = CommentedSeq(items)
    if sum(len(item) + 2 for item in items) <= _WIDEST:
        sequence.fa.set_flow_style()
    return sequence


def _flow_map(**items: object) -> CommentedMap:
    mapping = CommentedMap(**items)
    mapping.fa.set_flow_style()
    return mapping
