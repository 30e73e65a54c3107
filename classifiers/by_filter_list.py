"""Labels by filter lists: the rule that fits a request, verbatim, with the section and line where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from classifiers.base import Label, Party, Vote
from classifiers.lists.categories import UNKNOWN, meanings
from classifiers.lists.engine import FilterEngine, RuleMatch
from classifiers.parties import host_of, same_site
from crawler.observations import AnySighting, CnameChain, CookieSighting, RequestSighting, StorageSighting, TargetKind


class ByFilterList:
    """`chains`: where hosts of the site led in the DNS; the request is asked about under that name too."""

    name = "filter_list"

    def __init__(self, engines: Sequence[FilterEngine], *, chains: Sequence[CnameChain] = ()) -> None:
        self._engines = tuple(engines)
        self._leads: Mapping[str, str] = {chain.host: chain.names[-1] for chain in chains if chain.names}

    def classify(self, sighting: AnySighting) -> Label | None:
        asked = _question(sighting)
        if asked is None:
            return None
        url, kind = asked
        found, under = self._match(url, page=sighting.page, kind=kind), ""
        if found is None and (target := self._leads.get(host_of(url))) and not same_site(target, sighting.page):
            found, under = self._match(_renamed(url, target), page=sighting.page, kind=kind), target
        return None if found is None else self._label(found, under)

    def _match(self, url: str, *, page: str, kind: str) -> RuleMatch | None:
        for engine in self._engines:
            match = engine.check(url=url, page=page, resource_type=kind)
            if match is not None and match.exception is None:
                return match
        return None

    def _label(self, match: RuleMatch, under: str) -> Label:
        meaning = meanings().filter_lists.get(match.list_id, UNKNOWN)
        section = f", section {match.section}" if match.section else ""
        line = f", line {match.line}" if match.line else ""
        renamed = f" under its CNAME {under}" if under else ""
        votes = (
            (Vote(source=self.name, tracker=meaning.tracks, evidence=f"{match.list_title}: {match.rule}"),)
            if meaning.tracks is not None
            else ()
        )
        return Label(
            purpose=meaning.purpose,
            party=Party.FIRST,
            votes=votes,
            reason=f"The rule `{match.rule}` of {match.list_title} fits it{renamed}{section}{line}.",
            source=f"{self.name}:{match.list_id}:{match.line}",
            confidence=0.0,
        )


def _question(sighting: AnySighting) -> tuple[str, str] | None:
    """Address and kind to ask about; None where rules do not apply: the page's own document, and what is no request."""
    match sighting:
        case RequestSighting():
            if sighting.navigation and sighting.target in (TargetKind.PAGE, TargetKind.POPUP):
                return None  # plain rules would fit any document; only frames are subject to them
            return sighting.url, sighting.resource_type
        case CookieSighting():
            return f"https://{host_of(sighting.domain)}/", "image"
        case StorageSighting():
            return f"{sighting.origin}/", "document"
        case _:
            return None


def _renamed(url: str, host: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=host).geturl()
