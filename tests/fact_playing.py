"""Plays fact pages with the real engine, against servers on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from classifiers.cname_lookup import look_up
from classifiers.cnames import hosts_of_the_site
from crawler.frontier.run import crawl
from crawler.observations import CnameChain
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, CrawlSettings, Settle, VisitSettings
from crawler.store import Store
from crawler.visits import Scan, Visit
from tests.fact_recordings import Played, pages_digest
from tests.labelled_sites import LabelledSite
from tests.name_server import chain_answers, name_server
from tests.site_server import SiteServer

FAST = VisitSettings(
    settle=Settle.FAST,
    navigation_cap=10,
    phase_cap=6,
    visit_cap=60,
    screenshots=False,
    typed_address="visitor@example.com",
)
BROWSER = BrowserSettings(extra_flags=("--host-resolver-rules=MAP *.facts.test 127.0.0.1, MAP k.clarity.ms 127.0.0.1",))
"""Hosts that are not called loopback although they are: plain HTTP, and a company that is known by its host alone."""
AT_ONCE = 4
"""Visits side by side: waiting for stillness costs no processor."""


def play_sites(sites: Sequence[LabelledSite]) -> dict[str, Played]:
    """Plays each site's scenarios once with the real engine: host → what was seen."""
    played: dict[str, Played] = {}
    ordered = sorted(sites, key=_how_to_crawl)
    with SiteServer() as server, TemporaryDirectory() as folder:
        for number, (_, alike) in enumerate(groupby(ordered, key=_how_to_crawl)):
            group = list(alike)
            scan, visits = _crawl(group, server, Path(folder) / f"{number}.sqlite")
            for site in group:
                url = server.url(site.host)
                own = tuple(visit for visit in visits if urlsplit(visit.url).hostname == site.host)
                mine = scan.model_copy(update={"urls": (url,)})
                played[site.host] = Played(
                    host=site.host,
                    url=url,
                    pages=pages_digest(site),
                    scan=mine.model_copy(update={"cnames": _chains(site, mine, own)}),
                    visits=own,
                )
    return played


def _chains(site: LabelledSite, scan: Scan, visits: Sequence[Visit]) -> tuple[CnameChain, ...]:
    """Looked up as after any scan, but for names below `localhost` too: here somebody knows them."""
    asked = [host for host in hosts_of_the_site(scan, visits) if host in site.facts.leads_to]
    if not asked:
        return ()
    with name_server(chain_answers(site.facts.leads_to)) as answering:
        return look_up(asked, answering)


def _how_to_crawl(site: LabelledSite) -> tuple[int, tuple[str, ...], str]:
    """Sites of one crawl; those whose links are followed are crawled alone, so that none takes another's pages, and
    those with a published policy because a crawl knows one."""
    alone = site.facts.depth or site.policy(f"http://{site.host}/") is not None
    return site.facts.depth, site.facts.scenarios, site.host if alone else ""


def _crawl(group: Sequence[LabelledSite], server: SiteServer, store: Path) -> tuple[Scan, tuple[Visit, ...]]:
    first = group[0].facts
    settings = CrawlSettings(
        urls=tuple(server.url(site.host) for site in group),
        scenarios=first.scenarios,
        max_pages=20 if first.depth else len(group),
        max_depth=first.depth,
        sitemaps=False,
        delay=0,
        concurrency=AT_ONCE,
        browser=BROWSER,
        visit=FAST,
        policy=group[0].policy(server.url(group[0].host)),
    )
    scan = crawl(settings, store=store, scenarios=SCENARIOS)
    with Store.open(store) as opened:
        return scan, tuple(opened.visits(scan.id))
