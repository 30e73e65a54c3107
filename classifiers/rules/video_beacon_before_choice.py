"""BCN-003."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import classed, requests_to, spread
from classifiers.embeds import of_video_player
from classifiers.evidence import Evidence, by_domain, sent
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule, domain_subject
from classifiers.states import SILENT
from crawler.observations import RequestSighting


class VideoBeaconBeforeChoice(Rule):
    """A video player sends beacons before the video is played or a choice is made.

    Why it matters: the policy speaks of beacons in videos [POLICY V]; the visitor's browser contacts the third party
    without having asked for the video [FID V2].

    Fix: show a still picture and load the player on the visitor's click, in the vendor's mode without cookies.
    """

    id = "BCN-003"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    scenarios = (SILENT,)
    passed = "No beacon of a known video player was observed before a choice"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        early = [
            one
            for one in sent(evidence.before_choice(evidence.requests))
            if isinstance(one.sighting, RequestSighting) and one.sighting.beacon and of_video_player(evidence, one)
        ]
        for _, seen in by_domain(early):
            yield self.finding(
                evidence,
                seen,
                subject=domain_subject(seen[0]).model_copy(update={"kind": "video_beacon"}),
                state=SILENT,
                observation=f"Before any choice or play, {requests_to(seen)} came from a video player "
                f"{spread(evidence, seen, SILENT)}; {classed(seen[0].label)}.",
            )
