"""SCAN-013."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party, Purpose
from classifiers.evidence import Evidence, Seen, sent, stored
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting, RequestSighting, StorageSighting

_MOST_NAMES = 20


class UnclassifiedItems(Rule):
    """Some items are not classified by any source.

    Why it matters: rules that go by purpose do not judge them, so their absence from the findings says nothing
    [PRACTICE V]; one study found unclassified entries on 25.4 % of sites [B22 V].

    Fix: say in the lock file what they are for, or add a vendor file to your catalogue folder.
    """

    id = "SCAN-013"
    severity = Severity.INFO
    reads = (CookieSighting, StorageSighting, RequestSighting)
    states_limit = True
    by_label = False
    passed = "Every cookie, storage key and third-party request that was observed is classified"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        third = [one for one in sent(evidence.requests) if one.label.party is Party.THIRD]
        unknown = [o for o in [*stored(evidence.seen), *third] if o.label.purpose is Purpose.UNCLASSIFIED]
        if not unknown:
            return
        names = sorted({_short(one) for one in unknown})
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        yield self.finding(
            evidence,
            sorted(unknown, key=lambda one: one.place_in_time),
            subject=Subject(kind="scan", name="unclassified items", domain=evidence.site),
            observation=f"Not classified by any source: {len(names)} {'item' if len(names) == 1 else 'items'} "
            f"({', '.join(names[:_MOST_NAMES])}{more}).",
        )


def _short(seen: Seen) -> str:
    kind, name, domain = seen.key
    return f"{kind} {domain}{name}" if kind in ("request", "beacon") else f"{kind} {name} ({domain})"
