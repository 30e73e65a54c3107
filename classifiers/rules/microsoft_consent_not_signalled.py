"""TAG-025."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.carried import parameters
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, Seen, grouped, sent
from classifiers.findings import Finding, Outcome, Severity, Subject, Undecided
from classifiers.rules.base import Rule
from classifiers.tagplan.commands import commands_of
from classifiers.tagplan.har import told_from_outside
from classifiers.vendor_records import EndpointKind
from crawler.observations import RequestSighting
from crawler.tag_facts import TagCommand

_CLARITY, _UET = "microsoft_clarity", "microsoft_uet"
_FIRES = (EndpointKind.COLLECT, EndpointKind.PIXEL, EndpointKind.CONVERSION, EndpointKind.RECORDING)
_CALLS = {_CLARITY: "clarity('consentv2', …)", _UET: "uetq.push('consent', 'default', …)"}


class MicrosoftConsentNotSignalled(Rule):
    """Microsoft Clarity or UET fired without having been told the consent state.

    Why it matters: Clarity has required a consent signal for visitors in the EEA, the United Kingdom and Switzerland
    since 31 October 2025, and sets no cookies without one [MS V2].

    Fix: call `clarity('consentv2', {ad_Storage: …, analytics_Storage: …})`, and
    `uetq.push('consent', 'default', {ad_storage: 'denied'})` before the tag's library.
    """

    id = "TAG-025"
    severity = Severity.MEDIUM
    reads = (RequestSighting,)
    passed = "Clarity and UET were observed to fire only once they had been told a consent state"

    def not_applicable(self, evidence: Evidence) -> str | None:
        if evidence.visits and all(told_from_outside(visit) for visit in evidence.visits):
            return "A HAR does not tell what tags were told."
        there = not evidence.visits or any(_vendor(evidence, one) for one in sent(evidence.requests))
        return None if there else "No request of Microsoft Clarity or UET was observed."

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        told = {visit.id: commands_of(visit) for visit in evidence.visits}
        without: list[Seen] = []
        unknown: dict[str, str] = {}
        for one in sent(evidence.requests):
            vendor = _vendor(evidence, one)
            if vendor is None or _carries(one):
                continue
            commands = told[one.visit.id]
            if commands is None:
                unknown[one.visit.id] = vendor
            elif not any(_signals(command, vendor) and command.order < one.sighting.order for command in commands):
                without.append(one)
        for (vendor, domain), seen in grouped(without, lambda one: (one.label.vendor_id or "", one.key[2])):
            yield self.finding(
                evidence,
                seen,
                subject=Subject(kind="tag", name=f"{vendor} consent", domain=domain, vendor=seen[0].label.vendor),
                # UET's requests carry the state that it was told, at whatever time; Clarity's do not.
                outcome=Outcome.FAIL if vendor == _UET else Outcome.REVIEW,
                observation=f"No `{_CALLS[vendor]}` was observed before {requests_to(seen)} "
                f"{spread(evidence, seen, None)}.",
                explanations=() if vendor == _UET else _OTHERWISE,
            )
        for visit in evidence.visits:
            if visit.id in unknown:
                yield Undecided(
                    rule=self.id,
                    scenario=None,
                    visit=visit.id,
                    page=visit.url,
                    why=f"What {unknown[visit.id]} was told of consent was not recorded on this visit.",
                )


_OTHERWISE = (
    "Commands that Clarity gets once its library has loaded are not recorded.",
    "Clarity may have been told by Google consent mode or another signal of the page.",
)


def _vendor(evidence: Evidence, seen: Seen) -> str | None:
    vendor = seen.label.vendor_id
    hit = evidence.hit(seen) if vendor in _CALLS else None
    return vendor if hit is not None and hit.entry.kind in _FIRES else None


def _carries(seen: Seen) -> bool:
    """UET repeats the state of ad storage in each request."""
    return isinstance(seen.sighting, RequestSighting) and bool(parameters(seen.sighting).get("asc"))


def _signals(command: TagCommand, vendor: str) -> bool:
    if vendor == _UET:
        return command.is_("uetq", "consent")
    return command.is_("clarity", "consentv2") or command.is_("clarity", "consent")
