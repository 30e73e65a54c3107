"""A whole crawl with the real browser, over a site that nobody prepared."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.browser.browsers import Browsers
from crawler.browser.launch import BrowserGone
from crawler.browser.visit import VisitAsk
from crawler.frontier.run import crawl
from crawler.observations import Consent
from crawler.scenarios import SCENARIOS
from crawler.settings import CrawlSettings, Settle, VisitSettings
from crawler.store import Store
from crawler.visits import ProblemKind, Scan, Visit, VisitStatus
from tests.site_server import SiteServer

pytestmark = pytest.mark.browser

HOST = "plain.localhost"
PAGES = {
    "index.html": """<title>Start</title><a href="/about">About</a> <a href="/old">Old</a> <a href="/gone">Gone</a>
        <a href="/file">File</a> <a href="/nothing">Nothing</a> <a href="/loop">Loop</a>
        <a href="/private/x">Private</a> <a href="http://elsewhere.localhost/">Elsewhere</a>
        <script>
            document.cookie = "visitor=abc123; max-age=86400";
            document.body.insertAdjacentHTML("beforeend", '<a href="/by-script">By script</a>');
        </script>""",
    "about/index.html": "<title>About</title><p>About us</p>",
    "by-script/index.html": "<title>By script</title>",
    "from-sitemap/index.html": "<title>From the sitemap</title>",
    "robots.txt": "User-agent: *\nDisallow: /private/\n",
    "sitemap.xml": "<urlset><url><loc>{{origin:plain.localhost}}/from-sitemap/</loc></url></urlset>",
    "_routes.yaml": json.dumps(
        {
            "routes": [
                {"path": "/old", "redirect": "/about/"},
                {
                    "path": "/file",
                    "body": "1,2,3",
                    "headers": {"Content-Disposition": "attachment; filename=a.csv", "Content-Type": "text/csv"},
                },
                {"path": "/nothing", "drop": True},
                {"path": "/loop", "redirect": "/loop"},
                {"path": "/slow*", "body": "<p>slow</p>", "delay": 3},
            ]
        }
    ),
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SiteServer]:
    for name, content in PAGES.items():
        place = tmp_path / "sites" / HOST / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    with SiteServer(tmp_path / "sites") as running:
        yield running


def fast(*urls: str, **more: object) -> CrawlSettings:
    asked = {"urls": urls, "scenarios": ("silent",), "delay": 0, "visit": VisitSettings(settle=Settle.FAST), **more}
    return CrawlSettings.model_validate(asked)


def crawled(settings: CrawlSettings, path: Path) -> tuple[Scan, dict[tuple[str, str], Visit]]:
    scan = crawl(settings, store=path, scenarios=SCENARIOS)
    with Store.open(path) as store:
        assert store.scan() == scan
        return scan, {(urlsplit(visit.url).path, visit.scenario): visit for visit in store.visits(scan.id)}


def test_every_page_of_a_site_comes_back_as_what_it_is(server: SiteServer, tmp_path: Path) -> None:
    scan, visits = crawled(fast(server.url(HOST)), tmp_path / "scan.sqlite")
    seen = {
        path: (visit.status, *(problem.kind for problem in visit.problems[:1])) for (path, _), visit in visits.items()
    }
    assert seen == {
        "/": (VisitStatus.COMPLETE,),
        "/about": (VisitStatus.COMPLETE,),
        "/by-script": (VisitStatus.COMPLETE,),
        "/from-sitemap/": (VisitStatus.COMPLETE,),
        "/old": (VisitStatus.COMPLETE,),
        "/gone": (VisitStatus.FAILED, ProblemKind.HTTP_ERROR),
        "/file": (VisitStatus.FAILED, ProblemKind.DOWNLOAD),
        "/nothing": (VisitStatus.FAILED, ProblemKind.EMPTY),
        "/loop": (VisitStatus.FAILED, ProblemKind.REDIRECT_LOOP),
    }
    skipped = {urlsplit(skip.name).path: skip.value for skip in scan.skipped}
    assert skipped == {"/private/x": "robots", "/": "off-site"}
    assert "/private/x" not in {hit.path for hit in server.hits}
    assert visits["/", "silent"].title == "Start"
    assert [cookie.name for cookie in visits["/", "silent"].cookies][:1] == ["visitor"]
    assert scan.finished is not None
    assert "hrom" in scan.browser
    assert "--headless=new" in scan.browser_flags or any("headless" in flag for flag in scan.browser_flags)


def test_a_host_that_does_not_answer_is_a_failed_visit_under_every_scenario(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = fast(f"http://dead.localhost:{port}/", scenarios=("silent", "accept"))
    scan, visits = crawled(settings, tmp_path / "scan.sqlite")
    assert {name: visit.status for (_, name), visit in visits.items()} == {
        "silent": VisitStatus.FAILED,
        "accept": VisitStatus.FAILED,
    }
    assert all(visit.problems[0].kind is ProblemKind.UNREACHABLE for visit in visits.values())
    assert scan.finished is not None


def test_a_scenario_without_cookies_gets_a_browser_of_its_own(server: SiteServer, tmp_path: Path) -> None:
    scenarios = {
        **SCENARIOS,
        "no-cookies": SCENARIOS["silent"].model_copy(update={"name": "no-cookies", "cookies": "off"}),
    }
    settings = fast(server.url(HOST), scenarios=("silent", "no-cookies"), max_pages=1)
    scan = crawl(settings, store=tmp_path / "scan.sqlite", scenarios=scenarios)
    with Store.open(tmp_path / "scan.sqlite") as store:
        stored = {visit.scenario: any(one.stored for one in visit.cookies) for visit in store.visits(scan.id)}
    assert stored == {"silent": True, "no-cookies": False}


def test_consent_scenarios_are_played_on_the_demo_site(tmp_path: Path) -> None:
    with SiteServer() as demo:
        settings = fast(demo.url("www.business.localhost"), scenarios=("silent", "accept", "reject"), max_pages=1)
        _, visits = crawled(settings, tmp_path / "scan.sqlite")
    consents = {name: {sighting.consent for sighting in visit.sightings()} for (_, name), visit in visits.items()}
    assert consents["silent"] == {Consent.UNDECIDED}
    assert consents["accept"] >= {Consent.UNDECIDED, Consent.ACCEPTED}
    assert consents["reject"] >= {Consent.UNDECIDED, Consent.REJECTED}


def test_a_browser_that_died_is_replaced(server: SiteServer) -> None:
    settings = fast(server.url(HOST))
    ask = VisitAsk(
        url=server.url(HOST, "/about/"),
        scenario=SCENARIOS["silent"],
        settings=settings.visit,
        browser=settings.browser,
        recipe=None,
        digest_key=b"key",
        evidence_dir=None,
    )

    async def play() -> tuple[VisitStatus, bool]:
        browsers = Browsers(settings.browser)
        first = await browsers.first()
        first.process.kill()
        first.process.wait()
        with pytest.raises(BrowserGone):
            await browsers.visit(ask)
        outcome = await browsers.visit(ask)
        second = await browsers.first()
        await browsers.close()
        return outcome.visit.status, second.process.poll() is not None

    assert asyncio.run(play()) == (VisitStatus.COMPLETE, True)


INTERRUPTED = """
import sys
from pathlib import Path
from crawler.frontier.run import crawl
from crawler.scenarios import SCENARIOS
from crawler.settings import CrawlSettings, VisitSettings

def tell(progress):
    print(progress.done, flush=True)

visit = VisitSettings(second_look=False)  # it would give the slow page time to end
urls = (sys.argv[1], sys.argv[1] + "slow")
settings = CrawlSettings(urls=urls, scenarios=("silent",), delay=0, max_depth=0, visit=visit)
scan = crawl(settings, store=Path(sys.argv[2]), scenarios=SCENARIOS, progress=tell)
print("finished" if scan.finished else "stopped", flush=True)
"""


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_crawl_cleanly_and_keeps_what_was_seen(
    server: SiteServer, tmp_path: Path, by: signal.Signals
) -> None:
    path = tmp_path / "scan.sqlite"
    asked = [sys.executable, "-c", INTERRUPTED, server.url(HOST), str(path)]
    with subprocess.Popen(
        asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line.strip() == "1":
                break
        if by is signal.SIGINT:
            os.killpg(process.pid, by)  # as a terminal does: the whole foreground group
        else:
            process.send_signal(by)
        rest, noise = process.stdout.read(), process.stderr.read()
    assert rest.split()[-1:] == ["stopped"], noise
    assert noise == ""
    assert process.returncode == 0
    with Store.open(path) as store:
        [visit] = store.visits(store.scan().id)
        assert visit.url == server.url(HOST)
        assert store.scan().finished is None
        assert [skip.name for skip in store.scan().skipped if skip.value == "stopped"] == [server.url(HOST, "/slow")]
