"""STO-004."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from classifiers.by_shape import value_of
from classifiers.describe import thing
from classifiers.evidence import Evidence, Seen, stored
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting, StorageSighting


class IdentifierInSeveralStores(Rule):
    """The same identifier is kept in two or more storage technologies.

    Why it matters: an identifier that is kept twice survives the deletion of one copy, which defeats the choice to
    delete it [ePD-5-3 V2] [W9-14 M].

    Fix: keep it in one place, and delete all copies when consent is refused or withdrawn.
    """

    id = "STO-004"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting)
    by_label = False
    passed = "No identifier was observed in more than one storage technology"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        holders: dict[str, list[Seen]] = defaultdict(list)
        for one in stored(evidence.seen):
            value = value_of(one.sighting)
            if value is not None and one.label.identifier:
                for token in value.tokens or (value.digest,):
                    holders[token].append(one)
        done: set[tuple[str, ...]] = set()
        for token in sorted(holders):
            seen = sorted(holders[token], key=lambda one: one.place_in_time)
            technologies = sorted({one.trace.technology.value for one in seen})
            items = tuple(sorted({"/".join(one.key) for one in seen}))
            if len(technologies) < 2 or items in done:
                continue
            done.add(items)
            examples = list({one.key: thing(one) for one in seen}.values())
            yield self.finding(
                evidence,
                seen,
                subject=Subject(
                    kind="identifier",
                    name=" + ".join(sorted({one.key[1] for one in seen})),
                    domain=seen[0].key[2],
                    entity=seen[0].label.entity,
                    vendor=seen[0].label.vendor,
                ),
                observation=f"Equal identifiers in {len(technologies)} technologies ({', '.join(technologies)}): "
                f"{'; '.join(examples[:4])}.",
            )
