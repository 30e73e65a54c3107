"""SEC-008."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.by_shape import value_of
from classifiers.describe import actor, spread, thing
from classifiers.evidence import Evidence, by_item, stored
from classifiers.findings import Finding, Severity
from classifiers.rules.base import Rule
from crawler.observations import CookieSighting, StorageSighting


class PersonalDataInStorage(Rule):
    """A cookie or storage value holds an e-mail address in clear, alone, in JSON or in a token's claims.

    Why it matters: whoever reads the device or the connection reads the address [GDPR V2]; a policy that promises
    reasonable technical measures is read against it [POLICY V]. Values were not kept, only their shape.

    Fix: store an opaque token and keep the address on the server.
    """

    id = "SEC-008"
    severity = Severity.HIGH
    reads = (CookieSighting, StorageSighting)
    by_label = False
    passed = "No cookie or storage value that holds an e-mail address was observed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        found = []
        for one in stored(evidence.seen):
            value = value_of(one.sighting)
            if value is not None and value.shape == "email":
                found.append(one)
        for _, seen in by_item(found):
            yield self.finding(
                evidence,
                seen,
                observation=f"The value holds an e-mail address: {thing(seen[0])}, by {actor(seen[0])} "
                f"{spread(evidence, seen, None)}.",
                declared_at=seen[0].match.place,
            )
