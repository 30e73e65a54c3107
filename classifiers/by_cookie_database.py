"""Labels by the Open Cookie Database: a name, how well its row fits, and the database's own category."""

from __future__ import annotations

from classifiers.base import Label, Party, Vote
from classifiers.by_declaration import TRACKING
from classifiers.lists.cookie_names import CookieNames, Fit
from classifiers.parties import host_of
from crawler.observations import AnySighting, CookieSighting, StorageSighting

_AGREES = {Fit.ANY_HOST: 0.853, Fit.HOST: 0.755, Fit.OTHER_HOST: 0.728}
"""Share of labels that agreed with what sites declare, on 2,188 cookies of a labelled crawl."""


class ByCookieDatabase:
    name = "cookie_database"

    def __init__(self, names: CookieNames) -> None:
        self._names = names

    def classify(self, sighting: AnySighting) -> Label | None:
        match sighting:
            case CookieSighting():
                what, name, host = "cookie", sighting.name, host_of(sighting.domain)
            case StorageSighting():
                what, name, host = "storage key", sighting.key, host_of(sighting.origin)
            case _:
                return None
        found = self._names.find(name, host)
        if found is None:
            return None
        row, fit = found
        written = f"{row.name}*" if row.prefix else row.name
        tracks = row.purpose in TRACKING
        return Label(
            purpose=row.purpose,
            party=Party.FIRST,
            vendor=row.platform or None,
            votes=(Vote(source=self.name, tracker=tracks, evidence=f"{written}: {row.category}"),),
            reason=f"The Open Cookie Database lists the {what} `{written}` of {row.platform} as "
            f"{row.category} ({fit.value}).",
            source=f"{self.name}:{written}",
            confidence=_AGREES[fit],
        )
