"""Asks name servers where the site's own hosts lead; an edge, so nothing that judges imports it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final

import dns.exception
import dns.resolver

from classifiers.cname_settings import LookupSettings
from crawler.observations import CnameChain

_AT_ONCE: Final = 8


def look_up(hosts: Sequence[str], settings: LookupSettings) -> tuple[CnameChain, ...]:
    """Asks the name servers; a failure is part of the answer. Nothing is asked when `settings.cname` is off."""
    if not settings.cname or not hosts:
        return ()
    resolver = _resolver(settings)
    if isinstance(resolver, str):
        now = datetime.now(UTC)
        return tuple(CnameChain(host=host, resolver="", at=now, failure=resolver) for host in hosts[: settings.most])
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        chains = list(pool.map(lambda host: _chain(host, resolver, settings), hosts[: settings.most]))
    now = datetime.now(UTC)
    left = [
        CnameChain(host=host, resolver="", at=now, failure=f"not looked up: the limit is {settings.most} hosts")
        for host in hosts[settings.most :]
    ]
    return (*chains, *left)


def _resolver(settings: LookupSettings) -> dns.resolver.Resolver | str:
    """Ours, or why there is none."""
    try:
        resolver = dns.resolver.Resolver(configure=not settings.resolvers)
    except (dns.resolver.NoResolverConfiguration, OSError) as error:
        return f"no name server is configured on this machine ({error})"
    if settings.resolvers:
        resolver.nameservers = list(settings.resolvers)
        resolver.port = settings.port
    resolver.cache = None
    return resolver


def _chain(host: str, resolver: dns.resolver.Resolver, settings: LookupSettings) -> CnameChain:
    asked = ", ".join(str(server) for server in resolver.nameservers)
    began = time.monotonic()
    names: tuple[str, ...] = ()
    failure = None
    try:
        answer = resolver.resolve(host, "A", lifetime=settings.timeout, search=False, raise_on_no_answer=False)
        steps = answer.response.resolve_chaining().cnames
        names = tuple(str(item.target).rstrip(".").lower() for rrset in steps for item in rrset)
    except dns.resolver.NXDOMAIN:
        failure = "the name does not exist"
    except dns.exception.Timeout:
        failure = f"no answer within {time.monotonic() - began:.1f} s"
    except (dns.exception.DNSException, OSError) as error:
        failure = f"{type(error).__name__}: {error}"
    return CnameChain(host=host, names=names, resolver=asked, at=datetime.now(UTC), failure=failure)
