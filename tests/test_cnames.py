"""Where hosts of the site lead in the DNS: asked of a real name server on this machine; failure is data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from classifiers.audit import audit
from classifiers.base import Party
from classifiers.cname_lookup import look_up
from classifiers.cname_settings import LookupSettings
from classifiers.cnames import disguises, hosts_to_look_up
from classifiers.entities import Entities
from classifiers.findings import Audit
from classifiers.lists.loaded import Lists
from classifiers.lists.records import known_lists
from classifiers.lists.shelf import Shelf
from classifiers.lists.update import update_from
from classifiers.vendors import Catalogue, packaged
from crawler.observations import CnameChain
from tests.name_server import name_server
from tests.rule_cases import START, ShortCookie, ShortRequest, ShortVisit, whole_scan, whole_visit
from tests.test_entities import WEB
from tests.test_lists import FIXTURES as LIST_FILES

ENTITIES = Entities(Catalogue({}, digest="-"), (WEB,))
ANSWERS = {
    "data.shop.site.": [
        ("data.shop.site.", "CNAME", "shop.edge.site."),
        ("shop.edge.site.", "CNAME", "Collect.QUIETCOUNTER.example."),
        ("collect.quietcounter.example.", "A", "192.0.2.1"),
    ],
    "www.shop.site.": [("www.shop.site.", "A", "192.0.2.2")],
}


@pytest.fixture(scope="module")
def settings() -> Iterator[LookupSettings]:
    with name_server(ANSWERS) as answering:
        yield answering.model_copy(update={"timeout": 0.5})


def test_a_chain_is_told_name_by_name_with_who_answered_and_when(settings: LookupSettings) -> None:
    chain, plain = look_up(("data.shop.site", "www.shop.site"), settings)
    assert chain.names == ("shop.edge.site", "collect.quietcounter.example")
    assert chain.failure is None
    assert "127.0.0.1" in chain.resolver
    assert (plain.names, plain.failure) == ((), None)


@pytest.mark.parametrize(
    ("host", "why"),
    [("gone.shop.site", "does not exist"), ("mute.shop.site", "no answer within"), ("broken.shop.site", "NoNameserv")],
)
def test_a_failure_is_data(settings: LookupSettings, host: str, why: str) -> None:
    (chain,) = look_up((host,), settings)
    assert chain.names == ()
    assert why in (chain.failure or "")


def test_what_is_beyond_the_limit_is_told_as_not_looked_up(settings: LookupSettings) -> None:
    chains = look_up(("www.shop.site", "data.shop.site"), settings.model_copy(update={"most": 1}))
    assert [chain.failure for chain in chains] == [None, "not looked up: the limit is 1 hosts"]


def test_nothing_is_asked_when_it_is_switched_off() -> None:
    nowhere = LookupSettings(cname=False, resolvers=("127.0.0.1",), port=1)
    assert look_up(("www.shop.site",), nowhere) == ()


def test_a_name_server_must_be_an_address() -> None:
    with pytest.raises(ValueError, match=r"dns\.example"):
        LookupSettings(resolvers=("dns.example",))


def test_only_hosts_of_the_site_that_the_dns_knows_are_looked_up() -> None:
    visit = whole_visit(
        ShortVisit(
            url="https://www.shop.site/",
            requests=(
                ShortRequest(url="https://data.shop.site/x"),
                ShortRequest(url="https://data.shop.site/y"),
                ShortRequest(url="https://else.where.site/x"),
                ShortRequest(url="http://127.0.0.1/x"),
                ShortRequest(url="data:,x"),
            ),
            cookies=(ShortCookie(name="x", domain="shop.site"),),
        )
    )
    assert hosts_to_look_up(whole_scan([visit], scenarios=("silent",)), [visit]) == ("data.shop.site",)
    local = whole_visit(ShortVisit(url="http://a.localhost/", requests=(ShortRequest(url="http://b.a.localhost/"),)))
    assert hosts_to_look_up(whole_scan([local], scenarios=("silent",)), [local]) == ()


def chain(*names: str) -> CnameChain:
    return CnameChain(host="data.shop.site", names=names, resolver="::1", at=START)


def test_a_chain_to_a_known_target_is_a_disguise() -> None:
    targets = {"collect.quietcounter.example": "Counting House"}
    (found,) = disguises(
        [chain("shop.collect.quietcounter.example", "edge.cdn.site")], entities=ENTITIES, targets=targets, listed={}
    )
    assert (found.company, found.target) == ("Counting House", "shop.collect.quietcounter.example")
    assert "known target" in found.how


def test_a_chain_that_ends_at_another_company_is_a_disguise() -> None:
    (found,) = disguises([chain("x.loudbanners.example")], entities=ENTITIES, targets={}, listed={})
    assert (found.host, found.company) == ("data.shop.site", "Loud Banners")


@pytest.mark.parametrize("names", [(), ("www.shop.site",), ("nobody-knows.site",)])
def test_a_chain_that_leads_to_nobody_known_is_none(names: tuple[str, ...]) -> None:
    assert disguises([chain(*names)], entities=ENTITIES, targets={}, listed={}) == ()


def test_a_host_that_a_list_names_needs_no_lookup() -> None:
    hosts = ("metrics.shop.site", "www.shop.site")
    (found,) = disguises([], entities=ENTITIES, targets={}, listed={"metrics.shop.site": "adobe"}, hosts=hosts)
    assert (found.host, found.company, found.target) == ("metrics.shop.site", "adobe", "")


def test_a_content_network_is_told_but_does_not_track_and_a_list_that_knows_more_wins() -> None:
    catalogue = packaged()
    known = Entities(catalogue)
    (network,) = disguises([chain("shop.map.fastly.net")], entities=known, targets={}, listed={})
    assert (network.tracks, "Fastly" in network.company) == (False, True)
    (listed,) = disguises(
        [chain("shop.map.fastly.net")],
        entities=known,
        targets={},
        listed={"data.shop.site": "adobe"},
        hosts=("data.shop.site",),
    )
    assert (listed.tracks, listed.company) == (True, "adobe")


def test_the_tracking_service_along_a_chain_is_named_though_a_network_stands_at_its_end() -> None:
    known = Entities(packaged())
    (found,) = disguises([chain("shop.hit.adobedc.net", "shop.map.fastly.net")], entities=known, targets={}, listed={})
    assert (found.target, found.tracks) == ("shop.hit.adobedc.net", True)
    assert "Adobe" in found.company


def judged(*, chains: tuple[CnameChain, ...] = (), lists: Lists | None = None, host: str = "data.shop.site") -> Audit:
    visit = whole_visit(
        ShortVisit(
            url="https://www.shop.site/",
            requests=(ShortRequest(url=f"https://{host}/b/ss/1"),),
            cookies=(ShortCookie(name="x9", domain=host),),
        )
    )
    scan = whole_scan([visit], scenarios=("silent",)).model_copy(update={"cnames": chains})
    return audit(scan, [visit], declaration=None, catalogue=packaged(), judged_at=START, lists=lists)


def test_a_disguised_host_is_labelled_as_whose_it_is_and_found_by_its_rule() -> None:
    made = judged(chains=(chain("shop.hit.adobedc.net"),))
    (item,) = [item for item in made.items if item.kind in ("request", "beacon")]
    assert item.label.entity is not None
    assert "Adobe" in item.label.entity
    assert item.label.party is Party.FIRST
    assert any(vote.source == "cname" for vote in item.label.votes)
    (finding,) = [finding for finding in made.findings if finding.rule == "TP-007"]
    assert "data.shop.site leads to shop.hit.adobedc.net" in finding.observation


def test_a_host_that_only_a_list_gives_away_is_found_without_the_dns(tmp_path: Path) -> None:
    lists = lists_from(tmp_path)
    host = next(iter(lists.disguised))
    visit = whole_visit(ShortVisit(requests=(ShortRequest(url=f"https://{host}/v"),)))
    scan = whole_scan([visit], scenarios=("silent",))
    made = audit(scan, [visit], declaration=None, catalogue=packaged(), judged_at=START, lists=lists)
    (finding,) = [finding for finding in made.findings if finding.rule == "TP-007"]
    assert "EasyPrivacy lists it as a CNAME of quietcounter" in finding.observation
    assert not [open_ for open_ in made.undecided if open_.rule == "TP-007" and host in open_.why]


def lists_from(folder: Path, *, max_age_days: int = 30) -> Lists:
    shelf = Shelf(folder / "lists", assets=None)
    for known in known_lists():
        assert update_from(known, shelf, folder=LIST_FILES) is not None
    return Lists(shelf, max_age_days=max_age_days)


def test_old_lists_are_told_each_with_its_age_and_fix(tmp_path: Path) -> None:
    lists = lists_from(tmp_path)
    newest = max(version.dated for version in lists.versions)
    visit = whole_visit(ShortVisit())
    scan = whole_scan([visit], scenarios=("silent",))

    def told(days: int, *, limit: int = 30) -> list[str]:
        used = Lists(Shelf(tmp_path / "lists", assets=None), max_age_days=limit)
        made = audit(
            scan,
            [visit],
            declaration=None,
            catalogue=packaged(),
            judged_at=newest + timedelta(days=days, hours=1),
            lists=used,
        )
        return [finding.observation for finding in made.findings if finding.rule == "SCAN-020"]

    fresh = told(1, limit=10_000)
    assert len(fresh) == 1
    assert f"and with {len(known_lists())} public lists: EasyPrivacy" in fresh[0]
    old = told(31)
    assert len(old) == 1 + len(known_lists())
    assert any(re.search(r"EasyPrivacy \S+ was \d+ days old when it judged this scan", line) for line in old)
    assert "and with no public list" in next(
        finding.observation for finding in judged().findings if finding.rule == "SCAN-020"
    )
