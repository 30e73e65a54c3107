"""The step after a crawl that asks the DNS where the site's own hosts lead, and stores the answers with the scan."""

from __future__ import annotations

from pathlib import Path

from classifiers.cname_lookup import look_up
from classifiers.cname_settings import LookupSettings
from classifiers.cnames import hosts_to_look_up
from crawler.store import Store
from crawler.visits import Scan


def with_cnames(scan: Scan, *, store: Path, settings: LookupSettings) -> Scan:
    """The scan with its chains, also in the store; unchanged when there is nothing to ask or asking is off."""
    with Store.open(store) as opened:
        chains = look_up(hosts_to_look_up(scan, opened.visits(scan.id)), settings)
        if not chains:
            return scan
        told = scan.model_copy(update={"cnames": chains})
        opened.finish(told)
    return told
