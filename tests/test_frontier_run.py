"""The frontier over real HTTP, without a browser: a player that fetches pages plainly stands in for the visits."""

from __future__ import annotations

import asyncio
import gzip
import logging
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import random
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.addresses import UrlError
from crawler.browser.launch import BrowserGone
from crawler.browser.stage import Carried
from crawler.browser.visit import VisitAsk, VisitOutcome
from crawler.frontier.journal import JobError
from crawler.frontier.progress import Progress
from crawler.frontier.record import Identity
from crawler.frontier.run import crawl, open_job, run
from crawler.observations import Consent
from crawler.scenarios import SCENARIOS, ScenarioError
from crawler.settings import BrowserSettings, CrawlSettings
from crawler.store import Store
from crawler.visits import Choice, ChoiceStatus, Problem, ProblemKind, Scan, Visit, VisitStatus, visit_id
from tests.site_server import SiteServer

HOST = "shop.localhost"
BROWSER = Identity(product="Plain/1", path="/usr/bin/plain", flags=("--plain",))


class PlainPlayer:
    """Fetches the page over HTTP. `trouble` may raise, wait or answer in its place."""

    def __init__(self, trouble: Callable[[VisitAsk], VisitOutcome | None] | None = None) -> None:
        self.asked: list[tuple[str, str, int]] = []
        self.trouble = trouble

    async def visit(self, ask: VisitAsk) -> VisitOutcome:
        question = (urlsplit(ask.url).path, ask.scenario.name, ask.run)
        self.asked.append(question)
        if self.trouble is not None and (answer := self.trouble(ask)) is not None:
            return answer
        return await asyncio.to_thread(fetched, ask)


def fetched(ask: VisitAsk) -> VisitOutcome:
    parts = urlsplit(ask.url)
    request = urllib.request.Request(
        parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl(), headers={"Host": parts.netloc}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return outcome(ask, status=response.status, html=response.read().decode())
    except urllib.error.HTTPError as error:
        return outcome(ask, status=error.code, html=error.read().decode())
    except OSError as error:
        return unseen(ask, ProblemKind.UNREACHABLE, str(error))


def outcome(ask: VisitAsk, *, status: int = 200, html: str = "", **more: Any) -> VisitOutcome:
    visit = Visit(
        id=visit_id(url=ask.url, scenario=ask.scenario.name, run=ask.run),
        url=ask.url,
        final_url=more.pop("final_url", ask.url),
        scenario=ask.scenario.name,
        run=ask.run,
        entry=ask.entry,
        http_status=status,
        started=datetime.now(UTC),
        duration=0.0,
        status=more.pop("state", VisitStatus.COMPLETE),
        **more,
    )
    return VisitOutcome(visit=visit, html=html, headers={})


def unseen(ask: VisitAsk, kind: ProblemKind, message: str) -> VisitOutcome:
    return outcome(ask, state=VisitStatus.FAILED, problems=(Problem(kind=kind, message=message),))


class StopsAt(PlainPlayer):
    """Stops the crawl, as Ctrl-C does, when it comes to a path."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    async def visit(self, ask: VisitAsk) -> VisitOutcome:
        if urlsplit(ask.url).path == self.path:
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
        return await super().visit(ask)


class Site:
    """A site of a few files, served over HTTP."""

    def __init__(self, folder: Path, server: SiteServer) -> None:
        self.folder = folder
        self.server = server

    def page(self, path: str, *links: str, host: str = HOST) -> None:
        self.file(path, "<!doctype html>" + "".join(f'<a href="{link}">{link}</a>' for link in links), host=host)

    def file(self, path: str, content: str | bytes, *, host: str = HOST) -> None:
        place = self.folder / host / (path or "index.html")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)

    def url(self, path: str = "/") -> str:
        return self.server.url(HOST, path)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with SiteServer(tmp_path / "sites") as server:
        yield Site(tmp_path / "sites", server)


class Crawled:
    def __init__(self, scan: Scan, visits: list[Visit], player: PlainPlayer) -> None:
        self.scan, self.visits, self.player = scan, visits, player

    @property
    def paths(self) -> set[str]:
        return {urlsplit(visit.url).path for visit in self.visits}

    @property
    def skipped(self) -> dict[str, str]:
        return {urlsplit(skip.name).path: skip.value for skip in self.scan.skipped}


@pytest.fixture
def crawled(site: Site, tmp_path: Path) -> Callable[..., Crawled]:
    def crawl_site(
        player: PlainPlayer | None = None, *, notify: Callable[[Progress], None] | None = None, **more: Any
    ) -> Crawled:
        player = player or PlainPlayer()
        asked = {"urls": (site.url(),), "scenarios": ("silent",), "delay": 0.0, "concurrency": 4, **more}
        settings = CrawlSettings(**asked)
        scenarios = tuple(SCENARIOS[name] for name in settings.scenarios)

        async def play() -> Scan:
            with Store.open(tmp_path / "scan.sqlite", create=True) as store:
                job = open_job(settings, scenarios, browser=BROWSER, player=player, store=store, notify=notify)
                return await run(job)

        scan = asyncio.run(play())
        with Store.open(tmp_path / "scan.sqlite") as store:
            return Crawled(scan, list(store.visits(scan.id)), player)

    return crawl_site


Crawl = Callable[..., Crawled]


def test_links_are_followed_within_the_site(site: Site, crawled: Crawl) -> None:
    site.page("", "/a", "http://other.localhost/x", "mailto:me@shop.localhost", "/report.pdf", "/a#again")
    site.page("a", "/b?utm_source=a", "/")
    site.page("b", "/b", "/a")
    seen = crawled()
    assert seen.paths == {"/", "/a", "/b"}
    assert seen.scan.finished is not None
    assert seen.scan.discovered == 3
    assert [(skip.name, skip.value) for skip in seen.scan.skipped] == [("http://other.localhost/x", "off-site")]
    assert [visit.url for visit in seen.visits if visit.entry] == [site.url()]


def test_every_page_is_visited_under_every_scenario_and_run(site: Site, crawled: Crawl) -> None:
    site.page("", "/a", "/b", "/c")
    for name in "abc":
        site.page(name)
    seen = crawled(scenarios=("silent", "accept", "reject"), runs=2, max_pages=3)
    wanted = {
        (path, name, run) for path in ("/", "/a", "/b") for name in ("silent", "accept", "reject") for run in (1, 2)
    }
    assert {(urlsplit(visit.url).path, visit.scenario, visit.run) for visit in seen.visits} == wanted
    assert sorted(seen.player.asked) == sorted(wanted)
    assert seen.skipped == {"/c": "limit"}


def test_each_scenario_begins_with_the_entry_page(site: Site, crawled: Crawl) -> None:
    site.page("", *(f"/{number}" for number in range(6)))
    for number in range(6):
        site.page(str(number))
    seen = crawled(scenarios=("silent", "accept", "reject"))
    for name in ("silent", "accept", "reject"):
        assert next(path for path, scenario, _ in seen.player.asked if scenario == name) == "/"


def test_links_that_only_one_scenario_sees_are_followed(site: Site, crawled: Crawl) -> None:
    site.page("behind-the-wall")

    def walled(ask: VisitAsk) -> VisitOutcome | None:
        if urlsplit(ask.url).path == "/":
            return outcome(ask, html='<a href="/behind-the-wall">' if ask.scenario.name == "accept" else "")
        return None

    seen = crawled(PlainPlayer(walled), scenarios=("silent", "accept"))
    assert {(urlsplit(visit.url).path, visit.scenario) for visit in seen.visits} == {
        (path, name) for path in ("/", "/behind-the-wall") for name in ("silent", "accept")
    }


def test_robots_txt_is_obeyed_and_the_page_told_as_skipped(site: Site, crawled: Crawl) -> None:
    site.page("", "/public", "/private/a")
    site.page("public")
    site.page("private/a")
    site.file("robots.txt", "User-agent: Consentinel\nDisallow: /private/\n\nUser-agent: *\nDisallow: /\n")
    seen = crawled(scenarios=("silent", "accept"))
    assert seen.paths == {"/", "/public"}
    assert seen.skipped == {"/private/a": "robots"}
    assert "/private/a" not in {hit.path for hit in site.server.hits}


def test_robots_txt_can_be_ignored_on_ones_own_site(site: Site, crawled: Crawl) -> None:
    site.page("", "/private/a")
    site.page("private/a")
    site.file("robots.txt", "User-agent: *\nDisallow: /\n")
    assert crawled(obey_robots=False).paths == {"/", "/private/a"}


def test_a_disallowed_start_page_is_a_failed_visit_and_not_an_empty_clean_scan(site: Site, crawled: Crawl) -> None:
    site.page("")
    site.file("robots.txt", "User-agent: *\nDisallow: /\n")
    seen = crawled(scenarios=("silent", "accept"))
    assert [(visit.scenario, visit.status, visit.problems[0].kind) for visit in seen.visits] == [
        ("accept", VisitStatus.FAILED, ProblemKind.ROBOTS),
        ("silent", VisitStatus.FAILED, ProblemKind.ROBOTS),
    ]
    assert seen.skipped == {"/": "robots"}
    assert seen.player.asked == []


SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def locations(tag: str, *urls: str) -> str:
    return "".join(f"<{tag}><loc>{url}</loc></{tag}>" for url in urls)


def test_sitemaps_are_read_from_robots_txt_through_indexes_and_gzip(site: Site, crawled: Crawl) -> None:
    for name in ("", "a", "b", "c"):
        site.page(name)
    site.file("robots.txt", f"Sitemap: {site.url('/index.xml')}\nsitemap: /two.xml\n")
    site.file("index.xml", INDEX.format(locations("sitemap", site.url("/one.xml.gz"))))
    site.file("one.xml.gz", gzip.compress(SITEMAP.format(locations("url", site.url("/a"), site.url("/b"))).encode()))
    site.file("two.xml", SITEMAP.format(locations("url", site.url("/c"), "http://other.localhost/")))
    seen = crawled()
    assert seen.paths == {"/", "/a", "/b", "/c"}


def test_the_usual_sitemap_is_tried_and_a_broken_one_does_no_harm(site: Site, crawled: Crawl) -> None:
    site.page("")
    site.page("a")
    site.file("sitemap.xml", SITEMAP.format(locations("url", site.url("/a"))))
    assert crawled().paths == {"/", "/a"}
    site.file("sitemap.xml", "<html><body>Not here</body></html>")
    assert crawled().paths == {"/"}
    site.file("sitemap.xml", b"\x1f\x8b\x08broken")
    assert crawled().paths == {"/"}


def test_sitemaps_and_links_can_be_left_alone(site: Site, crawled: Crawl) -> None:
    site.page("", "/a")
    site.page("a")
    site.file("sitemap.xml", SITEMAP.format(locations("url", site.url("/b"))))
    assert crawled(sitemaps=False).paths == {"/", "/a"}
    assert crawled(max_depth=0).paths == {"/"}
    assert "/b" not in {hit.path for hit in site.server.hits}


def test_globs_narrow_what_is_visited(site: Site, crawled: Crawl) -> None:
    site.page("", "/shop/a", "/shop/private", "/about")
    site.page("shop/a")
    seen = crawled(include=("/shop/*",), exclude=("*/private",))
    assert seen.paths == {"/", "/shop/a"}
    assert seen.skipped == {"/shop/private": "excluded", "/about": "excluded"}
    assert seen.scan.discovered == 2


def test_repeats_choose_the_same_pages(site: Site, crawled: Crawl) -> None:
    site.page("", *(f"/{number}" for number in range(8)))
    for number in range(8):
        site.page(str(number), *(f"/{number}/{deep}" for deep in range(3)))

    def slowly(_: VisitAsk) -> VisitOutcome | None:
        threading.Event().wait(random() / 100)  # answers come in another order every time
        return None

    chosen = [crawled(PlainPlayer(slowly), max_pages=12).paths for _ in range(3)]
    assert chosen[0] == chosen[1] == chosen[2] == {"/", *(f"/{n}" for n in range(8)), "/0/0", "/0/1", "/0/2"}


def test_a_dead_browser_is_replaced_and_the_visit_repeated(site: Site, crawled: Crawl) -> None:
    site.page("")

    crashes = [BrowserGone("it crashed")]

    def dies_once(_: VisitAsk) -> VisitOutcome | None:
        if crashes:
            raise crashes.pop()
        return None

    seen = crawled(PlainPlayer(dies_once))
    assert [visit.status for visit in seen.visits] == [VisitStatus.COMPLETE]
    assert len(seen.player.asked) == 2


def test_a_browser_that_keeps_dying_is_a_failed_visit(site: Site, crawled: Crawl) -> None:
    site.page("", "/a")
    site.page("a")

    def dies(ask: VisitAsk) -> VisitOutcome | None:
        if urlsplit(ask.url).path == "/a":
            raise BrowserGone("it crashed")
        return None

    seen = crawled(PlainPlayer(dies))
    [start, broken] = seen.visits
    assert start.status is VisitStatus.COMPLETE
    assert (broken.status, broken.problems[0].kind) == (VisitStatus.FAILED, ProblemKind.CRASH)
    assert "it crashed" in broken.problems[0].message
    assert seen.player.asked.count(("/a", "silent", 1)) == 3


@pytest.mark.usefixtures("site")
def test_a_failing_site_is_tried_twice_and_then_data(crawled: Crawl) -> None:
    def silent_server(ask: VisitAsk) -> VisitOutcome | None:
        return unseen(ask, ProblemKind.UNREACHABLE, "no answer")

    seen = crawled(PlainPlayer(silent_server))
    assert [visit.problems[0].kind for visit in seen.visits] == [ProblemKind.UNREACHABLE]
    assert len(seen.player.asked) == 2


def test_what_will_not_pass_is_not_tried_again(site: Site, crawled: Crawl) -> None:
    site.page("", "/missing")
    seen = crawled()
    assert sorted(seen.player.asked) == [("/", "silent", 1), ("/missing", "silent", 1)]
    assert [visit.http_status for visit in seen.visits] == [200, 404]


@pytest.mark.usefixtures("site")
def test_a_page_that_leads_off_the_site_is_partial_and_its_links_are_not_followed(crawled: Crawl) -> None:
    def redirects(ask: VisitAsk) -> VisitOutcome | None:
        return outcome(ask, final_url="http://elsewhere.localhost/", html='<a href="/never">')

    [visit] = crawled(PlainPlayer(redirects)).visits
    assert visit.status is VisitStatus.PARTIAL
    assert [problem.kind for problem in visit.problems] == [ProblemKind.OFF_SITE]


def test_pages_of_a_host_are_asked_for_no_faster_than_the_delay(site: Site, crawled: Crawl) -> None:
    site.page("", "/a", "/b", "/c")
    for name in "abc":
        site.page(name)
    times: list[float] = []

    def timed(_: VisitAsk) -> None:
        times.append(monotonic())

    crawled(PlainPlayer(timed), delay=0.2)
    assert len(times) == 4
    assert times[-1] - times[0] >= 3 * 0.2 - 0.1  # a busy machine may be late with the first


def test_a_stopped_crawl_keeps_what_it_stored_and_goes_on_from_its_job_folder(
    site: Site, crawled: Crawl, tmp_path: Path
) -> None:
    site.page("", "/a", "/b")
    site.page("a", "/deep")
    for name in ("b", "deep"):
        site.page(name)
    job_dir = tmp_path / "job"

    stopped = crawled(StopsAt("/b"), job_dir=job_dir, concurrency=1, scenarios=("silent", "accept"))
    assert stopped.scan.finished is None
    assert stopped.paths == {"/", "/a"}
    assert stopped.skipped["/b"] == "stopped"
    with pytest.raises(JobError, match="other settings"):
        crawled(job_dir=job_dir, concurrency=1, max_pages=5)

    resumed = crawled(job_dir=job_dir, concurrency=1, scenarios=("silent", "accept"))
    assert resumed.scan.id == stopped.scan.id
    assert resumed.scan.finished is not None
    assert resumed.paths == {"/", "/a", "/b", "/deep"}
    assert {path for path, _, _ in resumed.player.asked} == {"/b", "/deep"}
    assert list(job_dir.iterdir()) == []


def test_a_visit_stored_just_before_a_power_cut_is_made_again_for_its_links(
    site: Site, crawled: Crawl, tmp_path: Path
) -> None:
    site.page("", "/a")
    site.page("a")
    job_dir = tmp_path / "job"

    crawled(StopsAt("/a"), job_dir=job_dir)
    links = job_dir / "links.jsonl"
    links.write_bytes(links.read_bytes()[:-20])
    resumed = crawled(job_dir=job_dir)
    assert resumed.paths == {"/", "/a"}
    assert len(resumed.visits) == 2


def test_a_fault_of_our_own_ends_the_crawl_and_is_raised(
    site: Site, crawled: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.page("", "/a", "/b")

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Store, "save", full)
    with pytest.raises(OSError, match="disk full"):
        crawled()


def test_progress_tells_how_far_it_is(site: Site, crawled: Crawl) -> None:
    site.page("", "/a")
    site.page("a")
    told: list[Progress] = []
    crawled(notify=told.append, scenarios=("silent", "accept"))
    ended = [one for one in told if one.status is not None]
    assert [one.done for one in ended] == [1, 2, 3, 4]
    assert (told[0].done, told[0].asked, told[0].status) == (0, 2, None)
    assert (ended[-1].pages, ended[-1].asked) == (2, 4)


def test_the_scan_says_how_it_was_made(site: Site, crawled: Crawl) -> None:
    site.page("")
    settings = {item.name: item.value for item in crawled(browser=BrowserSettings(proxy=None)).scan.settings}
    assert settings["visit.settle"] == "standard"
    assert settings["obey_robots"] == "true"
    assert settings["scenario.silent"] == "open"
    assert "version.scrapy" in settings


def test_a_crawl_is_silent_unless_it_is_asked_to_speak(
    site: Site, crawled: Crawl, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.page("", "/a")
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    crawled()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        (CrawlSettings(urls=("example.com",)), UrlError, "write it in full"),
        (CrawlSettings(), UrlError, "no address"),
        (
            CrawlSettings(urls=("http://shop.localhost/",), scenarios=("acept",)),
            ScenarioError,
            "silent, accept, reject",
        ),
    ],
)
def test_a_users_mistake_is_told_before_any_browser_starts(
    tmp_path: Path, settings: CrawlSettings, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        crawl(settings, store=tmp_path / "scan.sqlite", scenarios=SCENARIOS)
    assert not (tmp_path / "scan.sqlite").exists()


def test_what_a_start_page_proved_is_handed_to_the_later_pages_of_the_same_scenario(site: Site, crawled: Crawl) -> None:
    site.page("", "/a")
    site.page("a", "/b")
    site.page("b")
    given: dict[tuple[str, str], str | None] = {}

    class Proving(PlainPlayer):
        """Each page proves its choice, but only that of the start page is handed on."""

        async def visit(self, ask: VisitAsk) -> VisitOutcome:
            path = urlsplit(ask.url).path
            given[path, ask.scenario.name] = ask.carried.storage if ask.carried else None
            choice = Choice(wanted=Consent.REJECTED, status=ChoiceStatus.CONFIRMED, found_by=None, at=0.0, order=1)
            carried = Carried(choice=choice, storage=f"{ask.scenario.name} of {path}")
            return replace(await super().visit(ask), carried=carried)

    crawled(Proving(), scenarios=("accept", "reject"))
    assert given == {
        ("/", "accept"): None,
        ("/", "reject"): None,
        ("/a", "accept"): "accept of /",
        ("/a", "reject"): "reject of /",
        ("/b", "accept"): "accept of /",
        ("/b", "reject"): "reject of /",
    }


def test_in_a_crawl_that_is_taken_up_again_the_first_page_that_proves_the_choice_stands_in_for_the_start_page(
    site: Site, crawled: Crawl, tmp_path: Path
) -> None:
    site.page("", "/a", "/b", "/c")
    for name in ("a", "b", "c"):
        site.page(name)
    given: dict[str, str | None] = {}

    class Proving(StopsAt):
        async def visit(self, ask: VisitAsk) -> VisitOutcome:
            path = urlsplit(ask.url).path
            given[path] = ask.carried.storage if ask.carried else None
            choice = Choice(wanted=Consent.REJECTED, status=ChoiceStatus.CONFIRMED, found_by=None, at=0.0, order=1)
            return replace(await super().visit(ask), carried=Carried(choice=choice, storage=f"sEcReT of {path}"))

    job_dir = tmp_path / "job"
    crawled(Proving("/a"), job_dir=job_dir, concurrency=1, scenarios=("reject",))
    assert given == {"/": None, "/a": "sEcReT of /"}
    kept = [file.read_bytes() for file in job_dir.iterdir()]
    assert kept, "there is something to go on from"
    assert not any(b"sEcReT" in content for content in kept), "values are personal data, and stay in memory"
    resumed = crawled(Proving("/nowhere"), job_dir=job_dir, concurrency=1, scenarios=("reject",))
    assert given == {"/": None, "/a": None, "/b": "sEcReT of /a", "/c": "sEcReT of /a"}
    assert resumed.paths == {"/", "/a", "/b", "/c"}


class AskedForWords(PlainPlayer):
    """Keeps which pages' words are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: set[tuple[str, str]] = set()

    async def visit(self, ask: VisitAsk) -> VisitOutcome:
        if ask.text_digest:
            self.wanted.add((urlsplit(ask.url).path, ask.scenario.name))
        return await super().visit(ask)


def test_the_published_policy_is_visited_and_its_words_alone_are_wanted(site: Site, crawled: Crawl) -> None:
    site.page("", "/a")
    site.page("a")
    site.page("privacy", "/deep")
    player = AskedForWords()
    seen = crawled(player, policy=site.url("/privacy?utm_source=x#top"), max_depth=0, scenarios=("silent", "reject"))
    assert seen.paths == {"/", "/privacy"}
    assert player.wanted == {("/privacy", "silent"), ("/privacy", "reject")}
    assert [visit.entry for visit in seen.visits if urlsplit(visit.url).path == "/privacy"] == [False, False]


def test_without_a_policy_nothing_is_added(site: Site, crawled: Crawl) -> None:
    site.page("")
    site.page("privacy")
    player = AskedForWords()
    assert crawled(player).paths == {"/"}
    assert player.wanted == set()


def test_the_policy_takes_its_place_before_links_and_within_the_limit(site: Site, crawled: Crawl) -> None:
    site.page("", "/a", "/b", "/privacy")
    for path in ("a", "b", "privacy"):
        site.page(path)
    assert crawled(policy=site.url("/privacy"), max_pages=2).paths == {"/", "/privacy"}
    alone = crawled(policy=site.url("/privacy"), max_pages=1)
    assert (alone.paths, alone.skipped["/privacy"]) == ({"/"}, "limit")


def test_a_policy_elsewhere_or_left_out_is_not_visited(site: Site, crawled: Crawl) -> None:
    site.page("")
    site.page("privacy")
    elsewhere = crawled(policy="http://group.localhost/privacy")
    assert (elsewhere.paths, elsewhere.skipped) == ({"/"}, {"/privacy": "off-site"})
    left_out = crawled(policy=site.url("/privacy"), exclude=("/privacy",))
    assert (left_out.paths, left_out.skipped) == ({"/"}, {"/privacy": "excluded"})


def test_a_start_page_can_be_the_policy(site: Site, crawled: Crawl) -> None:
    site.page("")
    player = AskedForWords()
    assert crawled(player, policy=site.url()).paths == {"/"}
    assert player.wanted == {("/", "silent")}
