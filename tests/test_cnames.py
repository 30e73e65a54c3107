"""Where hosts of the site lead in the DNS: asked of a real name server on this machine; failure is data."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from classifiers.cname_lookup import LookupSettings, look_up
from classifiers.cnames import disguises, hosts_to_look_up
from classifiers.entities import Entities
from classifiers.vendors import Catalogue
from crawler.observations import CnameChain
from tests.rule_cases import START, ShortCookie, ShortRequest, ShortVisit, whole_scan, whole_visit
from tests.test_entities import WEB

ENTITIES = Entities(Catalogue({}, digest="-"), (WEB,))
ANSWERS = {
    "data.shop.site.": [
        ("data.shop.site.", "CNAME", "shop.edge.site."),
        ("shop.edge.site.", "CNAME", "Collect.QUIETCOUNTER.example."),
        ("collect.quietcounter.example.", "A", "192.0.2.1"),
    ],
    "www.shop.site.": [("www.shop.site.", "A", "192.0.2.2")],
}


class NameServer(socketserver.ThreadingUDPServer):
    """Answers A questions from the table; `mute.…` is never answered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, socket = self.request
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text().lower()
        if name.startswith("mute."):
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        for owner, kind, value in ANSWERS.get(name, ()):
            answer.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, value))
        if name not in ANSWERS:
            answer.set_rcode(dns.rcode.SERVFAIL if name.startswith("broken.") else dns.rcode.NXDOMAIN)
        socket.sendto(answer.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def settings() -> Iterator[LookupSettings]:
    server = NameServer()
    Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
    yield LookupSettings(resolvers=("127.0.0.1",), port=server.server_address[1], timeout=0.5)
    server.shutdown()
    server.server_close()


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
