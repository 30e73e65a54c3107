"""TAG-020."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, grouped, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import SILENT
from classifiers.vendor_records import Category, EndpointKind
from crawler.observations import RequestSighting

_CONTAINER = "container"
"""Id of the endpoint of a container, in the catalogue."""


class ContainerBeforeChoice(Rule):
    """A tag manager's container loads before a choice was made.

    Why it matters: one German court held that loading a tag manager needs consent of its own [VGH V]; elsewhere it
    matters for what the container may start.

    Fix: load the container after the choice, or make sure that nothing in it fires before.
    """

    id = "TAG-020"
    severity = Severity.INFO
    reads = (RequestSighting,)
    scenarios = (SILENT,)
    passed = "No container of a tag manager was observed to load before a choice"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        early = sent(evidence.before_choice(evidence.requests))
        accounts = {one.id: account for one in early if (account := _container(evidence, one)) is not None}
        loaded = [one for one in early if one.id in accounts]
        for (domain, account), seen in grouped(loaded, lambda one: (one.key[2], accounts[one.id])):
            name = " ".join(part for part in (seen[0].label.vendor, account) if part)
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="container", name=account or "*", domain=domain, vendor=seen[0].label.vendor),
                state=SILENT,
                observation=f"Before any choice, {name} was loaded in {requests_to(seen)} "
                f"{spread(evidence, seen, SILENT)}.",
            )


def _container(evidence: Evidence, seen: Seen) -> str | None:
    """Its id (empty: it tells none); None: it is no container."""
    if not isinstance(seen.sighting, RequestSighting) or seen.sighting.resource_type != "script":
        return None
    hit = evidence.hit(seen)
    if hit is None or hit.entry.kind is not EndpointKind.LOADER:
        return None
    # Analytics suites bring a tag manager of their own.
    manages = hit.vendor.category is Category.TAG_MANAGER or hit.entry.id == _CONTAINER
    return (hit.account or "") if manages else None
