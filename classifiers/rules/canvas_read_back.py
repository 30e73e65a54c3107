"""FP-001."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import actor, spread
from classifiers.evidence import Evidence, Seen, by_item
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from crawler.observations import BehaviourSighting


class CanvasReadBack(Rule):
    """A drawn canvas was read back in a way that is consistent with fingerprinting.

    Why it matters: reading what a device draws gains access to information on it [G2-23 V2] [W9-14 M]. The heuristic
    and its numbers are in the evidence; it tells nothing about the purpose.

    Fix: find out what the named script does with it, and let it wait for consent unless it is strictly needed.
    """

    id = "FP-001"
    severity = Severity.HIGH
    reads = (BehaviourSighting,)
    by_label = False
    passed = "No canvas read-back that meets the heuristic was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        canvas = [one for one in evidence.behaviours if one.trace.name.startswith("canvas")]
        for _, seen in by_item(canvas):
            yield self.finding(
                evidence,
                seen,
                observation=f"A canvas was drawn and read back ({_numbers(seen[0])}) by {actor(seen[0])} "
                f"{spread(evidence, seen, None)}.",
                declared_at=seen[0].match.place,
                explanations=("It may serve the detection of bots, or draw something that the page shows.",),
            )


def _numbers(seen: Seen) -> str:
    detail = seen.sighting.detail if isinstance(seen.sighting, BehaviourSighting) else ()
    return "; ".join(f"{entry.name} {entry.value}" for entry in detail) or "no numbers recorded"
