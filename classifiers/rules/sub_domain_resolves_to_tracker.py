"""TP-007."""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.base import Party
from classifiers.cnames import Disguise
from classifiers.describe import requests_to, spread
from classifiers.evidence import Evidence, sent
from classifiers.findings import Finding, Severity, Subject, Undecided
from classifiers.parties import host_of
from classifiers.rules.base import Rule
from crawler.observations import CnameChain, RequestSighting


class SubDomainResolvesToTracker(Rule):
    """A sub-domain of the site leads to a tracking service in the DNS.

    Why it matters: the browser treats the service as part of the site and sends it the site's cookies, so it is a
    third party with access that nobody sees [P49 V2] [G2-23 V2].

    Fix: declare the service as a recipient, let it wait for consent, and keep session cookies off its sub-domain.
    """

    id = "TP-007"
    severity = Severity.HIGH
    reads = (RequestSighting,)
    by_label = False
    passed = "No sub-domain of the site was observed to lead to a known tracking service in the DNS"

    def check(self, evidence: Evidence) -> Iterator[Finding | Undecided]:
        chains = {chain.host: chain for chain in evidence.scan.cnames}
        own = [one for one in sent(evidence.requests) if one.label.party is not Party.THIRD]
        pages = {host_of(visit.final_url or visit.url) for visit in evidence.visits}
        for host in sorted({one.trace.host for one in own}):
            disguise, chain = evidence.disguises.get(host), chains.get(host)
            if disguise is not None and disguise.tracks:
                seen = sorted((one for one in own if one.trace.host == host), key=lambda one: one.place_in_time)
                yield self.finding(
                    evidence,
                    seen,
                    subject=Subject(kind="host", name=host, domain=seen[0].key[2], entity=disguise.company),
                    observation=f"{host} leads to {_led(disguise, chain)}: {disguise.how}. "
                    f"{requests_to(seen)} {spread(evidence, seen, None)}.",
                )
            elif chain is None:
                if host not in pages and not host.endswith("localhost"):
                    yield self._open(f"{host} was not looked up in the DNS.")
            elif chain.failure is not None:
                yield self._open(f"{host} could not be looked up in the DNS: {chain.failure}")

    def _open(self, why: str) -> Undecided:
        return Undecided(rule=self.id, scenario=None, visit=None, page=None, why=why)


def _led(disguise: Disguise, chain: CnameChain | None) -> str:
    return " → ".join(chain.names) if chain is not None and chain.names else disguise.company
