"""What a visit keeps beside its sightings: durations, links and forms, and contents of answers where asked to."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from crawler.browser.leads import leads_of
from crawler.settings import VisitSettings
from crawler.visits import Form, Link, VisitStatus
from tests.conftest import FAST, Auditor
from tests.page_server import GIF, Page, PageServer

KEEPING = VisitSettings.model_validate({**FAST.model_dump(), "keep_bodies": True})
SCRIPT = b"window.seen = '\xc3\xbc';"
MARKUP = """<!doctype html><title>Shop</title><script src="/app.js"></script><img src="/dot.gif" alt="">
<a href="/contact?x=1#top">Contact</a> <a href="mailto:a@a.example">mail</a> <a href="/contact?x=1">again</a>
<form id="news" action="http://elsewhere.example/subscribe" method="POST"><input name="e"></form>
<script>
  document.body.append(Object.assign(document.createElement('a'), { href: '/late', textContent: 'Late' }));
</script>
"""


@pytest.fixture
def shop(pages: PageServer) -> str:
    pages.page("shop", "/", Page(MARKUP))
    pages.page("shop", "/app.js", Page(SCRIPT, "text/javascript; charset=utf-8"))
    pages.page("shop", "/dot.gif", Page(GIF, "image/gif"))
    return pages.url("shop")


@pytest.mark.browser
def test_contents_are_kept_by_their_digest_when_asked(audited: Auditor, shop: str, tmp_path: Path) -> None:
    visit = audited.visit(shop, settings=KEEPING, evidence_dir=tmp_path).visit
    kept = {path.name: path.read_bytes() for path in (tmp_path / "bodies").iterdir()}
    assert all(sha256(content).hexdigest() == name for name, content in kept.items())
    told = {request.url.removeprefix(shop): request.content for request in visit.requests}
    assert kept[told["app.js"] or ""] == SCRIPT
    assert kept[told["dot.gif"] or ""] == GIF
    assert kept[told[""] or ""] == MARKUP.encode()


@pytest.mark.browser
def test_nothing_is_kept_unasked(audited: Auditor, shop: str, tmp_path: Path) -> None:
    visit = audited.visit(shop, evidence_dir=tmp_path).visit
    assert {request.content for request in visit.requests} == {None}
    assert not (tmp_path / "bodies").exists()


@pytest.mark.browser
def test_durations_links_and_forms_are_recorded(audited: Auditor, shop: str) -> None:
    visit = audited.visit(shop).visit
    assert visit.status is VisitStatus.COMPLETE
    for request in visit.requests:
        assert request.lasted is not None
        assert request.waited is not None
        assert 0 <= request.waited <= request.lasted < visit.duration
    assert visit.links == (Link(url=f"{shop}contact?x=1", text="Contact"), Link(url=f"{shop}late", text="Late"))
    assert visit.forms == (Form(id="news", action="http://elsewhere.example/subscribe", method="post"),)


def test_addresses_belong_to_the_base_that_the_page_names() -> None:
    html = '<base href="/shop/"><a href="a">A</a><a href="http://[x">?</a><form></form><form action="go"></form>'
    links, forms = leads_of(html, url="https://a.example/page?q#f")
    assert links == (Link(url="https://a.example/shop/a", text="A"),)
    assert [form.action for form in forms] == ["https://a.example/page?q", "https://a.example/shop/go"]


def test_a_page_of_endless_links_is_cut() -> None:
    html = "".join(f"<a href='/{number}'>{'x' * 500}</a>" for number in range(2000))
    links, _ = leads_of(html, url="https://a.example/")
    assert len(links) == 500
    assert max(len(link.text) for link in links) == 120


@pytest.mark.parametrize("html", ["", "<", "<a href", "\x00<a href='javascript:alert(1)'>x</a>"])
def test_broken_markup_leads_nowhere(html: str) -> None:
    assert leads_of(html, url="https://a.example/") == ((), ())
