"""Labels by whose host it is: the category that entity lists give the service behind a third-party host."""

from __future__ import annotations

from collections.abc import Iterable

from classifiers.base import Label, Party, Purpose, Vote
from classifiers.entities import Owner, OwnerList
from classifiers.lists.categories import UNKNOWN, Meaning, meanings
from classifiers.parties import party
from classifiers.traces import trace_of
from crawler.observations import AnySighting, BehaviourSighting

_AGREES = 0.764
"""Share of labels that agreed with what sites declare, on the cookies that a vendor category covers."""
_TITLES = {"third_party_web": "third-party-web", "companiesdb": "AdGuard companiesdb"}


class ByVendorCategory:
    name = "vendor_category"

    def __init__(self, owners: Iterable[OwnerList], *, affiliates: tuple[str, ...] = ()) -> None:
        self._owners = tuple(owners)
        self._affiliates = affiliates

    def classify(self, sighting: AnySighting) -> Label | None:
        trace = trace_of(sighting)
        if trace is None or isinstance(sighting, BehaviourSighting):
            return None
        whose = party(trace.host, page=sighting.page, affiliates=self._affiliates)
        if whose is not Party.THIRD:
            return None  # the category of a company says nothing about its own site
        found = [(owner, _meaning(owner)) for known in self._owners if (owner := known.owner(trace.host))]
        if not found:
            return None
        owner, meaning = next((pair for pair in found if pair[1].purpose is not Purpose.UNCLASSIFIED), found[0])
        named = next((one for one, _ in found if one.company), owner)
        tracks = next((one.tracks for _, one in found if one.tracks is not None), None)
        votes = [Vote(source=self.name, tracker=tracks, evidence=_told(found))] if tracks is not None else []
        return Label(
            purpose=meaning.purpose,
            party=whose,
            vendor=owner.service,
            entity=named.company,
            votes=tuple(votes),
            reason=f"The host {trace.host} is listed as {_told(found)}.",
            source=f"{self.name}:{owner.source}:{owner.entry}",
            confidence=_AGREES if meaning.purpose is not Purpose.UNCLASSIFIED else 0.0,
        )


def _meaning(owner: Owner) -> Meaning:
    table = meanings()
    categories = table.third_party_web if owner.source == "third_party_web" else table.companiesdb
    return categories.get(owner.category, UNKNOWN)


def _told(found: Iterable[tuple[Owner, Meaning]]) -> str:
    return ", and ".join(
        f"{owner.service} ({owner.category.replace('_', ' ')}) in {_TITLES[owner.source]}" for owner, _ in found
    )
