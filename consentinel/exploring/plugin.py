"""What Datasette does not bring: the trends page, the reports, and care with what hostile pages wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from jinja2 import Environment
from markupsafe import Markup
from pluggy import HookimplMarker

from classifiers.base import Purpose
from consentinel.exploring.marks import Bar, bars
from crawler.scenarios import SCENARIOS
from reports.neutral import visible

hookimpl = HookimplMarker("datasette")
TRENDS = "/-/trends"
REPORTS = "/-/reports"
Scope = dict[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


@dataclass
class Series:
    """A scenario's scans over time."""

    scenario: str
    rows: list[tuple[str, str, tuple[Bar, ...]]] = field(default_factory=list)
    """Scan, start, bars by purpose."""


class Explorer:
    def __init__(self, *, database: str, reports: Sequence[Path], hosts: Sequence[str] | None) -> None:
        self.__name__ = "consentinel"  # Datasette takes plugins for modules
        self.database = database
        self.reports = tuple(reports)
        self.hosts = None if hosts is None else frozenset(hosts)
        """Names under which this server may be asked: another one is a page that points its own name here."""

    @hookimpl
    def register_routes(self) -> list[tuple[str, object]]:
        return [(rf"^{TRENDS}$", self.trends), (rf"^{REPORTS}/(?P<number>\d+)$", self.report)]

    @hookimpl
    def menu_links(self, datasette: Datasette) -> list[dict[str, str]]:
        return [{"href": datasette.urls.path(TRENDS), "label": "Trends"}]

    @hookimpl
    def prepare_jinja2_environment(self, env: Environment) -> None:
        """Set before any template is compiled, so that whatever a page prints has nothing unseen in it."""
        env.finalize = _finalize

    @hookimpl
    def render_cell(self, value: object) -> str | None:
        """Text stays text: an address that a page wrote is nothing to click on, save the reports' own."""
        if not isinstance(value, str) or value.startswith(f"{REPORTS}/"):
            return None
        return visible(value)

    @hookimpl
    def asgi_wrapper(self) -> Callable[[App], App]:
        def wrap(app: App) -> App:
            async def guarded(scope: Scope, receive: Any, send: Any) -> None:
                if scope["type"] == "http" and not self._is_asked_by_name(scope):
                    await Response.text("This server answers only under its own name.", status=421).asgi_send(send)
                    return
                await app(scope, receive, send)

            return guarded

        return wrap

    def _is_asked_by_name(self, scope: Scope) -> bool:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return self.hosts is None or name.lower() in self.hosts

    async def report(self, request: Request) -> Response:
        number = int(request.url_vars["number"])
        if number >= len(self.reports) or not self.reports[number].is_file():
            return Response.text("There is no such report.", status=404)
        return Response.html(self.reports[number].read_text("utf-8"))

    async def trends(self, datasette: Datasette, request: Request) -> Response:
        db = datasette.get_database(self.database)
        counted = await db.execute("select started, scan, scenario, purpose, items from trends")
        seen = await db.execute("select * from first_and_last_seen order by last_seen desc, first_seen desc limit 500")
        series = trend_series([tuple(row) for row in counted.rows])
        order = {name: place for place, name in enumerate(SCENARIOS)}
        context = {
            "series": sorted(series, key=lambda one: (order.get(one.scenario, len(order)), one.scenario)),
            "seen": [dict(row) for row in seen.rows],
            "purposes": [purpose.value for purpose in Purpose],
        }
        return Response.html(await datasette.render_template("trends.html", context, request=request))


def _finalize(value: object) -> object:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "\n".join(visible(line) for line in value.split("\n"))  # lines matter in the box where SQL is written


def trend_series(rows: Sequence[tuple[str, str, str, str, int]]) -> list[Series]:
    """Rows of the view `trends`: started, scan, scenario, purpose, number of items."""
    counts: dict[str, dict[tuple[str, str], dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for started, scan, scenario, purpose, items in rows:
        counts[scenario][started, scan][purpose] = items
    most = max((sum(of.values()) for scans in counts.values() for of in scans.values()), default=0)
    return [
        Series(scenario, [(scan, started, bars(of, most=most)) for (started, scan), of in sorted(scans.items())])
        for scenario, scans in counts.items()
    ]
