"""TAG-010."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import google_states
from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, Seen, by_item, sent, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from crawler.observations import Consent, CookieSighting, RequestSighting

_FAMILIES = {
    "analytics_storage": ("_ga",),
    "ad_storage": ("_gcl_", "_gac_", "_fbp", "_fbc", "_uet"),
}
"""Beginnings of cookie names that a tag may write only where the state grants the storage."""


class CookieWrittenWhileDenied(Rule):
    """A tag's cookie was written although its requests say that storage is denied.

    Why it matters: in the denied state these cookies must not be written [GCM V2] [META V2] [MS V2]; the state that is
    signalled and the state that is acted on differ.

    Fix: look for a second snippet that does not know the consent state, or for a default that comes too late.
    """

    id = "TAG-010"
    severity = Severity.CRITICAL
    reads = (CookieSighting, RequestSighting)
    passed = "No tag cookie was observed to be written while the tags signal that storage is denied"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        denied: dict[tuple[str, Consent], set[str]] = {}
        for state in google_states(sent(evidence.requests)):
            if state.gcs is not None:
                where = (state.seen.visit.id, state.seen.sighting.consent)
                known = denied.setdefault(where, set(_FAMILIES))
                known -= {name for name in _FAMILIES if getattr(state.gcs, name).value != "denied"}
        written = [one for one in stored(evidence.cookies, present=False) if _against(one, denied)]
        for _, seen in by_item(written):
            yield self.finding(
                evidence,
                seen,
                purpose=seen[0].label.purpose,
                observation=f"While the tags' requests signal denied storage, {thing(seen[0])} was written by "
                f"{actor(seen[0])} {spread(evidence, seen, None)}.",
                declared_at=seen[0].match.place,
            )


def _against(seen: Seen, denied: dict[tuple[str, Consent], set[str]]) -> bool:
    storages = denied.get((seen.visit.id, seen.sighting.consent), set())
    return any(seen.trace.name.startswith(_FAMILIES[storage]) for storage in storages)
