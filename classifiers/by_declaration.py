"""What the site's own item list says a thing is for: a claim, taken as a label and never as a fact."""

from __future__ import annotations

from classifiers.base import Label, Party, Purpose, Vote
from classifiers.declared import DeclarationIndex, Tier
from classifiers.traces import trace_of
from crawler.observations import AnySighting

TRACKING = frozenset({Purpose.ANALYTICS, Purpose.ADVERTISING, Purpose.SOCIAL, Purpose.SESSION_REPLAY})
"""Purposes that count as tracking in a vote."""


class ByDeclaration:
    name = "declaration"

    def __init__(self, index: DeclarationIndex) -> None:
        self._index = index

    def classify(self, sighting: AnySighting) -> Label | None:
        trace = trace_of(sighting)
        declaration = self._index.declaration
        if trace is None or declaration is None:
            return None
        found = self._index.item(trace)
        if found is None:
            return None
        item, tier = found
        purposes = declaration.purposes_of(item)
        if not purposes:
            return None
        purpose = purposes[0]
        where = f"{item.place.file}:{item.place.line}" if item.place else "the declaration"
        how = {Tier.NAME_AND_DOMAIN: "by name and domain", Tier.NAME: "by name", Tier.PATTERN: "by pattern"}[tier]
        return Label(
            purpose=purpose,
            party=Party.FIRST,
            vendor=item.provider,
            entity=item.provider,
            votes=(Vote(source=self.name, tracker=purpose in TRACKING, evidence=f"{item.name} at {where}"),),
            reason=f"Declared as {purpose.value} by the site ({item.name}, matched {how}); not verified.",
            source=f"declaration:{item.name}",
            confidence=0.0,
        )
