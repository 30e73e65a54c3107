"""Hosts of the site that are another company's by DNS: which to look up, and what the stored chains lead to.

A DNS answer is a fact of its moment, so it is looked up when a scan ends and stored with it (`cname_lookup`);
judging only reads the stored chains and asks nobody.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from classifiers.entities import Entities, Owner
from classifiers.parties import covers, host_of, registrable_domain, same_site
from crawler.observations import CnameChain
from crawler.visits import Scan, Visit

_NOT_IN_DNS: Final = ("localhost", "local", "test", "invalid", "example", "internal", "onion", "home.arpa")
"""Special-use names: nobody outside the machine or its network can answer for them."""

_SOURCES: Final = {
    "catalogue": "catalogue",
    "third_party_web": "list third-party-web",
    "companiesdb": "list AdGuard companiesdb",
}


class Disguise(NamedTuple):
    """A host of the site that belongs to someone else."""

    host: str
    target: str
    """Name the chain leads to; empty: known by a list, without a lookup."""
    company: str
    how: str
    """One clause for people."""
    tracks: bool
    """False: it may as well only deliver files, as content networks do."""


def hosts_to_look_up(scan: Scan, visits: Iterable[Visit]) -> tuple[str, ...]:
    """Hosts of the site that a name server can know; other sites hide nothing this way."""
    return tuple(host for host in hosts_of_the_site(scan, visits) if _in_dns(host))


def hosts_of_the_site(scan: Scan, visits: Iterable[Visit]) -> tuple[str, ...]:
    """That requests went to, cookies' hosts included."""
    sites = {registrable_domain(url) for url in scan.urls}
    found: set[str] = set()
    for visit in visits:
        found.update(host_of(request.url) for request in visit.requests)
        found.update(host_of(cookie.domain) for cookie in visit.cookies if cookie.host_only)
    return tuple(sorted(host for host in found if registrable_domain(host) in sites))


def disguises(
    chains: Iterable[CnameChain],
    *,
    entities: Entities,
    targets: Mapping[str, str],
    listed: Mapping[str, str],
    hosts: Iterable[str] = (),
) -> tuple[Disguise, ...]:
    """Pure. `targets`: domain → company of known targets; `listed`: disguised host → company, known without DNS."""
    found: dict[str, Disguise] = {}
    for chain in chains:
        if disguise := _disguise(chain, entities, targets):
            found[chain.host] = disguise
    for host in hosts:
        if host in listed and not (host in found and found[host].tracks):
            found[host] = Disguise(
                host, "", listed[host], f"EasyPrivacy lists it as a CNAME of {listed[host]}", tracks=True
            )
    return tuple(found[host] for host in sorted(found))


def _disguise(chain: CnameChain, entities: Entities, targets: Mapping[str, str]) -> Disguise | None:
    for name in chain.names:
        for domain, company in targets.items():
            if covers(domain, name):
                how = f"its CNAME {name} is a known target of {company}"
                return Disguise(chain.host, name, company, how, tracks=True)
    owned = [(name, owner) for name in chain.names if (owner := _owner(chain.host, name, entities))]
    if not owned:
        return None
    name, owner = next((pair for pair in owned if pair[1].tracks), owned[-1])
    company = owner.company or owner.service
    told = f"{owner.service} ({owner.category.replace('_', ' ')}, by the {_SOURCES[owner.source]})"
    return Disguise(chain.host, name, company, f"its CNAME {name} is a host of {told}", tracks=bool(owner.tracks))


def _owner(host: str, name: str, entities: Entities) -> Owner | None:
    """The surest source that names a stranger behind the name."""
    if same_site(host, name) or entities.same(host, name):
        return None
    return next(entities.owners(name), None)


def _in_dns(host: str) -> bool:
    if "." not in host or any(covers(name, host) for name in _NOT_IN_DNS):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False
