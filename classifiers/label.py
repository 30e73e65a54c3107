"""The cascade: the first source that knows decides, all are heard, and agreement makes the confidence."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.base import Classifier, Label, Party, Purpose, Vote
from classifiers.by_catalogue import ByCatalogue
from classifiers.by_cname import ByCname
from classifiers.by_cookie_database import ByCookieDatabase
from classifiers.by_declaration import TRACKING, ByDeclaration
from classifiers.by_filter_list import ByFilterList
from classifiers.by_shape import ByShape, looks_like_identifier, value_of
from classifiers.by_vendor_category import ByVendorCategory
from classifiers.cnames import Disguise
from classifiers.declared import DeclarationIndex
from classifiers.lists.loaded import Lists
from classifiers.parties import host_of, party
from classifiers.traces import Trace, trace_of
from classifiers.vendors import Catalogue
from crawler.observations import AnySighting, CnameChain, CookieSighting, RequestSighting, StorageSighting

TRACKER_SHARE = (0.195, 0.69, 0.91, 0.98)
"""Share of trackers among cookies with 0, 1, 2, 3 or more sources that say tracker (2,188 labelled cookies)."""
_EXEMPT = (Purpose.NECESSARY, Purpose.CONSENT_RECORD)


def cascade(
    index: DeclarationIndex,
    catalogue: Catalogue,
    *,
    affiliates: tuple[str, ...],
    lists: Lists | None = None,
    chains: Sequence[CnameChain] = (),
    disguises: Sequence[Disguise] = (),
) -> tuple[Classifier, ...]:
    """Who labels, in the order in which they are asked. A new classifier is one `by_*.py` and one line here."""
    lists = lists or Lists()
    return (
        ByDeclaration(index),
        ByCatalogue(catalogue, affiliates=affiliates),
        ByCname(disguises, catalogue),
        ByCookieDatabase(lists.cookies),
        ByVendorCategory(lists.owners, affiliates=affiliates),
        ByFilterList(lists.engines, chains=chains),
        ByShape(),
    )


class Labeller:
    """Labels sightings; equal questions are answered once."""

    def __init__(self, cascade: Sequence[Classifier], *, affiliates: tuple[str, ...] = ()) -> None:
        self._cascade = cascade
        self._affiliates = affiliates
        self._known: dict[tuple[object, ...], Label] = {}

    def label(self, sighting: AnySighting, *, page: str, trace: Trace | None = None) -> Label:
        """`page`: URL of the top page, which decides the party. `trace`: the sighting's own, where it is at hand."""
        trace = trace or trace_of(sighting)
        pages = (_site(page), _site(sighting.page)) if trace else ()
        key = (_question(sighting, trace), looks_like_identifier(value_of(sighting)), pages)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._decide(sighting, trace, page)
        return known

    def _decide(self, sighting: AnySighting, trace: Trace | None, page: str) -> Label:
        opinions = [label for classifier in self._cascade if (label := classifier.classify(sighting)) is not None]
        telling = [label for label in opinions if label.purpose is not Purpose.UNCLASSIFIED]
        chosen = next(iter(telling), opinions[0])
        reason = chosen.reason
        other = next((label for label in telling[1:]), None)
        if other is not None and other.purpose is not chosen.purpose:
            reason = f"{reason} {other.source} says {other.purpose.value}."
            if chosen.purpose in _EXEMPT and _overrules(other, chosen):
                # A claim of the site cannot exempt what a curated entry names; DECL-004 reports the difference.
                chosen, reason = other, f"{other.reason} {chosen.reason}"
        named = next((label for label in opinions if label.vendor_id), None) or next(
            (label for label in opinions if label.entity), chosen
        )
        votes = tuple({vote.source: vote for label in opinions for vote in label.votes}.values())
        return chosen.model_copy(
            update={
                "party": party(trace.host, page=page, affiliates=self._affiliates) if trace else Party.FIRST,
                "vendor": chosen.vendor or named.vendor,
                "vendor_id": chosen.vendor_id or named.vendor_id,
                "entity": _entity(chosen, named),
                "country": chosen.country or named.country,
                "votes": votes,
                "identifier": looks_like_identifier(value_of(sighting)),
                "reason": reason,
                "confidence": _confidence(chosen, votes),
            }
        )


def _entity(chosen: Label, named: Label) -> str | None:
    """The company of the catalogue, where the site names only the service or its own word for the company."""
    first, second = (named, chosen) if chosen.source.startswith("declaration:") else (chosen, named)
    return first.entity or second.entity


def _overrules(other: Label, chosen: Label) -> bool:
    """Whether a named source takes the exemption away that the site itself claims for an item."""
    if not chosen.source.startswith("declaration:") or other.purpose in _EXEMPT:
        return False
    # The general database and a host's category do not tell functional from necessary.
    return other.source.startswith("catalogue:") or other.purpose in TRACKING


def _confidence(chosen: Label, votes: tuple[Vote, ...]) -> float:
    """The deciding source's own accuracy; raised where sources agree that it tracks, lowered where they do not."""
    if chosen.purpose is Purpose.UNCLASSIFIED:
        return 0.0  # nothing is claimed
    trackers = sum(vote.tracker for vote in votes)
    share = TRACKER_SHARE[min(trackers, len(TRACKER_SHARE) - 1)]
    likely = share if chosen.purpose in TRACKING else round(1 - share, 3)
    if not chosen.confidence:
        return likely
    if any(vote.tracker != (chosen.purpose in TRACKING) for vote in votes):
        return min(chosen.confidence, likely)
    return max(chosen.confidence, likely) if len(votes) > 1 else chosen.confidence


def _site(page: str) -> str:
    """All that an answer depends on of a page: whose it is. One without a host is like no other."""
    return host_of(page) or page


def _question(sighting: AnySighting, trace: Trace | None) -> tuple[object, ...]:
    """What the answer depends on, besides the page and the look of the value."""
    match sighting:
        case CookieSighting():
            return ("cookie", sighting.name, sighting.domain)
        case StorageSighting():
            return ("storage", sighting.area, sighting.key, sighting.container, sighting.origin)
        case RequestSighting():
            kind = (sighting.resource_type, sighting.navigation, sighting.target)  # filter rules ask for it
            return ("request", sighting.url, sighting.method, sighting.body_digest, bool(sighting.beacon), kind)
        case _:
            return (sighting.kind, trace, getattr(sighting, "url", ""))
