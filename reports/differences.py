"""What changed between two audits of a site, and who brought it in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from classifiers.findings import Audit, Finding, Item
from crawler.observations import CookieSighting, Record
from crawler.visits import VisitStatus
from reports.baseline import RUNS_FOR_ABSENCE, absence_shown
from reports.blame import Blame, blame_of_item, first_evidence

_NOISE = {"seen_as", "largest_bytes"}
"""Details that differ from visit to visit of themselves."""
_VERSION = re.compile(r"(?:container|tag).*version|^version$", re.IGNORECASE)


class ChangeKind(StrEnum):
    APPEARED = "appeared"
    GONE = "gone"
    NOT_SEEN = "not_seen"
    """Missing in the later audit, which could not show that it is gone."""
    CHANGED = "changed"


class Aspect(Record):
    """One property of an item, before and after."""

    name: str
    before: str
    after: str


class ItemChange(Record):
    kind: ChangeKind
    item: Item
    """As in the later audit; for what is gone, as in the earlier."""
    aspects: tuple[Aspect, ...] = ()
    introduced_by: tuple[str, ...] = ()
    """Outermost first: page, tag manager with its version, script."""
    why: str = ""


class FindingChange(Record):
    kind: ChangeKind
    finding: Finding


class Differences(Record):
    before: str
    """Id of the earlier scan."""
    after: str
    items: tuple[ItemChange, ...] = ()
    findings: tuple[FindingChange, ...] = ()
    caveats: tuple[str, ...] = ()
    """What makes the two audits hard to compare."""

    def of(self, kind: ChangeKind) -> tuple[ItemChange, ...]:
        return tuple(change for change in self.items if change.kind is kind)

    def findings_of(self, kind: ChangeKind) -> tuple[Finding, ...]:
        return tuple(change.finding for change in self.findings if change.kind is kind)


def diff(before: Audit, after: Audit) -> Differences:
    old = {_identity(item): item for item in before.items}
    new = {_identity(item): item for item in after.items}
    changes: list[ItemChange] = []
    for key, item in new.items():
        if key not in old:
            changes.append(ItemChange(kind=ChangeKind.APPEARED, item=item, introduced_by=_introduced(item, after)))
            continue
        aspects = tuple(_aspects(old[key], item, before, after))
        if aspects:
            changes.append(
                ItemChange(kind=ChangeKind.CHANGED, item=item, aspects=aspects, introduced_by=_introduced(item, after))
            )
    changes.extend(_missing(item, after) for key, item in old.items() if key not in new)
    return Differences(
        before=before.scan.id,
        after=after.scan.id,
        items=tuple(changes),
        findings=tuple(_finding_changes(before, after)),
        caveats=tuple(_caveats(before, after)),
    )


def _identity(item: Item) -> tuple[str, str, str]:
    return (item.kind, item.name, item.domain)


def _missing(item: Item, after: Audit) -> ItemChange:
    why = _why_not_gone(item, after)
    return ItemChange(kind=ChangeKind.NOT_SEEN if why else ChangeKind.GONE, item=item, why=why)


def _why_not_gone(item: Item, after: Audit) -> str:
    """Empty: every scenario that showed it ran often enough, completely, without showing it."""
    if after.scan.runs < RUNS_FOR_ABSENCE:
        return f"absence counts from {RUNS_FOR_ABSENCE} runs on; the later scan made {after.scan.runs}"
    if not after.coverage.enough:
        return "the later scan saw too little"
    for scenario in item.scenarios:
        visits = [visit for visit in after.visits if visit.scenario == scenario]
        if not visits:
            return f'the later scan did not play "{scenario}"'
        if any(visit.status is not VisitStatus.COMPLETE for visit in visits):
            return f'not every later visit under "{scenario}" was complete'
    pages = {visit.url for visit in after.visits}
    unseen = [page for page in item.pages if page not in pages]
    return f"{unseen[0]} was not visited again" if unseen else ""


def _aspects(old: Item, new: Item, before: Audit, after: Audit) -> Iterator[Aspect]:
    def told(name: str, was: str, is_: str) -> Iterator[Aspect]:
        if was != is_:
            yield Aspect(name=name, before=was, after=is_)

    if _lifetime_moved(old.lifetime_asked, new.lifetime_asked):
        yield from told("lifetime asked", lifetime(old.lifetime_asked), lifetime(new.lifetime_asked))
    yield from told("vendor", old.label.vendor or "unknown", new.label.vendor or "unknown")
    yield from told("entity", old.label.entity or "unknown", new.label.entity or "unknown")
    yield from told("purpose", old.purpose.value, new.purpose.value)
    yield from told("declared", old.declared.value, new.declared.value)
    if set(before.scan.scenarios) == set(after.scan.scenarios):  # else the consents seen differ because asked ones do
        yield from told("seen under consent", _listed(old.consents), _listed(new.consents))
        yield from told("seen in scenarios", _listed(old.scenarios), _listed(new.scenarios))
    was = _attributes(old, before)
    now = _attributes(new, after)
    for name in sorted(was.keys() | now.keys()):
        yield from told(name, was.get(name, "absent"), now.get(name, "absent"))


def _attributes(item: Item, audit: Audit) -> dict[str, str]:
    """What the audit details, and a cookie's attributes as first asked for."""
    told = {entry.name: entry.value for entry in item.detail if entry.name not in _NOISE}
    sighting = first_evidence(audit, item)
    if isinstance(sighting, CookieSighting):
        told["Secure"] = "yes" if sighting.secure else "no"
        told["HttpOnly"] = "yes" if sighting.http_only else "no"
        told["SameSite"] = sighting.same_site or "absent"
        told["Partitioned"] = "yes" if sighting.partitioned else "no"
        told["Path"] = sighting.path
    return told


def _lifetime_moved(old: float | None, new: float | None) -> bool:
    """Expires dates drift by the seconds between two scans: only a change of over 1 % and a minute is told."""
    if old is None or new is None:
        return old is not new
    return abs(old - new) > max(60.0, 0.01 * max(old, new))


def lifetime(seconds: float | None) -> str:
    """In the largest unit that keeps it readable; None is a session."""
    if seconds is None:
        return "session"
    for size, unit in ((86400 * 365, "years"), (86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} seconds"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(sorted(str(value) for value in values))


def _introduced(item: Item, audit: Audit) -> tuple[str, ...]:
    blame: Blame = blame_of_item(audit, item)
    versions = [f"{entry.name} {entry.value}" for entry in item.detail if _VERSION.search(entry.name)]
    return (*blame, *versions)


def _finding_changes(before: Audit, after: Audit) -> Iterator[FindingChange]:
    old = {finding.fingerprint: finding for finding in before.findings}
    new = {finding.fingerprint: finding for finding in after.findings}
    for print_, finding in new.items():
        if print_ not in old:
            yield FindingChange(kind=ChangeKind.APPEARED, finding=finding)
    for print_, finding in old.items():
        if print_ not in new:
            gone = absence_shown(after, rule=finding.rule, scenario=finding.scenario)
            yield FindingChange(kind=ChangeKind.GONE if gone else ChangeKind.NOT_SEEN, finding=finding)


def _caveats(before: Audit, after: Audit) -> Iterator[str]:
    if before.site != after.site:
        yield f"The two scans are of different sites: {before.site} and {after.site}."
    if before.scan.scenarios != after.scan.scenarios:
        yield f"Different scenarios: {_listed(before.scan.scenarios)} before, {_listed(after.scan.scenarios)} after."
    if before.scan.browser != after.scan.browser:
        yield f"Different browsers: {before.scan.browser} before, {after.scan.browser} after."
    if before.judged_with != after.judged_with:
        yield "Catalogue, lists or declaration differ, so labels may have changed without any change of the site."
    for name, audit in (("earlier", before), ("later", after)):
        if not audit.coverage.enough:
            yield f"The {name} scan saw too little: {'; '.join(audit.coverage.why_not) or 'coverage was too low'}."
