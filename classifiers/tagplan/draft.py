"""Drafts a plan from what a scan saw: a first version to correct, not a judgement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from classifiers.tagplan.globs import path_of
from classifiers.tagplan.plan import SCHEMA, Fires
from classifiers.tagplan.records import TagHit, TagStep

_HEAD = """What should fire on this site. Drafted from a scan: it says what was seen, not what is right.
Correct it, then judge scans with it: consentinel tags check tagplan.yaml STORE
"""
_MOST_EVENTS = 30


@dataclass
class _Seen:
    vendor: str
    account: str | None
    events: dict[str, None] = field(default_factory=dict)
    pages: dict[str, None] = field(default_factory=dict)
    steps: dict[str, None] = field(default_factory=dict)
    by_step: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    states: dict[str, None] = field(default_factory=dict)
    gcs: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    """Consent scenario → consent states that its hits carried; None: one carried none."""
    in_page_view: bool = False


def draft(steps: Sequence[TagStep]) -> str:
    """The text of a tagplan.yaml. Raises ValueError where no tag was seen, since a plan of nothing plans nothing."""
    found: dict[tuple[str, str | None, bool], _Seen] = {}
    for step in steps:
        for hit in step.hits:
            if hit.fires:
                seen = found.setdefault((hit.vendor, hit.account, step.loaded), _Seen(hit.vendor, hit.account))
                _note(seen, step, hit)
    if not found:
        raise ValueError("no tag of a known vendor was seen in this scan, so there is nothing to draft a plan from")
    plan = CommentedMap(schema=SCHEMA)
    plan.yaml_set_start_comment(_HEAD)
    states = tuple(dict.fromkeys(step.state for step in steps if step.unproved is None))
    pages = {step.page for step in steps}
    ids: set[str] = set()
    plan["tags"] = [_tag(seen, states, pages, ids) for seen in found.values()]
    containers = _containers(steps)
    if containers:
        plan["containers"] = containers
    text = StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(plan, text)
    return text.getvalue()


def _note(seen: _Seen, step: TagStep, hit: TagHit) -> None:
    seen.events.setdefault(hit.event or "")
    seen.pages.setdefault(path_of(step.page))
    seen.steps.setdefault(step.name)
    seen.by_step[step.visit, f"{step.name} {step.page}", hit.event or ""] += 1
    seen.in_page_view = seen.in_page_view or step.loaded
    if step.unproved is None:
        seen.states.setdefault(step.state)
        seen.gcs[step.state].add(next((one.value for one in hit.consent if one.parameter == "gcs"), None))


def _tag(seen: _Seen, states: Iterable[str], pages: set[str], ids: set[str]) -> CommentedMap:
    tag = CommentedMap(id=_id(seen, ids), vendor=seen.vendor)
    if seen.account:
        tag["account"] = seen.account
    if set(seen.pages) != {path_of(page) for page in pages}:
        tag["pages"] = _flow(sorted(seen.pages))
    if not seen.in_page_view:
        tag["steps"] = _flow(list(seen.steps))
    events = [event for event in seen.events if event]
    if events and len(events) <= _MOST_EVENTS:
        tag["events"] = _flow(events)
    counts = list(seen.by_step.values())
    # Not on every page view: then how often is for people to say.
    tag["per_page_view" if seen.in_page_view else "per_step"] = _flow_map(min=0, max=max(counts))
    tag["scenarios"] = _flow_map(
        **{state: (Fires.FIRES if state in seen.states else Fires.NONE).value for state in states}
    )
    signals = {state: next(iter(values)) for state, values in seen.gcs.items() if len(values) == 1}
    if any(signals.values()):
        tag["consent_signals"] = {state: _flow_map(gcs=value) for state, value in signals.items() if value}
    return tag


def _id(seen: _Seen, taken: set[str]) -> str:
    plain = "".join(one if one.isalnum() or one in "._-" else "-" for one in seen.account or "")
    base = "-".join(part for part in (seen.vendor, plain[:40]) if part)
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


def _flow(items: list[str]) -> CommentedSeq:
    sequence = CommentedSeq(items)
    sequence.fa.set_flow_style()
    return sequence


def _flow_map(**items: object) -> CommentedMap:
    mapping = CommentedMap(**items)
    mapping.fa.set_flow_style()
    return mapping
