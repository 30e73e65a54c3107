"""TAG-017."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party, Purpose
from classifiers.carried import parameters
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, grouped, sent
from classifiers.findings import Finding, Severity, Subject
from classifiers.rules.base import Rule
from classifiers.states import GPC
from crawler.observations import Consent, RequestSighting
from crawler.signals import Gpp, UsPrivacy, decode_gpp, decode_usp

_NAMES = ("us_privacy", "gpp")
_SAYS = {
    "not opted out": "the consent string does not say that the visitor opted out",
    "strings disagree": "the GPP and the US Privacy string say different things",
    "US Privacy only": "there is a US Privacy string, which has been retired since 2024, and no GPP string",
    "no string": "an advertising recipient was contacted without a GPP or US Privacy string",
}


class UsOptOutNotSignalled(Rule):
    """Global Privacy Control does not show in the GPP or US Privacy strings that recipients get.

    Why it matters: recipients learn of the opt-out from these strings [GPPS V] [USPS V]; the signal must be treated
    as a request to opt out where that is the law [CCR7025 V2], and one study took the strings as its sign [H25 V2].

    Fix: let the consent platform read `Sec-GPC`, set the opt-out fields of its GPP sections, and pass the string on.
    """

    id = "TAG-017"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    scenarios = (GPC,)
    by_label = False
    passed = "Under the signal, every GPP or US Privacy string was observed to say that the visitor opted out"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.profile == "us_ca" or not evidence.visits:
            return None
        return None if any(_strings(one) for one in sent(evidence.requests)) else _NONE

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        under = sent(evidence.in_state(evidence.requests, GPC))
        faults = {one.id: _fault(one, required=evidence.profile == "us_ca") for one in under}
        faulty = [one for one in under if faults[one.id]]
        for (domain, fault), seen in grouped(faulty, lambda one: (one.key[2], faults[one.id] or "")):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="consent_signal", name=f"GPP/USP: {fault}", domain=domain),
                state=GPC,
                observation=f"With the signal, {_SAYS[fault]}, in {requests_to(seen)} {spread(evidence, seen, GPC)}.",
                explanations=("Whether a site must react can depend on the country of the visitor.",),
            )


_NONE = "No GPP or US Privacy string was observed in requests."


def _strings(seen: Seen) -> dict[str, str]:
    if not isinstance(seen.sighting, RequestSighting):
        return {}
    carried = parameters(seen.sighting)
    return {name: carried[name] for name in _NAMES if carried.get(name) and not carried[name].startswith("${")}


def _fault(seen: Seen, *, required: bool) -> str | None:
    strings = _strings(seen)
    if not strings:
        return "no string" if required and _advertises(seen) else None
    usp = _of_usp(strings.get("us_privacy"))
    gpp = _of_gpp(strings.get("gpp"))
    if usp is not None and gpp is not None and usp is not gpp:
        return "strings disagree"
    if Consent.ACCEPTED in (usp, gpp) or Consent.PARTIAL in (usp, gpp):
        return "not opted out"
    return "US Privacy only" if "gpp" not in strings else None


def _of_usp(text: str | None) -> Consent | None:
    """None: there is none, it cannot be read, or it says that the law does not apply."""
    usp = decode_usp(text) if text else None
    if not isinstance(usp, UsPrivacy) or usp.opted_out_of_sale is None:
        return None
    return Consent.REJECTED if usp.opted_out_of_sale else Consent.ACCEPTED


def _of_gpp(text: str | None) -> Consent | None:
    gpp = decode_gpp(text) if text else None
    return gpp.says if isinstance(gpp, Gpp) else None


def _advertises(seen: Seen) -> bool:
    return seen.label.party is Party.THIRD and seen.label.purpose is Purpose.ADVERTISING
