"""Microsoft: UET `asc` (ad storage consent) of Bing Ads requests, and Clarity's `consentv2` states."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.observations import Consent, Record
from crawler.signals.base import Undecodable
from crawler.signals.google import Granted


class UetConsent(Record):
    ad_storage: Granted

    @property
    def says(self) -> Consent | None:
        return {Granted.GRANTED: Consent.ACCEPTED, Granted.DENIED: Consent.REJECTED}.get(self.ad_storage)


class ClarityConsent(Record):
    ad_storage: Granted
    analytics_storage: Granted


def decode_uet(parameters: Mapping[str, str]) -> UetConsent | Undecodable | None:
    """`asc` is G (granted) or D (denied); None: the request carries none. Never raises."""
    given = parameters.get("asc")
    if given is None:
        return None
    state = {"G": Granted.GRANTED, "D": Granted.DENIED}.get(given)
    return UetConsent(ad_storage=state) if state is not None else Undecodable(signal="uet_asc", why="neither G nor D")


def decode_clarity(state: Mapping[str, object]) -> ClarityConsent | Undecodable:
    """The object of `clarity('consentv2', …)`: `ad_Storage` and `analytics_Storage`. Never raises."""
    folded = {str(key).casefold(): value for key, value in state.items()}
    states = {"granted": Granted.GRANTED, "denied": Granted.DENIED}
    if not {"ad_storage", "analytics_storage"} & set(folded):
        return Undecodable(signal="clarity", why="has neither ad_Storage nor analytics_Storage")
    ad, analytics = (
        states.get(str(folded.get(key)), Granted.UNSET if key not in folded else Granted.UNKNOWN)
        for key in ("ad_storage", "analytics_storage")
    )
    return ClarityConsent(ad_storage=ad, analytics_storage=analytics)
