"""Finds the item that a sighting belongs to, and the sighting that an evidence id names."""

from __future__ import annotations

from classifiers.findings import Audit, Item
from classifiers.traces import trace_of
from crawler.observations import AnySighting
from crawler.visits import Visit


class Lookup:
    """Built once per report; every question is a dictionary look-up."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.sightings: dict[str, tuple[Visit, AnySighting]] = {}
        for visit in audit.visits:
            for kind in (visit.cookies, visit.storage, visit.requests, visit.behaviours, visit.markup):
                for sighting in kind:
                    self.sightings[f"{visit.id}/{sighting.id}"] = (visit, sighting)
        self._by_evidence = {entry: index for index, item in enumerate(audit.items) for entry in item.evidence}
        self._by_key = {(item.kind, item.name, item.domain): index for index, item in enumerate(audit.items)}

    def index(self, visit: Visit, sighting: AnySighting) -> int | None:
        """Position in `audit.items`; evidence lists may be cut short, so the identity decides where they are silent."""
        listed = self._by_evidence.get(f"{visit.id}/{sighting.id}")
        if listed is not None:
            return listed
        trace = trace_of(sighting)
        return None if trace is None else self._by_key.get(trace.key)

    def item(self, visit: Visit, sighting: AnySighting) -> Item | None:
        index = self.index(visit, sighting)
        return None if index is None else self.audit.items[index]
