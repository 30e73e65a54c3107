"""Visits the torture site, and holds what was recorded against what its pages do and what arrived at the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

from crawler.browser.browsers import Browsers
from crawler.browser.visit import VisitAsk
from crawler.scenarios import SCENARIOS
from crawler.settings import BrowserSettings, VisitSettings
from crawler.visits import Visit, VisitStatus
from tests.site_server import SiteServer
from tests.torture_truth import HOSTS, Fact, TorturePage, recorded, short

BROWSER = BrowserSettings(netlog=True, extra_flags=(f"--host-resolver-rules=MAP {HOSTS['plain']} 127.0.0.1",))
"""The network log tells of cookies that DevTools does not; and one host is no secure context: not a `.localhost`."""
SETTINGS = VisitSettings(screenshots=False)

Arrival = tuple[str, str]
"""Method and address."""


@dataclass(frozen=True)
class Played:
    """One visit of one page."""

    page: TorturePage
    visit: Visit
    began: float
    ended: float

    @property
    def missing(self) -> Counter[Fact]:
        return self.page.facts - recorded(self.visit, self.page.truth)

    @property
    def invented(self) -> Counter[Fact]:
        return recorded(self.visit, self.page.truth) - self.page.facts

    @property
    def problems(self) -> list[str]:
        """What the visit says it could not see."""
        told = [problem.message for problem in self.visit.problems]
        return told if self.visit.status is VisitStatus.COMPLETE else [self.visit.status.value, *told]

    def unseen(self, server: SiteServer) -> Counter[Arrival]:
        """What arrived at the server meanwhile and was not recorded. Ask when all late answers were given."""
        hits = [hit for hit in server.hits if self.began <= hit.at < self.ended]
        arrived = Counter((hit.method, _address(hit.host, hit.path, hit.query)) for hit in hits)
        return arrived - Counter((one.method, _wire(one.url)) for one in self.visit.requests)


async def play(browsers: Browsers, server: SiteServer, pages: Sequence[TorturePage], *, run: int = 1) -> list[Played]:
    """One page after another, so that the server's arrivals can be told apart."""
    played = []
    for page in pages:
        ask = VisitAsk(
            url=server.url(page.host, page.path),
            scenario=SCENARIOS["silent"],
            run=run,
            settings=SETTINGS,
            browser=BROWSER,
            digest_key=b"torture",
        )
        began = monotonic()
        visit = (await browsers.visit(ask)).visit
        played.append(Played(page, visit, began, monotonic()))
    return played


def _address(host: str, path: str, query: str) -> str:
    name = next((name for name, known in HOSTS.items() if known == host), host)
    return f"{name}{path}" + (f"?{query}" if query else "")


def _wire(url: str) -> str:
    """Without the fragment, which is never sent."""
    return short(urlsplit(url)._replace(fragment="").geturl())
