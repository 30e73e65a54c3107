"""Precision and recall of each rule over the labelled sites: `python -m tests.rule_accuracy [names…] [--write]`.

Plays the pages with the real engine; `--recorded` judges what it saw when they were played last. `--unseen` takes the
pages that the rules were not made with. Exit 1 where a rule is wrong about a page and its `known_gaps` does not say so.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from classifiers.audit import audit
from classifiers.findings import Audit, VerdictKind
from classifiers.mails import read_mails
from classifiers.tagplan.reading import read_plan
from classifiers.vendors import Catalogue
from reports.accuracy import FILE, Accuracy, write_accuracy
from reports.context import RuleAccuracy
from tests.fact_playing import play_sites
from tests.fact_recordings import Played, read_recording, write_recording
from tests.labelled_sites import MEASURED, UNSEEN, VENDORS, WITHOUT_PAGE, LabelledSite, labelled_sites
from tests.rule_cases import VendorList
from tests.site_server import SITES

TCF_VENDORS = {2: "AdNimbus GmbH", 25: "OrderMeter Ltd", 77: "PartnerGrid SA"}
"""As the pages' strings count them; PulseMetrics has not joined."""


class Judged(NamedTuple):
    site: LabelledSite
    found: frozenset[tuple[str, str]]
    """Rule and outcome of its findings, of the rules that are measured."""
    undecided: frozenset[str]
    """Rules that found nothing and could not be decided under every scenario that they need."""
    passed: frozenset[str]
    """Rules with a pass under one scenario at least."""
    not_played: tuple[str, ...]
    """Why the scan says too little; empty: all that was asked for was seen."""
    audit: Audit

    @property
    def missed(self) -> frozenset[tuple[str, str]]:
        return self.site.facts.expected - self.found

    @property
    def wrong(self) -> frozenset[tuple[str, str]]:
        return self.found - self.site.facts.expected

    @property
    def unexplained(self) -> list[str]:
        """Errors that `known_gaps` does not name, gaps that are none any more, and passes on a page that nobody saw."""
        gaps = self.site.facts.known_gaps
        errors = {rule for rule, _ in self.missed | self.wrong}
        said = [f"{rule} ({outcome}) was not found" for rule, outcome in sorted(self.missed) if rule not in gaps]
        said += [f"{rule} ({outcome}) was found" for rule, outcome in sorted(self.wrong) if rule not in gaps]
        said += [f"the known gap of {rule} is none any more" for rule in sorted(gaps.keys() - errors)]
        if not self.site.facts.page_seen:
            said += [f"{rule} passes although the page was not seen" for rule in sorted(self.passed)]
        return said


def judge_played(sites: Sequence[LabelledSite], played: Mapping[str, Played]) -> list[Judged]:
    """Judges each site as an audit of its own."""
    catalogue = Catalogue.load(SITES.parent / "catalogue", VENDORS)
    return [_judge(site, played[site.host], catalogue) for site in sorted(sites, key=lambda site: site.host)]


def _judge(site: LabelledSite, played: Played, catalogue: Catalogue) -> Judged:
    result = audit(
        played.scan,
        played.visits,
        declaration=site.declared(played.url),
        catalogue=catalogue,
        judged_at=datetime.now(UTC),
        lists=VendorList(TCF_VENDORS),
        plan=read_plan(site.plan, catalogue=catalogue) if site.plan else None,
        mails=read_mails([site.mails]) if site.mails else (),
        profile=site.facts.profile,
    )
    found = frozenset((one.rule, one.outcome.value) for one in result.findings if one.rule in MEASURED)
    kinds: dict[str, set[VerdictKind]] = {}
    for verdict in result.verdicts:
        kinds.setdefault(verdict.rule, set()).add(verdict.kind)
    firing = {rule for rule, _ in found}
    return Judged(
        site=site,
        found=found,
        undecided=frozenset(r for r, k in kinds.items() if VerdictKind.UNDECIDED in k and r not in firing),
        passed=frozenset(rule for rule, kind in kinds.items() if VerdictKind.PASS in kind),
        not_played=result.coverage.why_not,
        audit=result,
    )


def measure(judged: Iterable[Judged]) -> Accuracy:
    judged = list(judged)
    return Accuracy(
        sites=len(judged),
        rules=tuple(
            RuleAccuracy(
                rule=rule,
                true_positives=_count(rule, (one.found & one.site.facts.expected for one in judged)),
                false_positives=_count(rule, (one.wrong for one in judged)),
                false_negatives=_count(rule, (one.missed for one in judged)),
                undecided=sum(rule in one.undecided for one in judged),
            )
            for rule in MEASURED
        ),
    )


def labelled(sites: Iterable[LabelledSite]) -> Mapping[str, tuple[int, int, int]]:
    """Found rightly, found wrongly and missed per rule, if each rule is wrong where `known_gaps` says so only."""
    counts = {rule: [0, 0, 0] for rule in MEASURED}
    for site in sites:
        facts = site.facts
        for rule in {rule for rule, _ in facts.expected} & counts.keys():
            counts[rule][2 if rule in facts.known_gaps else 0] += 1
        for rule in facts.known_gaps.keys() - {rule for rule, _ in facts.expected}:
            counts[rule][1] += 1
    return {rule: (right, wrong, missed) for rule, (right, wrong, missed) in counts.items()}


def _count(rule: str, results: Iterable[frozenset[tuple[str, str]]]) -> int:
    return sum(name == rule for result in results for name, _ in result)


def _print(judged: Sequence[Judged], seconds: float) -> None:
    console = Console(width=110)
    accuracy = measure(judged)
    table = Table("rule", title=f"{accuracy.sites} labelled sites, {seconds:.0f} s")
    for column in ("found rightly", "found wrongly", "missed", "undecided", "precision", "recall"):
        table.add_column(column, justify="right")
    for row in accuracy.rules:
        counts = (row.true_positives, row.false_positives, row.false_negatives, row.undecided)
        table.add_row(row.rule, *(str(count) for count in counts), _share(row.precision), _share(row.recall))
    console.print(table)
    if unmeasured := [row.rule for row in accuracy.rules if row.recall is None]:
        console.print(f"None of these sites shows what these look for: {', '.join(unmeasured)}.")
    console.print("\nRules that no labelled site shows, and why:")
    for rule, why in sorted(WITHOUT_PAGE.items()):
        console.print(f"  {rule}: {why}", highlight=False)
    console.print("\nKnown gaps, counted as errors where the rule exists:")
    for one in judged:
        for rule, why in one.site.facts.known_gaps.items():
            console.print(f"  {one.site.name}: {rule}: {why}", highlight=False)
    for line in _faults(judged):
        console.print(line, style="red", highlight=False)


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


def _faults(judged: Iterable[Judged]) -> Iterator[str]:
    for one in judged:
        for why in one.unexplained:
            yield f"{one.site.name}: {why}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of sites, without `.facts.localhost`; none: all")
    parser.add_argument("--write", action="store_true", help=f"keep what was seen, and write reports/{FILE}")
    parser.add_argument("--recorded", action="store_true", help="judge what was seen last, without a browser")
    parser.add_argument("--unseen", action="store_true", help="the pages that the rules were not made with")
    parser.add_argument("--details", action="store_true", help="what was found on each site, and why not more")
    asked = parser.parse_args()
    if asked.write and (asked.recorded or asked.unseen):
        parser.error("--write plays what it keeps, of both sets")
    known = (*labelled_sites(), *labelled_sites(suffix=UNSEEN))
    sites = [site for site in known if site.name in asked.names or (not asked.names and site.unseen is asked.unseen)]
    begun = time.monotonic()
    if asked.write and not asked.names:
        sites = list(known)
    played = read_recording().by_host() if asked.recorded else play_sites(sites)
    if asked.write:  # with names: those are renewed, the others stay
        played = {**(read_recording().by_host() if asked.names else {}), **played}
        write_recording(played.values())
        sites = list(known)
    judged = judge_played(sites, played)
    _print(judged, time.monotonic() - begun)
    if asked.details:
        for one in judged:
            print(f"\n{one.site.name}: {one.site.facts.fact}")
            for finding in one.audit.findings:
                if finding.rule in MEASURED:
                    print(f"  {finding.rule} {finding.outcome.value} [{finding.scenario}] {finding.observation}")
            for why in one.not_played:
                print(f"  - {why}")
    faults = list(_faults(judged))
    if asked.write and not faults:
        write_accuracy(measure(one for one in judged if not one.site.unseen))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
