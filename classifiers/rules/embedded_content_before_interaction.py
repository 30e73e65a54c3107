"""TP-003."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.base import Party
from classifiers.describe import classed, requests_to, spread
from classifiers.embeds import embeds
from classifiers.evidence import Evidence, Seen, by_domain, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import REJECT, SILENT
from crawler.observations import Consent, RequestSighting

_WHEN = {SILENT: "before any choice or interaction", REJECT: "after refusal was confirmed, without interaction"}


class EmbeddedContentBeforeInteraction(Rule):
    """Embedded third-party content loads before the visitor interacts with it.

    Why it matters: who embeds a third party's content makes the visitor's browser contact it [FID V2] [TF V2].

    Fix: show a preview and load the video, map, social or chat embed on the visitor's click.
    """

    id = "TP-003"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    scenarios = (SILENT, REJECT)
    passed = "No embedded third-party content was observed to load by itself"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        third = [one for one in sent(evidence.requests) if one.label.party is Party.THIRD and embeds(evidence, one)]
        settled, _ = evidence.after(Consent.REJECTED, third)
        yield from self._in(evidence, SILENT, evidence.before_choice(third))
        yield from self._in(evidence, REJECT, settled)

    def _in(self, evidence: Evidence, state: str, found: Sequence[Seen]) -> Iterator[Finding]:
        for (domain,), seen in by_domain(found):
            first = seen[0]
            yield self.finding(
                evidence,
                seen,
                subject=Subject(
                    kind="embed", name="*", domain=domain, entity=first.label.entity, vendor=first.label.vendor
                ),
                state=state,
                observation=f"{_WHEN[state].capitalize()}, {requests_to(seen)} loaded embedded content "
                f"{spread(evidence, seen, state)}; {classed(first.label)}.",
                declared_at=first.match.place,
            )
