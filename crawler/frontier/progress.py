"""How far a crawl is, for people who wait."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.observations import Operation, Record
from crawler.suffixes import site_of
from crawler.visits import Visit, VisitStatus


class Progress(Record):
    pages: int
    """Pages that will be visited, as far as is known."""
    asked: int
    """Visits (pages × scenarios × runs), as far as is known."""
    done: int
    url: str
    scenario: str
    status: VisitStatus | None
    """Of the visit that just ended; None: it just began."""
    cookies: int
    """Distinct cookies so far."""
    third_parties: int
    """Distinct other sites that were talked to so far."""
    problems: int


class Tally:
    """Counts as visits come in."""

    def __init__(self) -> None:
        self.done = 0
        self.problems = 0
        self._cookies: set[tuple[str, str]] = set()
        self._sites: set[str] = set()

    def add(self, visit: Visit) -> None:
        self.done += 1
        self.problems += len(visit.problems)
        self._cookies |= {(one.name, one.domain) for one in visit.cookies if one.operation is not Operation.REMOVE}
        hosts = {urlsplit(request.url).hostname for request in visit.requests}
        self._sites |= {site_of(host) for host in hosts if host} - {site_of(urlsplit(visit.final_url).hostname or "")}

    def progress(
        self, *, pages: int, asked: int, url: str, scenario: str, status: VisitStatus | None = None
    ) -> Progress:
        return Progress(
            pages=pages,
            asked=asked,
            done=self.done,
            url=url,
            scenario=scenario,
            status=status,
            cookies=len(self._cookies),
            third_parties=len(self._sites),
            problems=self.problems,
        )
